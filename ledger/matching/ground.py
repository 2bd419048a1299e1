"""The tables that the passes work on, made from what matching is given.

``payment``: every payment, what the passes need of it; ``position`` is its place in the order of
file and record. ``hand``: the feeds in
hand on each day, by section; ``rank`` grows with business date and sequence. ``leg``: what is
posted. After the exact pass: ``rest``, the payments left, judged by the best feed in hand;
``open_payment``, those of them that another pass may match; ``offer``, the months that feeds in
hand offered to people in question on the day in question; ``pending`` and ``free_offer``, what of
the two is still to be had.
"""

from __future__ import annotations

GROUND = """
CREATE TEMP TABLE file AS
SELECT file_id, row_number() OVER (ORDER BY file_id) AS file_number
FROM (SELECT DISTINCT file_id FROM payments);

CREATE TEMP TABLE payment AS  -- a file has fewer than 2**40 records
SELECT file_number * 1099511627776 + record_number AS position, national_id, section_code,
       option_code, period, amount_satang, payment_date, payment_time,
       reference_valid AND national_id IS NOT NULL AND section_code IS NOT NULL
           AND period IS NOT NULL AS is_readable,
       transaction_kind = 'C' AND NOT is_rejected AND amount_satang > 0 AS may_post
FROM payments JOIN file USING (file_id);

CREATE TEMP TABLE hand AS  -- for each day and section: the feeds valid then, else the last before
WITH asked_day AS (
    SELECT payment_date AS day FROM payment WHERE payment_date IS NOT NULL
    UNION
    SELECT payment_date - 1 FROM payment CROSS JOIN setting
    WHERE payment_time < setting.grace_seconds AND payment_date IS NOT NULL
), ranked AS (
    SELECT *, row_number() OVER (ORDER BY business_date, sequence, delivery_id, section_code)
        AS rank
    FROM feeds
)
SELECT asked_day.day, ranked.delivery_id, ranked.section_code,
       ranked.business_date AS feed_date, ranked.rank
FROM asked_day JOIN ranked ON ranked.business_date <= asked_day.day
WINDOW of_day AS (PARTITION BY asked_day.day, ranked.section_code)
QUALIFY ranked.valid_until >= asked_day.day
    OR (max(ranked.valid_until) OVER of_day < asked_day.day
        AND ranked.business_date = max(ranked.business_date) OVER of_day);

CREATE TEMP TABLE leg (
    position BIGINT, leg INTEGER, pass_name VARCHAR, national_id VARCHAR, section_code VARCHAR,
    option_code VARCHAR, period INTEGER, amount_satang BIGINT, tolerance_satang BIGINT,
    expected_satang BIGINT, status_code VARCHAR, feed_date DATE, ended_date DATE);
CREATE TEMP TABLE suggested (position BIGINT, suggestion VARCHAR);
"""

