"""What the options of ``prakan breaks resolve`` ask to be done with a break."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from interfaces.errors import WrongUse

if TYPE_CHECKING:
    from exchange.breaks.asked import Asked
    from exchange.site import Site
    from ledger.moves import Payee


def is_asked(options: argparse.Namespace) -> bool:
    """Whether the options say anything of what is to be done."""
    amounts = (options.refund, options.give_back, options.write_off)
    return bool(
        options.suggested
        or options.move
        or options.hold
        or options.reverse
        or options.close
        or any(amount is not None for amount in amounts)
    )


def asked_in(options: argparse.Namespace, site: Site) -> list[Asked]:
    """The parts of the resolution; WrongUse when the options say nothing, or contradict."""
    from exchange.account.person import person_of
    from exchange.breaks.asked import employer_written
    from exchange.breaks.resolving import for_employer, for_person, suggestion_of

    if not is_asked(options):
        raise WrongUse(
            "say what is to be done: --suggested, --move, --refund, --hold, --return, "
            "--write-off, --reverse or --close"
        )
    payee = _payee(options)
    if options.suggested:
        parts = suggestion_of(site, options.id, payee)
        if _written(options, None):
            raise WrongUse("--suggested says everything: leave the other ways out")
    else:
        parts = _written(options, payee)
    employer = None if options.employer is None else employer_written(options.employer)
    parts = for_employer(parts, employer)
    return for_person(parts, None if options.person is None else person_of(options.person))


def _written(options: argparse.Namespace, payee: Payee | None) -> list[Asked]:
    from exchange.breaks.asked import Asked, held_written, month_written, satang_written
    from ledger.moves import MoveKind

    parts = [month_written(text) for text in options.move]
    if options.hold is not None:
        parts.append(held_written(options.hold))
    for kind, amount in (
        (MoveKind.REFUND, options.refund),
        (MoveKind.RETURN, options.give_back),
        (MoveKind.WRITE_OFF, options.write_off),
    ):
        if amount is not None:
            satang = satang_written(amount) if amount else None
            to = payee if kind is MoveKind.REFUND else None
            parts.append(Asked(kind, satang, payee=to))
    if options.reverse:
        parts.append(Asked(MoveKind.REVERSE))
    if options.close:
        parts.append(Asked(MoveKind.CLOSE, 0))
    return parts


def _payee(options: argparse.Namespace) -> Payee | None:
    from exchange.breaks.payees import payee_of_account

    if options.to_account is None and options.payee is None:
        return None
    if options.to_account is None or options.payee is None:
        raise WrongUse("--to-account BANK/BRANCH/NUMBER and --payee NAME go together")
    if options.refund is None and not options.suggested:
        raise WrongUse("--to-account and --payee go with --refund")
    return payee_of_account(options.to_account, options.payee)
