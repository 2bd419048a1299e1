"""An employer's file that was refused comes again under another name, the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from exchange.employers.answers import answer_pages, write_answers
from exchange.employers.entering import enter_filings
from exchange.employers.readable import VERDICTS
from exchange.inbound.arrivals import receive_filings, receive_paths
from exchange.inbound.nearly_named import nearly_named
from exchange.site import Site
from exchange.status.status import status_of
from ledger.database import reading
from ledger.files import find
from ledger.filings import filings_of
from ledger.landing import FileState
from tests.exchange.employer_filings import (
    DAY,
    Line,
    Registered,
    account,
    installation,
    receive_master,
    take_in_filings,
    write_form,
)

LATER = DAY + timedelta(days=3)
SAMPLES = Path(__file__).resolve().parents[2] / "sample_files"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    yield opened
    opened.ledger.dispose()


def form(site: Site, name: str, *lines: Line, **override: object) -> Path:
    path = site.home.employer_inbox / name
    return write_form(site, path, 1, [("000000", lines or [Line(1)])], override=override)


def state(site: Site, file_id: str) -> FileState:
    standing = find(site.ledger, file_id)
    assert standing is not None
    return standing.state


def codes(site: Site, day: date = DAY) -> tuple[str, ...]:
    (line,) = [f for f in status_of(site, day).files if f.interface == "form_1_10"]
    return line.refusals


@pytest.mark.parametrize("in_folder", [False, True])
def test_a_name_used_before_is_refused_and_the_next_name_is_received(
    site: Site, in_folder: bool
) -> None:
    name = f"SPS110_{account(1)}_256912.TXT"
    take_in_filings(site, [form(site, name)])
    (reused,) = receive_paths(site, DAY, [form(site, name, Line(1), Line(2))])
    assert reused.is_quarantined
    renamed = site.home.employer_inbox / name.replace(".TXT", "_C01.TXT")
    (site.home.employer_inbox / name).rename(renamed)
    if in_folder:
        assert receive_filings(site, LATER)["accepted"] == 1
        assert not renamed.exists()
    else:
        (taken,) = receive_paths(site, LATER, [renamed])
        assert (taken.duplicate_of, taken.accepted) == (None, 2)
    assert state(site, reused.file_id) is FileState.ACCEPTED
    enter_filings(site, LATER)
    found = filings_of(site.ledger, file_ids=[reused.file_id])
    assert found["persons"].to_pylist() == [2]
    assert found["purpose"].to_pylist() == ["replace"]


def test_received_again_under_that_name_it_stays_what_it_became(site: Site) -> None:
    (wrong,) = receive_paths(site, DAY, [form(site, "SPS110_A_X01.TXT")])
    path = form(site, "SPS110_A.TXT")
    (first,) = receive_paths(site, LATER, [path])
    (second,) = receive_paths(site, LATER, [path])
    assert wrong.file_id == first.file_id == second.file_id
    assert (first.repeated, second.repeated) == (False, True)
    assert first.state is second.state is FileState.ACCEPTED
    standing = find(site.ledger, first.file_id)
    assert standing is not None
    assert standing.file.business_date == DAY


def test_a_file_that_is_still_wrong_is_refused_again_with_one_result(site: Site) -> None:
    path = form(site, "SPS110_A.TXT", total_employee=9)
    (first,) = receive_paths(site, DAY, [path])
    other = path.rename(path.with_name("SPS110_B.TXT"))
    for _ in range(2):
        (again,) = receive_paths(site, DAY, [other])
        assert again.is_quarantined
        assert again.duplicate_of is None
    assert results(site, first.file_id) == 1


def results(site: Site, file_id: str) -> int:
    query = "SELECT count(*) FROM file_result WHERE file_id = ?"
    with reading(site.ledger) as connection:
        return int(connection.exec_driver_sql(query, (file_id,)).scalar_one())


def test_who_was_registered_since_need_only_send_the_file_again(site: Site) -> None:
    receive_master(site, [Registered(2)])
    path = form(site, "SPS110_A.TXT")
    (unknown,) = receive_paths(site, DAY, [path])
    assert unknown.is_quarantined
    receive_master(site, [Registered(1), Registered(2)], day=LATER)
    other = path.rename(path.with_name("SPS110_B.TXT"))
    (known,) = take_in_filings(site, [other], day=LATER)
    assert known.state is FileState.ACCEPTED
    assert filings_of(site.ledger, file_ids=[known.file_id]).num_rows == 1


def test_what_was_accepted_is_a_copy_under_every_other_name(site: Site) -> None:
    path = form(site, "SPS110_A.TXT")
    receive_paths(site, DAY, [path])
    (copy,) = receive_paths(site, DAY, [path.rename(path.with_name("SPS110_B.TXT"))])
    assert copy.duplicate_of == "SPS110_A.TXT"


def test_a_refused_workbook_is_not_another_employers_by_its_name(site: Site) -> None:
    (book,) = (SAMPLES / "form_1_10_sheet" / "bad").glob("*.XLSX")
    first = site.home.employer_inbox / f"SPS110_{account(5)}_256912.XLSX"
    first.write_bytes(book.read_bytes() + b"spoiled")
    (refused,) = receive_paths(site, DAY, [first])
    assert refused.is_quarantined
    other = first.rename(first.with_name(f"SPS110_{account(6)}_256912.XLSX"))
    (copy,) = receive_paths(site, DAY, [other])
    assert copy.duplicate_of == f"SPS110_{account(5)}_256912.XLSX"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("sps110-1064461093.txt", "form_1_10"),
        ("SPS110_A_X01.TXT", "form_1_10"),
        ("SPS 110 A.csv", "form_1_10"),
        ("SPS110 A.xls", "form_1_10_sheet"),
        ("sps103.txt", "employee_registration"),
        ("form.TXT", None),
        ("SPS.TXT", None),
        ("../SPS110_A.TXT", "form_1_10"),
    ],
)
def test_what_a_name_is_nearly(site: Site, name: str, meant: str | None) -> None:
    found = nearly_named(site, name, DAY)
    assert (found.name if found else None) == meant


def test_a_nearly_right_name_is_refused_as_a_filing_and_counted_as_one(site: Site) -> None:
    (refused,) = receive_paths(site, DAY, [form(site, "sps110-A.csv")])
    assert refused.is_quarantined
    assert refused.read == 0
    assert codes(site) == ("FILE_NAME_UNKNOWN",)
    assert status_of(site, DAY).filings.refused == 1


def test_both_names_are_answered_with_what_became_of_it(site: Site) -> None:
    name = f"SPS110_{account(1)}_256912.TXT"
    take_in_filings(site, [form(site, name)])
    (reused,) = take_in_filings(site, [form(site, name, Line(1), Line(2))])
    write_answers(site, DAY)
    path = site.home.employer_inbox / name
    take_in_filings(
        site, [path.rename(path.with_name(name.replace(".TXT", "_C01.TXT")))], day=LATER
    )
    counts = write_answers(site, LATER)
    assert (counts["answered"], counts["refused"]) == (2, 0)
    refused, accepted, renamed = answer_pages(site, DAY, reused.file_id)
    assert f"/{DAY}/" in refused and refused.endswith("_01.html")
    assert f"/{DAY}/" in accepted and accepted.endswith("_02.html")
    assert f"/{LATER}/{account(1)}/ANSWER_SPS110_{account(1)}_256912_C01" in renamed
    text = (site.home.root / renamed).read_text("utf-8")
    assert VERDICTS["A"][0] in text
    assert site.catalogue.told("FORM_FILED_AGAIN", "th") in text
