"""Spoilt extracts: each gives its finding, nothing is lost, and the repair completes the night."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import interfaces
from ledger.deliveries import deliveries_of
from ledger.files import files_of
from ledger.landing import FileState, duplicates_of
from tests.night import accidents
from tests.night.conftest import Undisturbed
from tests.night.law import partner_reads
from tests.night.stage import DAY, Stage

RUN = ("run", "--date", str(DAY))
MASTER, HISTORY = "REGMAST.D20261120.S000001", "CTBHIST.D20261120.S000001"

WHOLE_FILES = [
    (MASTER, accidents.cut_short, "FILE_LENGTH"),
    (MASTER, accidents.too_long, "FILE_LENGTH"),
    (MASTER, accidents.emptied, "FILE_EMPTY"),
    (MASTER, accidents.as_ascii, "FILE_ENCODING"),
    (MASTER, accidents.with_lying_trailer, "CONTROL_COUNT"),
    (MASTER, accidents.with_letters_in_packed_fields, "FILE_REJECTED_RATIO"),
    (HISTORY, accidents.cut_short, "FILE_TRUNCATED"),
    (HISTORY, accidents.emptied, "FILE_EMPTY"),
    (HISTORY, accidents.as_ascii, "FILE_ENCODING"),
]


@pytest.mark.parametrize(
    ("name", "spoil", "code"),
    WHOLE_FILES,
    ids=[f"{name[:7]}-{spoil.__name__}" for name, spoil, _ in WHOLE_FILES],
)
def test_a_spoilt_extract_is_quarantined_and_the_next_one_completes_the_night(
    stage: Stage,
    country: Path,
    undisturbed: Undisturbed,
    capsys: pytest.CaptureFixture[str],
    name: str,
    spoil: accidents.Spoil,
    code: str,
) -> None:
    spoilt = spoil((country / "extracts" / name).read_bytes())
    (stage.home.mainframe_inbox / name).write_bytes(spoilt)

    assert stage.prakan(*RUN) == 1
    (line,) = _lines(capsys, "FAILED")
    assert f"{name} is quarantined" in line
    assert "run again" in line
    standing = stage.file(name)
    assert standing.state is FileState.QUARANTINED
    assert standing.result is not None
    assert standing.result.records_accepted == 0
    assert stage.home.landing(standing.file.file_id).read_bytes() == spoilt
    assert code in stage.codes(standing)
    assert stage.at_partner() == {}
    with stage.ledger() as ledger:
        assert deliveries_of(ledger, DAY) == []
    assert stage.prakan("status", "--date", str(DAY)) == 1
    assert f"! {name}" in capsys.readouterr().out

    again, data = accidents.made_again(country / "extracts" / name, 2)
    (stage.home.mainframe_inbox / again).write_bytes(data)
    assert stage.night().status == 0
    assert stage.file(again).state is FileState.ACCEPTED
    assert stage.at_partner("drop") == undisturbed.drop


def test_letters_in_packed_fields_cost_their_records_only(stage: Stage, country: Path) -> None:
    data = (country / "extracts" / MASTER).read_bytes()
    spoilt = accidents.with_letters_in_packed_fields(data, every=150)
    (stage.home.mainframe_inbox / MASTER).write_bytes(spoilt)
    ids = [data[at + 1 : at + 14].decode("cp037") for at in range(220, len(data) - 220, 220 * 150)]

    assert stage.night().status == 0
    standing = stage.file(MASTER)
    assert standing.state is FileState.ACCEPTED
    findings = stage.findings(standing)
    packed = findings.filter(pc.equal(findings["code"], "PACKED_DIGIT"))
    packed = packed.filter(pc.equal(packed["field"], "EFFECTIVE-DATE"))
    assert {2, 152, 302} <= set(packed["record_number"].to_pylist())
    assert set(packed["raw"].to_pylist()) == {b"\xc1\xc2\xc3\xc4\xc5"}
    assert len(packed) >= len(ids) > 3
    assert not set(ids) & {person.national_id for person in partner_reads(stage.root, DAY)}


def test_a_known_content_under_another_name_is_told_and_counted_once(
    stage: Stage, country: Path, undisturbed: Undisturbed
) -> None:
    extract, _ = accidents.made_again(country / "extracts" / MASTER, 2)
    shutil.copyfile(country / "extracts" / MASTER, stage.home.mainframe_inbox / extract)
    filing = next(iter(sorted(stage.home.employer_inbox.iterdir())))
    copy = filing.with_name("SPS110_9999999999_256910.TXT")
    shutil.copyfile(filing, copy)

    assert stage.night().status == 0
    assert stage.at_partner("drop") == undisturbed.drop
    with stage.ledger() as ledger:
        told = {found.name: found.first_name for found in duplicates_of(ledger, DAY)}
        assert sum(s.file.name in (extract, copy.name) for s in files_of(ledger, DAY)) == 0
    assert told == {extract: MASTER, copy.name: filing.name}
    assert _all_codes(stage)["FILE_DUPLICATE"] == 2
    assert stage.night().status == 0


def test_a_known_name_with_other_bytes_is_quarantined_and_changes_nothing(
    stage: Stage, country: Path, undisturbed: Undisturbed
) -> None:
    assert stage.night().status == 0
    other = accidents.with_letters_in_packed_fields(
        (country / "extracts" / MASTER).read_bytes(), every=300
    )
    (stage.home.mainframe_inbox / MASTER).write_bytes(other)

    assert stage.prakan("receive", "--date", str(DAY)) == 1
    assert stage.night().status == 0
    assert stage.at_partner("drop") == undisturbed.drop
    with stage.ledger() as ledger:
        both = [s for s in files_of(ledger, DAY) if s.file.name == MASTER]
    assert sorted(s.state for s in both) == [FileState.ACCEPTED, FileState.QUARANTINED]
    (refused,) = (s for s in both if s.state is FileState.QUARANTINED)
    assert stage.codes(refused) == {"FILE_NAME_REUSED"}
    assert stage.home.landing(refused.file.file_id).read_bytes() == other


def test_a_name_that_no_declaration_knows_is_quarantined(stage: Stage) -> None:
    (stage.home.mainframe_inbox / "PAYROLL.D20261120.S000001").write_bytes(b"\xc8")
    assert stage.prakan("receive", "--date", str(DAY)) == 1
    standing = stage.file("PAYROLL.D20261120.S000001")
    assert (standing.state, standing.file.interface) == (FileState.QUARANTINED, None)
    assert stage.codes(standing) == {"FILE_NAME_UNKNOWN"}


def test_a_wrong_declaration_is_told_and_the_file_replayed_when_it_is_repaired(
    stage: Stage, undisturbed: Undisturbed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Version 2 of the master is declared with the code page of a text file."""
    wrong = tmp_path / "wrong"
    _declare(wrong, encoding="cp874")
    mistaken = stage.with_setting("PRAKAN_INTERFACES", str(wrong))
    assert mistaken.prakan(*RUN) == 1
    (line,) = _lines(capsys, "FAILED")
    assert MASTER in line
    standing = stage.file(MASTER)
    assert (standing.file.version, standing.state) == (2, FileState.QUARANTINED)
    (finding,) = stage.findings(standing).to_pylist()
    assert finding["code"] == "FILE_ENCODING"
    assert "cp838" in finding["field"]  # the code pages that would have been recognised
    assert stage.at_partner() == {}

    right = tmp_path / "right"
    _declare(right, encoding="cp838")
    repaired = stage.with_setting("PRAKAN_INTERFACES", str(right))
    file_id = standing.file.file_id
    assert repaired.prakan("replay", file_id[:12], "--reason", "code page mended") in (0, 1)
    assert stage.file(MASTER).state is FileState.ACCEPTED
    assert repaired.night().status == 0
    assert stage.at_partner("drop") == undisturbed.drop


