"""Persons and payments of the tests as the tables that the insurance room takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pyarrow as pa
from naive_standing import Payment, Person

from insurance.holidays import load_calendar
from insurance.rates import load_contribution_rates
from insurance.standing import work_out

CALENDAR = load_calendar()
RATES = load_contribution_rates()


def persons_table(persons: Sequence[Person]) -> pa.Table:
    schema = pa.schema(
        [
            ("national_id", pa.utf8()),
            ("section_code", pa.utf8()),
            ("option_code", pa.utf8()),
            ("title_code", pa.utf8()),
            ("given_name", pa.utf8()),
            ("family_name", pa.utf8()),
            ("status_code", pa.utf8()),
            ("effective_date", pa.date32()),
            ("ended_date", pa.date32()),
            ("history_from", pa.int32()),
            ("last_period_recorded", pa.int32()),
            ("history_refused", pa.bool_()),
        ]
    )
    rows = [
        {
            "national_id": p.national_id,
            "section_code": p.section,
            "option_code": p.option,
            "title_code": "003",
            "given_name": "ก้อง",
            "family_name": "ตั้งใจ",
            "status_code": p.status,
            "effective_date": p.effective,
            "ended_date": p.ended,
            "history_from": p.history_from,
            "last_period_recorded": p.last_recorded,
            "history_refused": p.history_refused,
        }
        for p in persons
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def paid_table(payments: Sequence[Payment]) -> pa.Table:
    schema = pa.schema(
        [
            ("national_id", pa.utf8()),
            ("section_code", pa.utf8()),
            ("period", pa.int32()),
            ("amount", pa.decimal128(9, 2)),
            ("channel", pa.utf8()),
            ("paid_date", pa.date32()),
        ]
    )
    rows = [
        {
            "national_id": p.national_id,
            "section_code": p.section,
            "period": p.period,
            "amount": Decimal(p.satang) / 100,
            "channel": p.channel,
            "paid_date": p.paid_on,
        }
        for p in payments
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def standing_of(
    persons: Sequence[Person], payments: Sequence[Payment], business_date: date
) -> pa.Table:
    """The product's answer."""
    return work_out(
        persons_table(persons),
        paid_table(payments),
        business_date=business_date,
        calendar=CALENDAR,
        rates=RATES,
    )
