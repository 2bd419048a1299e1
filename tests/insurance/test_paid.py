"""Payments gathered by person: any order, any number of times, the same answer."""

from __future__ import annotations

from datetime import date
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_standing import Payment
from standing_tables import paid_table

from insurance.paid import PaidMonths, gather_paid, person_keys

IDS = [f"110123456789{n}" for n in range(5)]
BASE = 2021 * 12 + 6  # July 2021
PAYMENTS = st.builds(
    Payment,
    st.sampled_from([*IDS, "1999999999999"]),
    st.sampled_from(["39", "40"]),
    st.builds(lambda y, m: y * 100 + m, st.integers(2020, 2028), st.integers(1, 12)),
    st.sampled_from([0, 1, 7000, 43200, 999_999_999, -43200]),
    st.sampled_from(["01", "02", "06"]),
    st.dates(date(2020, 1, 1), date(2027, 1, 1)),
)


def gathered(payments: list[Payment], ids: list[str] = IDS) -> PaidMonths:
    keys = person_keys(pa.array(ids, pa.utf8()), pa.array(["39"] * len(ids), pa.utf8()), "persons")
    return gather_paid(keys, paid_table(payments), BASE)


@given(st.lists(PAYMENTS, max_size=30), st.randoms(use_true_random=False))
def test_each_payment_sets_its_month_and_the_latest_is_kept(
    payments: list[Payment], random: Random
) -> None:
    result = gathered(payments)
    for place, national_id in enumerate(IDS):
        mine = [p for p in payments if (p.national_id, p.section) == (national_id, "39")]
        bits = {p.period // 100 * 12 + p.period % 100 - 1 - BASE for p in mine}
        assert int(result.months[place]) == sum(1 << bit for bit in bits if 0 <= bit < 64)
        last = max(mine, key=lambda p: (p.period, p.paid_on, p.satang, p.channel), default=None)
        assert result.last_period[place].as_py() == (last and last.period)
        assert result.last_date[place].as_py() == (last and last.paid_on)
        assert result.last_channel[place].as_py() == (last and last.channel)
        amount = result.last_amount[place].as_py()
        assert (amount if amount is None else int(amount * 100)) == (last and last.satang)
    shuffled = payments * 2
    random.shuffle(shuffled)
    assert same(gathered(shuffled), result)


def same(one: PaidMonths, other: PaidMonths) -> bool:
    return (
        one.months.tolist() == other.months.tolist()
        and one.last_period == other.last_period
        and one.last_channel == other.last_channel
        and one.last_date == other.last_date
        and one.last_amount == other.last_amount
    )


def test_more_payments_than_one_block_hold_together(monkeypatch: pytest.MonkeyPatch) -> None:
    payments = [
        Payment(IDS[n % 5], "39", 202200 + n % 12 + 1, 43200 + n, "02", date(2022, 12, 1))
        for n in range(200)
    ]
    whole = gathered(payments)
    monkeypatch.setattr("insurance.paid._BLOCK", 7)
    assert same(gathered(payments), whole)


def test_the_same_person_twice_has_the_same_answer_twice() -> None:
    payment = Payment(IDS[0], "39", 202601, 43200, "02", date(2026, 1, 5))
    result = gathered([payment], [IDS[0], IDS[1], IDS[0]])
    assert (result.months != 0).tolist() == [True, False, True]
    assert result.last_period.to_pylist() == [202601, None, 202601]


def test_missing_values_of_a_payment_stay_missing() -> None:
    table = paid_table([Payment(IDS[0], "39", 202601, 43200, "02", date(2026, 1, 5))])
    for name in ("amount", "channel", "paid_date"):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, pa.nulls(1, table.schema.field(name).type))
    keys = person_keys(pa.array(IDS), pa.array(["39"] * 5), "persons")
    result = gather_paid(keys, table, BASE)
    assert result.last_period[0].as_py() == 202601
    assert result.last_amount.null_count == result.last_date.null_count == 5
    assert result.last_channel.null_count == 5


def test_a_payment_without_period_is_an_error() -> None:
    table = paid_table([Payment(IDS[0], "39", 202613, 43200, "02", date(2026, 1, 5))])
    with pytest.raises(ValueError, match="without a period"):
        gather_paid(np.array([1], np.int64), table, BASE)
