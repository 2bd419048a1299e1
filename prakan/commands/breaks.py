"""``prakan breaks list | show | resolve | approve | reopen``: see exchange.breaks."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.errors import WrongUse
from prakan.answer import answer
from prakan.break_answers import ageing_text, bulk_text, list_text, settled_text
from prakan.break_life import life_text
from prakan.dates import date_if_given, today
from prakan.operator import add_reason, operator_of

if TYPE_CHECKING:
    from datetime import date

    from exchange.site import Site
    from ledger.break_events import Settled
    from ledger.resolution_terms import By

UNSETTLED = "unsettled"
ALL = "all"
LIMIT = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One parser for each thing to do; ``--json`` goes before or after it."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _list_arguments(_action(actions, "list", "breaks that need a decision, the oldest first"))
    show = _action(actions, "show", "everything behind one break")
    _id(show)
    _resolve_arguments(_action(actions, "resolve", "settle a break, or many from a CSV"))
    for name, text in (
        ("approve", "carry out what another person proposed"),
        ("reopen", "undo a resolution, withdraw a proposal, let go what is held"),
    ):
        parser = _action(actions, name, text)
        _id(parser)
        add_reason(parser)


def run(options: argparse.Namespace) -> int:
    """``list``: 1 when one of the breaks is open. Otherwise 0."""
    from exchange.site import open_site

    actions = {"list": _list, "show": _show, "resolve": _resolve, "approve": _approve}
    return actions.get(options.action, _reopen)(options, open_site())


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text)
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="a machine-readable answer"
    )
    parser.add_argument(
        "--date",
        metavar="YYYY-MM-DD",
        help="business date for ages and for the books (default: today in Bangkok)",
    )
    return parser


def _id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", help="FILE:RECORD, or the name of a break about a file or a day")


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        choices=(UNSETTLED, "open", "proposed", "held", "resolved", ALL),
        default=UNSETTLED,
        help="default: those that are not resolved",
    )
    parser.add_argument("--code", help="breaks of one code")
    parser.add_argument("--partner", help="breaks of one partner")
    parser.add_argument("--owner", help="breaks that this department settles")
    parser.add_argument("--older-than", type=int, metavar="DAYS", help="of more than DAYS days")
    parser.add_argument("--of", metavar="YYYY-MM-DD", help="of returns of this business date")
    parser.add_argument(
        "--limit", type=int, default=LIMIT, metavar="N", help=f"lines shown (default: {LIMIT})"
    )
    parser.add_argument(
        "--ageing", action="store_true", help="number and money by partner, code and age instead"
    )


def _resolve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="?", help="FILE:RECORD, or the name of a break about a file")
    parser.add_argument("--suggested", action="store_true", help="do what matching suggests")
    parser.add_argument(
        "--move",
        action="append",
        default=[],
        metavar="SECTION[/OPTION]:YYYY-MM[=BAHT]",
        help="to a month that is owed; may be given again",
    )
    parser.add_argument("--person", metavar="ID", help="the months are this person's")
    parser.add_argument(
        "--employer",
        metavar="ACCOUNT[/BRANCH]",
        help="the months are this employer's (default branch: head office)",
    )
    _amount(parser, "--refund", "back to the payer")
    parser.add_argument("--to-account", metavar="BANK/BRANCH/NUMBER", help="where a refund goes")
    parser.add_argument("--payee", metavar="NAME", help="the name on that account")
    parser.add_argument(
        "--hold",
        metavar="YYYY-MM[=BAHT]",
        help="keep it for a month to come; of another section: SECTION[/OPTION]:YYYY-MM[=BAHT]",
    )
    _amount(parser, "--return", "back to the partner", "give_back")
    _amount(parser, "--write-off", "give it up; always needs a second person")
    parser.add_argument("--reverse", action="store_true", help="undo the posting taken back")
    parser.add_argument("--close", action="store_true", help="explained, with nothing to post")
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE.csv", help="resolutions of many breaks"
    )
    parser.add_argument("--reason", help="why, for the record (not with --from)")
    parser.add_argument("--who", help="operator's name; default: the account that runs this")


def _amount(
    parser: argparse.ArgumentParser, option: str, text: str, name: str | None = None
) -> None:
    parser.add_argument(
        option,
        dest=name or option.removeprefix("--").replace("-", "_"),
        nargs="?",
        const="",
        metavar="BAHT",
        help=f"{text}; without BAHT: the rest",
    )


def _list(options: argparse.Namespace, site: Site) -> int:
    from exchange.breaks.ageing import ageing
    from exchange.breaks.listing import Wanted, breaks_listed
    from interfaces.days import parse_day
    from ledger.break_queries import UNSETTLED as UNSETTLED_STATES

    states = {UNSETTLED: UNSETTLED_STATES, ALL: None}.get(options.state, (options.state,))
    if options.limit < 1 or (options.older_than is not None and options.older_than < 0):
        raise WrongUse("--limit is at least 1, --older-than at least 0")
    wanted = Wanted(
        states=states,
        code=options.code,
        partner=options.partner,
        owner=options.owner,
        older_than=options.older_than,
        of=None if options.of is None else parse_day(options.of),
    )
    on = _date(options)
    found = breaks_listed(site, wanted, on, limit=1 if options.ageing else options.limit)
    if options.ageing:
        table = ageing(site, on, wanted)
        answer(options, asdict(table), ageing_text(table))
    else:
        answer(options, asdict(found), list_text(found))
    return int(found.open_count > 0)


def _show(options: argparse.Namespace, site: Site) -> int:
    from exchange.breaks.showing import show_break

    life = show_break(site, options.id, _date(options))
    answer(options, asdict(life), life_text(life))
    return 0


def _resolve(options: argparse.Namespace, site: Site) -> int:
    from exchange.breaks.resolving import resolve_break
    from prakan.break_options import asked_in

    if options.source is not None:
        return _resolve_many(options, site)
    if options.id is None:
        raise WrongUse("say which break: FILE:RECORD as `prakan breaks list` shows it, or --from")
    if options.reason is None:
        raise WrongUse('--reason "…": say why, for the record')
    by = _by(options, site)
    return _told(options, resolve_break(site, options.id, asked_in(options, site), by))


def _resolve_many(options: argparse.Namespace, site: Site) -> int:
    from exchange.breaks.bulk import resolve_file
    from prakan.break_options import is_asked

    if options.id is not None or options.reason is not None or is_asked(options):
        raise WrongUse(
            "--from FILE.csv: its lines say which breaks, what is done with them and why; "
            "give no more than --who and --date"
        )
    options.reason = f"from {options.source.name}"
    done = resolve_file(site, options.source, _by(options, site))
    answer(options, asdict(done), bulk_text(done))
    return 0


def _approve(options: argparse.Namespace, site: Site) -> int:
    from exchange.breaks.resolving import approve_break

    return _told(options, approve_break(site, options.id, _by(options, site)))


def _reopen(options: argparse.Namespace, site: Site) -> int:
    from exchange.breaks.resolving import reopen_break

    return _told(options, reopen_break(site, options.id, _by(options, site)))


def _told(options: argparse.Namespace, settled: Settled) -> int:
    answer(options, asdict(settled), settled_text(settled))
    return 0


def _date(options: argparse.Namespace) -> date:
    given = date_if_given(options)
    return today() if given is None else given


def _by(options: argparse.Namespace, site: Site) -> By:
    from exchange.breaks.asked import reason_written
    from ledger.resolution_terms import By

    who = operator_of(options)
    return By(who, reason_written(options.reason), _date(options), site.clock())
