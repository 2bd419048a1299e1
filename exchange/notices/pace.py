"""A limit on mails a minute, evenly: no burst at the beginning and none after a pause."""

from __future__ import annotations

import time
from collections.abc import Callable

_MINUTE = 60.0


class Pace:
    """Says how long to wait before the next mail. ``mails_a_minute`` 0 is no limit."""

    def __init__(
        self,
        mails_a_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap = _MINUTE / mails_a_minute if mails_a_minute else 0.0
        self._clock, self._sleep = clock, sleep
        self._next: float | None = None

    @property
    def must_wait(self) -> bool:
        """Whether the next mail may not go yet."""
        return self._next is not None and self._clock() < self._next

    def wait(self) -> None:
        """Return when the next mail may go; it is counted from this moment on."""
        now = self._clock()
        while self._next is not None and now < self._next:
            self._sleep(self._next - now)
            now = self._clock()
        self._next = now + self._gap
