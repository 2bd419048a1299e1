"""Books: book dates, passes, file breaks, settlements, refunds, months paid, closed days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_NEW = ("file_break", "file_break_event", "settlement", "refund", "day_close")


def upgrade() -> None:
    """New columns with their values for old rows, new tables, and the months paid until now."""
    _new_columns()
    _new_tables()
    _months_paid()
    for table in _NEW:
        _guard(table)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _recorded_at() -> sa.Column[object]:
    return sa.Column("recorded_at", _INSTANT, nullable=False)


def _new_columns() -> None:
    no_day = sa.text("'1900-01-01'")
    kind = sa.Column("kind", _TEXT, nullable=False, server_default="payments")
    op.add_column("posting_batch", kind)
    for table in ("posting_batch", "posting"):
        book_date = sa.Column("book_date", sa.Date(), nullable=False, server_default=no_day)
        op.add_column(table, book_date)
        with _unguarded(table):
            op.execute(
                f"UPDATE {table} SET book_date = (SELECT f.business_date FROM file f "  # noqa: S608
                f"WHERE f.file_id = {table}.file_id)"
            )
    op.add_column("posting", _text("pass_name", nullable=True))
    op.create_index(op.f("ix_posting_book_date"), "posting", ["book_date"])
    op.add_column("payment_break", sa.Column("ended_date", sa.Date()))
    op.add_column("payment_break", _text("suggestion", nullable=True))


def _new_tables() -> None:
    op.create_table(
        "file_break",
        _text("break_id"),
        _text("code"),
        _text("partner"),
        sa.Column("business_date", sa.Date(), nullable=False),
        _text("file_id", nullable=True),
        _number("amount_satang"),
        _text("detail"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("break_id", name=op.f("pk_file_break")),
        sa.ForeignKeyConstraint(["file_id"], ["file.file_id"], name=op.f("fk_file_break_file_id")),
        sa.CheckConstraint("amount_satang >= 0", name=op.f("ck_file_break_amount")),
    )
    op.create_index(op.f("ix_file_break_business_date"), "file_break", ["business_date"])
    op.create_table(
        "file_break_event",
        sa.Column("event_id", _ROW, nullable=False),
        _text("break_id"),
        _text("state"),
        _text("detail"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_file_break_event")),
        sa.ForeignKeyConstraint(
            ["break_id"], ["file_break.break_id"], name=op.f("fk_file_break_event_break_id")
        ),
    )
    op.create_index("ix_file_break_event_latest", "file_break_event", ["break_id", "event_id"])
    op.create_table(
        "settlement",
        _text("file_id"),
        _number("record_number"),
        _text("bank"),
        _text("bank_reference"),
        _text("collector"),
        sa.Column("collection_date", sa.Date(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        _number("payment_count"),
        _number("gross_satang"),
        _number("fee_satang"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("file_id", "record_number", name=op.f("pk_settlement")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["posting_batch.file_id"], name=op.f("fk_settlement_file_id")
        ),
        sa.CheckConstraint(
            "gross_satang >= fee_satang AND fee_satang >= 0", name=op.f("ck_settlement_fee")
        ),
    )
    op.create_index(op.f("ix_settlement_collection_date"), "settlement", ["collection_date"])
    op.create_index(
        "ix_settlement_bank_reference", "settlement", ["bank", "bank_reference"], unique=True
    )
    op.create_table(
        "refund",
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
            ["file_id", "record_number"],
            ["payment_break.file_id", "payment_break.record_number"],
            name=op.f("fk_refund_file_id"),
        ),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_refund_amount")),
    )
    op.create_index(op.f("ix_refund_national_id"), "refund", ["national_id"])
    op.create_table(
        "month_paid",
        _text("national_id"),
        _text("section_code"),
        sa.Column("period", sa.Integer(), nullable=False, autoincrement=False),
        _text("option_code", nullable=True),
        _number("paid_satang"),
        _number("payments"),
        sa.Column("paid_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint(
            "national_id", "section_code", "period", name=op.f("pk_month_paid")
        ),
        sa.CheckConstraint("paid_satang > 0", name=op.f("ck_month_paid_paid")),
    )
    op.create_table(
        "day_close",
        sa.Column("business_date", sa.Date(), nullable=False),
        _number("postings"),
        _number("moved_satang"),
        _text("balances"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("business_date", name=op.f("pk_day_close")),
    )


def _months_paid() -> None:
    op.execute(
        "INSERT INTO month_paid (national_id, section_code, period, option_code, paid_satang, "
        "payments, paid_date) SELECT p.national_id, p.section_code, p.period, "
        "max(p.option_code), sum(p.amount_satang), count(*), max(p.effective_date) "
        "FROM posting p WHERE p.leg > 0 AND p.credit_account LIKE 'contributions:%' "
        "AND NOT EXISTS (SELECT 1 FROM posting r WHERE r.reverses = p.posting_id) "
        "GROUP BY p.national_id, p.section_code, p.period"
    )


@contextmanager
def _unguarded(table: str) -> Iterator[None]:
    """A table that is append-only to everybody else, open to this migration's own update."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    else:
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{change}")
    yield
    _guard(table)


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
