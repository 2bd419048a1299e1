"""``prakan reconcile``: fetch returns, match and post them, send acknowledgements."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from prakan.answer import answer, baht
from prakan.dates import add_date, date_of
from prakan.failures import report_failure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The partner, or nothing for all that send returns."""
    parser.add_argument("partner", nargs="?", help="default: every partner with returns")
    add_date(parser)


def run(options: argparse.Namespace) -> int:
    """1 when there are breaks. A partner that fails holds up no other; its line and status are
    those of its error, and of several the worst status counts."""
    from exchange.inbound.arrivals import returning_partners
    from exchange.returns.reconcile import reconcile_partner
    from exchange.site import open_site

    site, on = open_site(), date_of(options)
    partners = [options.partner] if options.partner else returning_partners(site, on)
    done: dict[str, Mapping[str, object]] = {}
    failed: list[int] = []
    for partner in partners:
        try:
            done[partner] = reconcile_partner(site, on, partner)
        except Exception as error:
            failed.append(report_failure("reconcile", error))
    if done or not failed:
        lines = [_line(partner, counts) for partner, counts in done.items()]
        answer(options, done, "\n".join(lines) or "no partner sends returns")
    return max([int(any(counts["broken"] for counts in done.values())), *failed])


def _line(partner: str, counts: Mapping[str, object]) -> str:
    """What a partner sent: returns, unless it sent nothing but advices or receipts."""
    told = []
    receipts = int(str(counts["receipts_acknowledged"])) + int(str(counts["receipts_refused"]))
    if counts["advices"]:
        told.append(f"{counts['advices']} advices of {_baht(counts['settled_satang'])} baht")
    if receipts:
        told.append(f"{receipts} receipts, {counts['receipts_refused']} of them refuse a file")
    if counts["returns"] or not told:
        told.insert(
            0,
            f"{counts['returns']} returns; posted {counts['posted']} payments of "
            f"{_baht(counts['posted_satang'])} baht; broken {counts['broken']} of "
            f"{_baht(counts['broken_satang'])} baht",
        )
    return f"{partner}: {'; '.join(told)}"


def _baht(satang: object) -> str:
    return baht(int(str(satang)))
