"""Months of section 33 in a person's trace: which line of which file said so, and what counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.account.filed import COUNTS, REPLACED, WITHDRAWN, FiledMonth
from exchange.account.original import read_original
from exchange.account.trace import trace_person
from exchange.employers.withdrawing import withdraw
from exchange.site import Site
from ledger.files import find
from prakan.traced_person import person_text
from tests.exchange.employer_filings import (
    DAY,
    Line,
    Registered,
    account,
    installation,
    person,
    receive_master,
    take_in_filings,
    write_form,
)

HEAD, OTHER = "000000", "000002"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    receive_master(opened, [Registered(0), Registered(0, branch=OTHER), Registered(1)])
    yield opened
    opened.ledger.dispose()


def file_form(site: Site, name: str, employer: int, *blocks: tuple[str, list[Line]]) -> str:
    path = write_form(site, site.home.employer_inbox / name, employer, blocks)
    (received,) = take_in_filings(site, [path])
    return received.file_id


def told(months: tuple[FiledMonth, ...]) -> list[tuple[str, str, int, str]]:
    return [(m.employer_account, m.employer_branch, m.wage_satang, m.state) for m in months]


def test_every_line_that_names_the_person_is_told_with_what_became_of_it(site: Site) -> None:
    file_form(site, "SPS110_A_1.TXT", 0, (HEAD, [Line(1), Line(2, "12000.00")]))
    file_form(site, "SPS110_B_1.TXT", 1, (HEAD, [Line(1, "9000.00")]))
    file_form(site, "SPS110_A_1_C01.TXT", 0, (HEAD, [Line(1, "11000.00"), Line(2, "12000.00")]))
    found = trace_person(site, person(1))
    assert told(found.filed) == sorted(
        [
            (account(0), HEAD, 10_000_00, REPLACED),
            (account(0), HEAD, 11_000_00, COUNTS),
            (account(1), HEAD, 9_000_00, COUNTS),
        ],
        key=lambda one: (one[0], one[2]),
    )
    assert not found.gaps
    text = person_text(found, [])
    assert "Filed by employers" in text
    assert person(2) not in text


def test_a_line_is_found_in_the_bytes_that_came(site: Site) -> None:
    lines = (HEAD, [Line(1)]), (OTHER, [Line(3), Line(2)])
    file_id = file_form(site, "SPS110_A_1.TXT", 0, *lines)
    (month,) = trace_person(site, person(2)).filed
    assert (month.employer_branch, month.record_number) == (OTHER, 5)
    standing = find(site.ledger, file_id)
    assert standing is not None
    original = read_original(site, standing, month.record_number)
    assert person(2).encode() in original.raw


def test_a_withdrawn_filing_says_so_and_what_was_before_counts(site: Site) -> None:
    file_form(site, "SPS110_A_1.TXT", 0, (HEAD, [Line(1)]))
    second = file_form(site, "SPS110_A_1_C01.TXT", 0, (HEAD, [Line(1, "11000.00")]))
    withdraw(site, second, who="clerk", reason="wrong wage", business_date=DAY)
    assert [month.state for month in trace_person(site, person(1)).filed] == [COUNTS, WITHDRAWN]


def test_other_sections_are_asked_for_without_them(site: Site) -> None:
    file_form(site, "SPS110_A_1.TXT", 0, (HEAD, [Line(1)]))
    assert trace_person(site, person(1), section="40").filed == ()
    assert len(trace_person(site, person(1), section="33").filed) == 1


def test_filings_that_are_gone_are_told(site: Site) -> None:
    file_form(site, "SPS110_A_1.TXT", 0, (HEAD, [Line(1)]))
    (part,) = site.home.dataset("form_1_10", DAY).glob("*.parquet")
    part.unlink()
    found = trace_person(site, person(1))
    assert found.filed == ()
    assert found.gaps == (f"{part.name}: these filings are gone",)
