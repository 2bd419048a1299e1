"""``prakan partner [list | test NAME]``: see exchange.onboarding."""

from __future__ import annotations

import argparse
import secrets

from interfaces.days import parse_day
from interfaces.errors import WrongUse
from prakan.answer import answer, columns
from prakan.dates import today


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with whom."""
    parser.add_argument("action", choices=("list", "test"))
    parser.add_argument("name", nargs="?", help="test: the partner, as its declaration names it")
    parser.add_argument(
        "--date", metavar="YYYY-MM-DD", help="test: keys and interfaces of this day, not today's"
    )
    parser.add_argument(
        "--leave", action="store_true", help="test: leave the test file for the partner to read"
    )


def run(options: argparse.Namespace) -> int:
    """``test``: 3 when a step failed."""
    return _list(options) if options.action == "list" else _test(options)


def _list(options: argparse.Namespace) -> int:
    from exchange.site import open_site

    rows = [
        {
            "name": partner.name,
            "title": partner.title,
            "title_th": partner.title_th,
            "connection": partner.connection,
            "client": str(partner.client),
            "seal": str(partner.seal.outbound),
        }
        for _, partner in sorted(open_site().partners.items())
    ]
    names = ("name", "connection", "client", "seal", "title")
    shown = [[row[name] for name in names] for row in rows]
    answer(options, rows, columns(names, shown))
    return 0


def _test(options: argparse.Namespace) -> int:
    from exchange.onboarding.checks import Outcome
    from exchange.onboarding.walk import walk
    from exchange.site import open_site

    if options.name is None:
        raise WrongUse("say which partner: prakan partner test NAME (prakan partner list)")
    site = open_site()
    on = today() if options.date is None else parse_day(options.date)
    checks = list(
        walk(
            site,
            site.partner(options.name),
            on,
            mark=secrets.token_hex(4).upper(),
            leave=options.leave,
        )
    )
    failed = [one for one in checks if one.outcome is Outcome.FAILED]
    rows = [{"step": c.step, "outcome": str(c.outcome), "told": c.told} for c in checks]
    text = columns(["step", "outcome", "what was seen"], [list(row.values()) for row in rows])
    verdict = f"{len(failed)} step(s) failed" if failed else "ready"
    answer(
        options,
        {"partner": options.name, "date": on, "ready": not failed, "steps": rows},
        f"{text}\n\n{options.name}: {verdict}",
    )
    return 3 if failed else 0
