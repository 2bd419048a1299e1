"""Who got this person's data, over a year: ``python -m benchmarks.disclosures --json``.

A year of daily feeds (sections 39 and 40) is made, see :mod:`benchmarks.feeds_of_a_year`, and asked
about the first, a middle and the last person, and about one of no feed. Each question is a process
of its own, so that memory is its own, once with the files dropped from the page cache (as far as
the kernel does so when asked) and then with them in it, the quickest of some rounds. Beside it, in
the same run:

- ``no_bounds``: DuckDB over the same files, the bounds of the row groups made useless, so that all
  IDs of all files are read;
- ``grep``: ``grep -c -F`` over the files of one day as they are sent, times the days: the files of
  a year would take more room than most disks have;
- ``command``: the command ``prakan disclosures``, from its start to its end;
- ``trace``: ``prakan trace`` of a person with that year of standing behind it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.feeds_of_a_year import FEEDS, PARTNER, Year, make_year
from benchmarks.goals import Goal, Result, at_least, at_most, print_result
from benchmarks.measure import MEGABYTE, peak_memory_mb, reset_peak_memory, wall_seconds
from exchange.account.disclosures import disclosures_of
from exchange.home import Home
from exchange.site import open_site
from exporters.writer import FileWriter
from insurance.identifiers import national_ids
from interfaces.model import Role
from interfaces.registry import Registry
from parsers.arrow_types import record_named
from parsers.copybook import load_layout

PERSONS = 3_000_000
DAYS = 250
ROUNDS = 3
MOST_SECONDS = 5.0
_CHILD = "--child"
_ABSENT = 900_000_000_001  # twelve digits above all that are drawn


def measure_disclosures(
    persons: int, days: int, rounds: int, folder: Path
) -> tuple[Result, list[Goal]]:
    """Seconds, bytes and memory of each question, the baselines, the room that all of it takes."""
    begun = time.perf_counter()
    year = make_year(folder / "home", persons=persons, days=days)
    made = time.perf_counter() - begun
    asked = _people(year)
    files = sorted(year.home.glob("outbox/*/*/rows.parquet"))
    result: Result = {
        "persons": persons,
        "days": days,
        "files": year.files,
        "rows_gb": round(year.rows_bytes / 1e9, 3),
        "making_seconds": round(made, 1),
    }
    runs: dict[str, Mapping[str, float]] = {}
    for name, person in asked.items():
        _drop(files)
        runs[f"{name} cold"] = _child(year.home, person)
        again = [_child(year.home, person) for _ in range(rounds)]
        runs[f"{name} warm"] = min(again, key=lambda run: run["seconds"])
    result |= runs
    result["command"] = {"seconds": round(_command(year, "disclosures", asked["middle"]), 2)}
    _as_standing(year)
    result["trace"] = {"seconds": round(_command(year, "trace", asked["middle"]), 2)}
    scanned = wall_seconds(lambda: _scan_everything(files, asked["middle"]))
    result["no_bounds"] = {"seconds": round(scanned, 2)}
    sent, searched = _grep(year, folder, asked["middle"])
    result["grep"] = {
        "seconds_of_a_day": round(searched, 3),
        "seconds_of_the_days": round(searched * days, 1),
    }
    result["sent_files_gb"] = round(sent * days / 1e9, 1)
    warm = max(run["seconds"] for name, run in runs.items() if name.endswith("warm"))
    cold = max(run["seconds"] for name, run in runs.items() if name.endswith("cold"))
    middle = runs["middle warm"]["seconds"]
    goals = [
        at_most("disclosures, seconds, files in the page cache", warm, MOST_SECONDS),
        at_most("disclosures, seconds, files on the disk", cold, 2 * MOST_SECONDS),
        at_least("disclosures, times as fast as grep", searched * days / middle, 10),
        at_least("disclosures, times as fast as without bounds", scanned / middle, 2),
    ]
    return result, goals


def _people(year: Year) -> dict[str, str]:
    ids = year.first_day[next(iter(FEEDS))]["national_id"]
    absent = national_ids(pa.array([_ABSENT]).to_numpy())[0].as_py()
    places = {"first": 0, "middle": len(ids) // 2, "last": len(ids) - 1}
    return {name: ids[place].as_py() for name, place in places.items()} | {"absent": absent}


def _child(home: Path, person: str) -> Mapping[str, float]:
    command = [sys.executable, "-m", "benchmarks.disclosures", _CHILD, str(home), person]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return cast(Mapping[str, float], json.loads(done.stdout))


def _be_child(home: str, person: str) -> dict[str, float]:
    """Ask once; ``read_mb`` is what was read from files, whether or not from the disk."""
    site = open_site({"PRAKAN_HOME": home})
    reset_peak_memory()
    idle, before = peak_memory_mb(), _read_bytes()
    start, processor = time.perf_counter(), time.process_time()
    found = disclosures_of(site, person)
    seconds, used = time.perf_counter() - start, time.process_time() - processor
    return {
        "seconds": round(seconds, 3),
        "processor_seconds": round(used, 3),
        "found": len(found.files),
        "files": found.searched,
        "read_mb": round((_read_bytes() - before) / MEGABYTE, 1),
        "peak_mb": peak_memory_mb(),
        "above_idle_mb": round(peak_memory_mb() - idle, 1),
    }


def _read_bytes() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("rchar"))


def _drop(files: list[Path]) -> None:
    """Ask the kernel to forget what it holds of the files (POSIX_FADV_DONTNEED)."""
    os.sync()
    for path in files:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def _command(year: Year, verb: str, person: str) -> float:
    command = [sys.executable, "-m", "prakan", verb, person, "--reason", "benchmark"]
    environment = {**os.environ, "PRAKAN_HOME": str(year.home)}

    def run() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)

    return _seconds_of_second(run)


def _seconds_of_second(run: Callable[[], None]) -> float:
    run()
    return wall_seconds(run)


def _as_standing(year: Year) -> None:
    """The rows of one feed also as the standing of their day (the same files, linked)."""
    home, feed = Home(year.home), next(iter(FEEDS))
    for number, day in enumerate(year.days, 1):
        target = home.dataset("standing", day) / "made.parquet"
        target.parent.mkdir(parents=True)
        os.link(home.outbox(PARTNER, feed, number) / "rows.parquet", target)


def _scan_everything(files: list[Path], person: str) -> None:
    query = "SELECT filename FROM read_parquet($f, filename = true) WHERE reverse(national_id) = $p"
    with duckdb.connect() as engine:
        found = engine.execute(query, {"f": [str(f) for f in files], "p": person[::-1]}).fetchall()
    if not found:
        raise RuntimeError("the baseline found nobody")


def _grep(year: Year, folder: Path, person: str) -> tuple[int, float]:
    """Bytes of one day's files as they are sent, and the seconds of searching them."""
    paths = [_sent(folder, feed, table) for feed, table in year.first_day.items()]
    command = ["grep", "-c", "-a", "-F", person, *map(str, paths)]

    def run() -> None:
        subprocess.run(
            command, stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"}, check=True
        )

    seconds = _seconds_of_second(run)
    size = sum(path.stat().st_size for path in paths)
    for path in paths:
        path.unlink()
    return size, seconds


