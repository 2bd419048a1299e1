"""Matching payments with what the partner had been sent and what is already paid.

A payment of day P is judged by the feeds of its section that the partner may have had in hand
on P: every one of a business date up to P that was still valid on P, superseded versions too,
since nobody knows which of them the counter had at that hour. Only when there is none, by the
feeds of the latest business date before P. It is good when any of these offered that month at
that amount within its window. Otherwise the best of them tells the break: one that offered the
month within its window, else one that offered it, else one that listed the person, and of
equals the newest.

Every payment gets exactly one outcome, the first of ``ledger.outcomes.Outcome`` that holds.
Within a file the first good payment of a person, section and month is posted; later ones for
that month are double payments, whatever else is wrong with them, while an earlier one that
could not be posted keeps its own break. Nothing else in a file has a say in an outcome.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ledger.outcomes import OUTCOMES_SCHEMA

RULE_VERSION = 2
"""Version of these rules, kept with every posting; a change of outcome needs a new number."""

PAYMENTS_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("national_id", pa.string()),
        pa.field("section_code", pa.string()),
        pa.field("option_code", pa.string()),
        pa.field("period", pa.int32()),
        pa.field("reference_valid", pa.bool_(), nullable=False),
        pa.field("is_rejected", pa.bool_(), nullable=False),
        pa.field("amount_satang", pa.int64(), nullable=False),
        pa.field("payment_date", pa.date32()),
        pa.field("transaction_kind", pa.string(), nullable=False),
    ]
)
FEEDS_SCHEMA = pa.schema(
    [
        pa.field("delivery_id", pa.string(), nullable=False),
        pa.field("section_code", pa.string(), nullable=False),
        pa.field("business_date", pa.date32(), nullable=False),
        pa.field("valid_until", pa.date32(), nullable=False),
        pa.field("sequence", pa.int64(), nullable=False),
    ]
)
SENT_SCHEMA = pa.schema(
    [
        pa.field("delivery_id", pa.string(), nullable=False),
        pa.field("business_date", pa.date32(), nullable=False),
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("section_code", pa.string(), nullable=False),
        pa.field("option_code", pa.string()),
        pa.field("status_code", pa.string(), nullable=False),
        pa.field("return_code", pa.int64()),
        pa.field("period", pa.int32()),
        pa.field("amount_satang", pa.int64()),
        pa.field("payable_from", pa.date32()),
        pa.field("payable_until", pa.date32()),
    ]
)
PAID_SCHEMA = pa.schema(
    [
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("section_code", pa.string(), nullable=False),
        pa.field("period", pa.int32(), nullable=False),
    ]
)
PERSONS_SCHEMA = pa.schema(
    [
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("section_code", pa.string(), nullable=False),
        pa.field("status_code", pa.string()),
    ]
)

_QUERY = """
WITH payment AS (
    SELECT *, row_number() OVER (ORDER BY file_id, record_number) AS position FROM payments
), payment_day AS (
    SELECT DISTINCT payment_date FROM payment WHERE payment_date IS NOT NULL
), in_hand AS (  -- for each day and section: the feeds valid then, or else the last ones before
    SELECT payment_day.payment_date, feeds.*
    FROM payment_day JOIN feeds ON feeds.business_date <= payment_day.payment_date
    WINDOW of_day AS (PARTITION BY payment_day.payment_date, feeds.section_code)
    QUALIFY feeds.valid_until >= payment_day.payment_date
        OR (max(feeds.valid_until) OVER of_day < payment_day.payment_date
            AND feeds.business_date = max(feeds.business_date) OVER of_day)
), asked_for AS (  -- the feeds' rows about payers only: the feeds are far larger than the file
    SELECT * FROM sent WHERE national_id IN (SELECT national_id FROM payment)
), listed AS (
    SELECT delivery_id, national_id, section_code,
           min(option_code) AS option_code, min(status_code) AS status_code
    FROM asked_for GROUP BY ALL
), offered AS (
    SELECT delivery_id, national_id, section_code, period, min(amount_satang) AS amount_satang,
           min(payable_from) AS payable_from, max(payable_until) AS payable_until
    FROM asked_for WHERE period IS NOT NULL GROUP BY ALL
), compared AS (  -- each payment with each feed in hand
    SELECT payment.position, in_hand.delivery_id, in_hand.sequence,
           in_hand.business_date AS feed_date,
           listed.status_code, listed.option_code AS sent_option_code,
           offered.amount_satang AS expected_satang,
           listed.national_id IS NOT NULL AS is_listed,
           offered.national_id IS NOT NULL AS is_offered,
           coalesce(payment.payment_date
                    BETWEEN offered.payable_from AND offered.payable_until, FALSE) AS is_in_window,
           coalesce(payment.amount_satang = offered.amount_satang, FALSE) AS is_right_amount
    FROM payment
    JOIN in_hand ON in_hand.payment_date = payment.payment_date
        AND in_hand.section_code = payment.section_code
    LEFT JOIN listed ON listed.delivery_id = in_hand.delivery_id
        AND listed.national_id = payment.national_id
        AND listed.section_code = payment.section_code
    LEFT JOIN offered ON offered.delivery_id = in_hand.delivery_id
        AND offered.national_id = payment.national_id
        AND offered.section_code = payment.section_code AND offered.period = payment.period
), best AS (
    SELECT * FROM compared
    QUALIFY row_number() OVER (
        PARTITION BY position
        ORDER BY is_in_window AND is_right_amount DESC, is_in_window DESC, is_offered DESC,
                 is_listed DESC, feed_date DESC, sequence DESC, delivery_id DESC) = 1
), told AS (  -- whom the partner knew from us on that day, in whichever section
    SELECT DISTINCT in_hand.payment_date, asked_for.national_id
    FROM in_hand JOIN asked_for ON asked_for.delivery_id = in_hand.delivery_id
), judged AS (
    SELECT payment.*, best.status_code, best.sent_option_code, best.expected_satang,
           best.feed_date,
           payment.transaction_kind = 'D' AS is_debit,
           NOT payment.reference_valid OR payment.national_id IS NULL
               OR payment.section_code IS NULL OR payment.period IS NULL AS is_unreadable,
           NOT EXISTS (SELECT 1 FROM persons WHERE persons.national_id = payment.national_id)
               AND NOT EXISTS (SELECT 1 FROM told
                               WHERE told.national_id = payment.national_id
                                 AND told.payment_date = payment.payment_date) AS is_unknown,
           NOT coalesce(best.is_listed, FALSE) AS is_not_sent,
           coalesce(best.status_code <> 'A' AND NOT best.is_offered, FALSE) AS is_ended,
           EXISTS (SELECT 1 FROM paid WHERE paid.national_id = payment.national_id
                   AND paid.section_code = payment.section_code
                   AND paid.period = payment.period) AS is_paid,
           NOT coalesce(best.is_in_window, FALSE) AS is_wrong_period,
           NOT coalesce(best.is_right_amount, FALSE) AS is_wrong_amount
    FROM payment LEFT JOIN best ON best.position = payment.position
), ranked AS (
    SELECT *, min(position) FILTER (
        WHERE NOT is_debit AND NOT is_rejected AND NOT is_unreadable AND NOT is_unknown
          AND NOT is_not_sent AND NOT is_ended AND NOT is_paid
          AND NOT is_wrong_period AND NOT is_wrong_amount
    ) OVER (PARTITION BY national_id, section_code, period) AS first_position
    FROM judged
), decided AS (
    SELECT *, CASE
        WHEN is_debit THEN 'DEBIT'
        WHEN is_rejected AND NOT is_unreadable THEN 'RECORD_REJECTED'
        WHEN is_unreadable THEN 'UNREADABLE_REFERENCE'
        WHEN is_unknown THEN 'UNKNOWN_PERSON'
        WHEN is_not_sent THEN 'NOT_SENT'
        WHEN is_ended THEN 'STATUS_ENDED'
        WHEN is_paid OR position > first_position THEN 'DOUBLE_PAYMENT'
        WHEN is_wrong_period THEN 'WRONG_PERIOD'
        WHEN is_wrong_amount THEN 'WRONG_AMOUNT'
        ELSE 'POSTED' END AS outcome
    FROM ranked
)
SELECT file_id, record_number, national_id, section_code,
       CASE outcome WHEN 'POSTED' THEN sent_option_code ELSE option_code END AS option_code,
       period, amount_satang, payment_date, transaction_kind, outcome,
       expected_satang, status_code, feed_date
