"""Everything behind one break: the rule, the record, what was sent and paid, what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

import sqlalchemy as sa

from exchange.account.entries import AsOf, Movement, movements
from exchange.account.months import history_of
from exchange.account.original import interface_of, read_original
from exchange.account.places import byte_offsets
from exchange.breaks.listing import BreakLine, line_of
from exchange.breaks.registered import Registered, registered_as
from exchange.breaks.sent import SentMonths, sent_for
from exchange.breaks.words import moves_in_words
from exchange.inbound.landed import where_landed
from exchange.site import Site
from exchange.status.masking import hide_within
from interfaces.errors import PrakanError
from ledger import files, schema
from ledger.acts import acts_on
from ledger.break_queries import listed_break
from ledger.break_records import BreakKey, BrokenPayment, find_break, is_payment_id
from ledger.database import reading
from ledger.detail import from_text
from ledger.employer_accounts import standings
from ledger.file_breaks import FileBreakCode, file_break_events
from ledger.settled import CollectedFile, CreditedLine, both_sides


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that a break is about, and of a payment its record there; ``landed`` is the path
    of our copy in the home, None for a file that is gone."""

    file_id: str
    name: str
    interface: str
    business_date: date
    landed: str | None
    record_number: int | None
    byte_offset: int | None
    length: int | None


@dataclass(frozen=True, slots=True)
class Payment:
    """What was paid, as the return says, and what the feed had offered for it."""

    payment_date: date | None
    section: str | None
    option: str | None
    period: int | None
    amount_satang: int
    expected_satang: int | None
    status_code: str | None
    ended_date: date | None
    feed_date: date | None


@dataclass(frozen=True, slots=True)
class KnownMonth:
    """A month of the person and section that is known as paid: ``by`` is ``ledger`` or
    ``mainframe``, ``source`` the record that says so, ``rule`` the pass or the channel."""

    period: int
    satang: int
    paid_date: date | None
    by: str
    source: str
    rule: str


@dataclass(frozen=True, slots=True)
class EmployersMonth:
    """How the account that an employer's payment names stands for its month, in satang."""

    filed_satang: int
    paid_satang: int
    surcharge_satang: int
    overpaid_satang: int
    outstanding_satang: int


@dataclass(frozen=True, slots=True)
class Happening:
    """A state of the break, or an act on it: who, why, and what it was to become."""

    at: datetime
    what: str
    who: str
    reason: str
    moves: str | None
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BreakLife:
    """Everything known of one break. ``rule_version`` is that of matching,
    ``resolutions`` are how a break of its code may be settled."""

    line: BreakLine
    basis: str
    resolutions: tuple[str, ...]
    rule_version: int | None
    suggestion: Mapping[str, object]
    payment: Payment | None
    origin: Origin | None
    registered: tuple[Registered, ...]
    sent: tuple[SentMonths, ...]
    paid: tuple[KnownMonth, ...]
    history: tuple[Happening, ...]
    acts: tuple[Happening, ...]
    postings: tuple[Movement, ...]
    collected: tuple[CollectedFile, ...] = ()
    credited: tuple[CreditedLine, ...] = ()
    employers_month: EmployersMonth | None = None


def show_break(site: Site, break_id: str, business_date: date) -> BreakLife:
    """Everything behind a break; WrongUse when there is none of that id. Nothing is changed."""
    if is_payment_id(break_id):
        return _payment_life(site, find_break(site.ledger, break_id), business_date)
    return _file_life(site, break_id, business_date)


def _payment_life(site: Site, broken: BrokenPayment, business_date: date) -> BreakLife:
    key = broken.key
    line = line_of(site, listed_break(site.ledger, key), business_date)
    entry = site.catalogue[broken.code]
    posting = schema.posting
    of_record = sa.and_(
        posting.c.file_id == key.file_id, posting.c.record_number == key.record_number
    )
    legs = movements(site.ledger, of_record, AsOf())
    suggestion = hide_within(from_text(broken.suggestion)) if broken.suggestion else {}
    return BreakLife(
        line=line,
        basis=entry.basis,
        resolutions=entry.resolutions,
        rule_version=_rule_version(site, key),
        suggestion=suggestion if isinstance(suggestion, Mapping) else {},
        payment=Payment(
            payment_date=broken.payment_date,
            section=broken.section_code,
            option=broken.option_code,
            period=broken.period,
            amount_satang=broken.amount_satang,
            expected_satang=broken.expected_satang,
            status_code=broken.status_code,
            ended_date=broken.ended_date,
            feed_date=broken.feed_date,
        ),
        origin=_origin(site, key.file_id, key.record_number),
        registered=(
            registered_as(site, broken.national_id, business_date) if broken.national_id else ()
        ),
        sent=sent_for(site, broken),
        paid=_paid(site, broken, business_date),
        history=_history(site, key),
        acts=_acts(site, str(key)),
        postings=tuple(legs),
        employers_month=_employers_month(site, broken),
    )


