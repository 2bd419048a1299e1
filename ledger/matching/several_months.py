"""several_months.1: one payment is the sum of the oldest months owed, the named one among them.

The months are those that one feed in hand offered the person in that section and that are not
yet paid, from the oldest on and none skipped. Each becomes one leg.
"""

from __future__ import annotations

NAME = "several_months.1"

FITTING = """
WITH running AS (
    SELECT pending.position, pending.amount_satang AS paid_satang,
           pending.period AS named_period, free_offer.* EXCLUDE (day),
           row_number() OVER up_to AS leg, sum(free_offer.amount_satang) OVER up_to AS sum_satang,
           max(CASE WHEN free_offer.period = pending.period THEN 1 ELSE 0 END) OVER up_to
               AS has_named
    FROM pending JOIN free_offer ON free_offer.day = pending.payment_date
        AND free_offer.national_id = pending.national_id
        AND free_offer.section_code = pending.section_code
    WHERE pending.is_readable
    WINDOW up_to AS (PARTITION BY pending.position, free_offer.rank ORDER BY free_offer.period
                     ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), whole AS (
    SELECT position, rank, leg AS legs FROM running
    WHERE sum_satang = paid_satang AND leg > 1 AND has_named = 1
)
SELECT running.position, running.position AS bundle, running.leg, 0 AS choice,
       running.* EXCLUDE (position, paid_satang, named_period, leg, sum_satang, has_named),
       running.amount_satang AS moved_satang, 0 AS tolerance_satang, 1 AS candidates
FROM running JOIN whole ON whole.position = running.position AND whole.rank = running.rank
WHERE running.leg <= whole.legs
"""
