"""exact.1: person, section, month and amount are those of a month offered and not yet paid.

Of several payments for one month the first record has it. This pass sees every payment, the
others what it leaves, so it takes no detour.
"""

from __future__ import annotations

NAME = "exact.1"

#: Fills ``leg`` from ``payment``.
POST = """
INSERT INTO leg
SELECT payment.position, 1, 'exact.1', payment.national_id, payment.section_code,
       sent.option_code, payment.period, payment.amount_satang, 0, payment.amount_satang,
       sent.status_code, hand.feed_date, sent.ended_date
FROM payment
JOIN hand ON hand.day = payment.payment_date AND hand.section_code = payment.section_code
JOIN sent ON sent.delivery_id = hand.delivery_id
    AND sent.national_id = payment.national_id
    AND sent.section_code = payment.section_code AND sent.period = payment.period
    AND sent.amount_satang = payment.amount_satang
WHERE payment.may_post AND payment.is_readable
    AND payment.payment_date BETWEEN sent.payable_from AND sent.payable_until
    AND NOT EXISTS (SELECT 1 FROM paid WHERE paid.national_id = payment.national_id
                    AND paid.section_code = payment.section_code
                    AND paid.period = payment.period)
QUALIFY row_number() OVER (  -- the first record, by the newest feed: both in one sort
    PARTITION BY payment.national_id, payment.section_code, payment.period
    ORDER BY payment.position, hand.rank DESC, sent.option_code DESC, sent.status_code DESC,
             sent.ended_date DESC) = 1
"""
