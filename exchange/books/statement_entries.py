"""Lines of a statement out of the ledger's entries: what each kind did to the two balances."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import duckdb
import pyarrow as pa

from ledger import accounts


class LineKind(StrEnum):
    """What a line of a statement tells; the first three move nothing."""

    LISTED = "LISTED"  # persons in the feeds of the day
    SENT = "SENT"  # months that the feeds offered
    PAID = "PAID"  # payments in the partner's returns
    POSTED = "POSTED"  # to months
    TOLERANCE = "TOLERANCE"  # paid too much or too little, within what is declared
    BROKEN = "BROKEN"  # wait for a decision
    TAKEN_BACK = "TAKEN-BACK"  # by the bank
    RESOLVED = "RESOLVED"  # decided
    REVERSED = "REVERSED"  # an entry of an earlier line is taken back
    SETTLED = "SETTLED"  # credited by the bank
    FEE = "FEE"  # kept back by the bank
    OTHER = "OTHER"
    CARRIED = "CARRIED"  # collected, not yet credited; by day


#: Kinds whose clearing changes are the payments that the returns brought.
PAYMENTS = (LineKind.POSTED, LineKind.TOLERANCE, LineKind.BROKEN)

# Rows of other partners' accounts drop out: they change neither balance and no tolerance of ours.
_LINES = """
WITH own AS (
    SELECT entry.*, broken.code AS break_code,
        CASE WHEN debit_account = $clearing THEN amount_satang
             WHEN credit_account = $clearing THEN -amount_satang ELSE 0 END AS clearing,
        CASE WHEN credit_account = $suspense THEN amount_satang
             WHEN debit_account = $suspense THEN -amount_satang ELSE 0 END AS suspense,
        coalesce(pass_name LIKE 'resolution.%' OR pass_name LIKE 'held.%', FALSE) AS decided,
        $tolerance IN (debit_account, credit_account) AS tolerated
    FROM entry LEFT JOIN broken USING (file_id, record_number)
    WHERE $clearing IN (debit_account, credit_account)
       OR $suspense IN (debit_account, credit_account)
       OR $tolerance IN (debit_account, credit_account)
), told AS (
    SELECT *, CASE
        WHEN leg < 0 THEN 'REVERSED'
        WHEN decided THEN 'RESOLVED'
        WHEN tolerated THEN 'TOLERANCE'
        WHEN clearing > 0 AND suspense > 0 THEN 'BROKEN'
        WHEN clearing < 0 AND suspense < 0 THEN 'TAKEN-BACK'
        WHEN clearing > 0 AND starts_with(credit_account, $contributions) THEN 'POSTED'
        WHEN clearing < 0 AND debit_account = $fees THEN 'FEE'
        WHEN clearing < 0 AND starts_with(debit_account, $bank) THEN 'SETTLED'
        ELSE 'OTHER' END AS line_kind
    FROM own
)
SELECT line_kind, section_code, option_code,
    CASE WHEN line_kind IN ('BROKEN', 'TAKEN-BACK') THEN break_code
         WHEN decided THEN upper(replace(split_part(pass_name, '.', -2), '_', '-'))
         END AS entry_code,
    count(*) AS entry_count,
    sum(amount_satang)::BIGINT AS entry_amount,
    sum(clearing)::BIGINT AS clearing_change,
    sum(suspense)::BIGINT AS suspense_change
FROM told GROUP BY ALL
"""


def entry_lines(entries: pa.Table, breaks: pa.Table, partner: str) -> list[dict[str, Any]]:
    """One line for each kind, section, option and code, in the order of the kinds.

    ``entries`` as :func:`ledger.books.entries` gives them; ``breaks`` has the code of every break
    (``file_id, record_number, code``) whose record is among them. Amounts are satang; a line's
    amount is what moved, its changes say which way.
    """
    named = {
        "clearing": accounts.clearing(partner),
        "suspense": accounts.suspense(partner),
        "tolerance": accounts.tolerance(partner),
        "fees": accounts.fees(partner),
        "contributions": accounts.CONTRIBUTIONS,
        "bank": accounts.bank(""),
    }
    with duckdb.connect() as engine:
        engine.register("entry", entries)
        engine.register("broken", breaks)
        found: list[dict[str, Any]] = engine.sql(_LINES, params=named).to_arrow_table().to_pylist()
    return sorted(found, key=_place)


def total(lines: Sequence[dict[str, Any]], column: str, *kinds: LineKind) -> int:
    """Satang of a column over the lines of these kinds; of all without any."""
    return sum(int(line[column]) for line in lines if not kinds or line["line_kind"] in kinds)


def _place(line: dict[str, Any]) -> tuple[int, str, str, str]:
    kind = list(LineKind).index(LineKind(line["line_kind"]))
    section, option, code = (
        str(line[name] or "") for name in ("section_code", "option_code", "entry_code")
    )
    return kind, section, option, code
