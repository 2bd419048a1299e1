"""``prakan books``: balances, proof and closing of the books, and the months paid made anew."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from interfaces.days import parse_day
from interfaces.errors import WrongUse
from prakan.answer import answer, baht, columns
from prakan.dates import BANGKOK, date_of
from prakan.moments import moment_of

if TYPE_CHECKING:
    from exchange.site import Site

_NOTHING_DUE = "nothing was due, nothing sent"
_LIMITS = ("booked_to", "effective_to", "recorded_to")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, of which day, as of when."""
    parser.add_argument("action", choices=tuple(_ACTIONS))
    parser.add_argument(
        "--date", metavar="YYYY-MM-DD", help="close, publish: the business date (Gregorian)"
    )
    parser.add_argument(
        "--booked-to", metavar="YYYY-MM-DD", help="balances: of the books up to that business date"
    )
    parser.add_argument(
        "--effective-to", metavar="YYYY-MM-DD", help="balances: of payments made up to that day"
    )
    parser.add_argument(
        "--recorded-to",
        metavar="MOMENT",
        help="balances: as they were known at that moment, ISO 8601 (Bangkok, unless it says "
        "another zone)",
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="check: all postings, files, months and closes, not only since the last close",
    )


def run(options: argparse.Namespace) -> int:
    """0 done; 1 when sums do not agree, months differed, or a day stays open; of files that could
    not be brought to their partners the worst status."""
    _refuse_needless(options)
    from exchange.site import open_site

    return _ACTIONS[options.action](options, open_site())


def _refuse_needless(options: argparse.Namespace) -> None:
    needs_date = options.action in ("close", "publish")
    if needs_date is not (options.date is not None):
        does = "needs" if needs_date else "takes no"
        raise WrongUse(f"prakan books {options.action} {does} --date")
    given = [name for name in _LIMITS if _given(options, name)]
    if given and options.action != "balances":
        raise WrongUse(f"--{given[0].replace('_', '-')} goes with `prakan books balances`")
    if options.full and options.action != "check":
        raise WrongUse("--full goes with `prakan books check`")


def _given(options: argparse.Namespace, name: str) -> str | None:
    found: str | None = getattr(options, name)
    return found


def _day(options: argparse.Namespace, name: str) -> date | None:
    text = _given(options, name)
    return None if text is None else parse_day(text)


def _balances(options: argparse.Namespace, site: Site) -> int:
    from ledger.balances import balances

    recorded = options.recorded_to
    rows = balances(
        site.ledger,
        booked_to=_day(options, "booked_to"),
        effective_to=_day(options, "effective_to"),
        recorded_to=None if recorded is None else moment_of(recorded, "--recorded-to"),
    ).to_pylist()
    shown = [
        [row["account"], *(baht(row[f"{name}_satang"]) for name in ("debit", "credit", "balance"))]
        for row in rows
    ]
    answer(options, rows, columns(["account", "debit", "credit", "balance"], shown))
    return 0


def _check(options: argparse.Namespace, site: Site) -> int:
    from exchange.employers.lines import due_of
    from ledger.books import check_books

    found = check_books(site.ledger, full=options.full, due_of=partial(due_of, site))
    failing = [one for one in found if not one.agrees]
    rows = [{**asdict(one), "agrees": one.agrees} for one in found]
    lines = [f"DISAGREES {one}" for one in failing]
    lines.append(
        f"{len(failing)} of {len(found)} identities do not agree"
        if failing
        else f"the books agree: {len(found)} identities"
    )
    answer(options, rows, "\n".join(lines))
    return int(bool(failing))


def _close(options: argparse.Namespace, site: Site) -> int:
    from exchange.books.closing import close_up_to

    counts = close_up_to(site, date_of(options))
    answer(options, counts, _told(counts))
    return 0


def _told(counts: Mapping[str, object]) -> str:
    days = counts["closed"]
    if not isinstance(days, list) or not days:
        return "closed already"
    moved = baht(int(str(counts["moved_satang"])))
    return f"closed {', '.join(days)}: {counts['postings']} entries, {moved} baht moved"


def _list(options: argparse.Namespace, site: Site) -> int:
    from ledger.books import closes

    found = closes(site.ledger)
    rows = [asdict(one) for one in found]
    shown = [
        [
            one.business_date,
            one.postings,
            baht(one.moved_satang),
            one.recorded_at.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M:%S"),
        ]
        for one in found
    ]
    headings = ["business date", "entries", "moved", "closed at (Bangkok)"]
    answer(options, rows, columns(headings, shown) if shown else "no day is closed yet")
    return 0


def _rebuild(options: argparse.Namespace, site: Site) -> int:
    from exchange.status.masking import hide_ids
    from ledger.month_paid import months_differing, rebuild_months

    differing = months_differing(site.ledger).to_pylist()
    rebuild_months(site.ledger)
    for row in differing:
        row["national_id"] = hide_ids(str(row["national_id"]))
    shown = [
        [
            row["national_id"],
            row["section_code"],
            row["period"],
            baht(row["kept_satang"]),
            baht(row["rebuilt_satang"]),
        ]
        for row in differing
    ]
    text = (
        columns(["national ID", "section", "period", "kept", "made anew"], shown)
        if shown
        else "months paid made anew: nothing differed"
    )
    answer(options, differing, text)
    return int(bool(differing))


def _publish(options: argparse.Namespace, site: Site) -> int:
    from exchange.books.publishing import book_files_since, publish_book_file, require_closed
    from exchange.steps import run_step

    on = date_of(options)
    require_closed(site, on)
    steps = [
        run_step(i.name, partial(publish_book_file, site, on, i.name))
        for i in book_files_since(site, on)
    ]
    done = {step.name: step.counts or {"error": step.error} for step in steps}
    lines = [
        f"FAILED {step.name}: {step.error}"
        if step.counts is None
        else f"{step.name}: {', '.join(map(str, _ids(step.counts))) or _NOTHING_DUE}"
        for step in steps
    ]
    answer(options, done, "\n".join(lines) or f"no file is made from the closed books of {on}")
    return max((step.status for step in steps), default=0)


def _ids(counts: Mapping[str, object]) -> list[object]:
    found = counts["deliveries"]
    return list(found) if isinstance(found, list) else []


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, Site], int]] = {
    "balances": _balances,
    "check": _check,
    "close": _close,
    "list": _list,
    "rebuild": _rebuild,
    "publish": _publish,
}
