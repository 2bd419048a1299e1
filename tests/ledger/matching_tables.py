"""Small tables for matching, written the way a person would list them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from ledger.matching import (
    FEEDS_SCHEMA,
    PAID_SCHEMA,
    PAYMENTS_SCHEMA,
    PERSONS_SCHEMA,
    SENT_SCHEMA,
)

PARTNER = "counter_service"
DAY = date(2026, 11, 20)
FEED_DAY = date(2026, 11, 19)
PERIOD = 202611
SOMCHAI, MALEE, PRASERT, DAO, NOBODY = (f"{digit}" * 13 for digit in range(1, 6))
RETURN_FILE = "a" * 64
DELIVERY = "counter_service.counter_feed.000001"


def payments(*rows: Mapping[str, object]) -> pa.Table:
    """Payments numbered from record 2, each a good one of section 39 but for what is given."""
    base: dict[str, object] = {
        "file_id": RETURN_FILE,
        "national_id": SOMCHAI,
        "section_code": "39",
        "option_code": None,
        "period": PERIOD,
        "reference_valid": True,
        "is_rejected": False,
        "amount_satang": 43_200,
        "payment_date": DAY,
        "transaction_kind": "C",
    }
    numbered = [{**base, "record_number": n, **row} for n, row in enumerate(rows, start=2)]
    return pa.Table.from_pylist(numbered, schema=PAYMENTS_SCHEMA)


def feeds(*rows: Mapping[str, object]) -> pa.Table:
    """Feeds received, each the one of section 39 of FEED_DAY but for what is given."""
    base: dict[str, object] = {
        "delivery_id": DELIVERY,
        "section_code": "39",
        "business_date": FEED_DAY,
        "valid_until": DAY,
        "sequence": 1,
    }
    return pa.Table.from_pylist([{**base, **row} for row in rows], schema=FEEDS_SCHEMA)


def sent(*rows: Mapping[str, object]) -> pa.Table:
    """Rows of feeds, each offering November at 432 baht to SOMCHAI but for what is given."""
    base: dict[str, object] = {
        "delivery_id": DELIVERY,
        "business_date": FEED_DAY,
        "national_id": SOMCHAI,
        "section_code": "39",
        "option_code": None,
        "status_code": "A",
        "return_code": 0,
        "period": PERIOD,
        "amount_satang": 43_200,
        "payable_from": date(2026, 11, 1),
        "payable_until": date(2026, 12, 15),
    }
    return pa.Table.from_pylist([{**base, **row} for row in rows], schema=SENT_SCHEMA)


def listed_without_months(**row: object) -> dict[str, object]:
    """A feed row of a person who may pay nothing."""
    nothing = dict.fromkeys(("period", "amount_satang", "payable_from", "payable_until"))
    return {**nothing, **row}


def paid(*months: tuple[str, str, int], source: str = PARTNER) -> pa.Table:
    """Months paid before, through the partner itself: national ID, section, period."""
    names = ("national_id", "section_code", "period")
    rows = [{**dict(zip(names, month, strict=True)), "source": source} for month in months]
    return pa.Table.from_pylist(rows, schema=PAID_SCHEMA)


def register(*people: tuple[str, str]) -> pa.Table:
    """The register: national ID and section, all active."""
    rows = [{"national_id": n, "section_code": s, "status_code": "A"} for n, s in people]
    return pa.Table.from_pylist(rows, schema=PERSONS_SCHEMA)
