"""One process at a time for one thing: the second is told, it does not wait.

On one machine the lock is the operating system's, between machines the ledger's; both go with
their process, so a crash never leaves one.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn, Protocol

from sqlalchemy.engine import Engine

from exchange.home import Home
from interfaces.errors import OutsideFailure
from ledger.held import held


class BusyError(OutsideFailure):
    """Another process is at the same thing right now."""


class Lockable(Protocol):
    """What is needed of a site."""

    @property
    def home(self) -> Home:
        """Where the locks of this machine lie."""
        ...

    @property
    def ledger(self) -> Engine:
        """What machines have in common."""
        ...


@contextmanager
def exclusive(site: Lockable, name: str) -> Iterator[None]:
    """Hold the lock ``name`` of this installation; BusyError when another process has it."""
    with _on_this_machine(site.home, name), held(site.ledger, name) as is_free:
        if not is_free:
            _refuse(name)
        yield


@contextmanager
def _on_this_machine(home: Home, name: str) -> Iterator[None]:
    folder = home.root / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / re.sub(r"[^A-Za-z0-9._-]", "_", name)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _refuse(name)
        yield


def _refuse(name: str) -> NoReturn:
    raise BusyError(
        f"another process is working on {name}; wait for it, then look at `prakan status`"
    ) from None
