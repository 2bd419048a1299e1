"""Hash-chained entries: each one's hash covers what it says and the hash of the one before.

Entries of a transaction are gathered while it runs and written as its last act, for two
reasons: many of them cost one look at the head and one insertion; and on PostgreSQL the lock
that puts writers into one order is taken when nothing else is left to wait for, so that two
writers cannot lock each other out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.advisory import hold
from ledger.detail import to_text
from ledger.errors import LedgerError

START = "0" * 64
"""What the first entry names as the hash before it."""

Entry = tuple[str, str, Mapping[str, object]]
"""Kind, subject, detail."""

_PENDING = "prakan_audit_entries"
_COLUMNS = ("number", "kind", "subject", "detail", "recorded_at", "previous", "hash")
_Pending = tuple[str, str, str, str]  # kind, subject, detail, moment
_Row = tuple[int, str, str, str, str, str, str]
_quoted = json.JSONEncoder(ensure_ascii=False).encode


def append_entries(connection: Connection, entries: Sequence[Entry], recorded_at: datetime) -> None:
    """Add entries to the chain within the caller's transaction, in this order.

    They are committed with it or not at all. The connection is one of
    :func:`ledger.database.writing`.
    """
    pending: list[_Pending] | None = connection.info.get(_PENDING)
    if pending is None:
        raise RuntimeError("audit entries need a transaction of ledger.database.writing")
    moment = moment_text(recorded_at)
    pending.extend((kind, subject, to_text(detail), moment) for kind, subject, detail in entries)


@contextmanager
def chained(connection: Connection) -> Iterator[None]:
    """Gather the entries of a transaction, and chain them to the head at its end.

    Nothing may follow in the transaction. What was gathered before an exception is forgotten.
    """
    info = connection.info  # a connection that was lost meanwhile no longer gives it
    pending: list[_Pending] = []
    info[_PENDING] = pending
    try:
        yield
        if pending:
            _write(connection, pending)
    finally:
        info.pop(_PENDING, None)


def head_of(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and START before the first."""
    audit = schema.audit
    row = connection.execute(
        sa.select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
    ).one_or_none()
    return (0, START) if row is None else (row.number, row.hash)


def entry_hash(
    number: int, kind: str, subject: str, detail: str, recorded_at: str, previous: str
) -> str:
    """SHA-256, lower-case hex, of the entry as one JSON object.

    Its keys are in order, without spaces, in UTF-8; ``detail`` and ``recorded_at`` are the
    texts of their columns, and ``detail`` is such an object already.
    """
    text = (
        f'{{"detail":{detail},"kind":{_quoted(kind)},"number":{number},'
        f'"previous":"{previous}","recorded_at":"{recorded_at}","subject":{_quoted(subject)}}}'
    )
    return hashlib.sha256(text.encode()).hexdigest()


def moment_text(moment: datetime) -> str:
    """A moment as it is hashed: UTC, microseconds, always of one length."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without time zone cannot be recorded: {moment!r}")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _write(connection: Connection, pending: Sequence[_Pending]) -> None:
    hold(connection, "audit")
    number, previous = head_of(connection)
    rows: list[_Row] = []
    for kind, subject, detail, moment in pending:
        number += 1
        digest = entry_hash(number, kind, subject, detail, moment, previous)
        rows.append((number, kind, subject, detail, moment, previous, digest))
        previous = digest
    _insert(connection, rows)


def _insert(connection: Connection, rows: Sequence[_Row]) -> None:
    columns = ", ".join(_COLUMNS)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(_COLUMNS))
        connection.exec_driver_sql(f"INSERT INTO audit ({columns}) VALUES ({marks})", list(rows))  # noqa: S608
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY audit ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:  # the driver is called directly: nobody else translates
        raise LedgerError(f"the database refused: {str(error).splitlines()[0]}") from error
