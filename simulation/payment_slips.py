"""What employers of the synthetic country want to pay for what they filed."""

from __future__ import annotations

from pathlib import Path

import duckdb

from simulation.partner.employers import Slip

HEAD_OFFICE = "000000"
_SLIPS = """
WITH filed AS (
    SELECT account, period, file LIKE '%\\_C__.%' ESCAPE '\\' AS corrects,
           CAST(employee_contributions * 200 AS BIGINT) AS satang
    FROM read_parquet($truth) WHERE way IS NULL
)
SELECT account, period, sum(satang) FROM filed
-- A correction replaces what came first.
WHERE corrects OR (account, period) NOT IN (SELECT (account, period) FROM filed WHERE corrects)
GROUP BY ALL HAVING sum(satang) > 0 ORDER BY ALL
"""


def payment_slips(truth: Path) -> list[Slip]:
    """One for each employer whose files are all right, for both sides of the contributions, from
    the ``filings`` table of the population's truth; by account."""
    with duckdb.connect() as engine:
        found = engine.execute(_SLIPS, {"truth": str(truth)}).fetchall()
    return [
        Slip(account, HEAD_OFFICE, f"EMPLOYER {account}", period, int(satang))
        for account, period, satang in found
    ]
