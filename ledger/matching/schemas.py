"""The tables that matching reads, and the check that they are what they should be."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

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
        pa.field("payment_time", pa.int32()),  # seconds of the day
        pa.field("transaction_kind", pa.string(), nullable=False),
        pa.field("payer_name", pa.string()),
        pa.field("reference_1", pa.string()),  # as it came, trimmed
        pa.field("reference_2", pa.string()),
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
        pa.field("ended_date", pa.date32()),
        pa.field("given_name", pa.string()),
        pa.field("family_name", pa.string()),
        pa.field("return_code", pa.int64()),
        pa.field("period", pa.int32()),
        pa.field("amount_satang", pa.int64()),
        pa.field("payable_from", pa.date32()),
        pa.field("payable_until", pa.date32()),
    ]
)
HISTORY = "history"
"""Source of a month that the mainframe's contribution history says is paid."""

PAID_SCHEMA = pa.schema(
    [
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("section_code", pa.string(), nullable=False),
        pa.field("period", pa.int32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),  # HISTORY or a partner's name
    ]
)
PERSONS_SCHEMA = pa.schema(
    [
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("section_code", pa.string(), nullable=False),
        pa.field("status_code", pa.string()),
    ]
)


def conform(table: pa.Table, schema: pa.Schema, name: str) -> pa.Table:
    """The columns of the schema in its order and types.

    ValueError naming the table when a column is missing, or null where it may not be.
    """
    missing = [field for field in schema.names if field not in table.column_names]
    if missing:
        raise ValueError(f"{name}: column {', '.join(missing)} is missing")
    table = table.select(schema.names)
    for field in schema:
        if not field.nullable and table[field.name].null_count:
            raise ValueError(f"{name}: {field.name} may not be null")
    return table.cast(schema)


def conform_payments(table: pa.Table) -> pa.Table:
    """As :func:`conform`; ValueError too when a kind is not C or D or an amount is negative."""
    payments = conform(table, PAYMENTS_SCHEMA, "payments")
    kinds = pc.is_in(payments["transaction_kind"], value_set=pa.array(["C", "D"]))
    if len(payments) and not pc.all(kinds).as_py():
        raise ValueError("payments: transaction_kind is C or D")
    if len(payments) and pc.min(payments["amount_satang"]).as_py() < 0:
        raise ValueError("payments: an amount is never negative, its kind says which way it goes")
    return payments
