"""``prakan disclosures``: every file for a partner that carried a person's data."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from interfaces.days import parse_day
from interfaces.errors import WrongUse
from prakan.answer import answer, columns
from prakan.operator import add_reason, operator_of
from prakan.traced_person import moment

if TYPE_CHECKING:
    from exchange.account.disclosures import Disclosure, Disclosures

_HEADINGS = [
    "business date",
    "delivered (Bangkok)",
    "acknowledged",
    "partner",
    "file on the wire",
    "state",
    "records",
    "delivery",
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of whom, between which business dates, to whom, and why."""
    parser.add_argument("person", metavar="PERSON", help="a national ID of 13 digits")
    parser.add_argument("--from", dest="since", metavar="D", help="from this business date on")
    parser.add_argument("--to", dest="until", metavar="D", help="up to this business date")
    parser.add_argument("--partner", metavar="P", help="only files for this partner")
    parser.add_argument("--values", action="store_true", help="what each record said")
    parser.add_argument(
        "--verify",
        action="store_true",
        help="read every file that was sent: its SHA-256, and the ID in its very bytes",
    )
    add_reason(parser)


def run(options: argparse.Namespace) -> int:
    """0; 1 when a file could not be looked at or does not agree with its record."""
    from exchange.account.disclosures import disclosures_of
    from exchange.account.person import note_access, person_of, target_of
    from exchange.site import open_site

    who = operator_of(options)
    person = person_of(options.person)
    since = None if options.since is None else parse_day(options.since)
    until = None if options.until is None else parse_day(options.until)
    if since is not None and until is not None and since > until:
        raise WrongUse(f"--from {since} is after --to {until}")
    site = open_site()
    if options.partner is not None:
        site.partner(options.partner)
    note_access(site, "disclosures", target_of(person), who, options.reason)
    found = disclosures_of(
        site,
        person,
        since=since,
        until=until,
        partner=options.partner,
        values=options.values,
        verify=options.verify,
    )
    answer(options, asdict(found), "\n".join(_lines(found, options)))
    return 1 if found.gaps else 0


def _lines(found: Disclosures, options: argparse.Namespace) -> Iterator[str]:
    yield f"Disclosures of {found.person}{_limits(found)}"
    for gap in found.gaps:
        mark = "note" if gap.answered else "NOT COMPLETE"
        yield f"{mark}: {gap.delivery_id}: {gap.problem}"
    if found.files:
        headings = [*_HEADINGS, "verified"] if options.verify else _HEADINGS
        yield "\n" + columns(headings, [_row(one, options.verify) for one in found.files])
        yield "\nFields of each record"
        for interface, fields in sorted({one.interface: one.fields for one in found.files}.items()):
            yield f"  {interface}: {', '.join(fields)}"
    for one in found.files if options.values else ():
        for place, row in enumerate(one.values, 1):
            yield f"\n{one.delivery_id}, record {place} of {one.records}"
            yield from (f"  {name:<22} {_value(value)}" for name, value in row.items())
    partners = len({one.partner for one in found.files})
    yield (
        f"\nfiles that carried this person's data: {len(found.files):,}, partners: {partners}; "
        f"looked at, all that arrived or may have: {found.searched:,}"
    )
    if found.not_arrived:
        yield f"tried without arriving, not counted: {found.not_arrived:,}"


def _limits(found: Disclosures) -> str:
    said = [
        f"from {found.since}" if found.since else "",
        f"to {found.until}" if found.until else "",
        f"for {found.partner}" if found.partner else "",
    ]
    text = " ".join(part for part in said if part)
    return f", business dates {text}" if text else ""


def _row(one: Disclosure, verify: bool) -> list[Any]:
    delivered = ", ".join(moment(at) for at in one.delivered)
    row: list[Any] = [
        one.business_date,
        delivered or "not known",
        moment(one.acknowledged) if one.acknowledged else None,
        one.partner,
        one.name,
        f"{one.state} by {one.superseded_by}" if one.superseded_by else one.state,
        one.records,
        one.delivery_id,
    ]
    return [*row, "yes" if one.verified else "NO"] if verify else row


def _value(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_value(inner) for inner in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(inner)}" for name, inner in value.items())
    return "-" if value is None else str(value)