REST = """
CREATE TEMP TABLE asked_for AS  -- the feeds' rows about those payers: feeds are far larger
SELECT * EXCLUDE (given_name, family_name, return_code, business_date) FROM sent
WHERE national_id IN (SELECT national_id FROM payment ANTI JOIN leg USING (position));

CREATE TEMP TABLE rest AS
WITH left_over AS (
    SELECT * FROM payment ANTI JOIN leg USING (position)
), compared AS (  -- each payment with each row about its payer in each feed in hand
    SELECT left_over.position, hand.rank, hand.feed_date, asked_for.status_code,
           asked_for.ended_date, asked_for.option_code AS sent_option_code,
           CASE WHEN asked_for.period = left_over.period
                THEN asked_for.amount_satang END AS expected_satang,
           asked_for.national_id IS NOT NULL AS is_listed,
           coalesce(asked_for.period = left_over.period, FALSE) AS is_offered,
           is_offered AND coalesce(left_over.payment_date BETWEEN asked_for.payable_from
                                   AND asked_for.payable_until, FALSE) AS is_in_window,
           is_offered AND coalesce(left_over.amount_satang = asked_for.amount_satang, FALSE)
               AS is_right_amount
    FROM left_over
    JOIN hand ON hand.day = left_over.payment_date AND hand.section_code = left_over.section_code
    LEFT JOIN asked_for ON asked_for.delivery_id = hand.delivery_id
        AND asked_for.national_id = left_over.national_id
        AND asked_for.section_code = left_over.section_code
), best AS (
    SELECT * FROM compared
    QUALIFY row_number() OVER (
        PARTITION BY position
        ORDER BY is_in_window AND is_right_amount DESC, is_in_window DESC, is_offered DESC,
                 is_listed DESC, rank DESC, expected_satang, status_code, sent_option_code,
                 ended_date) = 1
), told AS (  -- whom the partner knew from us on that day, in whichever section
    SELECT DISTINCT hand.day, asked_for.national_id
    FROM hand JOIN asked_for ON asked_for.delivery_id = hand.delivery_id
), outlived AS (  -- months whose last day, as offered in or before hand, is over
    SELECT left_over.position FROM left_over
    JOIN asked_for ON asked_for.national_id = left_over.national_id
        AND asked_for.section_code = left_over.section_code
        AND asked_for.period = left_over.period
    JOIN feeds ON feeds.delivery_id = asked_for.delivery_id
        AND feeds.section_code = asked_for.section_code
        AND feeds.business_date <= left_over.payment_date
    GROUP BY left_over.position, left_over.payment_date
    HAVING max(asked_for.payable_until) < left_over.payment_date
)
SELECT left_over.*, payments.file_id, payments.transaction_kind, payments.is_rejected,
       payments.payer_name, payments.reference_1, payments.reference_2,
       best.status_code, best.sent_option_code, best.expected_satang,
       best.feed_date, best.ended_date,
       NOT EXISTS (SELECT 1 FROM persons WHERE persons.national_id = left_over.national_id)
           AND NOT EXISTS (SELECT 1 FROM told WHERE told.national_id = left_over.national_id
                           AND told.day = left_over.payment_date) AS is_unknown,
       NOT coalesce(best.is_listed, FALSE) AS is_not_sent,
       coalesce(best.status_code <> 'A' AND NOT best.is_offered, FALSE) AS is_ended,
       NOT coalesce(best.is_in_window, FALSE) AS is_wrong_period,
       left_over.position IN (SELECT position FROM outlived) AS is_late
FROM left_over
JOIN file ON file.file_number = left_over.position // 1099511627776
JOIN payments ON payments.file_id = file.file_id
    AND payments.record_number = left_over.position % 1099511627776
LEFT JOIN best USING (position);

CREATE TEMP TABLE open_payment AS
SELECT * FROM rest WHERE may_post AND payment_date IS NOT NULL;
"""

OFFERS = """
CREATE TEMP TABLE offer AS
WITH in_question AS (
    SELECT payment_date AS day, national_id FROM open_payment WHERE is_readable
    UNION
    SELECT payment_date - 1, national_id FROM open_payment CROSS JOIN setting
    WHERE is_readable AND payment_time < setting.grace_seconds
    UNION
    SELECT payment_date, check_repaired.national_id
    FROM check_repaired JOIN open_payment USING (position)
    UNION
    SELECT payment_date, digit_repaired.national_id
    FROM digit_repaired JOIN open_payment USING (position)
    UNION
    SELECT payment_date, named.national_id FROM named JOIN open_payment USING (position)
)
SELECT in_question.day, hand.rank, hand.feed_date, sent.national_id, sent.section_code,
       sent.option_code, sent.period, sent.amount_satang, sent.status_code, sent.ended_date
FROM in_question JOIN hand USING (day)
JOIN sent ON sent.delivery_id = hand.delivery_id AND sent.section_code = hand.section_code
    AND sent.national_id = in_question.national_id
WHERE sent.period IS NOT NULL AND sent.amount_satang > 0
    AND in_question.day BETWEEN sent.payable_from AND sent.payable_until
QUALIFY row_number() OVER (
    PARTITION BY in_question.day, hand.rank, sent.national_id, sent.period
    ORDER BY sent.amount_satang, sent.option_code, sent.status_code, sent.ended_date) = 1;

CREATE TEMP TABLE taken AS
SELECT national_id, section_code, period FROM paid
WHERE national_id IN (SELECT national_id FROM offer)
UNION
SELECT national_id, section_code, period FROM leg
WHERE national_id IN (SELECT national_id FROM offer);

CREATE TEMP TABLE handled (position BIGINT);
CREATE TEMP VIEW pending AS SELECT * FROM open_payment ANTI JOIN handled USING (position);
CREATE TEMP VIEW free_offer AS
SELECT * FROM offer ANTI JOIN taken USING (national_id, section_code, period);
"""
