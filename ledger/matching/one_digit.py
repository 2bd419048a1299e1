"""one_digit.1: one slip in the references, undone, leads to one month offered at that amount.

Unique means among all months offered, paid ones too: a payer may have paid twice.
"""

from __future__ import annotations

NAME = "one_digit.1"

FITTING = """
WITH possible AS (
    SELECT DISTINCT pending.position, digit_repaired.national_id, digit_repaired.section_code,
           digit_repaired.period, pending.payment_date, pending.amount_satang
    FROM pending JOIN digit_repaired USING (position)
    JOIN offer ON offer.day = pending.payment_date
        AND offer.national_id = digit_repaired.national_id
        AND offer.section_code = digit_repaired.section_code
        AND offer.period = digit_repaired.period
        AND offer.amount_satang = pending.amount_satang
), only_one AS (
    SELECT * FROM possible QUALIFY count(*) OVER (PARTITION BY position) = 1
)
SELECT only_one.position, only_one.position AS bundle, 1 AS leg, 0 AS choice,
       free_offer.* EXCLUDE (day), free_offer.amount_satang AS moved_satang,
       0 AS tolerance_satang, 1 AS candidates
FROM only_one JOIN free_offer ON free_offer.day = only_one.payment_date
    AND free_offer.national_id = only_one.national_id
    AND free_offer.section_code = only_one.section_code
    AND free_offer.period = only_one.period
    AND free_offer.amount_satang = only_one.amount_satang
"""
