"""check_digits.1: only the reference's check digits are wrong, and the rest is exact.

Check digits that do not fit may as well be right, and a digit of the person or the month wrong.
Where such a slip would lead to another month offered at the same amount, nobody knows which
was meant, and nothing is matched.
"""

from __future__ import annotations

NAME = "check_digits.1"

FITTING = """
SELECT pending.position, pending.position AS bundle, 1 AS leg, 0 AS choice,
       free_offer.* EXCLUDE (day), free_offer.amount_satang AS moved_satang,
       0 AS tolerance_satang, 1 AS candidates
FROM pending JOIN check_repaired USING (position)
JOIN free_offer ON free_offer.day = pending.payment_date
    AND free_offer.national_id = check_repaired.national_id
    AND free_offer.section_code = check_repaired.section_code
    AND free_offer.period = check_repaired.period
    AND free_offer.amount_satang = pending.amount_satang
WHERE NOT EXISTS (
    SELECT 1 FROM digit_repaired JOIN offer
        ON offer.national_id = digit_repaired.national_id
        AND offer.section_code = digit_repaired.section_code
        AND offer.period = digit_repaired.period
    WHERE digit_repaired.position = pending.position AND offer.day = pending.payment_date
        AND offer.amount_satang = pending.amount_satang)
"""
