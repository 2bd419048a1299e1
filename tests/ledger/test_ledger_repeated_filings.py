"""Which wage months have more than one filing, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.employers.entering import enter_filings
from exchange.site import Site
from ledger.database import reading
from ledger.filings import filings_of
from ledger.repeated_filings import repeated_months
from tests.exchange.filed_months import (
    ACCOUNT,
    ADA,
    BEN,
    BRANCH,
    CEE,
    HEAD,
    MONDAY,
    OTHER_ACCOUNT,
    PERIOD,
    Block,
    Filed,
    accept,
    filed,
    site_at,
)


@pytest.fixture
def site(ledger_url: str, tmp_path: Path) -> Iterator[Site]:
    found = site_at(tmp_path / "home", ledger_url)
    yield found
    found.ledger.dispose()


def repeated(site: Site, *files: Filed) -> list[tuple[str, str, int]]:
    with reading(site.ledger) as connection:
        months = repeated_months(connection, [one.file_id for one in files])
    return [tuple(row.values()) for row in months.to_pylist()]


def test_a_month_that_another_file_is_about_is_told_for_either_file(site: Site) -> None:
    first, second = filed("A", Block({ADA: 750})), filed("B", Block({BEN: 83}))
    accept(site, [first, second], MONDAY)
    enter_filings(site, MONDAY)
    for asked in ([first], [second], [second, first]):
        assert repeated(site, *asked) == [(ACCOUNT, HEAD, PERIOD)]
    assert repeated(site) == []


def test_two_blocks_of_a_file_for_one_month_are_two_filings(site: Site) -> None:
    twice = filed("A", Block({ADA: 750}), Block({BEN: 83}), Block({CEE: 9}, branch=BRANCH))
    accept(site, [twice], MONDAY)
    enter_filings(site, MONDAY)
    assert repeated(site, twice) == [(ACCOUNT, HEAD, PERIOD)]


def test_another_employer_branch_or_period_is_another_month(site: Site) -> None:
    files = [
        filed("A", Block({ADA: 750})),
        filed("B", Block({ADA: 750}, branch=BRANCH)),
        filed("C", Block({ADA: 750}, account=OTHER_ACCOUNT)),
        filed("D", Block({ADA: 750}, period=PERIOD - 1)),
    ]
    accept(site, files, MONDAY)
    enter_filings(site, MONDAY)
    assert len(filings_of(site.ledger)) == 4
    assert repeated(site, *files) == []
