"""Everything known about one file or delivery: what it is, what happened to it, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from exchange.employers.answers import answer_pages
from exchange.inbound.landed import where_landed
from exchange.report.payments import Sum
from exchange.report.remarks import CodeCount, count_codes
from exchange.site import Site
from exchange.status.findings import held_findings
from exchange.status.lines import BreakLine
from exchange.status.masking import hide_ids, hide_within
from interfaces.dated import code_list
from interfaces.errors import WrongUse
from interfaces.model import Kind
from ledger import deliveries, files
from ledger.acknowledgements import acknowledgement_of, acknowledgements_of
from ledger.acts import acts_on
from ledger.audit import MOVEMENTS, entries_of
from ledger.breaks import breaks_of
from ledger.delivery import Delivery, Sealed
from ledger.errors import LedgerError
from ledger.files import FileStanding
from ledger.landing import duplicates_of
from ledger.postings import batch_of
from ledger.receipts import receipts_of


@dataclass(frozen=True, slots=True)
class Event:
    """A step in the life of a file or delivery; ``attempt`` counts sendings (0 for files)."""

    at: datetime
    state: str
    attempt: int
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator did about it, and why."""

    at: datetime
    verb: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class SealLine:
    """What went over the wire: ``kind`` is that of its seal, ``signer`` and ``recipients`` are
    fingerprints of OpenPGP keys."""

    kind: str
    name: str
    sha256: str
    size_bytes: int
    manifest_sha256: str
    signature_sha256: str | None
    signer: str | None
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What one record of a partner's receipt file says of a delivery: A, P or R, and what its
    return code means (None for a code that is on no list)."""

    file_id: str
    record_number: int
    result: str
    detail: Mapping[str, object]
    meaning: str | None


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer to a file of a partner: A, P or R, and the delivery that gave it."""

    result: str
    delivery_id: str


@dataclass(frozen=True, slots=True)
class Posted:
    """A return file in the ledger: money posted, broken and taken back, breaks by code."""

    posted: Sum
    broken: Sum
    debits: Sum
    breaks: tuple[BreakLine, ...]
    answer: str | None
    answered_by: str | None


@dataclass(frozen=True, slots=True)
class FileLife:
    """A file. ``also_named`` are other names of the same content on its business date,
    ``landed`` is where our copy lies in the home, None when it is gone. ``answers`` are what its
    partner was told of it, oldest first: a refused file that is replayed has two. Of an employer's
    file (``is_filing``) ``told_employer`` are the answers' pages in the home, ``posted`` what it
    made due."""

    file_id: str
    name: str
    also_named: tuple[str, ...]
    interface: str | None
    direction: str
    partner: str | None
    business_date: date
    size_bytes: int
    landed: str | None
    state: str
    read: int
    accepted: int
    rejected: int
    controls: Mapping[str, str]
    part: str | None
    findings_part: str | None
    findings: tuple[CodeCount, ...]
    events: tuple[Event, ...]
    posted: Posted | None
    answers: tuple[AnswerLine, ...]
    deliveries: tuple[str, ...]
    movements: tuple[Event, ...]
    acts: tuple[Act, ...]
    is_filing: bool
    told_employer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryLife:
    """A delivery with every attempt; ``outbox`` is the folder of its file in the home, ``sealed``
    what goes over the wire, ``receipts`` what the partner said of it, oldest first."""

    delivery_id: str
    partner: str
    interface: str
    business_date: date
    sequence: int
    state: str
    attempts: int
    name: str | None
    file_id: str | None
    size_bytes: int | None
    sealed: SealLine | None
    manifest_sha256: str | None
    outbox: str
    answers: str | None
    supersedes: str | None
    superseded_by: str | None
    receipts: tuple[ReceiptLine, ...]
    events: tuple[Event, ...]
    movements: tuple[Event, ...]
    acts: tuple[Act, ...]


def life_of(site: Site, identity: str) -> FileLife | DeliveryLife:
    """A delivery by its id, or a file by the beginning of its SHA-256 (any letter case).

    WrongUse when nothing or more than one file fits.
    """
    identity = identity.strip()
    delivery = deliveries.find(site.ledger, identity)
    if delivery is not None:
        return _delivery(site, delivery)
    try:
        standing = files.find(site.ledger, identity.lower()) if identity else None
    except LedgerError as error:
        raise WrongUse(str(error)) from None
    if standing is None:
        raise WrongUse(
            f"no delivery {identity!r} and no file whose SHA-256 begins so; "
            "`prakan status --date D` lists both"
        )
    return _file(site, standing)


