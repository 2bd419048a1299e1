"""Who was told of a person in a record about a whole branch: their own part, nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.account.disclosures import disclosures_of
from ledger.delivery import DeliveryState
from tests.exchange.closed_books import MONDAY
from tests.exchange.filed_books import FiledBooks, filed_books
from tests.prakan.register_tables import registered
from tests.prakan.sample_tables import account, person

FILED, CHANGES = "filed_contributions.1", "registration_changes.1"
HEAD, OTHER = "000000", "000003"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[FiledBooks]:
    """Monday's files have arrived at the mainframe."""
    made = filed_books(tmp_path)
    made.file(0, {HEAD: {0: 20_000, 1: 15_000}, OTHER: {0: 4_000, 2: 9_000}})
    made.register([registered(1)])
    made.take_in(MONDAY)
    made.close(MONDAY)
    for name in ("filed_contributions", "registration_changes"):
        made.bring(made.build(name, MONDAY), DeliveryState.SENDING, DeliveryState.DELIVERED)
    yield made
    made.site.ledger.dispose()


@pytest.mark.parametrize("verify", [False, True])
@pytest.mark.parametrize("rows_are_gone", [False, True])
def test_a_person_among_others_is_found_with_their_own_part_alone(
    books: FiledBooks, verify: bool, rows_are_gone: bool
) -> None:
    if rows_are_gone:
        for rows in books.site.home.root.rglob("filed_contributions.000001/rows.parquet"):
            rows.unlink()
    told = disclosures_of(books.site, person(0), values=True, verify=verify)
    (file,) = told.files
    assert (file.interface, file.records) == (FILED, 2)
    assert file.found_in == ("file" if rows_are_gone else "rows")
    assert [row["employer_branch"] for row in file.values] == [HEAD, OTHER]
    listed = [row["person"] for row in file.values]
    assert [[one["national_id"] for one in each] for each in listed] == [[person(0)]] * 2
    assert [str(each[0]["wage_amount"]) for each in listed] == ["20000.00", "4000.00"]
    assert {gap.answered for gap in told.gaps} == ({True} if rows_are_gone else set())
    assert file.verified is (True if verify else None)
    assert {row["employer_account"] for row in file.values} == {account(0)}


def test_every_file_that_names_a_person_is_told(books: FiledBooks) -> None:
    told = disclosures_of(books.site, person(1), verify=True)
    assert [(file.interface, file.records) for file in told.files] == [(FILED, 1), (CHANGES, 1)]
    assert [file.verified for file in told.files] == [True, True]
    assert told.gaps == ()


def test_nobody_else_is_found(books: FiledBooks) -> None:
    told = disclosures_of(books.site, person(5), verify=True)
    assert (told.files, told.gaps, told.searched) == ((), (), 2)
