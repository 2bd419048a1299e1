"""Ends a connection that does not move, whatever call is blocked on it.

A black-holed TCP connection blocks both reading and, once buffers are full, writing; socket
timeouts inside an SSH library cover only some of that. So one thread per connection watches
two clocks, silence and the whole operation, and shuts the socket when either runs out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic


class Watchdog:
    """Two deadlines over one connection; ``stop`` is called once when either passes.

    ``expired`` then says which, in words; it stays None while all is well.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._changed = threading.Condition()
        self._armed = False
        self._closed = False
        self._end = 0.0
        self._idle = 0.0
        self._total = 0.0
        self._moved = 0.0
        self.expired: str | None = None
        self._thread = threading.Thread(target=self._watch, name="sftp-watchdog", daemon=True)
        self._thread.start()

    def arm(self, *, idle: float, total: float) -> None:
        """Start both clocks: seconds without movement, seconds for the whole operation."""
        with self._changed:
            now = monotonic()
            self._idle, self._total = idle, total
            self._moved, self._end = now, now + total
            self._armed = True
            self._changed.notify()

    def moved(self) -> None:
        """Something was sent or received: the clock of silence starts again."""
        self._moved = monotonic()

    def disarm(self) -> None:
        """The operation is over."""
        with self._changed:
            self._armed = False

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                if not self._armed:
                    self._changed.wait()
                    continue
                now = monotonic()
                due = min(self._end, self._moved + self._idle)
                if now < due:
                    self._changed.wait(due - now)
                    continue
                self.expired = (
                    f"not finished within {self._total:g} s"
                    if now >= self._end
                    else f"no answer for {self._idle:g} s"
                )
                break
        if self.expired is not None:
            self._stop()