def _file_life(site: Site, break_id: str, business_date: date) -> BreakLife:
    listed = listed_break(site.ledger, break_id)
    line = line_of(site, listed, business_date)
    entry = site.catalogue[listed.code]
    events = file_break_events(site.ledger, break_id)
    collected: Sequence[CollectedFile] = ()
    credited: Sequence[CreditedLine] = ()
    if listed.code == FileBreakCode.SETTLEMENT_DIFFERS:
        collected, credited = both_sides(site.ledger, listed.partner, listed.since)
    return BreakLife(
        line=line,
        basis=entry.basis,
        resolutions=entry.resolutions,
        rule_version=None,
        suggestion={},
        payment=None,
        origin=None if listed.file_id is None else _origin(site, listed.file_id, None),
        registered=(),
        sent=(),
        paid=(),
        history=tuple(_happening(e.recorded_at, e.state, e.detail) for e in events),
        acts=_acts(site, break_id),
        postings=(),
        collected=tuple(collected),
        credited=tuple(credited),
    )


def _origin(site: Site, file_id: str, record_number: int | None) -> Origin | None:
    standing = files.find(site.ledger, file_id)
    if standing is None:
        return None
    file = standing.file
    landed = where_landed(site, file_id)
    offset = length = None
    if record_number is not None:
        offset = byte_offsets(site, standing, [record_number]).get(record_number)
        try:
            found = read_original(site, standing, record_number, offset)
        except PrakanError:
            length = None  # the copy is gone: the rest can be shown all the same
        else:
            offset, length = found.byte_offset, len(found.raw)
    return Origin(
        file_id=file_id,
        name=str(hide_within(file.name)),
        interface=interface_of(site, standing).id if file.interface else "unknown",
        business_date=file.business_date,
        landed=landed,
        record_number=record_number,
        byte_offset=offset,
        length=length,
    )


def _paid(site: Site, broken: BrokenPayment, business_date: date) -> tuple[KnownMonth, ...]:
    """Months of the break's person and section, the newest last."""
    if broken.national_id is None or broken.section_code is None:
        return ()
    posting = schema.posting
    rows = movements(
        site.ledger,
        sa.and_(
            posting.c.national_id == broken.national_id,
            posting.c.section_code == broken.section_code,
            sa.or_(
                posting.c.credit_account.startswith("contributions:"),
                posting.c.debit_account.startswith("contributions:"),
            ),
        ),
        AsOf(),
    )
    ledger = [
        KnownMonth(
            period=row.period or 0,
            satang=row.amount_satang,
            paid_date=row.effective_date,
            by="ledger",
            source=f"{row.file_id[:12]}:{row.record_number}:{row.leg}",
            rule=row.pass_name or "-",
        )
        for row in rows
        if row.leg > 0 and not row.taken_back
    ]
    told = history_of(site, broken.national_id, business_date)
    mainframe = [
        KnownMonth(
            period=month.period,
            satang=month.amount_satang,
            paid_date=month.paid_date,
            by="mainframe",
            source=f"{month.file_id[:12]}:{month.record_number}",
            rule=f"channel {month.channel}",
        )
        for month in told.months
        if month.section_code == broken.section_code
    ]
    return tuple(sorted([*mainframe, *ledger], key=lambda month: (month.period, month.by)))


def _employers_month(site: Site, broken: BrokenPayment) -> EmployersMonth | None:
    if broken.employer is None or broken.period is None:
        return None
    found = standings(site.ledger, accounts=[broken.employer.account], periods=[broken.period])
    names = [field.name for field in fields(EmployersMonth)]
    for row in found.select(names).to_pylist():
        return EmployersMonth(**row)
    return EmployersMonth(0, 0, 0, 0, 0)


def _history(site: Site, key: BreakKey) -> tuple[Happening, ...]:
    event = schema.payment_break_event
    query = (
        sa.select(event.c.recorded_at, event.c.state, event.c.detail)
        .where(event.c.file_id == key.file_id, event.c.record_number == key.record_number)
        .order_by(event.c.event_id)
    )
    with reading(site.ledger) as connection:
        rows = connection.execute(query).all()
    return tuple(_happening(row.recorded_at, row.state, from_text(row.detail)) for row in rows)


def _happening(at: datetime, state: str, detail: Mapping[str, object]) -> Happening:
    shown = hide_within(detail)
    return Happening(
        at=at,
        what=state,
        who=str(detail.get("who") or ""),
        reason=str(hide_within(str(detail.get("reason") or ""))),
        moves=moves_in_words(detail),
        detail=shown if isinstance(shown, Mapping) else {},
    )


def _acts(site: Site, target: str) -> tuple[Happening, ...]:
    return tuple(
        Happening(act.recorded_at, act.verb, act.who, str(hide_within(act.reason)), None, {})
        for act in acts_on(site.ledger, target)
    )


def _rule_version(site: Site, key: BreakKey) -> int | None:
    batch = schema.posting_batch
    query = sa.select(batch.c.rule_version).where(batch.c.file_id == key.file_id)
    with reading(site.ledger) as connection:
        version: int | None = connection.scalar(query)
    return version
