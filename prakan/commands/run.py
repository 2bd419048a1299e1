"""``prakan run``: one whole business night in this process."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from prakan.answer import answer
from prakan.dates import add_date, date_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The business date."""
    add_date(parser)


def run(options: argparse.Namespace) -> int:
    """Worst status of the steps, at least 1 when something needs attention; the report is
    written whatever happened."""
    from exchange.night import Step, run_night
    from exchange.report import figures_of, summarise, write_figures
    from exchange.site import open_site

    def tell(step: Step) -> None:
        if sys.stderr.isatty():
            print(f"{step.name}: {step.error or 'done'}", file=sys.stderr)

    site, on = open_site(), date_of(options)
    night = run_night(site, on, tell=tell)
    if night.holiday:
        answer(options, asdict(night), f"{on} is no working day: nothing is due")
        return 0
    figures = figures_of(site, on)
    page = write_figures(site, figures)
    failed = [f"FAILED {step.name}: {step.error}" for step in night.steps if step.error]
    text = "\n".join([summarise(figures), *failed, f"report: {page}"])
    answer(options, {**asdict(night), "report": str(page)}, text)
    return max(night.status, figures.exit_status)
