"""``prakan notices send | status | report | resend | bounces``: see exchange.notices."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.days import parse_day
from interfaces.errors import WrongUse
from prakan.answer import answer, columns
from prakan.dates import add_date, date_of, today
from prakan.operator import add_reason, operator_of

if TYPE_CHECKING:
    from datetime import date

    from exchange.notices.reporting import DeliveryReport
    from exchange.notices.sending import Sent
    from exchange.notices.standing import NoticeStanding
    from exchange.site import Site

SHOWN = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One parser for each thing to do; ``--json`` goes before or after it."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    send = _action(actions, "send", "match lists that came with addresses, send what is due")
    add_date(send)
    send.add_argument("--limit", type=int, metavar="N", help="at most N mails in this run")
    _days(_action(actions, "status", "how each list stands, and which mails wait for a person"))
    report = _action(actions, "report", "what became of the notices, by employer type and date")
    _days(report)
    report.add_argument("--by", choices=("type", "office"), default="type")
    report.add_argument("--out", type=Path, metavar="FILE", help="a .csv, .json or .html")
    resend = _action(actions, "resend", "let the next run send mails that a person decides about")
    resend.add_argument("id", help="a mail's id, or the beginning of a list's file id")
    resend.add_argument(
        "--state",
        choices=("unknown", "bounced", "refused", "deferred"),
        help="of a list: those of its mails",
    )
    resend.add_argument(
        "--arrived", action="store_true", help="unknown mails arrived: send nothing, take it so"
    )
    add_reason(resend)
    _action(actions, "bounces", "read the mails that came back from inbox/bounces")


def run(options: argparse.Namespace) -> int:
    """0 in order, 1 somebody is untold or a mail waits for a person, 3 the server failed."""
    from exchange.site import open_site

    actions = {"send": _send, "status": _status, "report": _report, "resend": _resend}
    return actions.get(options.action, _bounces)(options, open_site())


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text)
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="a machine-readable answer"
    )
    return parser


def _days(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--date", metavar="YYYY-MM-DD", help="lists of this business date (default: of all)"
    )
    parser.add_argument(
        "--from", dest="since", metavar="YYYY-MM-DD", help="lists from this business date on"
    )
    parser.add_argument("--until", metavar="YYYY-MM-DD", help="to this one (default: today)")


def _within(options: argparse.Namespace) -> tuple[date | None, date]:
    if options.date is not None:
        if options.since is not None or options.until is not None:
            raise WrongUse("--date is one day: give it without --from and --until")
        day = parse_day(options.date)
        return day, day
    since = None if options.since is None else parse_day(options.since)
    until = today() if options.until is None else parse_day(options.until)
    if since is not None and since > until:
        raise WrongUse(f"--from {since} is after {until}")
    return since, until


def _send(options: argparse.Namespace, site: Site) -> int:
    from exchange.notices.sending import done, send_notices
    from exchange.notices.settings import sender_from_environment

    if options.limit is not None and options.limit < 1:
        raise WrongUse("--limit is at least 1")
    day = date_of(options)
    made = send_notices(site, day, sender_from_environment(os.environ), limit=options.limit)
    answer(options, {**made.counts, "trouble": made.trouble}, "\n".join(_sent_text(made)))
    done(made)
    return int(_needs_people(made))


def _needs_people(made: Sent) -> bool:
    from ledger.employer_mail import MailState

    kinds = (MailState.BOUNCED, MailState.REFUSED, MailState.UNKNOWN)
    unmatched = any(one.unmatched for one in made.planned)
    return unmatched or bool(made.left_unknown) or any(made.outcomes[kind] for kind in kinds)


def _sent_text(made: Sent) -> Iterator[str]:
    for one in made.planned:
        yield (
            f"list {one.file_id[:12]} {one.notice_code} of {one.business_date}: "
            f"{one.accounts:,} accounts, {one.mails:,} mails, {one.unmatched:,} without an address"
        )
    told = ", ".join(f"{state} {made.outcomes[state]:,}" for state in sorted(made.outcomes))
    yield f"mails: {told or 'none was due'}; waiting {made.waiting:,}"
    if made.left_unknown:
        yield (
            f"left unknown by a run that did not end in order: {made.left_unknown:,}; "
            "see `prakan notices status`"
        )


def _status(options: argparse.Namespace, site: Site) -> int:
    from exchange.notices.standing import notice_standing

    found = notice_standing(site, *_within(options))
    answer(options, asdict(found), "\n".join(_status_text(found)))
    return int(not found.in_order)


def _status_text(found: NoticeStanding) -> Iterator[str]:
    if found.lists:
        yield columns(
            ["list", "date", "notice", "accounts", "no address", "mails"],
            [
                [
                    one.file_id[:12],
                    one.business_date,
                    one.notice_code,
                    one.accounts,
                    one.unmatched,
                    ", ".join(f"{state} {count:,}" for state, count in one.mails.items()),
                ]
                for one in found.lists
            ],
        )
    for name in found.unplanned:
        yield f"{name}: accepted; `prakan notices send` matches it with addresses"
    waiting = found.waiting_for_people
    if waiting:
        yield columns(
            ["mail", "list", "address", "stands", "tries"],
            [[m.message_id, m.list_id, m.address, m.state, m.attempt] for m in waiting[:SHOWN]],
        )
        if len(waiting) > SHOWN:
            yield f"… and {len(waiting) - SHOWN:,} more: see --json"
        yield "decide with `prakan notices resend ID --reason …`; docs/runbooks/notices.md says how"
    if not (found.lists or found.unplanned):
        yield "no notice lists"


def _report(options: argparse.Namespace, site: Site) -> int:
    from exchange.notices.report_files import write_report
    from exchange.notices.reporting import delivery_report

    report = delivery_report(site, *_within(options), by=options.by)
    if options.out is not None:
        write_report(report, site.catalogue, options.out)
    answer(options, asdict(report), _report_text(report))
    return int(report.needs_people)


def _report_text(report: DeliveryReport) -> str:
    from exchange.notices.report_files import NUMBERS

    if not report.lines:
        return "no notices"
    headings = ["date", "notice", report.by, *(en for _, en in NUMBERS.values())]
    rows = [
        [line.business_date, line.notice_code, line.group, *(getattr(line, n) for n in NUMBERS)]
        for line in report.lines
    ]
    return columns(headings, rows)


def _resend(options: argparse.Namespace, site: Site) -> int:
    from exchange.notices.releasing import arrived, release
    from ledger.employer_mail import MailState

    who = operator_of(options)
    state = None if options.state is None else MailState(options.state)
    decide = arrived if options.arrived else release
    mails = decide(site, options.id, state, who=who, reason=options.reason)
    done = "taken for sent" if options.arrived else "sent by the next run"
    ids = [mail.message_id for mail in mails]
    answer(options, {"mails": ids, "arrived": options.arrived}, f"{len(ids):,} mails: {done}")
    return 0


def _bounces(options: argparse.Namespace, site: Site) -> int:
    from exchange.notices.bounces import take_bounces

    made = take_bounces(site)
    text = ", ".join(f"{name} {number:,}" for name, number in made.counts.items())
    answer(options, made.counts, text)
    return int(bool(made.found["bounced"] or made.found["unreadable"]))
