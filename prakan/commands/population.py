"""``prakan population``: a synthetic country with its extracts and filings."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from datetime import date
from pathlib import Path

from prakan.answer import answer
from prakan.dates import date_if_given
from simulation.population import generate

#: Fixed, so that the same size and seed give the same bytes on any day.
USUAL_DATE = date(2026, 11, 30)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Size, seed and place."""
    parser.add_argument("--persons", type=int, required=True, metavar="N")
    parser.add_argument("--employers", type=int, required=True, metavar="M")
    parser.add_argument("--seed", type=int, required=True, metavar="S")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument(
        "--date", metavar="D", help=f"business date of the extracts (default {USUAL_DATE})"
    )
    parser.add_argument("--filings", type=int, metavar="K", help="employers that file form 1-10")
    parser.add_argument(
        "--further",
        action="store_true",
        help="also spreadsheets, second filings, registrations, contacts and a notice list",
    )
    parser.add_argument("--clean", action="store_true", help="no faulty record, no wrong filing")


def run(options: argparse.Namespace) -> int:
    """Write the country; the same arguments give the same bytes."""
    day = date_if_given(options) or USUAL_DATE
    summary = generate(
        persons=options.persons,
        employers=options.employers,
        seed=options.seed,
        business_date=day,
        out=options.out,
        filings=options.filings,
        faults=not options.clean,
        further=options.further,
    )
    facts = {"business_date": day, "out": options.out, **asdict(summary)}
    text = (
        f"{options.out}: {summary.persons:,} persons, {summary.employers:,} employers with "
        f"{summary.branches:,} branches, {summary.months_paid:,} months paid, "
        f"{summary.filings:,} filings; business date {day}\n"
        + "\n".join(f"  {path}" for path in summary.files)
        + f"\n  {summary.bytes:,} bytes of extracts; {summary.faults:,} findings expected, "
        f"listed in {options.out / 'truth'}"
    )
    answer(options, facts, text)
    return 0
