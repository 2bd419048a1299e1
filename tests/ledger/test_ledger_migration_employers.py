"""From a ledger of breaks to one with employers: refunds stay as they are, and hang on files."""

from __future__ import annotations

from collections.abc import Iterator
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
from ledger.database import open_ledger, writing
from ledger.errors import LedgerError
from tests.ledger.made_outcomes import MONTHLY, rows_of
from tests.ledger.payments import DAY, NOW, PARTNER, RETURN_FILE, SOMCHAI

_ROW = {
    "file_id": RETURN_FILE,
    "record_number": 2,
    "amount_satang": MONTHLY,
    "bank_code": "014",
    "branch_code": "0345",
    "account_number": "6661234567",
    "payee_name": "สมชาย ใจดี",
}
_REFUNDS = ({"leg": 2, "national_id": SOMCHAI}, {"leg": -1_000_001, "national_id": None})


@pytest.fixture
def migrated(empty_url: str) -> Iterator[Engine]:
    """A ledger of the third schema with refunds, opened by the present code."""
    old = open_ledger.__globals__["_engine"](open_ledger.__globals__["_address"](empty_url))
    config = Config()
    config.set_main_option("script_location", str(Path(ledger.migrations.__file__).parent))
    with old.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
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
        connection.execute(sa.insert(tables.tables[table]).values(**values, recorded_at=at))

    put("file", file_id=RETURN_FILE, interface="counter_return", version=1, direction="inbound",
        partner=PARTNER, business_date=DAY, name="CSPAY", size_bytes=1)  # fmt: skip
    sums = {f"{name}_{what}": 0 for name in ("posted", "debit") for what in ("count", "satang")}
    put("posting_batch", file_id=RETURN_FILE, rule_version=2, partner=PARTNER, broken_count=1,
        broken_satang=MONTHLY, book_date=DAY, **sums)  # fmt: skip
    put("payment_break", file_id=RETURN_FILE, record_number=2, code="NOT_SENT",
        amount_satang=MONTHLY)  # fmt: skip
    for refund in _REFUNDS:
        put("refund", **_ROW, **refund)


def test_its_tables_are_the_declared_ones(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        names = {key["name"] for key in sa.inspect(connection).get_foreign_keys("refund")}
        assert names == {"fk_refund_file_id"}


def test_every_refund_is_as_it_was(migrated: Engine) -> None:
    kept = sorted(rows_of(migrated, schema.refund), key=lambda row: -row["leg"])
    assert [{**row, "recorded_at": None} for row in kept] == [
        {**_ROW, **refund, "recorded_at": None} for refund in _REFUNDS
    ]
    assert {row["recorded_at"] for row in kept} == {NOW}


def test_a_refund_hangs_on_a_loaded_file_and_not_on_a_break(migrated: Engine) -> None:
    other = {**_ROW, "record_number": 77, "leg": 4, "national_id": None, "recorded_at": NOW}
    with writing(migrated) as connection:
        connection.execute(sa.insert(schema.refund).values(other))
    assert len(rows_of(migrated, schema.refund)) == 3
    with pytest.raises(LedgerError, match=r"(?i)foreign key"), writing(migrated) as connection:
        connection.execute(sa.insert(schema.refund).values({**other, "file_id": "f" * 64}))


@pytest.mark.parametrize("change", ["UPDATE refund SET leg = 3", "DELETE FROM refund"])
def test_refunds_are_append_only_again(migrated: Engine, change: str) -> None:
    with (
        pytest.raises(LedgerError, match="refund is append-only"),
        writing(migrated) as connection,
    ):
        connection.execute(sa.text(change))
