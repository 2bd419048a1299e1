"""``prakan employers``: accounts, filings taken back, refunds, and who has not filed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from interfaces.errors import WrongUse
from prakan import employers_follow_up, employers_refund
from prakan.answer import answer, baht, columns
from prakan.dates import date_if_given, today
from prakan.operator import add_reason, operator_of

if TYPE_CHECKING:
    from exchange.employers.account import EmployerMonth
    from ledger.filing_events import Changed

_MONTHS = 12
_YEARS = range(1990, 2190)  # a Buddhist year is none of them
_PERIOD_LENGTH = len("2027-01")
Run = Callable[[argparse.Namespace], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One parser for each thing to do; ``--json`` goes before or after it."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    account = _action(
        actions, "account", "what an employer filed, paid and owes, by month", _account
    )
    account.add_argument("account", help="employer account, ten digits")
    account.add_argument("--period", metavar="YYYY-MM", help="one wage month (Gregorian)")
    account.add_argument(
        "--movements", action="store_true", help="every movement of the account too"
    )
    for name, text, run in (
        ("withdraw", "take an entered filing back: what was filed before counts again", _withdraw),
        ("reinstate", "let a withdrawn filing count again", _reinstate),
    ):
        action = _action(actions, name, text, run)
        action.add_argument("file_id", metavar="FILE-ID", help="file id, or its beginning")
        add_reason(action)
    employers_refund.add_parsers(actions)
    employers_follow_up.add_parser(actions)


def run(options: argparse.Namespace) -> int:
    """As the action says; 0 when it is done."""
    action: Run = options.run_action
    return action(options)


def period_written(text: str) -> int:
    """Wage month ``YYYY-MM`` (Gregorian) as yyyymm; WrongUse for anything else."""
    year, dash, month = text.partition("-")
    is_written = len(text) == _PERIOD_LENGTH and dash and (year + month).isascii()
    is_month = is_written and (year + month).isdigit() and 1 <= int(month) <= _MONTHS
    if not is_month or int(year) not in _YEARS:
        raise WrongUse(f"{text!r} is no wage month: write YYYY-MM, Gregorian, as in 2027-01")
    return int(year) * 100 + int(month)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, run: Run
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text)
    parser.set_defaults(run_action=run)
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="a machine-readable answer"
    )
    parser.add_argument(
        "--date",
        metavar="YYYY-MM-DD",
        help="business date for the books, day for what is to be paid (default: today in Bangkok)",
    )
    return parser


def _account(options: argparse.Namespace) -> int:
    from exchange.employers.account import account_of
    from exchange.site import open_site

    period = None if options.period is None else period_written(options.period)
    on = date_if_given(options) or today()
    months = account_of(open_site(), options.account, on, period)
    data = [asdict(month) for month in months]
    if not options.movements:
        data = [{key: one[key] for key in one if key != "movements"} for one in data]
    texts = [_summary(months, str(on))]
    texts += [_filings(month) for month in months if month.filings]
    texts += [_refunds(month) for month in months if month.refunds]
    texts += [_movements(month) for month in months if options.movements and month.movements]
    answer(options, data, "\n\n".join(texts))
    return 0


def _summary(months: list[EmployerMonth], on: str) -> str:
    headings = ["month", "due", "filed", "paid", "surcharge", "overpaid", "owed", f"to pay {on}"]
    rows = []
    for month in months:
        sums = (
            month.filed_satang,
            month.paid_satang,
            month.surcharge_satang,
            month.overpaid_satang,
            month.outstanding_satang,
            month.to_pay_satang,
        )
        rows.append([_shown(month.period), month.due_date, *map(baht, sums)])
    return columns(headings, rows)


def _filings(month: EmployerMonth) -> str:
    headings = ["branch", "filing", "does", "persons", "both sides", "booked", "", "file"]
    rows = [
        [
            one.employer_branch,
            one.file_name,
            one.purpose,
            one.persons,
            baht(one.contribution_satang),
            one.book_date,
            "withdrawn" if one.withdrawn else "counts" if one.counts else "replaced",
            f"{one.file_id[:12]}:{one.record_number}",
        ]
        for one in month.filings
    ]
    return f"{_shown(month.period)} filed\n{columns(headings, rows)}"


def _refunds(month: EmployerMonth) -> str:
    """What was paid is less these, but for those that are proposed or withdrawn."""
    table = employers_refund.refund_table(month.refunds)
    return f"{_shown(month.period)} refunds ({baht(month.refunded_satang)} given back)\n{table}"


def _movements(month: EmployerMonth) -> str:
    headings = ["amount", "from", "to", "effective", "booked", "record"]
    rows = [
        [
            baht(one.amount_satang),
            one.credit_account,
            one.debit_account,
            one.effective_date,
            one.book_date,
            f"{one.file_id[:12]}:{one.record_number}:{one.leg}",
        ]
        for one in month.movements
    ]
    return f"{_shown(month.period)} movements\n{columns(headings, rows)}"


def _shown(period: int) -> str:
    return f"{period // 100}-{period % 100:02d}"


def _withdraw(options: argparse.Namespace) -> int:
    from exchange.employers.withdrawing import withdraw
    from exchange.site import open_site

    who = operator_of(options)
    on = date_if_given(options) or today()
    done = withdraw(open_site(), options.file_id, who=who, reason=options.reason, business_date=on)
    answer(options, asdict(done), _told(done))
    return 0


def _reinstate(options: argparse.Namespace) -> int:
    from exchange.employers.withdrawing import reinstate
    from exchange.site import open_site

    who = operator_of(options)
    on = date_if_given(options) or today()
    done = reinstate(open_site(), options.file_id, who=who, reason=options.reason, business_date=on)
    answer(options, asdict(done), _told(done))
    return 0


def _told(done: Changed) -> str:
    if not done.changed:
        return f"{done.file_id} is {done.state} already"
    return (
        f"{done.file_id} is {done.state} in the books of {done.book_date} "
        f"(branches and months: {done.filings}, movements: {done.legs})"
    )
