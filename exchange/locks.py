"""One process at a time for one thing: the second is told, it does not wait.

The lock is the operating system's and goes with its process, so a crash never leaves one.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager

from exchange.home import Home
from interfaces.errors import OutsideFailure


class BusyError(OutsideFailure):
    """Another process is at the same thing right now."""


@contextmanager
def exclusive(home: Home, name: str) -> Iterator[None]:
    """Hold the lock ``name`` of this installation; BusyError when another process has it."""
    folder = home.root / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / re.sub(r"[^A-Za-z0-9._-]", "_", name)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"another process is working on {name}; wait for it, then look at `prakan status`"
            ) from None
        yield
