"""``prakan employers follow-up`` and ``combined-ceiling``: lists for the offices that follow up."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from prakan.answer import answer, baht, columns
from prakan.dates import date_if_given, today

if TYPE_CHECKING:
    import pyarrow as pa

_FELL_PERCENT, _FELL_FROM = 30, 10


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parsers of both; each says by ``run_action`` what it does."""
    text = "employers who have not filed, not paid or too little, or whose staff fell sharply"
    parser = actions.add_parser("follow-up", help=text, description=text)
    _add_common(parser)
    parser.add_argument(
        "--by", choices=("office", "province"), default="province", help="how they are counted"
    )
    parser.add_argument(
        "--fell-percent",
        type=int,
        default=_FELL_PERCENT,
        metavar="N",
        help=f"staff fell sharply: by so many percent or more (default {_FELL_PERCENT})",
    )
    parser.add_argument(
        "--fell-from",
        type=int,
        default=_FELL_FROM,
        metavar="N",
        help=f"of so many persons or more in the month before (default {_FELL_FROM})",
    )
    parser.set_defaults(run_action=run_follow_up)
    text = "persons of several employers who paid more than a person can owe for a month"
    parser = actions.add_parser("combined-ceiling", help=text, description=text)
    _add_common(parser)
    parser.set_defaults(run_action=run_combined_ceiling)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--period", required=True, metavar="YYYY-MM", help="wage month (Gregorian)")
    parser.add_argument(
        "--date",
        metavar="YYYY-MM-DD",
        help="business date: of the master, of code lists, of the books (default: today)",
    )
    parser.add_argument("--out", metavar="FILE", help="the list itself, as .csv or .xlsx")
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="a machine-readable answer"
    )


def run_follow_up(options: argparse.Namespace) -> int:
    """Counts by area, the list into a file; 1 when there is anybody to follow up."""
    from exchange.employers.follow_up import Thresholds, follow_up, summarise
    from exchange.employers.lists import write_list
    from exchange.site import open_site
    from insurance.surcharge_terms import shipped_terms
    from prakan.commands.employers import period_written

    period = period_written(options.period)
    on = date_if_given(options) or today()
    limits = Thresholds(options.fell_percent, options.fell_from)
    rows = follow_up(open_site(), period, on, limits)
    summary = summarise(rows, on, by_office=options.by == "office")
    if options.out is not None:
        write_list(Path(options.out), {"follow-up": rows, "summary": summary})
    due = shipped_terms().due(period)
    data = {
        "period": period,
        "due_date": due,
        "is_due": due < on,
        "employers": rows.num_rows,
        "areas": summary.to_pylist(),
        "out": options.out,
    }
    answer(options, data, _shown(summary, options.by, f"{options.period}, due on {due}"))
    return int(rows.num_rows > 0)


def run_combined_ceiling(options: argparse.Namespace) -> int:
    """Numbers and the sum, the list into a file; 1 when anybody may have money back."""
    from exchange.employers.lists import write_list
    from exchange.employers.two_employers import combined_ceiling, persons_and_excess
    from exchange.site import open_site
    from prakan.commands.employers import period_written

    found = combined_ceiling(
        open_site(), period_written(options.period), booked_to=date_if_given(options)
    )
    if options.out is not None:
        write_list(Path(options.out), {"combined ceiling": found})
    persons, excess = persons_and_excess(found)
    data = {"persons": persons, "excess_satang": excess, "out": options.out}
    told = (
        f"persons of several employers: {persons:,}, paid beyond the ceiling: {baht(excess)} baht"
    )
    answer(options, data, told)
    return int(persons > 0)


def _shown(summary: pa.Table, by: str, title: str) -> str:
    """Counts of each area; employers that the master does not know stand under ``-``."""
    headings = [by, "", "not filed", "unpaid", "paid short", "staff fell", "outstanding"]
    rows = [
        [
            row["area"],
            row["area_name"] or "",
            *(row[name] for name in ("not_filed", "unpaid", "paid_short", "staff_fell")),
            baht(row["outstanding_satang"]),
        ]
        for row in summary.to_pylist()
    ]
    return f"{title}\n{columns(headings, rows)}" if rows else f"{title}: nobody to follow up"
