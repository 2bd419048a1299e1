"""``prakan employers refund`` and its kin: what an employer overpaid goes back to it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from prakan.answer import answer, baht, columns
from prakan.dates import date_if_given, today
from prakan.operator import add_reason, operator_of

if TYPE_CHECKING:
    from exchange.employers.refunding import RefundLine
    from exchange.site import Site
    from ledger.resolution_terms import By

_STATES = ("proposed", "payable", "ordered", "paid", "withdrawn")
_ABOVE = "1"
_SHOWN_ACCOUNTS = 50
Run = Callable[[argparse.Namespace], int]


def add_parsers(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parsers of all; each says by ``run_action`` what it does."""
    text = "give back what an employer paid too much for a wage month"
    parser = _action(actions, "refund", text, _refund)
    parser.add_argument("account", help="employer account, ten digits")
    _add_period(parser, required=True)
    parser.add_argument("--amount", metavar="BAHT", help="default: all that is overpaid")
    parser.add_argument(
        "--to-account", required=True, metavar="BANK/BRANCH/NUMBER", help="where it goes"
    )
    parser.add_argument("--payee", required=True, metavar="NAME", help="the name on that account")
    add_reason(parser)
    for name, text, run in (
        ("refund-approve", "make payable what another person proposed to refund", _approve),
        ("refund-cancel", "withdraw a refund, until the books that have it are closed", _cancel),
    ):
        parser = _action(actions, name, text, run)
        parser.add_argument("refund_id", metavar="REFUND-ID", help="as `refunds` shows it")
        add_reason(parser)
    text = "refunds of employers and how far they have come"
    parser = _action(actions, "refunds", text, _refunds)
    parser.add_argument("--account", help="of one employer account")
    _add_period(parser)
    parser.add_argument("--state", choices=_STATES, help="default: all")
    text = "employers who paid more for a wage month than is due"
    parser = _action(actions, "overpaid", text, _overpaid)
    _add_period(parser, required=True)
    parser.add_argument(
        "--above", default=_ABOVE, metavar="BAHT", help=f"more than so much (default {_ABOVE})"
    )
    parser.add_argument("--out", metavar="FILE", help="the whole list, as .csv or .xlsx")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, run: Run
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text)
    parser.set_defaults(run_action=run)
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="a machine-readable answer"
    )
    if run in (_refund, _approve, _cancel):
        parser.add_argument(
            "--date", metavar="YYYY-MM-DD", help="business date for the books (default: today)"
        )
    return parser


def _add_period(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument(
        "--period", required=required, metavar="YYYY-MM", help="wage month (Gregorian)"
    )


def _period(text: str | None) -> int | None:
    from prakan.commands.employers import period_written

    return None if text is None else period_written(text)


def _by(options: argparse.Namespace, site: Site) -> By:
    from ledger.resolution_terms import By

    who = operator_of(options)
    return By(who, options.reason, date_if_given(options) or today(), site.clock())


def _refund(options: argparse.Namespace) -> int:
    """0 when it is payable or proposed."""
    from exchange.breaks.asked import satang_written
    from exchange.breaks.payees import payee_of_account
    from exchange.employers.refunding import refund_overpaid
    from exchange.site import open_site
    from prakan.commands.employers import period_written

    period = period_written(options.period)
    satang = None if options.amount is None else satang_written(options.amount)
    payee = payee_of_account(options.to_account, options.payee)
    site = open_site()
    done = refund_overpaid(site, options.account, period, satang, payee, _by(options, site))
    answer(options, asdict(done), _told(done))
    return 0


def _approve(options: argparse.Namespace) -> int:
    from exchange.employers.refunding import approve
    from exchange.site import open_site

    site = open_site()
    done = approve(site, options.refund_id, _by(options, site))
    answer(options, asdict(done), _told(done))
    return 0


def _cancel(options: argparse.Namespace) -> int:
    from exchange.employers.refunding import cancel
    from exchange.site import open_site

    site = open_site()
    done = cancel(site, options.refund_id, _by(options, site))
    answer(options, asdict(done), _told(done))
    return 0


def _refunds(options: argparse.Namespace) -> int:
    """1 when one waits for a second person."""
    from exchange.employers.refunding import refund_lines
    from exchange.site import open_site

    accounts = None if options.account is None else [options.account]
    period = _period(options.period)
    lines = refund_lines(open_site(), accounts=accounts, period=period, state=options.state)
    text = refund_table(lines) if lines else "no refund of an employer is recorded"
    answer(options, [asdict(line) for line in lines], text)
    return int(any(line.state == "proposed" for line in lines))


def _overpaid(options: argparse.Namespace) -> int:
    """1 when anybody has."""
    from exchange.breaks.asked import satang_written
    from exchange.employers.lists import write_list
    from exchange.employers.overpaid import overpaid_accounts
    from exchange.site import open_site
    from prakan.commands.employers import period_written

    period = period_written(options.period)
    found = overpaid_accounts(open_site(), period, satang_written(options.above))
    if options.out is not None:
        write_list(Path(options.out), {"overpaid": found})
    sums = found["overpaid_satang"].to_pylist()
    shown = found.slice(0, _SHOWN_ACCOUNTS).to_pylist()
    data = {
        "period": period,
        "employers": len(sums),
        "overpaid_satang": sum(sums),
        "largest": shown,
        "out": options.out,
    }
    headings = ["account", "filed", "surcharge", "paid", "overpaid", "proposed", "owed elsewhere"]
    names = ("filed", "surcharge", "paid", "overpaid", "proposed", "owed")
    rows = [
        [row["employer_account"], *(baht(row[f"{name}_satang"]) for name in names)] for row in shown
    ]
    title = f"{options.period}: {len(sums):,} employers overpaid {baht(sum(sums))} baht"
    left = len(sums) - len(shown)
    more = f"\n{left:,} more: --out FILE has all" if left else ""
    answer(options, data, f"{title}\n{columns(headings, rows)}{more}" if rows else title)
    return int(bool(sums))


def refund_table(lines: Sequence[RefundLine]) -> str:
    """Refunds as a table; of an account number the last digits. What is owed for their months
    again stands there where there is any."""
    owes = any(line.owed_satang for line in lines)
    headings = ["refund", "month", "baht", "state", "asked by", "to", "payee", "posting", "order"]
    headings += ["owed now"] if owes else []
    rows = [
        [
            line.refund_id,
            _shown(line.period),
            baht(line.amount_satang),
            line.state,
            line.asked_by,
            _to(line),
            line.payee_name,
            line.posting,
            line.order,
            *([baht(line.owed_satang)] if owes else []),
        ]
        for line in lines
    ]
    return columns(headings, rows)


def _told(line: RefundLine) -> str:
    what = f"{line.refund_id}: {baht(line.amount_satang)} baht for {_shown(line.period)}"
    to = f"to {_to(line)} of {line.payee_name}"
    if line.state == "proposed":
        told = f"{what} {to} is proposed; a second person: `prakan employers refund-approve`"
    elif line.state == "withdrawn":
        told = f"{what} is withdrawn; it stands as overpaid again"
    else:
        told = f"{what} {to} is {line.state} in the books of {line.book_date} ({line.posting})"
    if line.owed_satang:
        told += f"; the account owes {baht(line.owed_satang)} baht for that month"
    return told


def _to(line: RefundLine) -> str:
    return f"{line.bank_code}/{line.branch_code}/{line.account}"


def _shown(period: int) -> str:
    return f"{period // 100}-{period % 100:02d}"
