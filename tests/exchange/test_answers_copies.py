"""Copies are answered too: under their own name, with what became of their content."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy.engine import Engine

from exchange.employers import copies
from exchange.employers.answers import answer_pages, answers_folder, write_answers
from exchange.employers.entering import enter_filings
from exchange.inbound.arrivals import receive_filings, receive_paths
from exchange.site import Site
from ledger.employer_months import months_filed_on
from parsers.decode import decode_whole
from tests.exchange.employer_filings import (
    DAY,
    PERIOD,
    Line,
    account,
    installation,
    person,
    take_in_filings,
    write_form,
)

LATER = DAY + timedelta(days=3)
SAMPLES = Path(__file__).resolve().parents[2] / "sample_files"
FIRST = f"SPS110_{account(1)}_256912.TXT"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    yield opened
    opened.ledger.dispose()


def form(site: Site, name: str = FIRST, **override: object) -> Path:
    path = site.home.employer_inbox / name
    lines = [Line(1), Line(2, "20000.00"), Line(3, paid="1.00")]
    return write_form(site, path, 1, [("000000", lines)], override=override)


def copied(path: Path, name: str) -> Path:
    return Path(shutil.copy(path, path.with_name(name)))


def noted(site: Site, day: date = DAY) -> list[dict[str, object]]:
    parts = sorted(site.home.dataset(copies.DATASET, day).glob("*.parquet"))
    rows = [row for part in parts for row in pq.read_table(part, partitioning=None).to_pylist()]
    return sorted(rows, key=lambda row: str(row["copy_name"]))


def answer(site: Site, row: dict[str, object], day: date = DAY) -> dict[str, pa.Table]:
    path = answers_folder(site, day) / str(row["folder"]) / str(row["name"])
    return dict(decode_whole(path, site.registry.get("form_1_10_answer")).tables)


def page(site: Site, row: dict[str, object], day: date = DAY) -> str:
    path = answers_folder(site, day) / str(row["folder"]) / str(row["page_name"])
    return path.read_text("utf-8")


def test_a_copy_is_told_what_became_of_the_first(site: Site) -> None:
    path = form(site)
    take_in_filings(site, [path])
    write_answers(site, DAY)
    take_in_filings(site, [copied(path, "SPS110_again.TXT")], day=LATER)
    assert write_answers(site, LATER) == {"answered": 1, "refused": 0, "already": 0, "waiting": 0}
    (row,) = noted(site, LATER)
    assert (row["folder"], row["result"]) == (account(1), "P")
    assert row["reason_code"] == "FILE_RECEIVED_BEFORE"
    told = answer(site, row, LATER)
    (header,) = told["ANSWER-HEADER-RECORD"].to_pylist()
    assert header["hdr_filing_name"] == "SPS110_again.TXT"
    assert header["hdr_business_date"] == LATER
    assert header["hdr_reason_text"] == site.catalogue.told("FILE_RECEIVED_BEFORE", "th")
    found = told["ANSWER-FINDING-RECORD"].to_pylist()
    assert found[0]["value_filed"] == f"received={DAY} as={FIRST}"
    assert found[0]["finding_effect"] == "W"
    assert [line["outcome"] for line in told["ANSWER-LINE-RECORD"].to_pylist()] == list("AAAR")
    (trailer,) = told["ANSWER-TRAILER-RECORD"].to_pylist()
    assert (trailer["trl_accepted_count"], trailer["trl_month_due"]) == (2, 2750)
    text = page(site, row, LATER)
    assert f"รับเมื่อ (ค.ศ.) {DAY} ชื่อ {FIRST}" in text
    assert person(1) in text


def test_it_is_answered_once(site: Site) -> None:
    path = form(site)
    take_in_filings(site, [path, copied(path, "SPS110_again.TXT")])
    assert write_answers(site, DAY)["answered"] == 2
    before = written(site)
    take_in_filings(site, [path.with_name("SPS110_again.TXT")])
    assert write_answers(site, DAY) == {"answered": 0, "refused": 0, "already": 2, "waiting": 0}
    assert written(site) == before


def written(site: Site) -> dict[str, int]:
    files = (path for path in answers_folder(site, DAY).rglob("*") if path.is_file())
    return {path.name: path.stat().st_mtime_ns for path in files}


def test_a_copy_waits_with_its_content(site: Site) -> None:
    path = form(site)
    receive_paths(site, DAY, [path, copied(path, "SPS110_again.TXT")])
    assert write_answers(site, DAY) == {"answered": 0, "refused": 0, "already": 0, "waiting": 2}
    enter_filings(site, LATER)
    assert write_answers(site, LATER)["answered"] == 2
    assert len(noted(site)) == 1


def test_a_marked_copy_is_told_that_it_counts_again(site: Site) -> None:
    path = form(site)
    marked = copied(path, FIRST.replace(".TXT", "_C01.TXT"))
    receive_paths(site, DAY, [path, marked])
    enter_filings(site, DAY)
    write_answers(site, DAY)
    (row,) = noted(site)
    assert row["reason_code"] == "FORM_FILED_AGAIN"
    assert site.catalogue["FORM_FILED_AGAIN"].th in page(site, row)


def test_a_marked_copy_waits_until_it_counts(site: Site) -> None:
    path = form(site)
    take_in_filings(site, [path])
    write_answers(site, DAY)
    receive_paths(site, LATER, [copied(path, FIRST.replace(".TXT", "_C01.TXT"))])
    assert write_answers(site, LATER)["waiting"] == 1
    enter_filings(site, LATER)
    assert write_answers(site, LATER)["answered"] == 1


def test_many_names_of_a_content_ask_the_books_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = form(site)
    take_in_filings(site, [path, *(copied(path, f"SPS110_{n}.TXT") for n in range(5))])
    asked: list[date] = []

    def asking(ledger: Engine, day: date) -> pa.Table:
        asked.append(day)
        return months_filed_on(ledger, day)

    monkeypatch.setattr(copies, "months_filed_on", asking)
    assert write_answers(site, DAY)["answered"] == 6
    assert asked == [DAY]


def test_a_copied_workbook_is_refused_and_nothing_of_the_first_is_told(site: Site) -> None:
    (book,) = (SAMPLES / "form_1_10_sheet" / "good").glob("*.XLSX")
    names = [f"SPS110_{account(n)}_256912.XLSX" for n in (5, 6)]
    paths = [site.home.employer_inbox / name for name in names]
    for path in paths:
        path.write_bytes(book.read_bytes())
    take_in_filings(site, paths)
    counts = write_answers(site, DAY)
    assert (counts["answered"], counts["refused"]) == (2, 1)
    (row,) = noted(site)
    assert (row["result"], row["reason_code"]) == ("R", "SHEET_COPIED")
    assert (row["folder"], row["period"]) == (account(6), PERIOD)
    told = answer(site, row)
    assert told["ANSWER-LINE-RECORD"].num_rows == 0
    text = page(site, row)
    assert account(5) not in text
    assert site.catalogue["SHEET_COPIED"].th in text


def test_copies_of_names_that_are_nearly_alike_are_told_apart(site: Site) -> None:
    path = form(site)
    names = ["SPS110 a.TXT", "SPS110-a.TXT", "SPS110_a.TXT"]
    take_in_filings(site, [path, *(copied(path, name) for name in names)])
    assert write_answers(site, DAY)["answered"] == 4
    rows = noted(site)
    assert [row["copy_name"] for row in rows] == names
    assert len({row["name"] for row in rows}) == 3


def test_a_copy_of_a_refused_file_says_why_that_was_refused(site: Site) -> None:
    path = form(site, total_employee=9)
    take_in_filings(site, [path])
    write_answers(site, DAY)
    take_in_filings(site, [copied(path, "SPS110_again.TXT")])
    assert write_answers(site, DAY)["refused"] == 1
    (row,) = noted(site)
    assert (row["result"], row["reason_code"]) == ("R", "CONTROL_COUNT")
    codes = answer(site, row)["ANSWER-FINDING-RECORD"]["finding_code"].to_pylist()
    assert codes == ["FILE_RECEIVED_BEFORE", "CONTROL_COUNT", "FORM_CONTRIBUTION"]


def test_each_empty_file_is_answered_by_its_own_name(site: Site) -> None:
    names = [f"SPS110_{account(n)}_256912.TXT" for n in (1, 2)]
    for name in (*names, "sps103-empty.txt"):
        (site.home.employer_inbox / name).write_bytes(b"")
    receive_filings(site, DAY)
    assert write_answers(site, DAY) == {"answered": 3, "refused": 3, "already": 0, "waiting": 0}
    rows = noted(site)
    assert [row["copy_name"] for row in rows] == [names[1], "sps103-empty.txt"]
    assert {row["reason_code"] for row in rows} == {"FILE_EMPTY"}
    for row in rows:
        assert names[0] not in page(site, row)


def test_what_no_filing_is_called_is_not_answered(site: Site) -> None:
    for name in ("notes.txt", "more notes.txt"):
        (site.home.employer_inbox / name).write_bytes(b"")
    (site.home.employer_inbox / "letter.pdf").write_bytes(b"%PDF-")
    receive_filings(site, DAY)
    assert write_answers(site, DAY) == {"answered": 0, "refused": 0, "already": 0, "waiting": 0}


def test_a_name_that_is_nearly_right_is_answered(site: Site) -> None:
    take_in_filings(site, [form(site, "sps110-one.csv")])
    assert write_answers(site, DAY)["refused"] == 1
    (folder,) = answers_folder(site, DAY).iterdir()
    (text,) = (path.read_text("utf-8") for path in folder.glob("*.html"))
    assert site.catalogue.told("FILE_NAME_UNKNOWN", "th") in text


def test_where_the_answers_to_copies_lie_is_told(site: Site) -> None:
    path = form(site)
    (taken,) = take_in_filings(site, [path])
    take_in_filings(site, [copied(path, "SPS110_again.TXT")])
    take_in_filings(site, [copied(path, "SPS110_later.TXT")], day=LATER)
    write_answers(site, LATER)
    own, copy, later = answer_pages(site, DAY, taken.file_id)
    assert f"/{LATER}/" in later
    assert Path(own).name.startswith(f"ANSWER_SPS110_{account(1)}")
    assert Path(copy).name.startswith("ANSWER_SPS110_again")
    assert (site.home.root / copy).is_file()


def test_a_crash_before_the_note_ends_in_the_same_files(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = form(site)
    take_in_filings(site, [path, copied(path, "SPS110_again.TXT")])

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(copies, "_note", die)
        with pytest.raises(KeyboardInterrupt):
            write_answers(site, DAY)
    before = {name: text for name, text in contents(site).items() if "again" in name}
    assert write_answers(site, DAY)["answered"] == 1
    assert {name: text for name, text in contents(site).items() if "again" in name} == before
    assert len(before) == 2


def contents(site: Site) -> dict[str, bytes]:
    files = (path for path in answers_folder(site, DAY).rglob("*") if path.is_file())
    return {path.name: path.read_bytes() for path in files}
