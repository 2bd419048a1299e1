"""Persons of several employers, and what they paid beyond the ceiling."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from exchange.employers import two_employers
from exchange.employers.lines import live_lines
from exchange.employers.two_employers import (
    COMBINED_SCHEMA,
    combined_ceiling,
    persons_and_excess,
)
from exchange.site import Site
from interfaces.errors import WrongUse
from tests.exchange.employer_filings import (
    PERIOD,
    Block,
    Line,
    account,
    installation,
    person,
    take_in_filings,
    write_form,
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    yield opened
    opened.ledger.dispose()


def file(site: Site, employer: int, *blocks: Block, period: int = PERIOD, mark: str = "") -> None:
    path = site.home.employer_inbox / f"SPS110_{employer}-{period}{mark}.TXT"
    (received,) = take_in_filings(
        site, [write_form(site, path, employer, list(blocks), period=period)]
    )
    assert not received.is_quarantined


def test_what_was_paid_beyond_the_ceiling_is_the_excess(site: Site) -> None:
    file(site, 1, ("000000", [Line(1, "12000.00"), Line(2, "20000.00"), Line(3, "5000.00")]))
    file(site, 2, ("000000", [Line(1, "9000.00"), Line(2, "18000.00"), Line(3, "6000.00")]))
    found = combined_ceiling(site, PERIOD)
    assert found.schema == COMBINED_SCHEMA
    rows = {(r["national_id"], r["employer_account"]): r for r in found.to_pylist()}
    # Person 3 earns 11,000 baht together: below the ceiling, all of it is due.
    assert set(rows) == {(person(n), account(e)) for n in (1, 2) for e in (1, 2)}
    first = rows[person(1), account(1)]
    assert (first["wage_satang"], first["contribution_satang"]) == (1_200_000, 60_000)
    assert first["contributions_together_satang"] == 105_000
    assert (first["most_satang"], first["excess_satang"]) == (87_500, 17_500)
    assert rows[person(2), account(2)]["excess_satang"] == 87_500
    assert persons_and_excess(found) == (2, 17_500 + 87_500)


def test_branches_of_one_account_are_one_employer(site: Site) -> None:
    file(site, 1, ("000000", [Line(1, "16000.00")]), ("000003", [Line(1, "16000.00")]))
    assert combined_ceiling(site, PERIOD).num_rows == 0


def test_three_employers_stand_on_three_rows(site: Site) -> None:
    for employer in range(3):
        file(site, employer, ("000000", [Line(1, "10000.00")]))
    rows = combined_ceiling(site, PERIOD).to_pylist()
    assert [row["employer_account"] for row in rows] == [account(n) for n in range(3)]
    assert {row["employers"] for row in rows} == {3}
    assert {row["excess_satang"] for row in rows} == {3 * 50_000 - 87_500}


def test_other_months_and_replaced_filings_do_not_count(site: Site) -> None:
    file(site, 1, ("000000", [Line(1, "17500.00")]))
    file(site, 2, ("000000", [Line(1, "17500.00")]), period=202611)
    assert combined_ceiling(site, PERIOD).num_rows == 0
    file(site, 2, ("000000", [Line(1, "17500.00")]))
    assert persons_and_excess(combined_ceiling(site, PERIOD)) == (1, 87_500)
    file(site, 2, ("000000", [Line(9, "17500.00")]), mark="_C01")
    assert combined_ceiling(site, PERIOD).num_rows == 0


def test_nobody_filed_nobody_paid_too_much(site: Site) -> None:
    assert persons_and_excess(combined_ceiling(site, PERIOD)) == (0, 0)


def test_no_month_is_refused(site: Site) -> None:
    with pytest.raises(WrongUse, match="is no month"):
        combined_ceiling(site, 202613)


def test_lines_of_some_persons_are_folded_as_those_of_all(site: Site) -> None:
    file(site, 1, ("000000", [Line(1, "12000.00"), Line(2), Line(3)]))
    file(site, 1, ("000000", [Line(2, "9000.00"), Line(4)]), mark="_S01")
    file(site, 2, ("000000", [Line(1), Line(4)]))
    file(site, 2, ("000000", [Line(4, "8000.00"), Line(5)]), mark="_C01")
    everybody = live_lines(site, periods=[PERIOD])
    for asked in ([1], [2, 4], [1, 2, 3, 4, 5], [9], []):
        ids = pa.array(sorted(map(person, asked)), pa.string())
        theirs = everybody.filter(pc.is_in(everybody["national_id"], value_set=ids))
        assert live_lines(site, periods=[PERIOD], persons=ids).equals(theirs)


def test_of_persons_of_one_employer_nothing_but_the_number_is_read(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month has twelve million lines: their names and amounts together fit no memory."""
    file(site, 1, ("000000", [Line(1, "17500.00"), Line(2), Line(3)]))
    file(site, 2, ("000000", [Line(1, "17500.00"), Line(4)]), ("000001", [Line(4)]))
    read: list[pa.Table] = []

    def noted(site: Site, **asked: Any) -> pa.Table:
        read.append(live_lines(site, **asked))
        return read[-1]

    monkeypatch.setattr(two_employers, "live_lines", noted)
    assert persons_and_excess(combined_ceiling(site, PERIOD)) == (1, 87_500)
    assert read[0]["national_id"].to_pylist() == [person(1), person(1)]
