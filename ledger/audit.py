"""The audit: what was done to every file and delivery, as a chain that shows tampering.

Each entry carries the hash of the one before it. Whoever changes, removes, inserts or moves an
entry must write every later hash anew, and that is seen by whoever noted an earlier head
(number and hash) somewhere else. Details hold no personal data: the audit is shown and kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from ledger import schema
from ledger.bulk import CHUNK_ROWS
from ledger.chain import START, Entry, append_entries, entry_hash, head_of
from ledger.database import reading, writing
from ledger.detail import from_text

__all__ = [
    "MOVEMENTS",
    "START",
    "AuditEntry",
    "ChainReport",
    "Entry",
    "append_entries",
    "entries_of",
    "head",
    "recent_entries",
    "record_movement",
    "record_movements",
    "verify_chain",
]

MOVEMENTS = frozenset(
    {
        "landed", "fetched", "opened", "sealed", "uploaded", "read_back", "renamed", "removed",
        "moved", "notified",
    }
)  # fmt: skip
"""Kinds of entries that tell of bytes moved."""

Head = tuple[int, str]
"""Number and hash of an entry."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry. ``subject`` is a file id, a delivery id or a partner's name.

    ``kind`` is a movement of bytes (``landed``, ``uploaded``, …) or, with a dot, something that
    the ledger recorded: ``delivery.sending``, ``act.replay``.
    """

    number: int
    kind: str
    subject: str
    detail: Mapping[str, object]
    recorded_at: datetime
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What checking the chain found: ``entries`` that hold, the last of them, the first fault.

    ``fault`` is one line, None when the whole chain holds.
    """

    entries: int
    head: Head
    fault: str | None


def record_movement(
    engine: Engine,
    kind: str,
    subject: str,
    detail: Mapping[str, object],
    *,
    recorded_at: datetime,
) -> None:
    """Record a movement of bytes in a transaction of its own."""
    record_movements(engine, [(kind, subject, detail)], recorded_at=recorded_at)


def record_movements(engine: Engine, entries: Sequence[Entry], *, recorded_at: datetime) -> None:
    """Record many movements of bytes in one transaction, in this order."""
    with writing(engine) as connection:
        append_entries(connection, entries, recorded_at)


def entries_of(engine: Engine, subject: str) -> list[AuditEntry]:
    """Every entry about that subject, oldest first."""
    audit = schema.audit
    query = sa.select(audit).where(audit.c.subject == subject).order_by(audit.c.number)
    with reading(engine) as connection:
        return [_entry(row) for row in connection.execute(query)]


def recent_entries(engine: Engine, limit: int) -> list[AuditEntry]:
    """The last entries, at most ``limit`` of them, oldest first."""
    audit = schema.audit
    query = sa.select(audit).order_by(audit.c.number.desc()).limit(limit)
    with reading(engine) as connection:
        return [_entry(row) for row in connection.execute(query)][::-1]


def head(engine: Engine) -> Head:
    """Number and hash of the last entry, to be noted elsewhere; (0, START) before the first."""
    with reading(engine) as connection:
        return head_of(connection)


def verify_chain(engine: Engine, expected: Head | None = None) -> ChainReport:
    """Check every entry, in order, up to the first fault.

    ``expected`` is a head noted earlier: its entry must still be there with that hash, which
    finds a cut tail and a chain that was written anew. Without it those two cannot be seen.
    """
    audit = schema.audit
    number, previous = 0, START
    noted = expected is None or expected == (0, START)
    with reading(engine) as connection:
        rows = connection.execute(
            sa.select(audit).order_by(audit.c.number), execution_options={"yield_per": CHUNK_ROWS}
        )
        for row in rows:
            fault = _fault(row, number + 1, previous)
            if fault is None and expected is not None and row.number == expected[0]:
                noted = row.hash == expected[1]
                if not noted:
                    fault = f"entry {row.number} is not the one that was noted: it was replaced"
            if fault is not None:
                return ChainReport(number, (number, previous), fault)
            number, previous = row.number, row.hash
    if not noted and expected is not None:
        fault = f"the chain ends at entry {number}: entries up to {expected[0]} were cut off"
        return ChainReport(number, (number, previous), fault)
    return ChainReport(number, (number, previous), None)


def _fault(row: Row[Any], number: int, previous: str) -> str | None:
    if row.number != number:
        return f"entry {number} is missing: {row.number} comes next"
    texts = (row.kind, row.subject, row.detail, row.recorded_at, row.previous)
    # Whoever took the tables' guards away may have put anything there.
    if not all(isinstance(text, str) for text in texts) or row.hash != entry_hash(number, *texts):
        return f"entry {number} was changed: its hash does not fit what it says"
    if row.previous != previous:
        return f"entry {number} does not follow entry {number - 1}: one of them was replaced"
    return None


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        number=row.number,
        kind=row.kind,
        subject=row.subject,
        detail=from_text(row.detail),
        recorded_at=datetime.fromisoformat(row.recorded_at),
        previous=row.previous,
        hash=row.hash,
    )
