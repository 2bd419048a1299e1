"""several_payments.1: payments of one person, section and month in a file make up its amount.

All those of the file that earlier passes left and that lie in the month's window count, and
together they are exactly what one feed in hand of each of them offered. Each is posted to the
month with its own amount.
"""

from __future__ import annotations

NAME = "several_payments.1"

FITTING = """
WITH part AS (
    SELECT pending.position, pending.file_id, pending.amount_satang AS paid_satang,
           free_offer.* EXCLUDE (day)
    FROM pending JOIN free_offer ON free_offer.day = pending.payment_date
        AND free_offer.national_id = pending.national_id
        AND free_offer.section_code = pending.section_code
        AND free_offer.period = pending.period
    WHERE pending.is_readable
), counted AS (
    SELECT file_id, national_id, section_code, period, count(DISTINCT position) AS parts
    FROM part GROUP BY ALL
), whole AS (
    SELECT file_id, national_id, section_code, period, rank, min(position) AS bundle
    FROM part JOIN counted USING (file_id, national_id, section_code, period)
    GROUP BY file_id, national_id, section_code, period, rank, parts, amount_satang
    HAVING count(*) = parts AND parts > 1 AND sum(paid_satang) = amount_satang
)
SELECT part.position, whole.bundle, 1 AS leg, 0 AS choice,
       part.* EXCLUDE (position, file_id, paid_satang),
       part.paid_satang AS moved_satang, 0 AS tolerance_satang, 1 AS candidates
FROM part JOIN whole USING (file_id, national_id, section_code, period, rank)
"""
