"""Opening the ledger's database and the two kinds of transaction on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from ledger.advisory import hold
from ledger.chain import chained
from ledger.errors import LedgerError
from ledger.migrations.upgrade import upgrade

BUSY_SECONDS = 60
CONNECT_SECONDS = 10
_WRITES = "prakan_writes"
_WAL_TRIES = 20
_CACHE_KIB = 131_072
"""Pages that a SQLite connection may keep. With its default of 2 MiB a load writes each page of the
indexes many times: it takes twice the processor time."""
_PAGE_BYTES = 16_384
"""Page of a new SQLite ledger. The hashes of a batch of small files lie all over four indexes: most
of what recording them takes is the pages that are written, by their number more than their size."""
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


def open_ledger(url: str) -> Engine:
    """Connect to the ledger at ``url`` and bring its tables up to date.

    ``sqlite:////path/ledger.db`` or ``postgresql://user@host/database``. Several processes may
    open the same empty database at once. Raises LedgerError when the database cannot be
    reached, is not a ledger, or was made by a newer prakan.
    """
    address = _address(url)
    where = address.render_as_string(hide_password=True)
    engine = _engine(address)
    try:
        if address.get_backend_name() == "sqlite":
            _use_write_ahead_log(address)
        with writing(engine, "migration") as connection:
            upgrade(connection)
    except (LedgerError, sqlite3.Error) as error:
        engine.dispose()
        raise LedgerError(f"ledger {where} cannot be opened: {error}") from error
    return engine


@contextmanager
def writing(engine: Engine, *locks: str) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back on any exception.

    On PostgreSQL the named locks are held until its end, so that writers of the same thing
    wait for each other (taken in sorted order: two writers cannot lock each other out).
    SQLite has one writer at a time whatever the names. Audit entries appended meanwhile are
    chained at the end. A refusal by the database is raised as LedgerError.
    """
    with refusals(), engine.execution_options(**{_WRITES: True}).begin() as connection:
        for lock in sorted(locks):
            hold(connection, lock)
        with chained(connection):
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read-only look at one moment: later statements see what the first one saw."""
    with refusals(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        yield connection


@contextmanager
def refusals() -> Iterator[None]:
    """What the database refuses inside is raised as LedgerError of one line."""
    try:
        yield
    except DBAPIError as error:
        raise _refusal(error) from error


def _address(url: str) -> URL:
    try:
        address = sa.make_url(url)
    except ArgumentError as error:
        raise LedgerError(
            "the ledger's address is not a URL: write sqlite:////path/ledger.db "
            "or postgresql://user@host/database"
        ) from error
    address = address.set(drivername=_DRIVERS.get(address.drivername, address.drivername))
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise LedgerError(
            f"the ledger cannot live in {address.drivername}: use sqlite or postgresql"
        )
    return address


def _engine(address: URL) -> Engine:
    try:
        if address.get_backend_name() == "sqlite":
            engine = sa.create_engine(
                address, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}
            )
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
            return engine
        return sa.create_engine(
            address,
            hide_parameters=True,  # rows hold IDs and account numbers, and errors go into logs
            pool_pre_ping=True,
            max_overflow=-1,  # each partner's thread holds up to two locks and writes
            connect_args={"connect_timeout": CONNECT_SECONDS},
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise LedgerError(f"no driver for {address.drivername}: {error}") from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late for DDL and never says IMMEDIATE: it is ours.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # A committed send intent must survive a power cut, which WAL with NORMAL does not promise.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: upgrading a read lock later fails without waiting.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")


def _use_write_ahead_log(address: URL) -> None:
    """Let readers and the writer work side by side; the setting stays with the file, and so does
    the size of its pages.

    The switch itself never waits for another process that is switching, so waiting is done by
    asking for the write lock in between.
    """
    if not address.database:
        raise LedgerError("the ledger needs a file: write sqlite:////path/ledger.db")
    with closing(sqlite3.connect(address.database, BUSY_SECONDS, isolation_level=None)) as plain:
        plain.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # says nothing to a file with content
        for _ in range(_WAL_TRIES):
            try:
                plain.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                plain.execute("BEGIN IMMEDIATE")
                plain.execute("ROLLBACK")
    raise LedgerError("the file stays locked by another program: close it and try again")


def _refusal(error: DBAPIError) -> LedgerError:
    # The further lines of a driver's message hold whole rows, which no log should.
    lines = str(error.orig).strip().splitlines()
    said = lines[0] if lines else type(error).__name__
    if isinstance(error, OperationalError):
        said += "; check the address, and that the server runs and has room"
    return LedgerError(f"the database refused: {said}")
