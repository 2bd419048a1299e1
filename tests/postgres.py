"""A real PostgreSQL server for tests: Debian's package, a throw-away cluster, a Unix socket.

The server refuses to run as root: it then runs as the account ``postgres``, or ``nobody``
where there is none. Nothing listens on a network port.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

INSTALL = "apt-get install --no-install-recommends postgresql"
_SUPERUSER = "prakan"
_DEBIAN = Path("/usr/lib/postgresql")
_ACCOUNTS = ("postgres", "nobody")
# Nothing here outlives the tests, so nothing needs to reach the disk.
_SETTINGS = (
    "-c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=100"
    " -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB"
)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; ``socket`` is the folder of its Unix socket."""

    socket: Path

    def url(self, database: str) -> str:
        """Address of a database, as the ledger takes it."""
        return f"postgresql://{_SUPERUSER}@/{database}?host={self.socket}"

    def create(self, database: str, *, template: str = "template1") -> str:
        """Make a database as a copy of ``template`` (to which nobody is connected); its address."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
            sql.Identifier(database), sql.Identifier(template)
        )
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, closing whatever is still connected to it."""
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database))
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server on an empty cluster and stop it at the end.

    Fails the test, naming the Debian package, when PostgreSQL is not installed.
    """
    binaries = _binaries()
    account = _server_account()
    # pytest's own temporary folders may not be entered by another account.
    folder = Path(tempfile.mkdtemp(prefix="prakan-postgres-"))
    try:
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        cluster = folder / "cluster"
        _run(
            account,
            [
                str(binaries / "initdb"),
                f"--pgdata={cluster}",
                f"--username={_SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
        )
        control = [str(binaries / "pg_ctl"), f"--pgdata={cluster}", "--wait", "--silent"]
        options = f"-k {folder} {_SETTINGS}"
        log = f"--log={folder / 'server.log'}"
        _run(account, [*control, log, f"--options={options}", "start"])
        try:
            yield PostgresServer(folder)
        finally:
            _run(account, [*control, "--mode=immediate", "stop"])
    finally:
        shutil.rmtree(folder)


def _binaries() -> Path:
    """Folder that holds initdb, pg_ctl and postgres; Debian keeps it out of PATH."""
    candidates = [Path(found).resolve().parent for found in (shutil.which("initdb"),) if found]
    candidates += sorted(_DEBIAN.glob("*/bin"), reverse=True)
    for folder in candidates:
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    pytest.fail(f"PostgreSQL is not installed; run: {INSTALL}", pytrace=False)


def _server_account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in _ACCOUNTS:
        if name in known:
            return known[name]
    pytest.fail(f"no account {' or '.join(_ACCOUNTS)} to run PostgreSQL as", pytrace=False)


def _run(account: pwd.struct_passwd | None, command: list[str]) -> None:
    # Output goes to a file: the server would keep a pipe open and its reader waiting.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            user=None if account is None else account.pw_uid,
            group=None if account is None else account.pw_gid,
            extra_groups=None if account is None else [],
        )
        if done.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
            pytest.fail(f"{Path(command[0]).name} failed: {said}", pytrace=False)
