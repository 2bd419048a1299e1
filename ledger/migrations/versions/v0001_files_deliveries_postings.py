"""Files, deliveries, postings, breaks and operator acts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)

_TABLES = (
    "file",
    "file_sighting",
    "file_event",
    "file_result",
    "delivery",
    "delivery_content",
    "delivery_event",
    "acknowledgement",
    "posting_batch",
    "posting",
    "payment_break",
    "payment_break_event",
    "operator_act",
)


def upgrade() -> None:
    """Make every table, then the triggers that keep them append-only."""
    _files()
    _deliveries()
    _postings()
    _operator_acts()
    _append_only()


def _text(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=nullable, primary_key=primary_key)


def _count(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _recorded_at() -> sa.Column[object]:
    return sa.Column("recorded_at", _INSTANT, nullable=False)


def _to_file(column: str, table: str, parent: str = "file") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{parent}.file_id"], name=op.f(f"fk_{table}_{column}")
    )


def _to_delivery(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["delivery.delivery_id"], name=op.f(f"fk_{table}_{column}")
    )


def _files() -> None:
    op.create_table(
        "file",
        _text("file_id"),
        _text("interface", nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        _text("direction"),
        _text("partner", nullable=True),
        sa.Column("business_date", sa.Date(), nullable=False),
        _text("name"),
        _count("size_bytes"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_file")),
    )
    op.create_index(op.f("ix_file_business_date"), "file", ["business_date"])
    op.create_table(
        "file_sighting",
        _text("file_id"),
        _text("name"),
        sa.Column("business_date", sa.Date(), nullable=False),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", "name", name=op.f("pk_file_sighting")),
        _to_file("file_id", "file_sighting"),
    )
    op.create_index(op.f("ix_file_sighting_name"), "file_sighting", ["name"])
    op.create_index(op.f("ix_file_sighting_business_date"), "file_sighting", ["business_date"])
    op.create_table(
        "file_event",
        sa.Column("event_id", _ROW, nullable=False),
        _text("file_id"),
        _text("state"),
        _text("detail"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_file_event")),
        _to_file("file_id", "file_event"),
    )
    op.create_index("ix_file_event_latest", "file_event", ["file_id", "event_id"])
    op.create_table(
        "file_result",
        sa.Column("result_id", _ROW, nullable=False),
        _text("file_id"),
        _text("state"),
        _count("records_read"),
        _count("records_accepted"),
        _count("records_rejected"),
        _text("controls"),
        _text("part_uri", nullable=True),
        _text("findings_uri", nullable=True),
        _recorded_at(),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_file_result")),
        _to_file("file_id", "file_result"),
        sa.CheckConstraint(
            "records_read = records_accepted + records_rejected",
            name=op.f("ck_file_result_accounted"),
        ),
    )
    op.create_index("ix_file_result_latest", "file_result", ["file_id", "result_id"])


def _deliveries() -> None:
    op.create_table(
        "delivery",
        _text("delivery_id"),
        _text("partner"),
        _text("interface"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        _text("answers", nullable=True),
        _text("supersedes", nullable=True),
        _recorded_at(),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery")),
        _to_file("answers", "delivery"),
        _to_delivery("supersedes", "delivery"),
        sa.UniqueConstraint("supersedes", name=op.f("uq_delivery_supersedes")),
        sa.UniqueConstraint(
            "partner", "interface", "sequence", name=op.f("uq_delivery_partner_interface_sequence")
        ),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_delivery_sequence")),
    )
    op.create_index(op.f("ix_delivery_business_date"), "delivery", ["business_date"])
    first_feed = sa.text("supersedes IS NULL AND answers IS NULL")
    op.create_index(
        "uq_delivery_feed_of_day",
        "delivery",
        ["partner", "interface", "business_date"],
        unique=True,
        sqlite_where=first_feed,
        postgresql_where=first_feed,
    )
    first_answer = sa.text("supersedes IS NULL AND answers IS NOT NULL")
    op.create_index(
        "uq_delivery_answer",
        "delivery",
        ["partner", "interface", "answers"],
        unique=True,
        sqlite_where=first_answer,
        postgresql_where=first_answer,
    )
    op.create_table(
        "delivery_content",
        _text("delivery_id"),
        _text("name"),
        _text("file_id"),
        _text("manifest_sha256"),
        _text("rows_uri", nullable=True),
        _recorded_at(),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery_content")),
        _to_delivery("delivery_id", "delivery_content"),
        _to_file("file_id", "delivery_content"),
        sa.UniqueConstraint("file_id", name=op.f("uq_delivery_content_file_id")),
    )
    op.create_table(
        "delivery_event",
        sa.Column("event_id", _ROW, nullable=False),
        _text("delivery_id"),
        _text("state"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _text("detail"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_delivery_event")),
        _to_delivery("delivery_id", "delivery_event"),
    )
    op.create_index("ix_delivery_event_latest", "delivery_event", ["delivery_id", "event_id"])
    op.create_table(
        "acknowledgement",
        _text("file_id"),
        _text("delivery_id"),
        _text("result"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_acknowledgement")),
        _to_file("file_id", "acknowledgement"),
        _to_delivery("delivery_id", "acknowledgement"),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_acknowledgement_delivery_id")),
    )


def _postings() -> None:
    op.create_table(
        "posting_batch",
        _text("file_id"),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        _text("partner"),
        _count("posted_count"),
        _count("posted_satang"),
        _count("broken_count"),
        _count("broken_satang"),
        _count("debit_count"),
        _count("debit_satang"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_posting_batch")),
        _to_file("file_id", "posting_batch"),
    )
    op.create_table(
        "posting",
        sa.Column("posting_id", _ROW, nullable=False),
        _text("file_id"),
        _count("record_number"),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        _text("national_id", nullable=True),
        _text("section_code", nullable=True),
        _text("option_code", nullable=True),
        sa.Column("period", sa.Integer(), nullable=True),
        _count("amount_satang"),
        _text("debit_account"),
        _text("credit_account"),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("reverses", _ROW, nullable=True),
        _recorded_at(),
        sa.PrimaryKeyConstraint("posting_id", name=op.f("pk_posting")),
        _to_file("file_id", "posting", "posting_batch"),
        sa.ForeignKeyConstraint(
            ["reverses"], ["posting.posting_id"], name=op.f("fk_posting_reverses")
        ),
        sa.UniqueConstraint(
            "file_id",
            "record_number",
            "rule_version",
            "leg",
            name=op.f("uq_posting_file_id_record_number_rule_version_leg"),
        ),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_posting_amount")),
        sa.CheckConstraint("debit_account <> credit_account", name=op.f("ck_posting_accounts")),
        sa.CheckConstraint(
            "(leg > 0) = (reverses IS NULL) AND leg <> 0", name=op.f("ck_posting_leg")
        ),
    )
    op.create_index("ix_posting_month", "posting", ["national_id", "section_code", "period"])
    is_reversal = sa.text("reverses IS NOT NULL")
    op.create_index(
        "uq_posting_reverses",
        "posting",
        ["reverses"],
        unique=True,
        sqlite_where=is_reversal,
        postgresql_where=is_reversal,
    )
    op.create_table(
        "payment_break",
        _text("file_id"),
        _count("record_number"),
        _text("code"),
        _text("national_id", nullable=True),
        _text("section_code", nullable=True),
        _text("option_code", nullable=True),
        sa.Column("period", sa.Integer(), nullable=True),
        _count("amount_satang"),
        sa.Column("payment_date", sa.Date(), nullable=True),
        _count("expected_satang", nullable=True),
        _text("status_code", nullable=True),
        sa.Column("feed_date", sa.Date(), nullable=True),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", "record_number", name=op.f("pk_payment_break")),
        _to_file("file_id", "payment_break", "posting_batch"),
    )
    op.create_index(op.f("ix_payment_break_national_id"), "payment_break", ["national_id"])
    op.create_table(
        "payment_break_event",
        sa.Column("event_id", _ROW, nullable=False),
        _text("file_id"),
        _count("record_number"),
        _text("state"),
        _text("detail"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_payment_break_event")),
        sa.ForeignKeyConstraint(
            ["file_id", "record_number"],
            ["payment_break.file_id", "payment_break.record_number"],
            name=op.f("fk_payment_break_event_file_id"),
        ),
    )
    op.create_index(
        "ix_payment_break_event_latest",
        "payment_break_event",
        ["file_id", "record_number", "event_id"],
    )


def _operator_acts() -> None:
    op.create_table(
        "operator_act",
        sa.Column("act_id", _ROW, nullable=False),
        _text("verb"),
        _text("target"),
        _text("who"),
        _text("reason"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_operator_act")),
    )
    op.create_index(op.f("ix_operator_act_target"), "operator_act", ["target"])


def _append_only() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in _TABLES:
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
