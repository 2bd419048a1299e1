"""Under which seal a content came in: the link from the opened file to what was received."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from interfaces.policies import SealKind
from ledger import schema
from ledger.chain import append_entries
from ledger.database import reading, writing


@dataclass(frozen=True, slots=True)
class Envelope:
    """What was received and opened.

    ``file_id`` is the SHA-256 of the opened plaintext, ``sealed_id`` that of the bytes that
    came, ``name`` their name on the wire. ``signer`` is the full OpenPGP fingerprint,
    ``manifest_signer`` the public key (hex) that the manifest's signature fits; each is None
    where nothing of the kind was there.
    """

    file_id: str
    sealed_id: str
    name: str
    kind: SealKind
    signer: str | None = None
    manifest_sha256: str | None = None
    manifest_signer: str | None = None


def record_envelope(engine: Engine, envelope: Envelope, *, recorded_at: datetime) -> bool:
    """Record how a landed file came in; true when that was new.

    The first envelope of the same two contents is kept. What differs in a later one (a new
    name, another manifest) is told by the audit.
    """
    table = schema.envelope
    row = {**asdict(envelope), "kind": envelope.kind.value}
    facts = {name: value for name, value in row.items() if name != "file_id"}
    with writing(engine, f"envelope {envelope.file_id}") as connection:
        found = connection.execute(
            sa.select(table).where(
                table.c.file_id == envelope.file_id, table.c.sealed_id == envelope.sealed_id
            )
        ).one_or_none()
        is_same = found is not None and all(found._mapping[name] == row[name] for name in row)
        if is_same:
            return False
        if found is None:
            connection.execute(sa.insert(table).values(**row, recorded_at=recorded_at))
        kind = "envelope" if found is None else "envelope.again"
        append_entries(connection, [(kind, envelope.file_id, facts)], recorded_at)
        return found is None


def opened_before(engine: Engine, sealed_id: str) -> str | None:
    """The file (id) that came out of these sealed bytes when they were opened, None if never."""
    table = schema.envelope
    query = sa.select(table.c.file_id).where(
        table.c.sealed_id == sealed_id,
        table.c.kind == SealKind.OPENPGP.value,
        table.c.signer.is_not(None),
    )
    with reading(engine) as connection:
        return connection.scalars(query.order_by(table.c.recorded_at)).first()


def envelopes_of(engine: Engine, file_id: str) -> list[Envelope]:
    """Every seal under which that content came, the first one first."""
    table = schema.envelope
    query = (
        sa.select(table)
        .where(table.c.file_id == file_id)
        .order_by(table.c.recorded_at, table.c.sealed_id)
    )
    with reading(engine) as connection:
        return [
            Envelope(
                file_id=row.file_id,
                sealed_id=row.sealed_id,
                name=row.name,
                kind=SealKind(row.kind),
                signer=row.signer,
                manifest_sha256=row.manifest_sha256,
                manifest_signer=row.manifest_signer,
            )
            for row in connection.execute(query)
        ]
