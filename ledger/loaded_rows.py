"""What a file's outcomes become in the ledger: postings and breaks, as Arrow tables."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from ledger import accounts
from ledger.outcomes import Outcome

RESOLUTION = "resolution."
"""Begin of the pass names of legs by which breaks are resolved."""

_KEYS = ("file_id", "record_number", "national_id", "section_code", "option_code", "period")


def is_of_loading(posting: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a row of ``posting`` takes money in or gives it out as the file itself says.

    That is: a movement of a clearing account which neither resolves a break nor reverses
    anything.
    """
    name = posting.c.pass_name
    return sa.and_(
        posting.c.leg > 0,
        sa.or_(name.is_(None), sa.not_(name.startswith(RESOLUTION))),
        sa.or_(
            posting.c.debit_account.startswith(accounts.clearing("")),
            posting.c.credit_account.startswith(accounts.clearing("")),
        ),
    )


def posting_rows(partner: str, business_date: date, outcomes: pa.Table) -> pa.Table:
    """Rows for ``posting``, without the columns that all of them share.

    ``outcomes`` are of OUTCOMES_SCHEMA. A payment within a tolerance has a second leg: what was
    paid too much goes from clearing to the tolerance account, what is missing comes from it.
    A payment without a date is effective on ``business_date``.
    """
    is_posted = pc.equal(outcomes["outcome"], Outcome.POSTED.value)
    is_debit = pc.equal(outcomes["outcome"], Outcome.DEBIT.value)
    clearing = pa.scalar(accounts.clearing(partner))
    suspense = pa.scalar(accounts.suspense(partner))
    contributions = accounts.contributions(outcomes["section_code"], outcomes["option_code"])
    over = pc.max_element_wise(outcomes["tolerance_satang"], pa.scalar(0, pa.int64()))
    table = outcomes.select([*_KEYS, "leg", "pass_name"])
    table = (
        table.append_column("amount_satang", pc.subtract(outcomes["amount_satang"], over))
        .append_column("debit_account", pc.if_else(is_debit, suspense, clearing))
        .append_column(
            "credit_account",
            pc.if_else(is_posted, contributions, pc.if_else(is_debit, clearing, suspense)),
        )
        .append_column(
            "effective_date",
            pc.fill_null(outcomes["payment_date"], pa.scalar(business_date, pa.date32())),
        )
    )
    # A payment of nothing is a break, but moves nothing.
    moving = table.filter(pc.greater(table["amount_satang"], 0))
    is_within = pc.not_equal(outcomes["tolerance_satang"], 0)
    within = table.filter(is_within)
    if not len(within):
        return moving
    difference = outcomes["tolerance_satang"].filter(is_within)
    return pa.concat_tables([moving, _differences(partner, within, difference)])


def _differences(partner: str, legs: pa.Table, difference: pa.ChunkedArray) -> pa.Table:
    tolerance = pa.scalar(accounts.tolerance(partner))
    is_over = pc.greater(difference, 0)
    new = {
        "leg": pc.add(legs["leg"], pa.scalar(1, pa.int32())),
        "amount_satang": pc.abs(difference),
        "debit_account": pc.if_else(is_over, legs["debit_account"], tolerance),
        "credit_account": pc.if_else(is_over, tolerance, legs["credit_account"]),
    }
    columns = {name: new.get(name, legs[name]) for name in legs.column_names}
    return pa.table(columns, schema=legs.schema)


def break_rows(outcomes: pa.Table) -> pa.Table:
    """Rows for ``payment_break``, without the columns that all of them share."""
    broken = outcomes.filter(pc.not_equal(outcomes["outcome"], Outcome.POSTED.value))
    not_kept = ("leg", "tolerance_satang", "transaction_kind", "pass_name")
    names = [name for name in broken.column_names if name not in not_kept]
    return broken.select(names).rename_columns(
        ["code" if name == "outcome" else name for name in names]
    )
