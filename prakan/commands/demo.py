"""``prakan demo``: one business night on synthetic data, in Airflow, with a report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from prakan.answer import answer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to put it, and how large."""
    parser.add_argument("--root", type=Path, default=Path(".prakan/demo"), help="folder to use")
    parser.add_argument("--persons", type=int, help="size of the country (default 20,000)")


def run(options: argparse.Namespace) -> int:
    """0 when every DAG succeeded and every sum agrees; breaks are part of the demonstration."""
    from exchange.report import figures_of, summarise, write_figures
    from simulation.demo import PERSONS, run_demo

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    root = options.root.absolute()
    done = run_demo(root, tell, persons=options.persons or PERSONS)
    figures = figures_of(done.site, done.business_date)
    page = write_figures(done.site, figures)
    failed = [f"FAILED {line}" for line in done.failures]
    text = "\n".join([summarise(figures), *failed, f"report: {page}"])
    answer(options, {"report": str(page), "failures": list(done.failures)}, text)
    return 0 if figures.sums_agree and not done.failures else 1
