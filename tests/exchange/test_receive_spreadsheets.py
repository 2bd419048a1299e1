"""Spreadsheets of employers: received, stored, entered and traced like forms of text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from exchange.account.original import read_original
from exchange.employers.entering import enter_filings
from exchange.employers.lines import live_lines
from exchange.inbound.arrivals import receive_filings
from exchange.site import Site
from exchange.status.status import status_of
from ledger.files import FileStanding, find
from ledger.landing import FileState
from tests.exchange.employer_filings import (
    Line,
    Registered,
    account,
    installation,
    person,
    receive_master,
    write_form,
)
from tests.parsers.made_workbooks import HEADINGS, workbook

DAY = date(2027, 1, 15)
EMPLOYER = 0
WORDS = {"003": "นาย"}
INTERFACE = "form_1_10_sheet"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    receive_master(opened, [Registered(EMPLOYER), Registered(EMPLOYER, branch="000002")])
    yield opened
    opened.ledger.dispose()


def sheet_rows(*lines: Line) -> list[list[Any]]:
    rows: list[list[Any]] = [list(HEADINGS)]
    for line in lines:
        row = line.row()
        rows.append(
            [
                row["sso_id"],
                WORDS[str(row["prefix"])],
                row["fname"],
                row["lname"],
                float(str(row["wages"])),
                float(str(row["paid_amount"])),
            ]
        )
    return rows


def drop(site: Site, data: bytes, name: str | None = None) -> Path:
    path = site.home.employer_inbox / (name or f"SPS110_{account(EMPLOYER)}_256912.XLSX")
    path.write_bytes(data)
    return path


def received(site: Site) -> dict[str, object]:
    return receive_filings(site, DAY)


def codes(site: Site) -> list[str]:
    parts = sorted(site.home.findings(INTERFACE, DAY).glob("*.parquet"))
    return [code for part in parts for code in pq.read_table(part)["code"].to_pylist()]


def state(site: Site, data: bytes) -> FileState:
    return standing_of(site, data).state


def standing_of(site: Site, data: bytes) -> FileStanding:
    found = find(site.ledger, hashlib.sha256(data).hexdigest())
    assert found is not None
    return found


def test_a_sheet_is_stored_in_columns_of_the_form_and_counts_for_its_month(site: Site) -> None:
    lines = [Line(number, wage) for number, wage in enumerate(("17250.75", "9000.00", "0.00"))]
    data = workbook({"000000": sheet_rows(*lines[:2]), "000002": sheet_rows(lines[2])})
    drop(site, data)
    received(site)
    assert state(site, data) is FileState.ACCEPTED
    (part,) = site.home.dataset(INTERFACE, DAY).glob("*.parquet")
    stored = pq.read_table(part)
    assert stored["sso_id"].to_pylist() == [person(0), person(1), person(2)]
    assert stored["_record_number"].to_pylist() == [2, 3, 5]
    enter_filings(site, DAY)
    live = live_lines(site, periods=[202612]).to_pylist()
    found = {(row["employer_branch"], row["national_id"], row["wage_satang"]) for row in live}
    assert found == {
        ("000000", person(0), 1_725_075),
        ("000000", person(1), 900_000),
        ("000002", person(2), 0),
    }
    assert {(row["employer_account"], row["period"]) for row in live} == {
        (account(EMPLOYER), 202612)
    }


def test_a_text_and_a_sheet_of_one_month_are_one_filing(site: Site) -> None:
    path = site.home.employer_inbox / f"SPS110_{account(EMPLOYER)}_202612.TXT"
    write_form(site, path, EMPLOYER, [("000000", [Line(0, "9000.00"), Line(1, "9000.00")])])
    received(site)
    enter_filings(site, DAY)
    drop(site, workbook({"000000": sheet_rows(Line(1, "12000.00"))}))
    received(site)
    enter_filings(site, DAY)
    live = live_lines(site, periods=[202612]).to_pylist()
    assert {row["national_id"]: row["wage_satang"] for row in live} == {
        person(0): 900_000,
        person(1): 1_200_000,
    }


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), None, "SHEET_FORMAT"),
        (workbook({"Sheet1": sheet_rows(Line(0))}), None, "SHEET_NAME"),
        (
            workbook({"000000": sheet_rows(Line(0))}),
            f"SPS110_{account(EMPLOYER)}_202612.XLSX",
            "SHEET_FILE_NAME",
        ),
    ],
)
def test_what_cannot_be_read_waits_in_quarantine(
    site: Site, data: bytes, name: str | None, code: str
) -> None:
    drop(site, data, name)
    received(site)
    assert state(site, data) is FileState.QUARANTINED
    assert code in codes(site)
    assert live_lines(site, periods=[202612]).num_rows == 0


def test_a_row_of_a_landed_sheet_is_found_again(site: Site) -> None:
    data = workbook({"000000": sheet_rows(Line(0), Line(1))})
    drop(site, data)
    received(site)
    original = read_original(site, standing_of(site, data), 3)
    assert original.batch["sso_id"].to_pylist() == [person(1)]
    assert original.raw.decode().split("\t")[0] == person(1)
    assert original.byte_offset == 0
    header = read_original(site, standing_of(site, data), 1)
    assert header.batch["acc_no"].to_pylist() == [account(EMPLOYER)]


@pytest.mark.parametrize(
    "name",
    [f"SPS110_{account(EMPLOYER)}_257001.XLSX", f"SPS110_{account(EMPLOYER)}_257001_C01.XLSX"],
)
def test_a_workbook_copied_from_another_month_is_refused_and_told(site: Site, name: str) -> None:
    data = workbook({"000000": sheet_rows(Line(0))})
    drop(site, data)
    received(site)
    enter_filings(site, DAY)
    drop(site, data, name)
    assert received(site)["duplicates"] == 1
    enter_filings(site, DAY)
    assert codes(site) == ["SHEET_COPIED"]
    assert live_lines(site)["period"].to_pylist() == [202612]
    told = [task for task in status_of(site, DAY).tasks if task.subject == name]
    assert len(told) == 1
    assert "save it again" in told[0].todo.en


def test_the_same_workbook_under_a_further_name_of_its_month_is_a_plain_copy(site: Site) -> None:
    data = workbook({"000000": sheet_rows(Line(0))})
    drop(site, data)
    received(site)
    drop(site, data, f"SPS110_{account(EMPLOYER)}_256912_S01.XLSX")
    received(site)
    assert codes(site) == ["FILE_DUPLICATE"]
