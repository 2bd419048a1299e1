"""What the mainframe is told of employers' filings: after any number of files it knows what counts,
and every registration once; read by a reader that knows nothing of prakan."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.employers.contribution_rows import (
    MOST_PERSONS,
    branch_records,
    contribution_rows,
)
from exchange.employers.lines import LINES_SCHEMA, live_lines
from exchange.employers.registering import enter_registrations
from exchange.employers.registration_rows import registration_rows
from exchange.employers.withdrawing import reinstate, withdraw
from exchange.inbound.arrivals import receive_filings
from interfaces.errors import OutsideFailure
from ledger import schema
from ledger.errors import LedgerError
from ledger.filings import MONTHS_SCHEMA
from simulation.partner.drop import DropError
from simulation.partner.employer_files import (
    FiledPerson,
    Month,
    read_changes,
    read_contributions,
    replaced,
)
from tests.exchange.closed_books import MONDAY, TUESDAY, WEDNESDAY
from tests.exchange.filed_books import PERIOD, FiledBooks, filed_books, persons
from tests.prakan.register_tables import leaving, registered
from tests.prakan.sample_tables import account, person

FILED, CHANGES = "filed_contributions", "registration_changes"
HEAD, OTHER = "000000", "000003"
Known = dict[Month, dict[str, FiledPerson]]


@pytest.fixture
def books(tmp_path: Path) -> Iterator[FiledBooks]:
    made = filed_books(tmp_path)
    yield made
    made.site.ledger.dispose()


def live(books: FiledBooks, day: date) -> Known:
    """What counts at the end of that day, as the fold over the filings says."""
    known: Known = {}
    for row in live_lines(books.site, booked_to=day).to_pylist():
        month = (row["employer_account"], row["employer_branch"], row["period"])
        known.setdefault(month, {})[row["national_id"]] = FiledPerson(
            row["national_id"], row["wage_satang"], row["contribution_satang"]
        )
    return known


def file_id_of(books: FiledBooks, name: str) -> str:
    with books.site.ledger.connect() as connection:
        query = sa.select(schema.file.c.file_id).where(schema.file.c.name == name)
        return str(connection.scalar(query))


def test_everything_filed_stands_in_the_first_file(books: FiledBooks) -> None:
    wages = {0: 20_000, 1: 1_000, 2: 0}
    books.file(0, {HEAD: wages, OTHER: {3: 12_345}})
    books.file(1, {HEAD: {0: 9_000}}, period=202611)
    books.take_in(MONDAY)
    books.close(MONDAY)

    records = read_contributions(books.content(FILED, MONDAY))
    assert [record.month for record in records] == [
        (account(0), HEAD, PERIOD),
        (account(0), OTHER, PERIOD),
        (account(1), HEAD, 202611),
    ]
    assert replaced({}, records) == {
        (account(0), HEAD, PERIOD): persons(wages),
        (account(0), OTHER, PERIOD): persons({3: 12_345}),
        (account(1), HEAD, 202611): persons({0: 9_000}),
    }
    assert [p.contribution for p in records[0].persons] == [87_500, 8_300, 0]
    (header,) = books.read(books.build(FILED, MONDAY)).tables["FCT-HEADER-RECORD"].to_pylist()
    assert (header["hdr_books_from"], header["hdr_books_to"]) == (None, MONDAY)


def test_later_files_replace_what_changed_and_leave_the_rest(books: FiledBooks) -> None:
    books.file(0, {HEAD: {0: 20_000, 1: 15_000}, OTHER: {3: 12_000}})
    books.file(1, {HEAD: {4: 9_000}})
    books.take_in(MONDAY)
    books.close(MONDAY)
    known = replaced({}, read_contributions(books.content(FILED, MONDAY)))

    books.file(0, {HEAD: {1: 16_000, 2: 10_000}}, name="b", day=TUESDAY)  # merges
    books.file(1, {HEAD: {5: 8_000}}, mark="_C01", day=TUESDAY)  # replaces
    books.take_in(TUESDAY)
    books.close(TUESDAY)
    records = read_contributions(books.content(FILED, TUESDAY))
    assert {record.month for record in records} == {
        (account(0), HEAD, PERIOD),
        (account(1), HEAD, PERIOD),
    }
    known = replaced(known, records)
    assert known == {
        (account(0), HEAD, PERIOD): persons({0: 20_000, 1: 16_000, 2: 10_000}),
        (account(0), OTHER, PERIOD): persons({3: 12_000}),
        (account(1), HEAD, PERIOD): persons({5: 8_000}),
    }
    assert known == live(books, TUESDAY)


def test_what_is_withdrawn_is_told_with_nobody_and_reinstated_with_all(books: FiledBooks) -> None:
    path = books.file(0, {HEAD: {0: 20_000}})
    books.take_in(MONDAY)
    books.close(MONDAY)
    monday = books.content(FILED, MONDAY)
    filed = file_id_of(books, path.name)

    withdraw(books.site, filed, who="ann", reason="sent twice", business_date=TUESDAY)
    books.close(TUESDAY)
    (record,) = read_contributions(books.content(FILED, TUESDAY))
    assert (record.month, record.persons, record.branch_persons) == (
        (account(0), HEAD, PERIOD),
        (),
        0,
    )
    known = replaced(replaced({}, read_contributions(monday)), [record])
    assert known == {}

    reinstate(books.site, filed, who="ann", reason="it was right", business_date=WEDNESDAY)
    books.close(WEDNESDAY)
    known = replaced(known, read_contributions(books.content(FILED, WEDNESDAY)))
    assert known == {(account(0), HEAD, PERIOD): persons({0: 20_000})}


def test_a_large_branch_goes_on_in_further_records(books: FiledBooks) -> None:
    wages = {number: 9_000 + number for number in range(2 * MOST_PERSONS + 3)}
    books.file(0, {HEAD: wages, OTHER: dict.fromkeys(range(MOST_PERSONS), 5_000)})
    books.take_in(MONDAY)
    books.close(MONDAY)
    records = read_contributions(books.content(FILED, MONDAY))
    assert [(r.month[1], r.part, r.parts, r.branch_persons, len(r.persons)) for r in records] == [
        (HEAD, 1, 3, 1_003, 500),
        (HEAD, 2, 3, 1_003, 500),
        (HEAD, 3, 3, 1_003, 3),
        (OTHER, 1, 1, 500, 500),
    ]
    assert replaced({}, records)[account(0), HEAD, PERIOD] == persons(wages)


def test_a_file_made_again_after_later_filings_is_the_same(books: FiledBooks) -> None:
    books.file(0, {HEAD: {0: 20_000, 1: 15_000}})
    path = books.file(1, {HEAD: {4: 9_000}})
    books.register([registered(0)])
    books.take_in(MONDAY)
    books.close(MONDAY)
    sources = {
        name: (source, books.site.registry.get(name, on=MONDAY))
        for name, source in ((FILED, contribution_rows), (CHANGES, registration_rows))
    }
    before = {n: source(books.site, i, MONDAY) for n, (source, i) in sources.items()}

    books.file(0, {HEAD: {1: 16_000}}, mark="_C01", day=TUESDAY)
    books.register([registered(1)], name="b")
    books.take_in(TUESDAY)
    filed = file_id_of(books, path.name)
    withdraw(books.site, filed, who="ann", reason="sent twice", business_date=TUESDAY)
    books.close(TUESDAY)
    for name, (source, interface) in sources.items():
        again = source(books.site, interface, MONDAY)
        assert again.table.equals(before[name].table)
        assert again.context == before[name].context
        assert again.table.num_rows > 0


@pytest.mark.parametrize("name", [FILED, CHANGES])
def test_a_day_without_filings_has_an_empty_file(books: FiledBooks, name: str) -> None:
    books.close(MONDAY)
    read = read_contributions if name == FILED else read_changes
    assert read(books.content(name, MONDAY)) == []


@pytest.mark.parametrize("name", [FILED, CHANGES])
def test_nothing_is_told_of_open_books(books: FiledBooks, name: str) -> None:
    with pytest.raises(LedgerError, match="the books of 2027-01-04 are not closed"):
        books.build(name, MONDAY)


def test_a_part_that_is_gone_is_told_and_no_file_is_made(books: FiledBooks) -> None:
    books.register([registered(0)])
    books.take_in(MONDAY)
    books.close(MONDAY)
    (part,) = books.site.home.dataset("employee_registration", MONDAY).glob("*.parquet")
    part.unlink()
    with pytest.raises(OutsideFailure, match=r"is gone.*restore the datasets folder"):
        books.build(CHANGES, MONDAY)


def test_every_accepted_line_is_told_once_in_the_file_of_its_day(books: FiledBooks) -> None:
    first = books.register(
        [
            registered(0),
            registered(1, hospital_code=["1010001", "10 0002", None], prefix=None),
            registered(2, branch_no="00000X"),
            leaving(3),
        ]
    )
    books.take_in(MONDAY)
    books.close(MONDAY)
    books.register([leaving(4, leaving_reason="6", employed_since=None)], name="b")
    # Of Monday, but it came when Monday's books were closed.
    receive_filings(books.site, MONDAY)
    books.register([registered(5, acc_no=account(1))], name="c")
    assert books.take_in(TUESDAY)["registration_files"] == 2
    books.close(TUESDAY)

    on_monday = read_changes(books.content(CHANGES, MONDAY))
    assert [(c.kind, c.national_id, c.on, c.reason, c.born) for c in on_monday] == [
        ("N", person(0), date(2026, 12, 1), "", date(1985, 2, 28)),
        ("N", person(1), date(2026, 12, 1), "", date(1986, 2, 28)),
        ("L", person(3), date(2026, 11, 15), "1", None),
    ]
    assert [(c.title, c.hospitals) for c in on_monday] == [
        ("003", ("1010001", "1010002", "1010003")),
        ("", ("1010001",)),
        ("003", ()),
    ]
    shown = file_id_of(books, first.name)[:16]
    assert [c.reference for c in on_monday] == [(shown, 1), (shown, 2), (shown, 4)]
    assert {(c.account, c.branch, c.received) for c in on_monday} == {(account(0), HEAD, MONDAY)}

    on_tuesday = read_changes(books.content(CHANGES, TUESDAY))
    assert {(c.kind, c.national_id, c.account, c.received) for c in on_tuesday} == {
        ("L", person(4), account(0), MONDAY),
        ("N", person(5), account(1), TUESDAY),
    }
    references = [change.reference for change in (*on_monday, *on_tuesday)]
    assert len(set(references)) == len(references) == 5


def test_names_reach_the_mainframe_in_its_own_page(books: FiledBooks) -> None:
    books.register([registered(1, fname="น้ำผึ้ง", lname="ปู่เก๋า")])
    books.take_in(MONDAY)
    books.close(MONDAY)
    (row,) = books.read(books.build(CHANGES, MONDAY)).tables["RGC-CHANGE-RECORD"].to_pylist()
    assert (row["given_name"], row["family_name"]) == ("น้ำผึ้ง", "ปู่เก๋า")


def test_entering_again_or_twice_at_once_enters_once(books: FiledBooks) -> None:
    for number in range(6):
        books.register([registered(number)], name=f"n{number}")
    assert receive_filings(books.site, MONDAY)["quarantined"] == 0
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(enter_registrations, books.site, MONDAY) for _ in range(2)]
    told = [run.result()["registration_files"] for run in runs]
    assert sum(map(int, map(str, told))) == 6
    assert enter_registrations(books.site, MONDAY) == {"registration_files": 0}
    books.close(MONDAY)
    assert len(read_changes(books.content(CHANGES, MONDAY))) == 6


def test_a_mainframe_refuses_files_that_lie(books: FiledBooks) -> None:
    books.file(0, {HEAD: {0: 20_000, 1: 15_000}})
    books.register([registered(0)])
    books.take_in(MONDAY)
    books.close(MONDAY)
    filed, changes = books.content(FILED, MONDAY), books.content(CHANGES, MONDAY)
    for data, read in ((filed, read_contributions), (changes, read_changes)):
        at = data.index(person(0).encode("cp037"))
        assert read(data)
        with pytest.raises(DropError, match="the trailer says"):
            read(data[:at] + person(2).encode("cp037") + data[at + 13 :])
    with pytest.raises(DropError, match="sums"):
        wage = filed.index(person(0).encode("cp037")) + 13
        read_contributions(filed[:wage] + bytes.fromhex("000000000000001c") + filed[wage + 8 :])


MONTHS = st.tuples(
    st.sampled_from(["1000000010", "1000000028", "9999999990"]),
    st.sampled_from([HEAD, OTHER, "999999"]),
    st.sampled_from([202611, 202612, 202701]),
)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        MONTHS,
        st.dictionaries(
            st.integers(0, 10**13 - 1),
            st.tuples(st.integers(0, 10**14 - 1), st.integers(0, 10**12 - 1)),
            max_size=5,
        )
        | st.integers(498, 1_002),
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_records_hold_every_person_of_every_month_once(
    months: dict[tuple[str, str, int], dict[int, tuple[int, int]] | int], chance: random.Random
) -> None:
    filed = {
        month: {n: (n, 1) for n in range(told)} if isinstance(told, int) else told
        for month, told in months.items()
    }
    rows = [
        {
            **dict.fromkeys(("file_id", "title_code", "given_name", "family_name"), "x"),
            "record_number": 2,
            "header_number": 1,
            "employer_account": month[0],
            "employer_branch": month[1],
            "period": month[2],
            "national_id": f"{number:013d}",
            "wage_satang": wage,
            "contribution_satang": share,
        }
        for month, people in filed.items()
        for number, (wage, share) in people.items()
    ]
    chance.shuffle(rows)
    asked = pa.Table.from_pylist(
        [dict(zip(MONTHS_SCHEMA.names, month, strict=True)) for month in filed], MONTHS_SCHEMA
    )
    made = branch_records(asked, pa.Table.from_pylist(rows, LINES_SCHEMA)).to_pylist()

    found: dict[tuple[str, str, int], list[tuple[str, int, int]]] = {}
    for record in made:
        month = (record["employer_account"], record["employer_branch"], record["paid_period"])
        of_month = found.setdefault(month, [])
        place = len(of_month) // MOST_PERSONS + 1
        people = [
            (p["national_id"], int(p["wage_amount"] * 100), int(p["contribution_amount"] * 100))
            for p in record["person"]
        ]
        of_month += people
        total = len(filed[month])
        assert record["part_number"] == place
        assert record["part_count"] == max(-(-total // MOST_PERSONS), 1)
        assert (record["branch_persons"], record["person_count"]) == (total, len(people))
        assert int(record["record_wages"] * 100) == sum(wage for _, wage, _ in people)
        assert int(record["record_contributions"] * 100) == sum(share for _, _, share in people)
    assert list(found) == list(filed)
    assert found == {
        month: [(f"{n:013d}", *amounts) for n, amounts in sorted(people.items())]
        for month, people in filed.items()
    }