def _sent(folder: Path, feed: str, table: pa.Table) -> Path:
    """The file of a feed's rows, by the writer of publishing."""
    interface = Registry().get(f"{feed}.1")
    detail = record_named(load_layout(interface), interface.record(Role.DETAIL).record)
    wanted = [i.column for i in detail.fields if i.column in table.column_names]
    path = folder / f"{feed}.TXT"
    context = {
        "interface": feed,
        "version": 1,
        "partner": PARTNER,
        "business_date": pc.min(table["last_payment_date"]).as_py(),
        "sequence": 1,
        "valid_from": pc.min(table["last_payment_date"]).as_py(),
        "valid_until": pc.min(table["last_payment_date"]).as_py(),
    }
    with FileWriter(path, interface, context) as writer:
        for batch in table.select(wanted).to_batches(max_chunksize=65_536):
            writer.write_details(batch)
        writer.close()
    return path


def _options() -> Namespace:
    parser = ArgumentParser(description="Disclosures of a person over a year of feeds")
    parser.add_argument("--persons", type=int, default=PERSONS, help="people in both feeds")
    parser.add_argument("--days", type=int, default=DAYS, help="business days")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="questions with a warm cache")
    parser.add_argument("--folder", type=Path, help="where to make the year (default: TMPDIR)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def main() -> None:
    """Print the measurements; nothing of what was made is left."""
    if sys.argv[1:2] == [_CHILD]:
        print(json.dumps(_be_child(*sys.argv[2:])))
        return
    options = _options()
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        result, goals = measure_disclosures(options.persons, options.days, options.rounds, folder)
    finally:
        shutil.rmtree(folder)
    named = {"benchmark": "disclosures", "goals": [goal.as_dict() for goal in goals], **result}
    print_result(named, as_json=options.json)


if __name__ == "__main__":
    main()
