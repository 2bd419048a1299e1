"""Loading a settlement advice: whole, once, proven; and what it evens out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.audit import entries_of
from ledger.balances import balances
from ledger.books import check_books, close_books
from ledger.database import reading
from ledger.digest import content_digest
from ledger.errors import LedgerError
from ledger.files import events_of, find
from ledger.landing import FileState
from ledger.postings import batch_of
from ledger.settled import carried_satang, collected_and_settled
from ledger.settlements import (
    LINES_SCHEMA,
    EnteredCredit,
    SettlementTotals,
    entered_credits,
    load_settlement,
)
from tests.ledger.settling import (
    BANK,
    COLLECTOR,
    NOW,
    Line,
    collect,
    land_advice,
    settle,
    totals_of,
)
from tests.ledger.tampering import tampering

MONDAY = date(2027, 1, 4)
TUESDAY = date(2027, 1, 5)


def balance(engine: Engine) -> dict[str, int]:
    rows = balances(engine).to_pylist()
    assert sum(row["balance_satang"] for row in rows) == 0
    return {row["account"]: row["balance_satang"] for row in rows}


def legs_of(engine: Engine, file_id: str) -> list[tuple[object, ...]]:
    table = schema.posting
    columns = ("record_number", "leg", "amount_satang", "debit_account", "credit_account")
    dates = ("effective_date", "book_date", "pass_name")
    query = sa.select(*(table.c[name] for name in (*columns, *dates)))
    query = query.where(table.c.file_id == file_id)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(table.c.record_number, table.c.leg))
        return [tuple(row) for row in rows]


def test_net_goes_to_the_bank_and_the_fee_to_fees(ledger: Engine) -> None:
    collect(ledger, MONDAY, 43_200, 7_000)
    batch = settle(ledger, TUESDAY, Line(MONDAY, 50_200, fee=1_000, payments=2))
    assert (batch.changed, batch.line_count, batch.gross_satang) == (True, 1, 50_200)
    assert balance(ledger) == {
        f"clearing:{COLLECTOR}": 0,
        f"suspense:{COLLECTOR}": -50_200,
        f"bank:{BANK}": 49_200,
        f"fees:{COLLECTOR}": 1_000,
    }
    clearing = f"clearing:{COLLECTOR}"
    assert legs_of(ledger, batch.file_id) == [
        (2, 1, 49_200, f"bank:{BANK}", clearing, MONDAY, TUESDAY, "settlement.1"),
        (2, 2, 1_000, f"fees:{COLLECTOR}", clearing, MONDAY, TUESDAY, "settlement.1"),
    ]
    found = find(ledger, batch.file_id)
    assert found is not None and found.state is FileState.POSTED


def test_a_line_without_fee_has_one_leg_and_one_that_is_all_fee_has_the_other(
    ledger: Engine,
) -> None:
    batch = settle(
        ledger, MONDAY, Line(MONDAY, 500), Line(MONDAY, 500, fee=500), Line(MONDAY, 0, payments=0)
    )
    assert [(row[0], row[1]) for row in legs_of(ledger, batch.file_id)] == [(2, 1), (3, 2)]
    assert batch.line_count == 3


def test_each_collector_has_accounts_of_its_own(ledger: Engine) -> None:
    settle(ledger, MONDAY, Line(MONDAY, 500, fee=5), Line(MONDAY, 70, fee=1, collector="kiosks"))
    assert balance(ledger) == {
        f"bank:{BANK}": 564,
        "clearing:counter_service": -500,
        "clearing:kiosks": -70,
        "fees:counter_service": 5,
        "fees:kiosks": 1,
    }
    assert carried_satang(ledger, "kiosks", MONDAY) == -70


def test_loading_again_changes_nothing(ledger: Engine) -> None:
    first = settle(ledger, MONDAY, Line(MONDAY, 500, fee=5))
    digest, told = content_digest(ledger), entries_of(ledger, first.file_id)
    again = settle(ledger, MONDAY, Line(MONDAY, 900))
    assert again == replace(first, changed=False)
    assert content_digest(ledger) == digest
    assert entries_of(ledger, first.file_id) == told


def test_loading_is_told_in_the_audit(ledger: Engine) -> None:
    batch = settle(ledger, MONDAY, Line(MONDAY, 500, fee=5), Line(TUESDAY, 70))
    (entry,) = (e for e in entries_of(ledger, batch.file_id) if e.kind == "settlement.batch")
    assert entry.detail == {"partner": BANK, "lines": 2, "gross_satang": 570, "fee_satang": 5}


@pytest.mark.parametrize("field", ["line_count", "gross_satang", "fee_satang", "net_satang"])
def test_an_advice_that_does_not_prove_its_trailer_enters_nothing(
    ledger: Engine, field: str
) -> None:
    lines = (Line(MONDAY, 500, fee=5),)
    honest = totals_of(lines)
    lie: SettlementTotals = replace(honest, **{field: getattr(honest, field) + 1})
    with pytest.raises(LedgerError, match="does not balance"):
        settle(ledger, MONDAY, *lines, totals=lie)
    file_id = land_advice(ledger, MONDAY)
    assert (batch_of(ledger, file_id), legs_of(ledger, file_id)) == (None, [])
    assert [event.state for event in events_of(ledger, file_id)] == [FileState.LANDED]
    assert settle(ledger, MONDAY, *lines).changed


def test_a_credit_is_entered_once_in_whatever_advice_it_comes(ledger: Engine) -> None:
    first = settle(ledger, MONDAY, Line(MONDAY, 500, reference="CR1"))
    digest = content_digest(ledger)
    said = f"repeats 1 credits .* the first CR1 by {first.file_id[:12]}:2; nothing was entered"
    again = (Line(MONDAY, 500, reference="CR1"), Line(TUESDAY, 70, reference="CR2"))
    land_advice(ledger, TUESDAY)
    landed = content_digest(ledger)
    with pytest.raises(LedgerError, match=said):
        settle(ledger, TUESDAY, *again)
    assert content_digest(ledger) == landed != digest
    assert settle(ledger, TUESDAY, again[1]).changed
    assert entered_credits(ledger, BANK, ["CR2", "CR3"]) == [
        EnteredCredit("CR2", land_advice(ledger, TUESDAY), 2)
    ]
    assert entered_credits(ledger, "another_bank", ["CR1"]) == []


def test_the_table_itself_takes_a_credit_once(ledger: Engine) -> None:
    settle(ledger, MONDAY, Line(MONDAY, 500), Line(MONDAY, 70))
    change = sa.update(schema.settlement).values(bank_reference="CR1")
    with pytest.raises(sa.exc.IntegrityError), tampering(ledger, "settlement") as connection:
        connection.execute(change)


def test_an_advice_that_never_landed_is_not_entered(ledger: Engine) -> None:
    with pytest.raises(LedgerError, match="never landed"):
        load_settlement(
            ledger,
            "e" * 64,
            LINES_SCHEMA.empty_table(),
            partner=BANK,
            totals=totals_of(()),
            recorded_at=NOW,
        )


def test_an_advice_without_lines_is_loaded_once(ledger: Engine) -> None:
    assert settle(ledger, MONDAY).changed
    assert not settle(ledger, MONDAY).changed
    assert balance(ledger) == {}


def test_after_a_close_it_stands_in_the_first_open_day(ledger: Engine) -> None:
    collect(ledger, MONDAY, 500)
    close_books(ledger, MONDAY, recorded_at=NOW)
    batch = settle(ledger, MONDAY, Line(MONDAY, 500, fee=5))
    assert {row[6] for row in legs_of(ledger, batch.file_id)} == {TUESDAY}
    assert (
        carried_satang(ledger, COLLECTOR, MONDAY),
        carried_satang(ledger, COLLECTOR, TUESDAY),
    ) == (
        500,
        0,
    )
    assert [str(one) for one in check_books(ledger) if not one.agrees] == []


def test_debits_lower_what_was_collected(ledger: Engine) -> None:
    collect(ledger, MONDAY, 500, 300, -200)
    (day,) = collected_and_settled(ledger, COLLECTOR, MONDAY).to_pylist()
    assert (day["collected_count"], day["collected_satang"]) == (2, 600)


def test_both_sides_stand_as_the_books_of_a_day_show_them(ledger: Engine) -> None:
    collect(ledger, MONDAY, 500)
    settle(ledger, MONDAY, Line(MONDAY, 300, payments=1))
    settle(ledger, TUESDAY, Line(MONDAY, 200, payments=2), Line(TUESDAY, 50))
    nobody = {"collected_count": 0, "collected_satang": 0}
    monday = {"collection_date": MONDAY, "collected_count": 1, "collected_satang": 500}
    assert collected_and_settled(ledger, COLLECTOR, MONDAY).to_pylist() == [
        {**monday, "settled_count": 1, "settled_satang": 300, "advised": MONDAY}
    ]
    assert collected_and_settled(ledger, COLLECTOR, TUESDAY).to_pylist() == [
        {**monday, "settled_count": 3, "settled_satang": 500, "advised": TUESDAY},
        {
            "collection_date": TUESDAY,
            **nobody,
            "settled_count": 1,
            "settled_satang": 50,
            "advised": TUESDAY,
        },
    ]
    assert collected_and_settled(ledger, "somebody_else", TUESDAY).num_rows == 0


amounts = st.lists(st.integers(-900, 900).filter(bool), max_size=3)
nights = st.lists(
    st.tuples(amounts, st.lists(st.tuples(st.integers(0, 4), st.integers(0, 900)), max_size=3)),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(nights=nights, start=st.integers(0, 10_000))
def test_collected_less_settled_is_the_balance_of_clearing(
    ledger: Engine, nights: list[tuple[list[int], list[tuple[int, int]]]], start: int
) -> None:
    before = carried_satang(ledger, COLLECTOR, date.max)
    first = MONDAY + timedelta(days=5 * start)
    expected = before
    for place, (payments, lines) in enumerate(nights):
        day = first + timedelta(days=place)
        number = _unused(ledger, day)
        collect(ledger, day, *payments, number=number)
        advised = [Line(first + timedelta(days=at), gross, gross // 10) for at, gross in lines]
        settle(ledger, day, *advised, number=number)
        expected += sum(payments) - sum(line.gross for line in advised)
    carried = carried_satang(ledger, COLLECTOR, date.max)
    days = collected_and_settled(ledger, COLLECTOR, date.max).to_pylist()
    assert carried == expected
    assert carried == sum(d["collected_satang"] - d["settled_satang"] for d in days)
    assert carried == balance(ledger).get(f"clearing:{COLLECTOR}", 0)


def _unused(engine: Engine, day: date) -> int:
    """A number of which no file of that day has been used by an earlier example."""
    file = schema.file
    query = sa.select(sa.func.count()).where(
        file.c.business_date == day, file.c.interface == "counter_return"
    )
    with reading(engine) as connection:
        return (connection.scalar(query) or 0) + 1
