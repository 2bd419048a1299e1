"""``python -m benchmarks.employer_answers``: what employers are answered, a file and a page each.

A month's form 1-10 files are received and entered; then all are answered as in the night: lines
and findings read from Parquet and the ledger, both files of each made, on disk and noted. Compared
with writing the same bytes as plain files under the same names, in the same run, flushed once.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks.filings_made import made_month, registers, write_month
from benchmarks.goals import at_most, print_result
from benchmarks.measure import MEGABYTE, peak_memory_mb, reset_peak_memory, wall_seconds
from exchange.employers.answers import answers_folder, write_answers
from exchange.employers.entering import enter_filings
from exchange.inbound.filings import receive_folder
from exchange.inbound.small_files import visible_files
from exchange.site import Site, open_site

FILES, LINES = 20_000, 468_000
BUSINESS_DATE = date(2027, 1, 15)  # answers are in force since January 2027
WARMED_BY = 200
GOAL = 3.0
MOST_MB = 500


def main() -> int:
    """Print what answering takes."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        result = measured(Path(folder), asked.files, asked.lines)
    print_result(result, as_json=asked.json)
    return 0


def measured(root: Path, files: int, lines: int) -> dict[str, object]:
    """The figures, with home and plain files below ``root``."""
    _entered(root / "warm", WARMED_BY, 24 * WARMED_BY, answered=True)
    site, entering = _entered(root / "home", files, lines)
    reset_peak_memory()
    before = peak_memory_mb()
    counts: dict[str, object] = {}
    seconds, processor = _timed(lambda: counts.update(write_answers(site, BUSINESS_DATE)))
    peak = peak_memory_mb()
    outbox = answers_folder(site, BUSINESS_DATE)
    size = sum(path.stat().st_size for path in _files(outbox))
    plain, plain_processor = _plain_files(outbox, root / "plain")
    again = wall_seconds(lambda: write_answers(site, BUSINESS_DATE))
    site.ledger.dispose()
    goals = [
        at_most("answering / writing the same bytes as plain files", seconds / plain, GOAL),
        at_most("memory on top of what was there before, MB", peak - before, MOST_MB),
    ]
    return {
        "files": files,
        "megabytes": round(size / MEGABYTE, 1),
        "answers_per_second": round(files / seconds),
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "plain_files_seconds": round(plain, 2),
        "plain_files_processor_seconds": round(plain_processor, 2),
        "ratio_to_plain_files": round(seconds / plain, 2),
        "again_seconds": round(again, 2),
        "entering_seconds": round(entering, 2),
        "memory_before_mb": before,
        "peak_memory_mb": peak,
        "counts": counts,
        "goals": [goal.as_dict() for goal in goals],
    }


def _entered(home: Path, files: int, lines: int, *, answered: bool = False) -> tuple[Site, float]:
    """An installation with the month received and entered, and the seconds of entering."""
    site = open_site({"PRAKAN_HOME": str(home)})
    month = made_month(files, lines)
    inbox = site.home.employer_inbox
    write_month(month, inbox)
    known = replace(registers(month), business_date=BUSINESS_DATE)
    names = visible_files(inbox)
    receive_folder(site, BUSINESS_DATE, inbox, names, empties=False, references=known)
    seconds = wall_seconds(lambda: enter_filings(site, BUSINESS_DATE))
    if answered:
        write_answers(site, BUSINESS_DATE)
        site.ledger.dispose()
    return site, seconds


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and seconds of the processors."""
    used = time.process_time()
    seconds = wall_seconds(work)
    return seconds, time.process_time() - used


def _plain_files(outbox: Path, target: Path) -> tuple[float, float]:
    """What it takes to write a copy of each file, its bytes in memory, and to flush them once."""
    contents = [(f"{path.parent.name}/{path.name}", path.read_bytes()) for path in _files(outbox)]
    folders = sorted({name.partition("/")[0] for name, _ in contents})
    target.mkdir()

    def work() -> None:
        for folder in folders:
            (target / folder).mkdir()
        for name, content in contents:
            with (target / name).open("wb", buffering=0) as writer:
                writer.write(content)
        below = os.open(target, os.O_RDONLY)
        ctypes.CDLL(None).syncfs(below)
        os.close(below)

    return _timed(work)


def _files(outbox: Path) -> Iterator[Path]:
    for folder in sorted(outbox.iterdir()):
        yield from sorted(folder.iterdir())


def _arguments() -> Namespace:
    parser = ArgumentParser(description="Answering employers' filings")
    parser.add_argument("--files", type=int, default=FILES, help="employers, each with a file")
    parser.add_argument("--lines", type=int, default=LINES, help="persons in all files together")
    parser.add_argument("--folder", help="where files and homes are made; the temporary folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