FROM decided ORDER BY position
"""


def match_payments(
    payments: pa.Table, feeds: pa.Table, sent: pa.Table, paid: pa.Table, persons: pa.Table
) -> pa.Table:
    """Outcome of each payment: a table of OUTCOMES_SCHEMA, ordered by file and record.

    ``payments`` (PAYMENTS_SCHEMA): what the partner says was paid. Identifier columns are null
    and ``reference_valid`` false where the references could not be read; ``is_rejected`` where
    validation did not accept the record.
    ``feeds`` (FEEDS_SCHEMA): what this partner received, one row for each delivery and section
    in it, valid from its ``business_date`` to ``valid_until``, both inclusive; at least those in
    hand on a payment date, further ones change nothing.
    ``sent`` (SENT_SCHEMA): the rows of those feeds, at least those about the payers: one for
    each payable month and, with null period, one for each person listed without any. Its
    ``business_date`` and ``return_code`` are not used here.
    ``paid`` (PAID_SCHEMA): months known as paid before these files.
    ``persons`` (PERSONS_SCHEMA): the register, all sections.
    Columns may come in any order, further ones are ignored. ValueError when a column is missing,
    a column that may not be null is, a kind is not C or D, or an amount is negative.
    """
    payments = _conform(payments, PAYMENTS_SCHEMA, "payments")
    kinds = pc.is_in(payments["transaction_kind"], value_set=pa.array(["C", "D"]))
    if len(payments) and not pc.all(kinds).as_py():
        raise ValueError("payments: transaction_kind is C or D")
    if len(payments) and pc.min(payments["amount_satang"]).as_py() < 0:
        raise ValueError("payments: an amount is never negative, its kind says which way it goes")
    with duckdb.connect() as engine:
        engine.register("payments", payments)
        engine.register("feeds", _conform(feeds, FEEDS_SCHEMA, "feeds"))
        engine.register("sent", _conform(sent, SENT_SCHEMA, "sent"))
        engine.register("paid", _conform(paid, PAID_SCHEMA, "paid"))
        engine.register("persons", _conform(persons, PERSONS_SCHEMA, "persons"))
        outcomes: pa.Table = engine.sql(_QUERY).to_arrow_table().cast(OUTCOMES_SCHEMA)
    return outcomes


def _conform(table: pa.Table, schema: pa.Schema, name: str) -> pa.Table:
    missing = [field for field in schema.names if field not in table.column_names]
    if missing:
        raise ValueError(f"{name}: column {', '.join(missing)} is missing")
    table = table.select(schema.names)
    for field in schema:
        if not field.nullable and table[field.name].null_count:
            raise ValueError(f"{name}: {field.name} may not be null")
    return table.cast(schema)
