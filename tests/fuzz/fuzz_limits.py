"""Limits of time and memory for one case, and how long to go on.

``FUZZ_SECONDS`` (soak only): seconds for each long run, 120 unless set. ``FUZZ_SEED`` (soak only):
the first seed, 1,000,000 unless set. A short run has always the same seeds.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

FIRST_SOAK_SEED = int(os.environ.get("FUZZ_SEED", "1000000"))
SOAK_SECONDS = float(os.environ.get("FUZZ_SECONDS", "120"))


class TookTooLong(BaseException):
    """A case that did not end in time; not an Exception, so that no case can swallow it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """TookTooLong when the body computes longer than ``seconds`` (of this process, so that a busy
    machine makes no failure)."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TookTooLong(f"not done after {seconds} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def peak_memory() -> int:
    """Most bytes that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def memory_limit(more: int) -> Iterator[None]:
    """AssertionError when the process's peak grows by more than ``more`` bytes meanwhile."""
    before = peak_memory()
    yield
    grown = peak_memory() - before
    assert grown <= more, f"{grown >> 20} MB more than before"


def short_seeds(count: int) -> range:
    """Always the same."""
    return range(count)


def soak_seeds() -> Iterator[int]:
    """Seeds until the time is up."""
    end = time.monotonic() + SOAK_SECONDS
    seed = FIRST_SOAK_SEED
    while time.monotonic() < end:
        yield seed
        seed += 1
