"""Matching payments with what the partner had been sent and what is already paid.

A payment is compared with the feed of its section that the partner had in hand on the payment
date: the one of the latest business date not after it. Every payment gets exactly one outcome,
the first of ``ledger.outcomes.Outcome`` that holds. Within a file the first payable payment of
a person, section and month is posted; later ones for that month are double payments, whatever
else is wrong with them, while an earlier one that could not be posted keeps its own break.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ledger.outcomes import OUTCOMES_SCHEMA

RULE_VERSION = 1
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
        pa.field("amount_satang", pa.int64(), nullable=False),
        pa.field("payment_date", pa.date32()),
        pa.field("transaction_kind", pa.string(), nullable=False),
    ]
)
SENT_SCHEMA = pa.schema(
    [
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
), feed AS (
    SELECT DISTINCT section_code, business_date FROM sent
), dated AS (
    SELECT payment.*, feed.business_date AS feed_date
    FROM payment ASOF LEFT JOIN feed
      ON payment.section_code = feed.section_code AND payment.payment_date >= feed.business_date
), asked_for AS (  -- the feeds' rows about payers only: the feeds are far larger than the file
    SELECT * FROM sent WHERE national_id IN (SELECT national_id FROM payment)
), listed AS (
    SELECT business_date, national_id, section_code,
           min(option_code) AS option_code, min(status_code) AS status_code
    FROM asked_for GROUP BY ALL
), offered AS (
    SELECT business_date, national_id, section_code, period, min(amount_satang) AS amount_satang,
           min(payable_from) AS payable_from, max(payable_until) AS payable_until
    FROM asked_for WHERE period IS NOT NULL GROUP BY ALL
), judged AS (
    SELECT dated.*, listed.status_code, listed.option_code AS sent_option_code,
           offered.amount_satang AS expected_satang,
           dated.transaction_kind = 'D' AS is_debit,
           NOT dated.reference_valid OR dated.national_id IS NULL
               OR dated.section_code IS NULL OR dated.period IS NULL AS is_unreadable,
           dated.national_id NOT IN (SELECT national_id FROM persons) AS is_unknown,
           listed.national_id IS NULL AS is_not_sent,
           listed.status_code <> 'A' AS is_ended,
           EXISTS (SELECT 1 FROM paid WHERE paid.national_id = dated.national_id
                   AND paid.section_code = dated.section_code
                   AND paid.period = dated.period) AS is_paid,
           NOT coalesce(dated.payment_date
                        BETWEEN offered.payable_from AND offered.payable_until, FALSE)
               AS is_wrong_period,
           dated.amount_satang <> offered.amount_satang AS is_wrong_amount
    FROM dated
    LEFT JOIN listed ON listed.business_date = dated.feed_date
        AND listed.national_id = dated.national_id AND listed.section_code = dated.section_code
    LEFT JOIN offered ON offered.business_date = dated.feed_date
        AND offered.national_id = dated.national_id
        AND offered.section_code = dated.section_code AND offered.period = dated.period
), ranked AS (
    SELECT *, min(position) FILTER (
        WHERE NOT is_debit AND NOT is_unreadable AND NOT is_unknown AND NOT is_not_sent
          AND NOT is_ended AND NOT is_paid AND NOT is_wrong_period AND NOT is_wrong_amount
    ) OVER (PARTITION BY national_id, section_code, period) AS first_position
    FROM judged
), decided AS (
    SELECT *, CASE
        WHEN is_debit THEN 'DEBIT'
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
    payments: pa.Table, sent: pa.Table, paid: pa.Table, persons: pa.Table
) -> pa.Table:
    """Outcome of each payment: a table of OUTCOMES_SCHEMA, ordered by file and record.

    ``payments`` (PAYMENTS_SCHEMA): what the partner says was paid. Identifier columns are null
    and ``reference_valid`` false where the references could not be read.
    ``sent`` (SENT_SCHEMA): feeds delivered to this partner, one row for each payable month and,
    with null period, one for each person listed without any. ``return_code`` is not used here.
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
