"""Seconds, rates and peak memory of a piece of work, and how they are printed."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

MEGABYTE = 1_000_000

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5): resets the peak resident set size


def seconds(work: Callable[[], object], *, repeats: int = 3) -> float:
    """Least wall time of ``repeats`` runs; a first run is discarded."""
    work()
    return min(_once(work) for _ in range(repeats))


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rate(size: int, records: int, elapsed: float) -> dict[str, float]:
    """Megabytes and records a second."""
    return {
        "mb_per_second": round(size / MEGABYTE / elapsed, 2),
        "records_per_second": round(records / elapsed),
    }


def reset_peak_memory() -> None:
    """Let the peak resident set size of this process count from now (Linux)."""
    _CLEAR_REFS.write_text(_RESET_PEAK)


def peak_memory_mb() -> float:
    """Peak resident set size since the reset, in megabytes."""
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) * 1024 / MEGABYTE, 1)


def arguments(title: str, *, records: int) -> Namespace:
    """``--records`` and ``--json`` of a benchmark's command line."""
    parser = ArgumentParser(description=title)
    parser.add_argument("--records", type=_count, default=records, help="records of the file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _count(text: str) -> int:
    number = int(text.replace("_", ""))
    if number < 1:
        raise ValueError("at least one record is needed")
    return number


def print_result(result: Mapping[str, object], *, as_json: bool) -> None:
    """One JSON object, or a line for each value."""
    if as_json:
        print(json.dumps(result, sort_keys=True))
        return
    for name, value in result.items():
        if isinstance(value, Mapping):
            print(name)
            for inner, number in value.items():
                print(f"  {inner:<24}{_shown(number):>16}")
        else:
            print(f"{name:<26}{_shown(value):>16}")


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)
