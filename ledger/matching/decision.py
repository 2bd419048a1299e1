"""What becomes of the payments that no pass posted, and the choice that the law leaves.

The outcome is the first of ``ledger.outcomes.Outcome`` that holds; of the two ways in which a
month may be paid already our own partner's comes first, for it explains the payment. A break
without a suggestion of a pass gets one where only one thing can be done: too much is moved as
far as the month goes and the rest refunded, and what no month can take is refunded. A month of
section 39 paid late may still be owed elsewhere, so only one of section 40 is refunded.
"""

from __future__ import annotations

OUTCOMES = """
WITH posted_month AS (
    SELECT national_id, section_code, period, min(position) AS first_position
    FROM leg WHERE national_id IN (SELECT national_id FROM rest) GROUP BY ALL
), paid_before AS (
    SELECT national_id, section_code, period, bool_or(is_own) AS is_own
    FROM paid WHERE national_id IN (SELECT national_id FROM rest) GROUP BY ALL
), decided AS (
    SELECT rest.*, CASE
        WHEN rest.transaction_kind = 'D' THEN 'DEBIT'
        WHEN rest.is_rejected AND rest.is_readable THEN 'RECORD_REJECTED'
        WHEN NOT rest.is_readable THEN 'UNREADABLE_REFERENCE'
        WHEN rest.is_unknown THEN 'UNKNOWN_PERSON'
        WHEN rest.is_not_sent THEN 'NOT_SENT'
        WHEN rest.is_ended THEN 'STATUS_ENDED'
        WHEN NOT paid_before.is_own THEN 'PAID_ELSEWHERE'
        WHEN paid_before.is_own OR rest.position > posted_month.first_position
            THEN 'DOUBLE_PAYMENT'
        WHEN rest.is_late THEN 'LATE_PAYMENT'
        WHEN rest.is_wrong_period THEN 'WRONG_PERIOD'
        WHEN rest.amount_satang > rest.expected_satang THEN 'AMOUNT_OVER'
        ELSE 'AMOUNT_SHORT' END AS outcome
    FROM (SELECT * FROM rest ANTI JOIN leg USING (position)) AS rest
    LEFT JOIN paid_before ON paid_before.national_id = rest.national_id
        AND paid_before.section_code = rest.section_code AND paid_before.period = rest.period
    LEFT JOIN posted_month ON posted_month.national_id = rest.national_id
        AND posted_month.section_code = rest.section_code AND posted_month.period = rest.period
), choice AS (
    SELECT position, amount_satang,
           CASE WHEN outcome = 'AMOUNT_OVER' AND is_free AND expected_satang > 0
                    AND min(position) FILTER (WHERE outcome = 'AMOUNT_OVER' AND is_free)
                        OVER (PARTITION BY national_id, section_code, period) = position
                THEN expected_satang ELSE 0 END AS moved_satang,
           sent_option_code, section_code, period
    FROM (SELECT *, (national_id, section_code, period) NOT IN
                        (SELECT (national_id, section_code, period) FROM taken) AS is_free
          FROM decided
          WHERE may_post AND position NOT IN (SELECT position FROM suggested)
              AND (outcome IN ('AMOUNT_OVER', 'DOUBLE_PAYMENT', 'PAID_ELSEWHERE', 'STATUS_ENDED')
                   OR (outcome = 'LATE_PAYMENT' AND section_code = '40')))
), suggestion AS (
    SELECT position, suggestion FROM suggested
    UNION ALL
    SELECT position, '{"candidates":1,"moves":['
        || CASE WHEN moved_satang > 0 THEN
               '{"amount_satang":' || moved_satang || ',"kind":"move","option_code":'
               || coalesce('"' || sent_option_code || '"', 'null') || ',"period":' || period
               || ',"section_code":"' || section_code || '"},' ELSE '' END
        || '{"amount_satang":' || (amount_satang - moved_satang) || ',"kind":"refund"}'
        || '],"pass":null}'
    FROM choice
), movement AS (
    SELECT leg.position, leg.leg, leg.national_id, leg.section_code, leg.option_code, leg.period,
           leg.amount_satang, leg.tolerance_satang, 'POSTED' AS outcome, leg.pass_name,
           leg.expected_satang, leg.status_code, leg.feed_date, leg.ended_date,
           NULL AS suggestion
    FROM leg
    UNION ALL
    SELECT decided.position, 1, national_id, section_code, option_code, period, amount_satang, 0,
           outcome, NULL, expected_satang, status_code, feed_date, ended_date,
           suggestion.suggestion
    FROM decided LEFT JOIN suggestion USING (position)
)
SELECT file.file_id, payments.record_number, movement.leg::INTEGER AS leg,
       movement.national_id, movement.section_code, movement.option_code, movement.period,
       movement.amount_satang, movement.tolerance_satang::BIGINT AS tolerance_satang,
       payments.payment_date, payments.transaction_kind, movement.outcome, movement.pass_name,
       movement.expected_satang, movement.status_code, movement.feed_date, movement.ended_date,
       movement.suggestion
FROM movement
JOIN file ON file.file_number = movement.position // 1099511627776
JOIN payments ON payments.file_id = file.file_id
    AND payments.record_number = movement.position % 1099511627776
ORDER BY movement.position, movement.leg
"""
