"""midnight.1: taken shortly after midnight, it is exact as of the day before.

A counter that closes its day after midnight stamps the new date on a payment that its customer
made by yesterday's feed, and on the last evening of a month for a month no longer payable.
"""

from __future__ import annotations

NAME = "midnight.1"

FITTING = """
SELECT pending.position, pending.position AS bundle, 1 AS leg, 0 AS choice,
       free_offer.* EXCLUDE (day), free_offer.amount_satang AS moved_satang,
       0 AS tolerance_satang, 1 AS candidates
FROM pending CROSS JOIN setting
JOIN free_offer ON free_offer.day = pending.payment_date - 1
    AND free_offer.national_id = pending.national_id
    AND free_offer.section_code = pending.section_code AND free_offer.period = pending.period
    AND free_offer.amount_satang = pending.amount_satang
WHERE pending.is_readable AND pending.payment_time < setting.grace_seconds
"""
