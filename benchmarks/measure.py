"""Time, memory and rates of a piece of work."""

from __future__ import annotations

import os
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

MEGABYTE = 1_000_000

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5): resets the peak resident set size
_SAMPLE_SECONDS = 0.02

Work = Callable[[], object]


@contextmanager
def one_core() -> Iterator[None]:
    """The process on one processor, Arrow on one thread: what is timed is a core's worth."""
    processors = os.sched_getaffinity(0)
    threads = pa.cpu_count()
    os.sched_setaffinity(0, {min(processors)})
    pa.set_cpu_count(1)
    try:
        yield
    finally:
        os.sched_setaffinity(0, processors)
        pa.set_cpu_count(threads)


def core_seconds(*works: Work, repeats: int = 3) -> list[float]:
    """Least processor time of each piece of work over ``repeats`` rounds, after a first round
    that is discarded.

    The pieces take turns, so that a slow moment of the machine meets all of them. Processor
    time counts every thread of the process, and not the time that others had the processor.
    """
    best = [float("inf")] * len(works)
    for turn in range(repeats + 1):
        for place, work in enumerate(works):
            start = time.process_time()
            work()
            if turn:
                best[place] = min(best[place], time.process_time() - start)
    return best


def wall_seconds(work: Work) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rate(size: int, records: int, elapsed: float) -> dict[str, float]:
    """Megabytes (10**6 bytes) and records a second."""
    return {
        "mb_per_second": round(size / MEGABYTE / elapsed, 2),
        "records_per_second": round(records / elapsed),
    }


def reset_peak_memory() -> None:
    """Let the peak resident set size of this process count from now (Linux)."""
    _CLEAR_REFS.write_text(_RESET_PEAK)


def peak_memory_mb() -> float:
    """Peak resident set size since the reset, in megabytes."""
    return _status_mb("VmHWM")


def _status_mb(name: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return round(int(line.split()[1]) * 1024 / MEGABYTE, 1)


class AnonymousPeak:
    """Highest anonymous memory (RssAnon) while the block runs, sampled by a thread.

    Pages of files, such as programs and the page cache, are not counted: the kernel can take
    them back.
    """

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self.megabytes = max(self.megabytes, _status_mb("RssAnon"))


def arguments(title: str, *, records: int) -> Namespace:
    """``--records`` (also ``--persons``) and ``--json`` of a benchmark's command line."""
    parser = ArgumentParser(description=title)
    parser.add_argument(
        "--records", "--persons", type=_count, default=records, help="records of the file"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _count(text: str) -> int:
    number = int(text.replace("_", ""))
    if number < 1:
        raise ValueError("at least one record is needed")
    return number
