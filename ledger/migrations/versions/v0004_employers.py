"""Employers: packs, filings, their accounts in the books and refunds, notices by mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_NEW = (
    "pack",
    "filing",
    "filing_event",
    "employer_notice",
    "employer_mail",
    "employer_mail_account",
    "employer_mail_event",
    "employer_refund",
    "employer_refund_event",
)


def upgrade() -> None:
    """New columns, empty for all rows of before, and new tables."""
    op.add_column("file", _text("pack_id", nullable=True))
    op.add_column("file", sa.Column("pack_offset", sa.BigInteger()))
    op.add_column("posting", _text("employer_account", nullable=True))
    op.add_column("posting", _text("employer_branch", nullable=True))
    of_employer = sa.text("employer_account IS NOT NULL")
    op.create_index(
        "ix_posting_employer",
        "posting",
        ["employer_account", "period"],
        sqlite_where=of_employer,
        postgresql_where=of_employer,
    )
    _filings()
    _notices()
    _refunds()
    for table in _NEW:
        _guard(table)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _day(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _recorded_at() -> sa.Column[object]:
    return sa.Column("recorded_at", _INSTANT, nullable=False)


def _filings() -> None:
    op.create_table(
        "pack",
        _text("pack_id"),
        _day("business_date"),
        _number("files"),
        _number("size_bytes"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("pack_id", name=op.f("pk_pack")),
    )
    op.create_index(op.f("ix_pack_business_date"), "pack", ["business_date"])
    op.create_table(
        "filing",
        _text("file_id"),
        _number("record_number"),
        _text("employer_account"),
        _text("employer_branch"),
        sa.Column("period", sa.Integer(), nullable=False),
        _text("purpose"),
        _day("paid_date", nullable=True),
        _number("persons"),
        _number("wages_satang"),
        _number("contribution_satang"),
        _number("declared_satang"),
        _day("business_date"),
        _day("book_date"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", "record_number", name=op.f("pk_filing")),
        sa.ForeignKeyConstraint(["file_id"], ["file.file_id"], name=op.f("fk_filing_file_id")),
        sa.CheckConstraint(
            "purpose IN ('merge', 'replace', 'add')", name=op.f("ck_filing_purpose")
        ),
    )
    op.create_index(op.f("ix_filing_book_date"), "filing", ["book_date"])
    op.create_index("ix_filing_month", "filing", ["employer_account", "period", "employer_branch"])
    op.create_index("ix_filing_period", "filing", ["period"])
    op.create_table(
        "filing_event",
        sa.Column("event_id", _ROW, nullable=False),
        _text("file_id"),
        _text("state"),
        _text("detail"),
        _day("book_date"),
        _recorded_at(),
        _text("name", nullable=True),
        _text("purpose", nullable=True),
        sa.Column("record_number", sa.BigInteger()),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_filing_event")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["file.file_id"], name=op.f("fk_filing_event_file_id")
        ),
    )
    op.create_index(op.f("ix_filing_event_file_id"), "filing_event", ["file_id"])


def _notices() -> None:
    op.create_table(
        "employer_notice",
        _text("file_id"),
        _text("notice_code"),
        _day("business_date"),
        _number("accounts"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_employer_notice")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["file.file_id"], name=op.f("fk_employer_notice_file_id")
        ),
    )
    op.create_index(op.f("ix_employer_notice_business_date"), "employer_notice", ["business_date"])
    op.create_table(
        "employer_mail",
        _text("file_id"),
        _text("address"),
        _text("message_id"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", "address", name=op.f("pk_employer_mail")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["employer_notice.file_id"], name=op.f("fk_employer_mail_file_id")
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_employer_mail_message_id")),
    )
    op.create_table(
        "employer_mail_account",
        _text("file_id"),
        _number("record_number"),
        _text("employer_account"),
        _text("employer_branch"),
        _text("employer_type"),
        _text("office_code"),
        _text("address", nullable=True),
        _text("reason", nullable=True),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", "record_number", name=op.f("pk_employer_mail_account")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["employer_notice.file_id"], name=op.f("fk_employer_mail_account_file_id")
        ),
    )
    op.create_index(
        op.f("ix_employer_mail_account_employer_account"),
        "employer_mail_account",
        ["employer_account"],
    )
    op.create_table(
        "employer_mail_event",
        sa.Column("event_id", _ROW, nullable=False),
        _text("file_id"),
        _text("address"),
        _text("state"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _text("detail"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_employer_mail_event")),
        sa.ForeignKeyConstraint(
            ["file_id", "address"],
            ["employer_mail.file_id", "employer_mail.address"],
            name=op.f("fk_employer_mail_event_file_id"),
        ),
    )
    op.create_index(
        "ix_employer_mail_event_latest", "employer_mail_event", ["file_id", "address", "event_id"]
    )


def _refunds() -> None:
    """A refund hangs on a loaded file, no longer on a break; and employers' refunds."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_refund_file_id", "refund", type_="foreignkey")
        op.create_foreign_key(
            op.f("fk_refund_file_id"), "refund", "posting_batch", ["file_id"], ["file_id"]
        )
    else:
        _rebuild_refund()
    op.create_table(
        "employer_refund",
        _text("refund_id"),
        _text("employer_account"),
        sa.Column("period", sa.Integer(), nullable=False),
        _number("amount_satang"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_employer_refund")),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_employer_refund_amount")),
    )
    op.create_index("ix_employer_refund_month", "employer_refund", ["employer_account", "period"])
    op.create_table(
        "employer_refund_event",
        sa.Column("event_id", _ROW, nullable=False),
        _text("refund_id"),
        _text("state"),
        _text("file_id"),
        _number("record_number"),
        sa.Column("leg", sa.Integer(), nullable=False),
        _text("detail"),
        _day("business_date"),
        _day("book_date", nullable=True),
        _recorded_at(),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_employer_refund_event")),
        sa.ForeignKeyConstraint(
            ["refund_id"],
            ["employer_refund.refund_id"],
            name=op.f("fk_employer_refund_event_refund_id"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id", "record_number", "leg"],
            ["refund.file_id", "refund.record_number", "refund.leg"],
            name=op.f("fk_employer_refund_event_file_id"),
        ),
    )
    op.create_index(
        "ix_employer_refund_event_latest", "employer_refund_event", ["refund_id", "event_id"]
    )


def _rebuild_refund() -> None:
    """SQLite changes no constraint of a table that exists: a new one takes the rows over. The
    triggers go with the old one; dropping it does not set them off."""
    op.create_table(
        "refund_rebuilt",
        _text("file_id"),
        _number("record_number"),
        sa.Column("leg", sa.Integer(), nullable=False),
        _text("national_id", nullable=True),
        _number("amount_satang"),
        _text("bank_code"),
        _text("branch_code"),
        _text("account_number"),
        _text("payee_name"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", "record_number", "leg", name=op.f("pk_refund")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["posting_batch.file_id"], name=op.f("fk_refund_file_id")
        ),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_refund_amount")),
    )
    columns = (
        "file_id, record_number, leg, national_id, amount_satang, bank_code, branch_code, "
        "account_number, payee_name, recorded_at"
    )
    op.execute(f"INSERT INTO refund_rebuilt ({columns}) SELECT {columns} FROM refund")  # noqa: S608
    op.drop_table("refund")
    op.rename_table("refund_rebuilt", "refund")
    op.create_index(op.f("ix_refund_national_id"), "refund", ["national_id"])
    _guard("refund")


def _guard(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
