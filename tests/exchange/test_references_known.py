"""What filings are compared with: the masters of the newest day, read as little as is needed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from exchange.datasets import latest, read
from exchange.inbound.arrivals import receive_paths
from exchange.inbound.references import references_for
from exchange.site import Site, open_site
from simulation.population import generate
from validation.references import References

DAY = date(2026, 11, 20)
COLUMNS = ["national_id", "title_code", "given_name", "family_name", "section_code"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation that received the masters of one day."""
    folder = tmp_path_factory.mktemp("references")
    country = folder / "country"
    generate(persons=3000, employers=150, seed=11, business_date=DAY, out=country, filings=0)
    opened = open_site({"PRAKAN_HOME": str(folder / "home")})
    extracts = country / "extracts"
    receive_paths(opened, DAY, [*extracts.glob("REGMAST*"), *extracts.glob("EMPMAST*")])
    yield opened
    opened.ledger.dispose()


def known(site: Site, day: date, *names: str) -> References:
    return references_for(site, day, [site.registry.get(name, on=day) for name in names])


def test_a_filing_of_the_next_day_is_compared_with_the_masters_of_this_one(site: Site) -> None:
    references = known(site, DAY + timedelta(days=1), "form_1_10")
    found = latest(site, "registration_master", DAY)
    assert found is not None
    rows = read(site, *found, COLUMNS).combine_chunks()
    ids, given, family = (rows[n].combine_chunks() for n in ("national_id", *COLUMNS[2:4]))
    persons = references.persons
    assert persons is not None and len(persons) == rows.num_rows > 2900
    assert persons.title(ids).equals(rows["title_code"].combine_chunks())
    assert persons.section(ids).equals(rows["section_code"].combine_chunks())
    assert persons.has_given_name(ids, given).all()
    assert persons.has_family_name(ids, family).all()
    assert persons.has_given_name(ids, family).mean() < 0.1


def test_closed_employers_are_known_as_closed(site: Site) -> None:
    employers = known(site, DAY, "form_1_10").employers
    found = latest(site, "employer_master", DAY)
    assert employers is not None and found is not None
    rows = read(site, *found, ["employer_account", "employer_branch", "status_code"])
    accounts, branches, status = (column.combine_chunks() for column in rows.columns)
    closed = employers.is_closed(accounts, branches)
    assert closed.tolist() == pc.equal(status, "C").to_pylist()
    assert closed.any() and not closed.all()
    assert not employers.is_closed(accounts, pa.repeat("999999", len(accounts))).any()


def test_masters_are_read_for_filings_only_and_none_is_known_before_it_came(site: Site) -> None:
    other = known(site, DAY, "registration_master")
    assert (other.persons, other.employers) == (None, None)
    before = known(site, DAY - timedelta(days=1), "form_1_10")
    assert (before.persons, before.employers) == (None, None)
    assert {"titles", "wrong_titles"} <= set(before.code_lists)
