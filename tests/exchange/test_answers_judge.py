"""Answers against a plain reading of the filed bytes, record by record."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchange.employers.answers import DATASET, answers_folder, write_answers
from exchange.site import Site
from interfaces.model import Severity
from parsers.blocks import DecodedBlock
from parsers.copybook import load_layout
from parsers.decode import decode_file, decode_whole
from tests.exchange.employer_filings import (
    DAY,
    PERIOD,
    Block,
    Line,
    account,
    installation,
    take_in_filings,
    write_form,
)
from validation.references import References
from validation.validate import FileValidator

FILES = 60
SIZE = 137  # of a line with its end
EFFECTS = {Severity.REFUSE: "F", Severity.REJECT: "R", Severity.WARN: "W"}


@dataclass(frozen=True)
class Filed:
    """A file as it was filed and what became of it."""

    name: str
    data: bytes
    state: str
    read: int
    accepted: int
    rejected: int


def random_blocks(chance: random.Random, first: int) -> list[Block]:
    blocks: list[Block] = []
    for branch in range(chance.choice((1, 1, 2, 3))):
        lines = []
        for _ in range(chance.randrange(0, 30)):
            first += 1
            fault = chance.random()
            lines.append(
                Line(
                    first,
                    wage=f"{chance.randrange(0, 40_000)}.{chance.choice(('00', '50', '75'))}",
                    paid="1.00" if fault < 0.02 else None,
                    prefix=chance.choice(("003", "004", "005")) if fault < 0.9 else "001",
                    national_id="1234567890123" if 0.02 < fault < 0.03 else None,
                    given="ชื่อ<&'\">" if 0.5 < fault < 0.52 else None,
                )
            )
        blocks.append((f"{branch * 7:06d}", lines))
    return blocks


def spoil(chance: random.Random, data: bytes) -> bytes:
    """What files suffer on their way: letters in a number, a line of another type, half a line."""
    way = chance.random()
    lines = data.split(b"\r\n")
    place = chance.randrange(len(lines) - 1)
    if way < 0.08:
        lines[place] = lines[place][:90] + b"X" + lines[place][91:]
    elif way < 0.16:
        lines.insert(place, b"9" * 135)
    elif way < 0.24:
        lines[place] = lines[place][:60]
    elif way < 0.28:
        lines.insert(max(place, 1), b"")
    elif way < 0.32:
        lines[place] = lines[place].decode("cp874").encode()
    return b"\r\n".join(lines)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, dict[str, Filed]]:
    """Many filings, right and wrong, received and answered."""
    site = installation(tmp_path_factory.mktemp("answers"))
    chance = random.Random(20270115)
    paths = []
    for number in range(FILES):
        path = site.home.employer_inbox / f"SPS110_{account(number)}_256912.TXT"
        lie: dict[str, object] = {"total_employee": 99} if chance.random() < 0.05 else {}
        write_form(site, path, number, random_blocks(chance, number * 100), override=lie)
        path.write_bytes(spoil(chance, path.read_bytes()))
        paths.append(path)
    empty = site.home.employer_inbox / "SPS110_empty.TXT"
    empty.write_bytes(b"")
    data = {path.name: path.read_bytes() for path in (*paths, empty)}
    received = take_in_filings(site, [*paths, empty])
    counts = write_answers(site, DAY)
    refused = sum(one.is_quarantined for one in received)
    assert counts == {"answered": FILES + 1, "refused": refused, "already": 0, "waiting": 0}
    assert 2 < refused < FILES - 5
    return site, {
        one.file_id: Filed(
            one.name, data[one.name], one.state.value, one.read, one.accepted, one.rejected
        )
        for one in received
    }


def answers(site: Site) -> dict[str, dict[str, object]]:
    parts = sorted(site.home.dataset(DATASET, DAY).glob("*.parquet"))
    rows = [row for part in parts for row in pq.read_table(part, partitioning=None).to_pylist()]
    return {row["file_id"]: row for row in rows}


def findings(site: Site) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    for part in sorted(site.home.findings("form_1_10", DAY).glob("*.parquet")):
        for row in pq.read_table(part, partitioning=None).to_pylist():
            found[row["file_id"]].append(row)
    return found


def satang(digits: bytes) -> int:
    return int(digits) if digits.isdigit() else 0


def expected_lines(
    site: Site, filed: Filed, found: list[dict[str, object]]
) -> list[dict[str, object]]:
    """Lines of an answer, worked out from the bytes."""
    by_record = defaultdict(list)
    for row in found:
        by_record[row["record_number"]].append(row["code"])
    lines = []
    branch = None
    taken = filed.state == "accepted"
    for number, raw in enumerate(filed.data.split(b"\r\n")[:-1], 1):
        codes = by_record.pop(number, [])
        severities = [site.catalogue.severity(code) for code in codes]
        is_known = len(raw) == SIZE - 2 and raw[:1] in (b"1", b"2")
        if is_known and raw[:1] == b"1":
            branch = raw[11:17].decode()
        if not taken and not codes:
            continue  # of a refused file only what is wrong is told
        outcome = "A"
        if "FORM_TITLE_SCHEME" in codes:
            outcome = "C"  # the registered title counts
        elif codes:
            outcome = "W"
        if not taken or any(one is not Severity.WARN for one in severities):
            outcome = "R"
        line = {
            "record_number": number,
            "filed_record_type": None,
            "branch_no": branch,
            "national_id": None,
            "outcome": outcome,
            "finding_count": len(codes),
            "filed_wages": 0,
            "filed_contribution": 0,
            "due_amount": 0,
        }
        if is_known and raw[:1] == b"1":
            line["filed_record_type"] = "1"
            line |= {"filed_wages": satang(raw[82:97]), "filed_contribution": satang(raw[97:111])}
        elif is_known:
            paid = satang(raw[96:108])
            line |= {"filed_record_type": "2", "filed_contribution": paid}
            line |= {"national_id": raw[1:14].decode(), "filed_wages": satang(raw[82:96])}
            line["due_amount"] = 0 if outcome == "R" else 2 * paid
        lines.append(line)
    return lines


def in_satang(row: dict[str, object]) -> dict[str, object]:
    return {
        name: int(value.scaleb(2)) if hasattr(value, "scaleb") else value
        for name, value in row.items()
        if not name.startswith("_") and name not in ("record_type", "fnd_record_type")
    }


def test_every_line_is_what_the_bytes_say(answered: tuple[Site, dict[str, Filed]]) -> None:
    site, filings = answered
    interface = site.registry.get("form_1_10_answer")
    told, found = answers(site), findings(site)
    seen: set[object] = set()
    for file_id, filed in filings.items():
        path = answers_folder(site, DAY) / told[file_id]["folder"] / told[file_id]["name"]
        tables = decode_whole(path, interface).tables
        lines = [in_satang(row) for row in tables["ANSWER-LINE-RECORD"].to_pylist()]
        assert lines == expected_lines(site, filed, found[file_id]), filed.name
        seen |= {line["outcome"] for line in lines}
        trailer = in_satang(tables["ANSWER-TRAILER-RECORD"].to_pylist()[0])
        counts = ("read_count", "accepted_count", "refused_count")
        assert [trailer[f"trl_{name}"] for name in counts] == [
            filed.read,
            filed.accepted,
            filed.rejected,
        ]
        assert trailer["trl_due_amount"] == sum(line["due_amount"] for line in lines)
        assert trailer["trl_month_due"] == trailer["trl_due_amount"]
        assert trailer["trl_month_outstanding"] == trailer["trl_month_due"]
    assert seen >= {"A", "R", "W"}


def test_every_finding_is_told_with_what_to_do(answered: tuple[Site, dict[str, Filed]]) -> None:
    site, filings = answered
    interface = site.registry.get("form_1_10_answer")
    told, found = answers(site), findings(site)
    for file_id in filings:
        path = answers_folder(site, DAY) / told[file_id]["folder"] / told[file_id]["name"]
        table = decode_whole(path, interface).tables["ANSWER-FINDING-RECORD"]
        rows = sorted(found[file_id], key=lambda row: row["record_number"])
        assert table["fnd_record_number"].to_pylist() == [row["record_number"] for row in rows]
        assert table["finding_code"].to_pylist() == [row["code"] for row in rows]
        assert table["finding_text"].to_pylist() == [
            site.catalogue.told(row["code"], "th") for row in rows
        ]
        assert table["finding_effect"].to_pylist() == [
            EFFECTS[site.catalogue.severity(row["code"])] for row in rows
        ]
        numbers = zip(
            table["fnd_record_number"].to_pylist(),
            table["finding_number"].to_pylist(),
            strict=True,
        )
        before = (-1, 0)
        for record, number in numbers:
            assert number == (before[1] + 1 if record == before[0] else 1)
            before = (record, number)


def test_headers_say_whose_what_and_why(answered: tuple[Site, dict[str, Filed]]) -> None:
    site, filings = answered
    interface = site.registry.get("form_1_10_answer")
    told, found = answers(site), findings(site)
    for file_id, filed in filings.items():
        path = answers_folder(site, DAY) / told[file_id]["folder"] / told[file_id]["name"]
        header = decode_whole(path, interface).tables["ANSWER-HEADER-RECORD"].to_pylist()[0]
        refused = filed.state != "accepted"
        assert header["hdr_filing_sha256"] == file_id
        assert header["hdr_filing_name"] == filed.name
        assert header["hdr_business_date"] == DAY
        assert header["hdr_result"] == ("R" if refused else "P" if filed.rejected else "A")
        codes = {row["code"] for row in found[file_id]}
        if refused:
            assert header["hdr_reason_code"] in codes
            assert header["hdr_reason_text"]
            own = filed.name[7:17]
            says_the_same = filed.data[:1] == b"1" and filed.data[1:11] == own.encode()
            assert told[file_id]["folder"] == (own if says_the_same else file_id)
        else:
            assert header["hdr_reason_code"] is None
            assert header["hdr_wage_period"] == PERIOD
            assert filed.name == f"SPS110_{header['hdr_employer_account']}_256912.TXT"
            assert told[file_id]["folder"] == header["hdr_employer_account"]


def test_an_answer_is_in_order_by_its_own_interface(
    answered: tuple[Site, dict[str, Filed]],
) -> None:
    site, filings = answered
    interface = site.registry.get("form_1_10_answer")
    for row in answers(site).values():
        path = answers_folder(site, DAY) / str(row["folder"]) / str(row["name"])
        assert len(path.read_bytes()) == row["size_bytes"]
        validator = FileValidator(
            interface,
            load_layout(interface),
            site.catalogue,
            References(DAY),
            {"business_date": DAY},
            file_id="answer",
        )
        told = [
            found_in(block, validator) for block in decode_file(path, interface, file_id="answer")
        ]
        verdict = validator.close()
        assert sum(told) == verdict.findings.num_rows == 0, path.name
        assert not verdict.refused
    assert len(filings) == FILES + 1


def found_in(block: DecodedBlock, validator: FileValidator) -> int:
    return validator.block(block).findings.num_rows


def test_running_again_writes_nothing(answered: tuple[Site, dict[str, Filed]]) -> None:
    site, filings = answered
    before = written(answers_folder(site, DAY))
    counts = write_answers(site, DAY)
    assert counts == {"answered": 0, "refused": 0, "already": len(filings), "waiting": 0}
    assert written(answers_folder(site, DAY)) == before


def written(folder: Path) -> dict[str, int]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in files}
