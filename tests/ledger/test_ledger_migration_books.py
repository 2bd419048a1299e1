"""From a ledger without books to one with them: old postings get a day and their months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine

import ledger.migrations
from ledger import schema
from ledger.books import check_books, close_books
from ledger.breaks import breaks_of, outcomes_of
from ledger.database import open_ledger, reading, writing
from ledger.errors import LedgerError
from ledger.month_paid import months_differing
from ledger.months import paid_months
from ledger.postings import PostingBatch, batch_of
from tests.ledger.made_outcomes import MONTHLY, rows_of
from tests.ledger.payments import DAO, DAY, NOW, PARTNER, RETURN_FILE, SOMCHAI

LATER_FILE = "b" * 64
LATER_DAY = DAY + timedelta(days=3)
CLEARING, SUSPENSE = f"clearing:{PARTNER}", f"suspense:{PARTNER}"
# File, record, leg, person, section, option, period, debit, credit, effective.
_POSTINGS = (
    (RETURN_FILE, 2, 1, SOMCHAI, "39", None, 202611, CLEARING, "contributions:39", DAY),
    (RETURN_FILE, 3, 1, DAO, "40", "01", 202611, CLEARING, "contributions:40:01", DAY),
    (RETURN_FILE, 4, 1, None, None, None, None, CLEARING, SUSPENSE, DAY),
    (RETURN_FILE, 5, 1, SOMCHAI, "39", None, 202611, SUSPENSE, CLEARING, DAY),
    (RETURN_FILE, 2, -1, SOMCHAI, "39", None, 202611, "contributions:39", CLEARING, LATER_DAY),
    (LATER_FILE, 2, 1, SOMCHAI, "39", None, 202611, CLEARING, "contributions:39", DAY),
)
_BREAKS = ((4, "UNREADABLE_REFERENCE"), (5, "DEBIT"))


@pytest.fixture
def migrated(empty_url: str) -> Iterator[Engine]:
    """A ledger of the second schema with postings, opened by the present code."""
    old = open_ledger.__globals__["_engine"](open_ledger.__globals__["_address"](empty_url))
    config = Config()
    config.set_main_option("script_location", str(Path(ledger.migrations.__file__).parent))
    with old.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        _fill(connection)
    old.dispose()
    engine = open_ledger(empty_url)
    yield engine
    engine.dispose()


def _fill(connection: sa.Connection) -> None:
    tables = sa.MetaData()
    tables.reflect(connection)
    at = NOW if connection.dialect.name == "postgresql" else NOW.replace(tzinfo=None)

    def put(table: str, **values: object) -> None:
        moment: dict[str, datetime] = {"recorded_at": at}
        connection.execute(sa.insert(tables.tables[table]).values(**values, **moment))

    for file_id, day, posted, broken, debited in (
        (RETURN_FILE, DAY, 2, 1, 1),
        (LATER_FILE, LATER_DAY, 1, 0, 0),
    ):
        put(
            "file",
            file_id=file_id,
            interface="counter_return",
            version=1,
            direction="inbound",
            partner=PARTNER,
            business_date=day,
            name=file_id[:8],
            size_bytes=1,
        )
        counts = {"posted": posted, "broken": broken, "debit": debited}
        put(
            "posting_batch",
            file_id=file_id,
            rule_version=2,
            partner=PARTNER,
            **{f"{name}_count": count for name, count in counts.items()},
            **{f"{name}_satang": count * MONTHLY for name, count in counts.items()},
        )
    names = ("file_id", "record_number", "leg", "national_id", "section_code", "option_code",
             "period", "debit_account", "credit_account", "effective_date")  # fmt: skip
    for number, row in enumerate(_POSTINGS, start=1):
        reverses = 1 if row[2] < 0 else None
        put(
            "posting",
            posting_id=number,
            rule_version=2,
            amount_satang=MONTHLY,
            reverses=reverses,
            **dict(zip(names, row, strict=True)),
        )
    for record, code in _BREAKS:
        put(
            "payment_break",
            file_id=RETURN_FILE,
            record_number=record,
            code=code,
            amount_satang=MONTHLY,
        )


def test_its_tables_are_the_declared_ones(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_what_was_posted_stands_in_the_books_of_its_file(migrated: Engine) -> None:
    for table in (schema.posting, schema.posting_batch):
        for row in rows_of(migrated, table):
            assert row["book_date"] == (DAY if row["file_id"] == RETURN_FILE else LATER_DAY)
    assert {row["pass_name"] for row in rows_of(migrated, schema.posting)} == {None}
    assert {row["kind"] for row in rows_of(migrated, schema.posting_batch)} == {"payments"}
    batch = PostingBatch(RETURN_FILE, False, 2, 2 * MONTHLY, 1, MONTHLY, 1, MONTHLY)
    assert batch_of(migrated, RETURN_FILE) == batch


def test_the_months_are_those_of_the_live_postings(migrated: Engine) -> None:
    expected = [(SOMCHAI, "39", 202611, None), (DAO, "40", 202611, "01")]
    names = ("national_id", "section_code", "period", "option_code")
    kept = rows_of(migrated, schema.month_paid)
    assert [tuple(row[name] for name in names) for row in kept] == expected
    assert {(row["paid_satang"], row["payments"], row["paid_date"]) for row in kept} == {
        (MONTHLY, 1, DAY)
    }
    assert months_differing(migrated).num_rows == 0
    assert paid_months(migrated, up_to=DAY).num_rows == 1, "what was reversed, is from the start"
    assert paid_months(migrated, up_to=LATER_DAY).num_rows == 2


def test_outcomes_and_breaks_are_told_as_before(migrated: Engine) -> None:
    told = [tuple(row.values()) for row in outcomes_of(migrated, RETURN_FILE).to_pylist()]
    assert told == [
        (2, "POSTED", MONTHLY),
        (3, "POSTED", MONTHLY),
        (4, "UNREADABLE_REFERENCE", MONTHLY),
        (5, "DEBIT", MONTHLY),
    ]
    assert breaks_of(migrated)["suggestion"].null_count == 2


def test_its_rows_are_append_only_again(migrated: Engine) -> None:
    for table in ("posting", "posting_batch"):
        for change in (f"UPDATE {table} SET book_date = '2020-01-01'", f"DELETE FROM {table}"):
            with (
                pytest.raises(LedgerError, match=f"{table} is append-only"),
                writing(migrated) as connection,
            ):
                connection.execute(sa.text(change))


def test_its_identities_hold_but_for_money_that_was_only_reversed(migrated: Engine) -> None:
    """A reversal of before left what was collected nowhere, and still does."""
    wrong = [one for one in check_books(migrated, full=True) if not one.agrees]
    assert [(one.name, one.subject) for one in wrong] == [("clearing", PARTNER)]
    with pytest.raises(LedgerError, match="stay open: clearing counter_service"):
        close_books(migrated, LATER_DAY, recorded_at=NOW)


def test_a_row_that_names_no_day_is_of_no_day(migrated: Engine) -> None:
    """The default of the migration is for rows of before; the code always says the day."""
    with reading(migrated) as connection:
        early = sa.select(sa.func.count()).where(schema.posting.c.book_date < date(2000, 1, 1))
        assert connection.scalar(early) == 0