def _file(site: Site, standing: FileStanding) -> FileLife:
    file, result = standing.file, standing.result
    interface = f"{file.interface}.{file.version}" if file.interface is not None else None
    is_filing = any(i.name == file.interface and i.kind is Kind.FILING for i in site.registry.all())
    twins = duplicates_of(site.ledger, file.business_date)
    others = deliveries.deliveries_of(site.ledger, file.business_date)
    return FileLife(
        file_id=file.file_id,
        name=hide_ids(file.name),
        also_named=tuple(hide_ids(t.name) for t in twins if t.file_id == file.file_id),
        interface=interface,
        direction=file.direction.value,
        partner=file.partner,
        business_date=file.business_date,
        size_bytes=file.size_bytes,
        landed=where_landed(site, file.file_id),
        state=standing.state.value,
        read=result.records_read if result else 0,
        accepted=result.records_accepted if result else 0,
        rejected=result.records_rejected if result else 0,
        controls={n: hide_ids(v) for n, v in result.controls.items()} if result else {},
        part=result.part_uri if result else None,
        findings_part=result.findings_uri if result else None,
        findings=tuple(count_codes(site, held_findings([standing]), [])),
        events=tuple(
            Event(e.recorded_at, e.state.value, 0, _plain(e.detail))
            for e in files.events_of(site.ledger, file.file_id)
        ),
        posted=_posted(site, file.file_id),
        answers=tuple(
            AnswerLine(answer.result.value, answer.delivery_id)
            for answer in acknowledgements_of(site.ledger, file.file_id)
        ),
        deliveries=tuple(
            d.delivery_id
            for d in others
            if d.answers == file.file_id or (d.content and d.content.file_id == file.file_id)
        ),
        movements=_movements(site, file.file_id),
        acts=_acts(site, file.file_id),
        is_filing=is_filing,
        told_employer=tuple(answer_pages(site, file.business_date, file.file_id))
        if is_filing
        else (),
    )


def _posted(site: Site, file_id: str) -> Posted | None:
    batch = batch_of(site.ledger, file_id)
    if batch is None:
        return None
    counted = breaks_of(site.ledger, file_id=file_id).group_by("code")
    rows = counted.aggregate([("amount_satang", "count"), ("amount_satang", "sum")]).to_pylist()
    answer = acknowledgement_of(site.ledger, file_id)
    return Posted(
        posted=Sum(batch.posted_count, batch.posted_satang),
        broken=Sum(batch.broken_count, batch.broken_satang),
        debits=Sum(batch.debit_count, batch.debit_satang),
        breaks=tuple(
            BreakLine(row["code"], row["amount_satang_count"], row["amount_satang_sum"])
            for row in sorted(rows, key=lambda row: str(row["code"]))
        ),
        answer=answer.result.value if answer else None,
        answered_by=answer.delivery_id if answer else None,
    )


def _delivery(site: Site, delivery: Delivery) -> DeliveryLife:
    content = delivery.content
    folder = site.home.outbox(delivery.partner, delivery.interface, delivery.sequence)
    sealed = delivery.sealed
    others = deliveries.deliveries_of(site.ledger, delivery.business_date)
    later = [d.delivery_id for d in others if d.supersedes == delivery.delivery_id]
    codes = code_list("return_codes", delivery.business_date)
    meanings = dict(zip(codes["code"].to_pylist(), codes["en"].to_pylist(), strict=True))
    return DeliveryLife(
        delivery_id=delivery.delivery_id,
        partner=delivery.partner,
        interface=f"{delivery.interface}.{delivery.version}",
        business_date=delivery.business_date,
        sequence=delivery.sequence,
        state=delivery.state.value,
        attempts=delivery.attempt,
        name=content.name if content else None,
        file_id=content.file_id if content else None,
        size_bytes=content.size_bytes if content else None,
        sealed=_seal(sealed) if sealed else None,
        manifest_sha256=sealed.manifest_sha256 if sealed else None,
        outbox=site.home.relative(folder),
        answers=delivery.answers,
        supersedes=delivery.supersedes,
        superseded_by=delivery.superseded_by or (later[0] if later else None),
        receipts=tuple(
            ReceiptLine(
                r.file_id,
                r.record_number,
                r.result.value,
                _plain(r.detail),
                meanings.get(r.detail.get("return_code")),
            )
            for r in receipts_of(site.ledger, delivery.delivery_id)
        ),
        events=tuple(
            Event(e.recorded_at, e.state.value, e.attempt, _plain(e.detail))
            for e in deliveries.events_of(site.ledger, delivery.delivery_id)
        ),
        movements=_movements(site, delivery.delivery_id),
        acts=_acts(site, delivery.delivery_id),
    )


def _seal(sealed: Sealed) -> SealLine:
    return SealLine(
        kind=sealed.kind.value,
        name=sealed.name,
        sha256=sealed.sha256,
        size_bytes=sealed.size_bytes,
        manifest_sha256=sealed.manifest_sha256,
        signature_sha256=sealed.signature_sha256,
        signer=sealed.signer,
        recipients=sealed.recipients,
    )


def _movements(site: Site, subject: str) -> tuple[Event, ...]:
    """Bytes moved, from the audit; events have entries of their own there, named with a dot."""
    return tuple(
        Event(entry.recorded_at, entry.kind, 0, _plain(entry.detail))
        for entry in entries_of(site.ledger, subject)
        if entry.kind in MOVEMENTS
    )


def _acts(site: Site, target: str) -> tuple[Act, ...]:
    return tuple(
        Act(act.recorded_at, act.verb, act.who, act.reason) for act in acts_on(site.ledger, target)
    )


def _plain(detail: Mapping[str, object]) -> dict[str, object]:
    return {
        name: hide_within(value if isinstance(value, Mapping | list | None) else str(value))
        for name, value in detail.items()
    }
