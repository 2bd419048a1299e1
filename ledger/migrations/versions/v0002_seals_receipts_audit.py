"""Seals, receipts, envelopes, notices, and the hash-chained audit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_ROWS_AT_A_TIME = 65_536

# The tables of before, in the order in which their rows are hashed, with their keys.
_BEFORE = {
    "file": ("file_id",),
    "file_sighting": ("file_id", "name"),
    "file_event": ("event_id",),
    "file_result": ("result_id",),
    "delivery": ("delivery_id",),
    "delivery_content": ("delivery_id",),
    "delivery_event": ("event_id",),
    "acknowledgement": ("file_id",),
    "posting_batch": ("file_id",),
    "posting": ("posting_id",),
    "payment_break": ("file_id", "record_number"),
    "payment_break_event": ("event_id",),
    "operator_act": ("act_id",),
}
_NEW = ("sealed", "acknowledgement", "receipt", "envelope", "notice", "notice_event", "audit")


def upgrade() -> None:
    """Take the old rows' hash, make the new tables, and seal what was built."""
    opening = _opening(op.get_bind())
    _new_tables()
    _seal_what_was_built()
    _acknowledgements()
    with_manifest = sa.text("ALTER TABLE delivery_content DROP COLUMN manifest_sha256")
    op.execute(with_manifest)
    if opening is not None:
        op.execute(sa.text(_INSERT_OPENING).bindparams(**opening))
    _append_only()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=nullable)


def _recorded_at() -> sa.Column[object]:
    return sa.Column("recorded_at", _INSTANT, nullable=False)


def _to(column: str, table: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{parent}.{parent}_id"], name=op.f(f"fk_{table}_{column}")
    )


