"""Settings of every test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import Engine

import exchange.site
from ledger.database import open_ledger
from tests.postgres import PostgresServer, running_postgres

# Timings differ from machine to machine and with what else it does; a test must not.
settings.register_profile("prakan", deadline=None)
settings.load_profile("prakan")

_FILE = "sqlite:///"
_MEMORY = Path("/dev/shm")
_ROOM = 3 << 30  # bytes; a whole run takes less than half of it
#: Rooms whose files of tests take long go first: two processes share the files, and neither should
#: be left with a long one when the other has nothing more to do.
_LONG = ("dags", "project", "night", "faults", "exchange", "judge", "ledger", "fuzz")


def pytest_configure(config: pytest.Config) -> None:
    """Write what tests write into memory, where there is room for it.

    The ledger and every step flush to disk: on a disk that others use too, a third of a run is
    waiting for that. ``TMPDIR`` or ``--basetemp`` choose another place.
    """
    if "TMPDIR" not in os.environ and not config.getoption("basetemp") and _has_room(_MEMORY):
        os.environ["TMPDIR"] = str(_MEMORY)  # for programs that tests start too
        tempfile.tempdir = None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the rooms that take long."""
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> int:
    room = next((room for room in path.parts[::-1] if room in _LONG), None)
    return len(_LONG) if room is None else _LONG.index(room)


def _has_room(folder: Path) -> bool:
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    of_folder = os.statvfs(folder)
    runs_programs = not of_folder.f_flag & os.ST_NOEXEC
    return runs_programs and of_folder.f_bavail * of_folder.f_frsize >= _ROOM


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for all tests of a process."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _ledgers_are_migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new installation in this process gets a copy of an empty ledger that the migrations made.

    They take a quarter of a second, for each of a thousand homes. What they do is proven in
    ``tests/ledger``, and every command in a process of its own still begins with nothing.
    """

    @cache
    def template() -> Path:
        path = tmp_path_factory.mktemp("migrated") / "ledger.db"
        open_ledger(f"sqlite:///{path}").dispose()
        return path

    def opened(url: str) -> Engine:
        if url.startswith(_FILE):
            _lay(template(), Path(url.removeprefix(_FILE)))
        return open_ledger(url)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exchange.site, "open_ledger", opened)
        yield


def _lay(template: Path, ledger: Path) -> None:
    """Put a copy where no ledger is; of several that do so at once one is first."""
    if ledger.exists() or not ledger.parent.is_dir():
        return
    whole = ledger.with_name(f".{uuid4().hex}.part")
    shutil.copyfile(template, whole)
    try:
        os.link(whole, ledger)
    except FileExistsError:
        return
    finally:
        whole.unlink()
