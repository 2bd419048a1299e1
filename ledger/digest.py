"""One hash over the business content of a ledger.

Two ledgers that tell the same story have the same digest, on either database and however often
the nights between were broken off and run again. Moments of recording, numbers of attempts,
row numbers, storage addresses, operators' acts, the audit and notices are left out, and of a
seal what differs from one sealing to the next.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.bulk import CHUNK_ROWS, csv_bytes
from ledger.database import reading

_ARROW: dict[type, pa.DataType] = {int: pa.int64(), str: pa.string()}


def content_digest(engine: Engine) -> str:
    """SHA-256, lower-case hex, of the ledger's business content at one moment."""
    digest = hashlib.sha256()
    with reading(engine) as connection:
        for name, query in _content().items():
            digest.update(f"{name}\n".encode())
            _update(digest, connection, query)
    return digest.hexdigest()


def _content() -> dict[str, sa.Select[Any]]:
    """Query for each part of the content, in an order that no database chooses by itself."""
    file, sighting = schema.file, schema.file_sighting
    delivery, content = schema.delivery, schema.delivery_content
    posting, broken = schema.posting, schema.payment_break
    batch, answer = schema.posting_batch, schema.acknowledgement
    sealed, receipt = schema.sealed, schema.receipt
    found, line, refund = schema.file_break, schema.settlement, schema.refund
    month, close = schema.month_paid, schema.day_close
    filing, asked = schema.filing, schema.employer_refund
    return {
        "file": _select(file, file.c.file_id, latest=schema.file_event),
        "sighting": sa.select(sighting.c.file_id, sighting.c.name).order_by(
            sighting.c.file_id, sighting.c.name
        ),
        "result": _results(),
        "delivery": _select(delivery, delivery.c.delivery_id, latest=schema.delivery_event),
        "content": _select(content, content.c.delivery_id),
        "seal": sa.select(
            sealed.c.delivery_id,
            sealed.c.kind,
            sealed.c.name,
            sealed.c.signer,
            sealed.c.recipients,
        ).order_by(sealed.c.delivery_id),
        "acknowledgement": _select(answer, answer.c.delivery_id),
        "receipt": sa.select(
            receipt.c.file_id,
            receipt.c.record_number,
            receipt.c.delivery_id,
            receipt.c.result,
        ).order_by(receipt.c.file_id, receipt.c.record_number),
        "envelope": _envelopes(),
        "batch": _select(batch, batch.c.file_id),
        "posting": _select(
            posting,
            posting.c.file_id,
            posting.c.record_number,
            posting.c.rule_version,
            posting.c.leg,
        ),
        "break": _select(broken, broken.c.file_id, broken.c.record_number),
        "break state": _states(schema.payment_break_event, "file_id", "record_number"),
        "file break": _select(found, found.c.break_id),
        "file break state": _states(schema.file_break_event, "break_id"),
        "settlement": _select(line, line.c.file_id, line.c.record_number),
        "refund": _select(refund, refund.c.file_id, refund.c.record_number, refund.c.leg),
        "month": _select(month, month.c.national_id, month.c.section_code, month.c.period),
        "close": _select(close, close.c.business_date),
        "filing": _select(filing, filing.c.file_id, filing.c.record_number),
        "filing state": _states(schema.filing_event, "file_id"),
        "employer refund": _select(asked, asked.c.refund_id),
        "employer refund state": _states(
            schema.employer_refund_event, "refund_id", "file_id", "record_number", "leg"
        ),
    }


_LEFT_OUT = frozenset(
    {"recorded_at", "posting_id", "reverses", "rows_uri", "pack_id", "pack_offset"}
)


def _select(
    table: sa.Table, *order: sa.Column[Any], latest: sa.Table | None = None
) -> sa.Select[Any]:
    columns: list[sa.ColumnElement[Any]] = [c for c in table.c if c.name not in _LEFT_OUT]
    if latest is not None:
        (key,) = order
        columns.append(
            sa.select(latest.c.state)
            .where(latest.c[key.name] == key)
            .order_by(latest.c.event_id.desc())
            .limit(1)
            .correlate(table)
            .scalar_subquery()
        )
    return sa.select(*columns).order_by(*order)


def _results() -> sa.Select[Any]:
    result = schema.file_result
    later = result.alias("later_result")
    latest = (
        sa.select(sa.func.max(later.c.result_id))
        .where(later.c.file_id == result.c.file_id)
        .correlate(result)
        .scalar_subquery()
    )
    return (
        sa.select(
            result.c.file_id,
            result.c.state,
            result.c.records_read,
            result.c.records_accepted,
            result.c.records_rejected,
            result.c.controls,
        )
        .where(result.c.result_id == latest)
        .order_by(result.c.file_id)
    )


def _envelopes() -> sa.Select[Any]:
    """What a seal says of its content: sealing the same again gives other bytes."""
    envelope = schema.envelope
    columns = (
        envelope.c.file_id,
        envelope.c.name,
        envelope.c.kind,
        sa.func.coalesce(envelope.c.signer, "").label("signer"),
        sa.func.coalesce(envelope.c.manifest_signer, "").label("manifest_signer"),
    )
    return sa.select(*columns).distinct().order_by(*columns)


def _states(event: sa.Table, *key: str) -> sa.Select[Any]:
    """Every state of every break or filing, in their order."""
    columns = [event.c[name] for name in key]
    return sa.select(*columns, event.c.state).order_by(*columns, event.c.event_id)


def _update(digest: Any, connection: Connection, query: sa.Select[Any]) -> None:
    kinds = [column.type.python_type for column in query.selected_columns]
    result = connection.execute(query, execution_options={"yield_per": CHUNK_ROWS})
    for rows in result.partitions():
        arrays = [
            pa.array(values, _ARROW.get(kind, pa.date32()))
            for values, kind in zip(zip(*rows, strict=True), kinds, strict=True)
        ]
        digest.update(csv_bytes(pa.table(arrays, names=[str(n) for n in range(len(arrays))])))
