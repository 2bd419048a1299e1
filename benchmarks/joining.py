"""The join of a night's returns with feeds, months paid and register: ours, and plain pandas.

Both are given the same Parquet files and say how many payments the exact rule posts.
"""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.returns_night import FEED_DAY, Night
from exchange.outbound.standing import RETURN_CODE
from exchange.returns.payer_rows import months_paid, offers_to_payers, rows_of_payers
from interfaces.registry import Registry
from ledger.matching import (
    FEEDS_SCHEMA,
    HISTORY,
    PAID_SCHEMA,
    PAYMENTS_SCHEMA,
    PERSONS_SCHEMA,
    SENT_SCHEMA,
    match_payments,
)

PARTNER = "counter_service"
EXACT = "exact.1"

_VALID_UNTIL = date(2026, 11, 20)
_KEY = ["national_id", "section_code", "period"]
_SENT = ["national_id", "section_code", "option_code", "status_code", "effective_date"]


def join_as_reconciling(night: Night) -> dict[str, object]:
    """Seconds of each step, and what became of the payments, by the functions of reconciling."""
    seconds: dict[str, float] = {}
    start = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal start
        now = time.perf_counter()
        seconds[name], start = round(now - start, 2), now

    payments = pq.read_table(night.payments, columns=PAYMENTS_SCHEMA.names)
    lap("payments")
    sent = pa.concat_tables(
        _sent(night, section, payments.select(["national_id"])) for section in night.feeds
    )
    lap("feeds")
    persons = rows_of_payers([night.register], payments, PERSONS_SCHEMA.names)
    lap("register")
    offered = pc.unique(sent["period"]).drop_null().to_pylist()
    paid = months_paid([night.history], payments, payments.select(_KEY), offered)
    paid = paid.append_column("source", pa.repeat(HISTORY, paid.num_rows))
    lap("months paid")
    rule = Registry().get("counter_return", on=_VALID_UNTIL).matching
    outcomes = match_payments(
        payments, _feeds(night), sent, paid.cast(PAID_SCHEMA), persons, rule, partner=PARTNER
    )
    lap("match")
    return {
        "seconds": round(sum(seconds.values()), 2),
        "steps": seconds,
        "exact": pc.sum(pc.equal(outcomes["pass_name"], EXACT)).as_py(),
        "outcomes": _counted(outcomes["outcome"]),
    }


def join_in_pandas(night: Night) -> dict[str, object]:
    """The same with ``read_parquet`` and ``merge``, columns in Arrow's types: its quickest way.

    The exact rule alone: a good payment whose month was offered at that amount, within its
    window, and is not paid; of several for one month the first record.
    """
    start = time.perf_counter()
    columns = ["file_id", "record_number", *_KEY, "amount_satang", "payment_date"]
    columns += ["transaction_kind", "is_rejected", "reference_valid"]
    payments = _read(night.payments, columns)
    offers = pd.concat([_offers(night, section) for section in night.feeds])
    history = _read(night.history, ["national_id", "section_code", "month_paid"])
    months = history["month_paid"]
    paid = history[_KEY[:2]].loc[history.index.repeat(months.list.len())].reset_index(drop=True)
    paid["period"] = months.list.flatten().struct.field("paid_period").reset_index(drop=True)
    known = _read(night.register, ["national_id", "section_code", "status_code"])
    good = payments[
        (payments["transaction_kind"] == "C")
        & ~payments["is_rejected"]
        & payments["reference_valid"]
    ]
    good = good.merge(offers, on=[*_KEY, "amount_satang"])
    good = good[
        (good["payment_date"] >= good["payable_from"])
        & (good["payment_date"] <= good["payable_until"])
    ]
    good = good.merge(paid, on=_KEY, how="left", indicator=True)
    good = good[good["_merge"] == "left_only"].drop(columns="_merge")
    good = good.sort_values(["file_id", "record_number"]).drop_duplicates(_KEY)
    broken = payments.merge(known, on="national_id", how="left", suffixes=("", "_registered"))
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "exact": len(good),
        "with_register": len(broken),
    }


def _sent(night: Night, section: str, payers: pa.Table) -> pa.Table:
    rows = offers_to_payers([night.feeds[section]], payers, [*_SENT, RETURN_CODE])
    rows = rows.rename_columns({RETURN_CODE: "return_code", "effective_date": "ended_date"})
    count = rows.num_rows
    rows = rows.append_column("business_date", pa.repeat(pa.scalar(FEED_DAY, pa.date32()), count))
    rows = rows.append_column("delivery_id", pa.repeat(section, count))
    for name in ("given_name", "family_name"):
        rows = rows.append_column(name, pa.nulls(count, pa.utf8()))
    return rows.select(SENT_SCHEMA.names).cast(SENT_SCHEMA)


def _feeds(night: Night) -> pa.Table:
    rows = [
        {
            "delivery_id": section,
            "section_code": section,
            "business_date": FEED_DAY,
            "valid_until": _VALID_UNTIL,
            "sequence": 1,
        }
        for section in night.feeds
    ]
    return pa.Table.from_pylist(rows, schema=FEEDS_SCHEMA)


def _offers(night: Night, section: str) -> pd.DataFrame:
    sent = _read(night.feeds[section], ["national_id", "section_code", "payable_month"])
    months = sent["payable_month"]
    rows = sent[_KEY[:2]].loc[sent.index.repeat(months.list.len())].reset_index(drop=True)
    offered = months.list.flatten()
    for name in ("period", "amount", "payable_from", "payable_until"):
        rows[name] = offered.struct.field(name).reset_index(drop=True)
    satang = (rows.pop("amount") * 100).astype("int64[pyarrow]")
    return rows.assign(amount_satang=satang)


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    return pd.read_parquet(path, columns=columns, dtype_backend="pyarrow")


def _counted(values: pa.ChunkedArray) -> dict[str, int]:
    counts = values.value_counts().to_pylist()
    return {one["values"]: one["counts"] for one in sorted(counts, key=lambda c: c["values"])}
