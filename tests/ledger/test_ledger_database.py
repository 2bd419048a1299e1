"""Opening the ledger: migrations, locks, addresses, and tables that only grow."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.schema import CreateTable

import tests.postgres
from ledger import schema
from ledger.acts import OperatorAct, acts_on, record_act
from ledger.database import open_ledger, reading, writing
from ledger.errors import LedgerError
from ledger.landing import Direction, FileRecord, record_landed
from tests.postgres import running_postgres

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)


def test_migrations_from_empty_make_exactly_the_declared_tables(empty_url: str) -> None:
    engine = open_ledger(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_opening_again_keeps_what_is_there(empty_url: str) -> None:
    first = open_ledger(empty_url)
    act = OperatorAct("retry", "file", "somchai", "network was down", NOW)
    record_act(first, act)
    first.dispose()
    second = open_ledger(empty_url)
    assert acts_on(second, "file") == [act]
    second.dispose()


def _open_and_close(url: str) -> str:
    open_ledger(url).dispose()
    return "opened"


def test_many_processes_open_an_empty_database_at_once(empty_url: str) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        opened = list(processes.map(_open_and_close, [empty_url] * 8))
    assert opened == ["opened"] * 8


def test_a_newer_schema_is_refused_in_one_line(empty_url: str) -> None:
    engine = open_ledger(empty_url)
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(LedgerError, match="9999, newer than this prakan knows") as caught:
        open_ledger(empty_url)
    assert len(str(caught.value).splitlines()) == 1


def test_an_unreachable_server_is_one_line_without_the_password() -> None:
    with pytest.raises(LedgerError) as caught:
        open_ledger("postgresql://prakan:geheim@127.0.0.1:1/ledger")
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert "127.0.0.1:1/ledger" in message
    assert "check the address" in message
    assert "geheim" not in message


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="unable to open database file") as caught:
        open_ledger(f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}")
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("นี่ไม่ใช่ฐานข้อมูล" * 100, encoding="utf-8")
    with pytest.raises(LedgerError, match="not a database") as caught:
        open_ledger(f"sqlite:///{path}")
    assert len(str(caught.value).splitlines()) == 1


def test_without_postgresql_the_tests_fail_with_the_line_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tests.postgres, "_DEBIAN", tmp_path)
    with (
        pytest.raises(pytest.fail.Exception, match=r"apt-get install .* postgresql"),
        running_postgres(),
    ):
        raise AssertionError("a server was started from nothing")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ledger.db", "not a URL"),
        ("mysql://host/ledger", "cannot live in mysql"),
        ("sqlite://", "needs a file"),
    ],
)
def test_an_address_of_another_kind_is_refused(url: str, says: str) -> None:
    with pytest.raises(LedgerError, match=says):
        open_ledger(url)


def test_sqlite_runs_with_write_ahead_log_and_foreign_keys(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    engine = open_ledger(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.scalar(sa.text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(sa.text("PRAGMA synchronous")) == 2
    engine.dispose()
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_new_sqlite_ledger_has_large_pages_and_an_older_one_keeps_its_own(
    tmp_path: Path,
) -> None:
    older = tmp_path / "older.db"
    with closing(sqlite3.connect(older)) as plain:
        plain.execute("PRAGMA page_size = 4096")
        plain.execute("PRAGMA journal_mode = WAL")
    for path, size in ((tmp_path / "new.db", 16_384), (older, 4_096)):
        engine = open_ledger(f"sqlite:///{path}")
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA page_size").scalar() == size
        act = OperatorAct("retry", "file", "somchai", "network was down", NOW)
        record_act(engine, act)
        assert acts_on(engine, "file") == [act]
        engine.dispose()


def test_every_table_refuses_update_and_delete(ledger: Engine) -> None:
    file = FileRecord("a" * 64, "x", 1, Direction.INBOUND, None, date(2026, 11, 20), "X", 1)
    record_landed(ledger, [file], recorded_at=NOW)
    with pytest.raises(LedgerError, match="file is append-only"), writing(ledger) as connection:
        connection.execute(sa.update(schema.file).values(name="Y"))
    with pytest.raises(LedgerError, match="append-only"), writing(ledger) as connection:
        connection.execute(sa.delete(schema.file_event))
    with reading(ledger) as connection:
        assert connection.scalar(sa.select(schema.file.c.name)) == "X"
        triggers = (
            "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"
            if ledger.dialect.name == "sqlite"
            else "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        )
        guarded = set(connection.scalars(sa.text(triggers)))
    made_from_postings = {"month_paid"}
    assert guarded == set(schema.metadata.tables) - made_from_postings


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=lambda d: d.name)
def test_no_name_needs_quoting(dialect: sa.Dialect) -> None:
    for table in schema.metadata.tables.values():
        statement = str(CreateTable(table).compile(dialect=dialect)).replace('COLLATE "C"', "")
        assert '"' not in statement


def test_moments_come_back_in_utc_and_need_a_zone(ledger: Engine) -> None:
    bangkok = datetime.fromisoformat("2026-11-21T01:30:00.123456+07:00")
    record_act(ledger, OperatorAct("retry", "file", "somchai", "again", bangkok))
    (act,) = acts_on(ledger, "file")
    assert act.recorded_at == bangkok
    assert act.recorded_at.tzinfo is UTC
    with pytest.raises(sa.exc.StatementError, match="without time zone"):
        record_act(ledger, OperatorAct("retry", "file", "x", "y", datetime(2026, 11, 20)))


@pytest.mark.parametrize(("who", "reason"), [("", "why"), ("somchai", " ")])
def test_an_act_needs_who_and_why(ledger: Engine, who: str, reason: str) -> None:
    with pytest.raises(LedgerError, match="say who does it and why"):
        record_act(ledger, OperatorAct("retry", "file", who, reason, NOW))
    assert acts_on(ledger, "file") == []
