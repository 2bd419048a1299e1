"""Running one pass after another, each over the payments that earlier ones left.

A pass is a query that tells, for each pending payment, which months of which feed in hand fit
it (columns of ``_CLAIM``; ``choice`` is smaller for what is preferred, and of equal choices the
newest feed wins). Of all payments that fit a month of one person and section the first record
takes its months, and what was taken is no longer there in the next round; a pass ends with the
first round that finds nothing. So the order of the rows has no say, and no month is given twice.
``bundle`` is the first record of payments that only fit together.
"""

from __future__ import annotations

import duckdb

from interfaces.model import MatchingRule
from ledger.matching.passes import FITTING

_CLAIM = """
CREATE OR REPLACE TEMP TABLE claim AS
WITH fitting AS ({fitting}), chosen AS (
    SELECT position, bundle, leg, national_id, section_code, option_code, period, moved_satang,
           tolerance_satang, amount_satang AS expected_satang, status_code, feed_date, ended_date,
           candidates
    FROM fitting
    QUALIFY rank() OVER (PARTITION BY position ORDER BY choice, fitting.rank DESC) = 1
)
SELECT * FROM chosen
QUALIFY national_id IS NULL
    OR min(bundle) OVER (PARTITION BY national_id, section_code) = bundle
"""
_TAKE = (
    """
INSERT INTO taken SELECT DISTINCT national_id, section_code, period
FROM claim WHERE period IS NOT NULL
""",
    "INSERT INTO handled SELECT DISTINCT position FROM claim",
)
_POST = """
INSERT INTO leg
SELECT position, leg, $name, national_id, section_code, option_code, period, moved_satang,
       tolerance_satang, expected_satang, status_code, feed_date, ended_date
FROM claim
"""
# Spelt as ledger.detail.to_text spells it: sorted keys, no spaces.
_SUGGEST = """
INSERT INTO suggested
SELECT position, '{"candidates":' || max(candidates) || ',"moves":['
       || coalesce(string_agg(move, ',' ORDER BY leg), '') || '],"pass":"' || $name || '"}'
FROM (
    SELECT claim.position, claim.leg, claim.candidates,
           CASE WHEN claim.period IS NOT NULL THEN
               '{"amount_satang":' || claim.moved_satang || ',"kind":"move"'
               || CASE WHEN claim.national_id IS DISTINCT FROM open_payment.national_id
                       THEN ',"national_id":"' || claim.national_id || '"' ELSE '' END
               || ',"option_code":' || coalesce('"' || claim.option_code || '"', 'null')
               || ',"period":' || claim.period
               || ',"section_code":"' || claim.section_code || '"}' END AS move
    FROM claim JOIN open_payment USING (position)
)
GROUP BY position
"""


def run_passes(engine: duckdb.DuckDBPyConnection, rule: MatchingRule) -> None:
    """Every declared pass after the exact one, those that post before those that suggest."""
    if not engine.sql("SELECT 1 FROM open_payment LIMIT 1").fetchall():
        return
    for name in rule.post[1:]:
        _run(engine, name, _POST)
    for name in rule.suggest:
        _run(engine, name, _SUGGEST)


def _run(engine: duckdb.DuckDBPyConnection, name: str, use: str) -> None:
    while True:
        engine.execute(_CLAIM.format(fitting=FITTING[name]))
        if not engine.sql("SELECT 1 FROM claim LIMIT 1").fetchall():
            return
        engine.execute(use, {"name": name})
        for statement in _TAKE:
            engine.execute(statement)
