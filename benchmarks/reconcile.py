"""A night's returns against everybody: ``python -m benchmarks.reconcile --json``.

3 million payments are joined with the feeds as sent, the register of 25 million persons and their
months paid, by the functions that reconciling uses, on two cores. The same join in plain pandas
runs beside it, each in a process of its own, so that memory is its own; since pandas holds every
month of everybody at once, both run at a smaller size for that (``--compared``). Then the rates of
loading outcomes into SQLite and PostgreSQL, beside inserting row by row.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from benchmarks.goals import Goal, Result, at_least, at_most, print_result
from benchmarks.joining import join_as_reconciling, join_in_pandas
from benchmarks.loading import measure_loading
from benchmarks.measure import AnonymousPeak, peak_memory_mb, reset_peak_memory
from benchmarks.returns_night import PERSONS, RETURNS, Night, returns_night

COMPARED = 5_000_000
LOADED = 750_000
CORES = 2
MOST_SECONDS = 40
MOST_MEMORY_MB = 4_000
TIMES_PANDAS = 3.0
TIMES_ROW_BY_ROW = 1.5
_CHILD = "--child"
_JOINS = {"ours": join_as_reconciling, "pandas": join_in_pandas}


def measure_joining(
    persons: int, returns: int, compared: int, keep: bool
) -> tuple[Result, list[Goal]]:
    """Seconds and memory at full size, and beside pandas at a smaller one."""
    result: Result = {"persons": persons, "returns": returns}
    with returns_night(persons, returns, keep=keep) as night:
        result["files"] = night.sizes()
        whole = _in_child("ours", night)
    result["join"] = _flat(whole)
    fewer = max(1, returns * compared // persons)
    with returns_night(compared, fewer, keep=keep) as night:
        ours, pandas = (_in_child(name, night) for name in ("ours", "pandas"))
    if ours["exact"] != pandas["exact"]:
        raise RuntimeError(f"{ours['exact']} posted, by pandas {pandas['exact']}")
    result[f"join, {compared:,} persons, {fewer:,} returns"] = _flat(ours)
    result[f"pandas, {compared:,} persons, {fewer:,} returns"] = _flat(pandas)
    result["outcomes"] = whole["outcomes"]
    goals = [
        at_most("seconds of the join", whole["seconds"], MOST_SECONDS),
        at_most("memory of the join, anonymous, MB", whole["anonymous_mb"], MOST_MEMORY_MB),
        at_least("the join, times plain pandas", pandas["seconds"] / ours["seconds"], TIMES_PANDAS),
        at_least(
            "memory of plain pandas, times the join's",
            pandas["anonymous_mb"] / ours["anonymous_mb"],
            1.0,
        ),
    ]
    return result, goals


def _in_child(name: str, night: Night) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.reconcile", _CHILD, name, str(night.folder)]
    environment = {**os.environ, "POLARS_MAX_THREADS": str(CORES)}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _measured(name: str, night: Night) -> dict[str, object]:
    """What a child prints: the join's own account, with the memory of its process."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    reset_peak_memory()
    with AnonymousPeak() as anonymous:
        told = _JOINS[name](night)
    return {**told, "peak_mb": peak_memory_mb(), "anonymous_mb": anonymous.megabytes}


def _flat(told: dict[str, Any]) -> dict[str, object]:
    numbers = {name: value for name, value in told.items() if not isinstance(value, dict)}
    return {**numbers, **{f"seconds, {k}": v for k, v in told.get("steps", {}).items()}}


def _arguments() -> Namespace:
    parser = ArgumentParser(
        description="Returns against everybody, and loading what became of them"
    )
    parser.add_argument("--persons", type=int, default=PERSONS, help="in the register")
    parser.add_argument("--returns", type=int, default=RETURNS, help="payments of the night")
    parser.add_argument("--compared", type=int, default=COMPARED, help="persons beside pandas")
    parser.add_argument("--loaded", type=int, default=LOADED, help="payments loaded")
    parser.add_argument("--keep", action="store_true", help="keep the night for the next run")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def main() -> None:
    """Print the measurements."""
    if sys.argv[1:2] == [_CHILD]:
        name, folder = sys.argv[2:]
        print(json.dumps(_measured(name, Night.of(folder))))
        return
    options = _arguments()
    compared = min(options.compared, options.persons)
    joined, goals = measure_joining(options.persons, options.returns, compared, options.keep)
    loading = measure_loading(options.loaded)
    for name in ("sqlite", "postgresql"):
        told: Any = loading[name]
        times = told["times row by row"]
        goals.append(at_least(f"postings into {name}, times row by row", times, TIMES_ROW_BY_ROW))
    print_result(
        {
            "benchmark": "reconcile",
            "goals": [goal.as_dict() for goal in goals],
            "cpus": os.cpu_count(),
            **joined,
            **{f"loading, {name}": value for name, value in loading.items()},
        },
        as_json=options.json,
    )


if __name__ == "__main__":
    main()
