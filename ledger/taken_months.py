"""Payments of months that are taken: they become double payments, records and groups whole.

What was matched as posted may meet a month that another file has paid since, or that an earlier
record of the same file pays. Several payments of one month (pass ``several_payments``) stand or
fall together, and so do the months of one payment.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.months import is_live_contribution
from ledger.outcomes import Outcome

SEVERAL_PAYMENTS = "several_payments."
"""Begin of the pass names of payments that pay one month together."""

_MONTH = ("national_id", "section_code", "period")


def paid_before(connection: Connection, file_id: str) -> list[int]:
    """Records of a file just written whose month is paid, before its own months are entered."""
    posting, kept = schema.posting.alias("mine"), schema.month_paid
    same_month = sa.and_(*(posting.c[name] == kept.c[name] for name in _MONTH))
    query = (
        sa.select(posting.c.record_number)
        .join(kept, same_month)
        .where(posting.c.file_id == file_id, is_live_contribution(posting))
        .distinct()
    )
    return list(connection.scalars(query))


def paid_in_file(outcomes: pa.Table) -> list[int]:
    """Records that pay a month which an earlier record of the table pays by itself."""
    posted = outcomes.filter(pc.equal(outcomes["outcome"], Outcome.POSTED.value))
    by_month = posted.group_by(list(_MONTH)).aggregate([("record_number", "count")])
    if len(by_month) == len(posted):
        return []
    more = by_month.filter(pc.greater(by_month["record_number_count"], 1))
    rows = posted.join(more, list(_MONTH), join_type="left semi").sort_by("record_number")
    owner: dict[tuple[object, ...], tuple[int, bool]] = {}
    doubles = set()
    for row in rows.select([*_MONTH, "record_number", "pass_name"]).to_pylist():
        shares = (row["pass_name"] or "").startswith(SEVERAL_PAYMENTS)
        record = row["record_number"]
        first = owner.setdefault(tuple(row[name] for name in _MONTH), (record, shares))
        if first[0] != record and not (first[1] and shares):
            doubles.add(record)
    return sorted(doubles)


def as_double_payments(outcomes: pa.Table, records: list[int]) -> tuple[pa.Table, int]:
    """The table with these payments, and all that stand or fall with them, as double payments.

    Each becomes one row of its whole amount, about the first of its months. Also gives how many
    records these are.
    """
    taken = _with_groups(outcomes, set(records))
    is_taken = pc.is_in(outcomes["record_number"], value_set=pa.array(sorted(taken), pa.int64()))
    rows = outcomes.filter(is_taken)
    first = rows.filter(pc.equal(rows["leg"], 1)).sort_by("record_number")
    whole = rows.group_by("record_number").aggregate([("amount_satang", "sum")])
    changed = {
        "amount_satang": whole.sort_by("record_number")["amount_satang_sum"],
        "tolerance_satang": pa.repeat(pa.scalar(0, pa.int64()), len(first)),
        "outcome": pa.repeat(Outcome.DOUBLE_PAYMENT.value, len(first)),
        "pass_name": pa.nulls(len(first), pa.string()),
    }
    columns = [changed.get(name, first[name]) for name in outcomes.column_names]
    doubles = pa.table(columns, schema=outcomes.schema)
    kept = outcomes.filter(pc.invert(is_taken))
    return pa.concat_tables([kept, doubles]).sort_by("record_number"), len(taken)


def _with_groups(outcomes: pa.Table, records: set[int]) -> set[int]:
    """These records, and those that pay a month together with one of them."""
    shares = pc.starts_with(pc.fill_null(outcomes["pass_name"], ""), SEVERAL_PAYMENTS)
    together = outcomes.filter(shares).select([*_MONTH, "record_number"]).to_pylist()
    of_month: dict[tuple[object, ...], set[int]] = {}
    for row in together:
        of_month.setdefault(tuple(row[name] for name in _MONTH), set()).add(row["record_number"])
    found = set(records)
    for group in of_month.values():
        if group & records:
            found |= group
    return found
