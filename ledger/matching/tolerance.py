"""tolerance.1: the named month, and an amount that differs by no more than is declared.

Of several amounts offered the nearest counts, of equally near ones that of the newest feed.
"""

from __future__ import annotations

NAME = "tolerance.1"

FITTING = """
SELECT pending.position, pending.position AS bundle, 1 AS leg,
       abs(pending.amount_satang - free_offer.amount_satang) AS choice,
       free_offer.* EXCLUDE (day), pending.amount_satang AS moved_satang,
       pending.amount_satang - free_offer.amount_satang AS tolerance_satang, 1 AS candidates
FROM pending CROSS JOIN setting
JOIN free_offer ON free_offer.day = pending.payment_date
    AND free_offer.national_id = pending.national_id
    AND free_offer.section_code = pending.section_code AND free_offer.period = pending.period
WHERE pending.is_readable
    AND abs(pending.amount_satang - free_offer.amount_satang) <= setting.tolerance_satang
"""
