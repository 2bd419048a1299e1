"""``prakan trace``: a person's months, money and standing; or one record and what became of it."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from interfaces.days import parse_day
from interfaces.errors import WrongUse
from prakan.answer import answer
from prakan.dates import BANGKOK
from prakan.operator import add_reason, operator_of

if TYPE_CHECKING:
    from exchange.account.record import RecordName
    from exchange.site import Site


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of whom or of what, as of when, and why."""
    parser.add_argument(
        "what",
        metavar="PERSON|POSTING",
        help="a national ID of 13 digits; or FILE:RECORD[:LEG], FILE being the first 12 digits "
        "or more of a file's SHA-256 (a break's id is such a name)",
    )
    parser.add_argument("--section", choices=("39", "40"), help="only this section of a person")
    parser.add_argument(
        "--date", metavar="D", help="as of this business date: books, history, standing up to it"
    )
    parser.add_argument("--effective-to", metavar="D", help="only what was paid up to this day")
    parser.add_argument(
        "--recorded-to",
        metavar="T",
        help="only what the ledger knew at this moment, ISO 8601 (Bangkok unless it says a zone)",
    )
    add_reason(parser)


def run(options: argparse.Namespace) -> int:
    """0; 1 when something of a person could not be looked at."""
    from exchange.account.record import record_name
    from exchange.site import open_site

    who = operator_of(options)
    name = record_name(options.what)
    if name is not None:
        return _record(open_site(), name, who, options)
    if not options.what.strip()[:1].isdigit():
        raise WrongUse(
            "trace takes a person (a national ID of 13 digits) or FILE:RECORD[:LEG]; breaks of "
            "whole files are shown by `prakan breaks show`"
        )
    return _person(who, options)


def _person(who: str, options: argparse.Namespace) -> int:
    from exchange.account.entries import AsOf
    from exchange.account.person import accesses, note_access, person_of, target_of
    from exchange.account.trace import trace_person
    from exchange.site import open_site
    from prakan.traced_person import person_text

    person = person_of(options.what)
    as_of = AsOf(
        booked_to=_day(options.date),
        effective_to=_day(options.effective_to),
        recorded_to=_moment(options.recorded_to),
    )
    site = open_site()
    target = target_of(person)
    note_access(site, "trace", target, who, options.reason)
    found = trace_person(site, person, as_of=as_of, section=options.section)
    looked = accesses(site, target)
    data = {"kind": "person", **asdict(found), "accesses": [asdict(one) for one in looked]}
    answer(options, data, person_text(found, looked))
    return 1 if found.gaps else 0


def _record(site: Site, name: RecordName, who: str, options: argparse.Namespace) -> int:
    from exchange.account.person import note_access
    from exchange.account.record import file_of, trace_record
    from prakan.traced_record import record_facts, record_text

    as_of = (options.section, options.date, options.effective_to, options.recorded_to)
    if any(given is not None for given in as_of):
        raise WrongUse("--section, --date, --effective-to and --recorded-to go with a person")
    standing = file_of(site, name)
    target = f"{standing.file.file_id}:{name.record_number}"
    note_access(site, "trace", target, who, options.reason)
    found = trace_record(site, name, standing)
    facts: dict[str, Any] = {"kind": "record", **record_facts(found)}
    answer(options, facts, record_text(found))
    return 0


def _day(text: str | None) -> date | None:
    return None if text is None else parse_day(text)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--recorded-to {text!r} is not a moment written 2026-11-30T22:15") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=BANGKOK)
