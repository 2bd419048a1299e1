"""``python -m benchmarks.employers``: a tenth of the month's national load of form 1-10 files.

Received as in the night: listed, read, hashed, landed, decoded, validated against the registers,
stored as Parquet, recorded in the ledger. Emptying the inbox is timed by itself. Compared with
(a) opening and hashing the same files and nothing else, and (b) a loop of pandas over one file at
a time, which reads the fields and compares the sums and IDs, and stores and records nothing.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.filings_made import BUSINESS_DATE, Month, made_month, registers, write_month
from benchmarks.goals import at_most, print_result
from benchmarks.measure import peak_memory_mb, rate, reset_peak_memory, wall_seconds
from exchange.inbound.filings import receive_folder
from exchange.inbound.small_files import looks, remove_unchanged, visible_files
from exchange.site import Site, open_site
from validation.references import References

FILES, LINES = 50_000, 1_200_000
WARMED_BY = 200
PANDAS_FILES = 300
GOAL = 3.0
HASHINGS = 3

_WIDTHS = (1, 13, 3, 30, 35, 14, 12)
_NAMES = ("type", "id", "prefix", "given", "family", "wages", "paid")
_WEIGHTS = tuple(range(13, 1, -1))


def main() -> int:
    """Print what receiving the filings takes."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        result = measured(Path(folder), asked.files, asked.lines, asked.rounds)
    print_result(result, as_json=asked.json)
    return 0


def measured(root: Path, files: int, lines: int, rounds: int) -> dict[str, object]:
    """The figures, with the files and homes below ``root``."""
    month = made_month(files, lines)
    known, loading = _timed_registers(month)
    _receive(root / "warm", made_month(WARMED_BY, 24 * WARMED_BY), known)
    hashing, hashing_processor, seconds = float("inf"), float("inf"), float("inf")
    counts: dict[str, object] = {}
    peak = before = 0.0
    size, alone, processor, removing = 0, float("inf"), float("inf"), float("inf")
    for turn in range(rounds):
        home = root / f"round{turn}"
        site = open_site({"PRAKAN_HOME": str(home)})
        size = write_month(month, site.home.employer_inbox)
        names = visible_files(site.home.employer_inbox)
        hashing = min(hashing, *_seconds_of_hashing(site.home.employer_inbox, names))
        used = time.process_time()
        _seconds_of_hashing(site.home.employer_inbox, names)
        hashing_processor = min(hashing_processor, (time.process_time() - used) / HASHINGS)
        if not turn:
            alone = _pandas_seconds(site.home.employer_inbox, names[:PANDAS_FILES])
        reset_peak_memory()
        before = peak_memory_mb()
        start, used = time.perf_counter(), time.process_time()
        counts = _received(site, known)
        processor = min(processor, time.process_time() - used)
        seconds = min(seconds, time.perf_counter() - start)
        removing = min(removing, _seconds_of_removing(site, names))
        peak = max(peak, peak_memory_mb())
        site.ledger.dispose()
    pandas_seconds = alone / min(PANDAS_FILES, files) * files
    goals = [at_most("receiving / opening and hashing alone", seconds / hashing, GOAL)]
    return {
        "files": files,
        "lines": month.lines,
        "megabytes": round(size / 1e6, 1),
        "files_per_second": round(files / seconds),
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "removing_seconds": round(removing, 2),
        "opening_and_hashing_processor_seconds": round(hashing_processor, 2),
        "memory_before_mb": before,
        "opening_and_hashing_seconds": round(hashing, 2),
        "ratio_to_hashing": round(seconds / hashing, 2),
        "pandas_seconds_extrapolated": round(pandas_seconds, 1),
        "ratio_to_pandas": round(seconds / pandas_seconds, 4),
        "peak_memory_mb": peak,
        "registers_seconds": round(loading, 2),
        "rates": rate(size, month.lines, seconds),
        "counts": counts,
        "goals": [goal.as_dict() for goal in goals],
    }


def _timed_registers(month: Month) -> tuple[References, float]:
    start = time.perf_counter()
    known = registers(month)
    return known, time.perf_counter() - start


def _receive(home: Path, month: Month, known: References) -> None:
    site = open_site({"PRAKAN_HOME": str(home)})
    write_month(month, site.home.employer_inbox)
    _received(site, known)
    site.ledger.dispose()


def _received(site: Site, known: References) -> dict[str, object]:
    inbox = site.home.employer_inbox
    return receive_folder(
        site, BUSINESS_DATE, inbox, visible_files(inbox), empties=False, references=known
    )


def _seconds_of_removing(site: Site, names: Sequence[str]) -> float:
    """Emptying the inbox, which comes last and has no counterpart in (a)."""
    inbox = site.home.employer_inbox
    seen = list(looks(inbox, names).items())
    return wall_seconds(lambda: remove_unchanged(inbox, seen))


def _seconds_of_hashing(folder: Path, names: Sequence[str]) -> list[float]:
    """(a), a few times: the first finds the files as they were written."""

    def work() -> None:
        for name in names:
            with (folder / name).open("rb") as reader:
                hashlib.sha256(reader.read()).hexdigest()

    return [wall_seconds(work) for _ in range(HASHINGS)]


def _pandas_seconds(folder: Path, names: Sequence[str]) -> float:
    """(b): one file at a time."""

    def work() -> None:
        for name in names:
            _one_by_pandas(folder / name)

    return wall_seconds(work)


def _one_by_pandas(path: Path) -> bool:
    with path.open(encoding="cp874", errors="replace") as reader:
        header = reader.readline()
        details = pd.read_fwf(reader, widths=_WIDTHS, names=_NAMES, dtype=str)
    paid = _numbers(details["paid"])
    digits = details["id"].str
    weighted = _numbers(digits[0]) * _WEIGHTS[0]
    for place, weight in enumerate(_WEIGHTS[1:], 1):
        weighted += _numbers(digits[place]) * weight
    sound = ((11 - weighted % 11) % 10).eq(_numbers(digits[12]))
    total = header[76:82] == f"{len(details):06d}" and header[97:111] == f"{2 * paid.sum():014d}"
    return bool(total and sound.all())


def _numbers(texts: pd.Series) -> pd.Series:
    return pd.to_numeric(texts, errors="coerce").fillna(-1).astype("int64")


def _arguments() -> Namespace:
    parser = ArgumentParser(description="Receiving employers' filings")
    parser.add_argument("--files", type=int, default=FILES, help="employers, each with a file")
    parser.add_argument("--lines", type=int, default=LINES, help="persons in all files together")
    parser.add_argument("--rounds", type=int, default=2, help="the fastest of so many counts")
    parser.add_argument("--folder", help="where files and homes are made; the temporary folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
