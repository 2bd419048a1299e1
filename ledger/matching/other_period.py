"""other_period.1: the amount of another month of the person and section; of several the oldest."""

from __future__ import annotations

NAME = "other_period.1"

FITTING = """
SELECT pending.position, pending.position AS bundle, 1 AS leg, free_offer.period AS choice,
       free_offer.* EXCLUDE (day), free_offer.amount_satang AS moved_satang,
       0 AS tolerance_satang,
       count(DISTINCT free_offer.period) OVER (PARTITION BY pending.position) AS candidates
FROM pending JOIN free_offer ON free_offer.day = pending.payment_date
    AND free_offer.national_id = pending.national_id
    AND free_offer.section_code = pending.section_code AND free_offer.period <> pending.period
    AND free_offer.amount_satang = pending.amount_satang
WHERE pending.is_readable
"""