def _new_tables() -> None:
    op.create_table(
        "sealed",
        _text("delivery_id"),
        _text("kind"),
        _text("name"),
        _text("sha256"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _text("manifest_sha256"),
        _text("signature_sha256", nullable=True),
        _text("signer", nullable=True),
        _text("recipients"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_sealed")),
        _to("delivery_id", "sealed", "delivery"),
    )
    op.create_table(
        "receipt",
        _text("file_id"),
        sa.Column("record_number", sa.BigInteger(), nullable=False),
        _text("delivery_id"),
        _text("result"),
        _text("detail"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", "record_number", name=op.f("pk_receipt")),
        _to("file_id", "receipt", "file"),
        _to("delivery_id", "receipt", "delivery"),
    )
    op.create_index(op.f("ix_receipt_delivery_id"), "receipt", ["delivery_id"])
    op.create_table(
        "envelope",
        _text("file_id"),
        _text("sealed_id"),
        _text("name"),
        _text("kind"),
        _text("signer", nullable=True),
        _text("manifest_sha256", nullable=True),
        _text("manifest_signer", nullable=True),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", "sealed_id", name=op.f("pk_envelope")),
        _to("file_id", "envelope", "file"),
    )
    op.create_index(op.f("ix_envelope_sealed_id"), "envelope", ["sealed_id"])
    op.create_table(
        "notice",
        sa.Column("business_date", sa.Date(), nullable=False),
        _text("subject"),
        _text("level"),
        _text("text_en"),
        _text("text_th"),
        _text("detail"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("business_date", "subject", "level", name=op.f("pk_notice")),
    )
    op.create_table(
        "notice_event",
        sa.Column("event_id", _ROW, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        _text("subject"),
        _text("level"),
        _text("state"),
        _text("channel"),
        _text("detail"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_notice_event")),
        sa.ForeignKeyConstraint(
            ["business_date", "subject", "level"],
            ["notice.business_date", "notice.subject", "notice.level"],
            name=op.f("fk_notice_event_business_date"),
        ),
    )
    op.create_index(
        "ix_notice_event_latest",
        "notice_event",
        ["business_date", "subject", "level", "event_id"],
    )
    op.create_table(
        "audit",
        sa.Column("number", _ROW, nullable=False, autoincrement=False),
        _text("kind"),
        _text("subject"),
        _text("detail"),
        _text("recorded_at"),
        _text("previous"),
        _text("hash"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"])


def _seal_what_was_built() -> None:
    """What was built went out as it was, with its manifest and without a signature.

    A delivery that was still planned is built and sealed now; others keep their state.
    """
    op.execute(
        sa.text(
            "INSERT INTO sealed (delivery_id, kind, name, sha256, size_bytes, manifest_sha256, "
            "signature_sha256, signer, recipients, recorded_at) "
            "SELECT c.delivery_id, 'none', c.name, c.file_id, f.size_bytes, c.manifest_sha256, "
            "NULL, NULL, :nobody, c.recorded_at "
            "FROM delivery_content c JOIN file f ON f.file_id = c.file_id "
            "ORDER BY c.delivery_id"
        ).bindparams(nobody='{"fingerprints":[]}')
    )
    still_planned = (
        "SELECT c.delivery_id, :state, 0, '{}', c.recorded_at FROM delivery_content c "
        "WHERE NOT EXISTS (SELECT 1 FROM delivery_event e WHERE e.delivery_id = c.delivery_id "
        "AND e.state NOT IN ('planned', 'built')) ORDER BY c.delivery_id"
    )
    for state in ("built", "sealed"):
        op.execute(
            sa.text(
                "INSERT INTO delivery_event (delivery_id, state, attempt, detail, recorded_at) "
                + still_planned
            ).bindparams(state=state)
        )


def _acknowledgements() -> None:
    """The delivery becomes the key: a file may be answered again."""
    op.execute(sa.text("CREATE TABLE acknowledgement_kept AS SELECT * FROM acknowledgement"))
    op.drop_table("acknowledgement")
    op.create_table(
        "acknowledgement",
        _text("delivery_id"),
        _text("file_id"),
        _text("result"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_acknowledgement")),
        _to("delivery_id", "acknowledgement", "delivery"),
        _to("file_id", "acknowledgement", "file"),
    )
    op.create_index(op.f("ix_acknowledgement_file_id"), "acknowledgement", ["file_id"])
    op.execute(
        sa.text(
            "INSERT INTO acknowledgement (delivery_id, file_id, result, recorded_at) "
            "SELECT delivery_id, file_id, result, recorded_at FROM acknowledgement_kept "
            "ORDER BY delivery_id"
        )
    )
    op.drop_table("acknowledgement_kept")


_INSERT_OPENING = (
    "INSERT INTO audit (number, kind, subject, detail, recorded_at, previous, hash) VALUES "
    "(1, :kind, :subject, :detail, :recorded_at, :previous, :hash)"
)


def _opening(bind: sa.Connection) -> dict[str, str] | None:
    """The first entry: how many rows there were before, and one hash of them all.

    None for an empty ledger. Its moment is the newest of the rows': no clock is read here.
    """
    digest = hashlib.sha256()
    counts: dict[str, int] = {}
    latest = datetime.min.replace(tzinfo=UTC)
    for name, key in _BEFORE.items():
        counts[name] = 0
        for row in _rows(bind, name, key):
            counts[name] += 1
            latest = max(latest, _in_utc(row["recorded_at"]))
            plain = {column: _plain(value) for column, value in row.items()}
            digest.update(f"{name} {_canonical(plain)}\n".encode())
    if not any(counts.values()):
        return None
    body: dict[str, Any] = {
        "number": 1,
        "kind": "opening",
        "subject": "ledger",
        "detail": {"rows": counts, "sha256": digest.hexdigest()},
        "recorded_at": latest.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "previous": "0" * 64,
    }
    return {
        "kind": body["kind"],
        "subject": body["subject"],
        "detail": _canonical(body["detail"]),
        "recorded_at": body["recorded_at"],
        "previous": body["previous"],
        "hash": hashlib.sha256(_canonical(body).encode()).hexdigest(),
    }


def _rows(bind: sa.Connection, name: str, key: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    table = sa.Table(name, sa.MetaData(), autoload_with=bind, resolve_fks=False)
    query = sa.select(table).order_by(*(table.c[column] for column in key))
    result = bind.execute(query, execution_options={"yield_per": _ROWS_AT_A_TIME})
    for row in result.mappings():
        yield dict(row)


def _plain(value: object) -> object:
    """The same on both databases."""
    if isinstance(value, datetime):
        return _in_utc(value).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value


def _in_utc(moment: datetime) -> datetime:
    # SQLite forgets zones: what it keeps is UTC.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _append_only() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in _NEW:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