def test_an_extract_that_is_missing_is_named_and_nothing_is_sent(
    stage: Stage, undisturbed: Undisturbed, country: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (stage.home.mainframe_inbox / HISTORY).unlink()
    assert stage.prakan(*RUN) == 3
    (line,) = _lines(capsys, "FAILED")
    assert "CTBHIST" in line
    assert stage.at_partner() == {}
    shutil.copyfile(country / "extracts" / HISTORY, stage.home.mainframe_inbox / HISTORY)
    assert stage.night().status == 0
    assert stage.at_partner("drop") == undisturbed.drop
    assert stage.digest() == undisturbed.digest_before_evening


def _declare(folder: Path, *, encoding: str) -> None:
    """Version 2 of the registration master, in force from this month."""
    shipped = Path(interfaces.__file__).parent / "definitions"
    folder.mkdir()
    for kind in ("cpy", "toml"):
        text = (shipped / f"registration_master.1.{kind}").read_text(encoding="utf-8")
        text = text.replace("version = 1", "version = 2").replace(
            "valid_from = 2025-01-01", "valid_from = 2026-11-01"
        )
        text = text.replace('encoding = "cp838"', f'encoding = "{encoding}"')
        (folder / f"registration_master.2.{kind}").write_text(text, encoding="utf-8")


def _all_codes(stage: Stage) -> dict[str, int]:
    parts = sorted((stage.home.root / "findings").rglob("*.parquet"))
    codes = pa.concat_tables([pq.read_table(part) for part in parts])["code"]
    counts: list[dict[str, Any]] = pc.value_counts(codes).to_pylist()
    return {count["values"]: count["counts"] for count in counts}


def _lines(capsys: pytest.CaptureFixture[str], word: str) -> list[str]:
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return [line for line in said.out.splitlines() if line.startswith(word)]
