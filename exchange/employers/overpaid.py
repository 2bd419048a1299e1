"""Which employers paid more for a wage month than is due: money that may be theirs to have back."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from exchange.site import Site
from ledger.employer_accounts import standings
from ledger.employer_refund_records import PROPOSED, employer_refunds

OVERPAID_SCHEMA = pa.schema(
    [
        pa.field("employer_account", pa.string(), nullable=False),
        pa.field("period", pa.int32(), nullable=False),  # Gregorian yyyymm
        pa.field("filed_satang", pa.int64(), nullable=False),  # due, both sides
        pa.field("surcharge_satang", pa.int64(), nullable=False),
        pa.field("paid_satang", pa.int64(), nullable=False),  # less what was given back
        pa.field("overpaid_satang", pa.int64(), nullable=False),
        pa.field("proposed_satang", pa.int64(), nullable=False),  # refunds for a second person
        pa.field("owed_satang", pa.int64(), nullable=False),  # by the account, for other months
    ]
)
"""One row an account and month, the largest sum first."""

_PROPOSED_SCHEMA = pa.schema(
    [("employer_account", pa.string()), ("period", pa.int32()), ("proposed_satang", pa.int64())]
)

_ROWS = """
WITH waiting AS (
    SELECT employer_account, sum(proposed_satang)::BIGINT AS satang
    FROM proposed GROUP BY ALL
), debts AS (
    SELECT employer_account, sum(outstanding_satang)::BIGINT AS satang
    FROM money WHERE period <> $period GROUP BY ALL
)
SELECT employer_account, period, filed_satang, surcharge_satang, paid_satang, overpaid_satang,
    coalesce(w.satang, 0) AS proposed_satang, coalesce(d.satang, 0) AS owed_satang
FROM here LEFT JOIN waiting w USING (employer_account) LEFT JOIN debts d USING (employer_account)
ORDER BY overpaid_satang DESC, employer_account
"""


def overpaid_accounts(site: Site, period: int, above_satang: int) -> pa.Table:
    """Accounts with more than so much overpaid for a wage month (Gregorian yyyymm), as the books
    say now: OVERPAID_SCHEMA. Nothing filed yet and paid already is overpaid too."""
    proposed = [
        {
            "employer_account": one.employer_account,
            "period": one.period,
            "proposed_satang": one.amount_satang,
        }
        for one in employer_refunds(site.ledger, period=period, state=PROPOSED)
    ]
    here = standings(site.ledger, periods=[period])
    here = here.filter(pc.greater(here["overpaid_satang"], above_satang))
    of_them = standings(site.ledger, accounts=pc.unique(here["employer_account"]).to_pylist())
    with duckdb.connect() as engine:
        engine.register("here", here)
        engine.register("money", of_them)
        engine.register("proposed", pa.Table.from_pylist(proposed, schema=_PROPOSED_SCHEMA))
        rows: pa.Table = engine.sql(_ROWS, params={"period": period}).to_arrow_table()
    return rows.cast(OVERPAID_SCHEMA)
