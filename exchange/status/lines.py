"""One line for each file, delivery, duplicate and kind of break of a business date.

Names and errors are masked here already: whatever is made of these lines shows no ID.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.engine import Engine

from exchange.returns.receipts import ReceiptState, receipt_state
from exchange.site import Site
from exchange.status.findings import count_findings, held_findings
from exchange.status.masking import hide_ids
from interfaces.model import Severity
from ledger.breaks import OPEN, breaks_of
from ledger.deliveries import events_of
from ledger.delivery import Delivery, DeliveryState
from ledger.files import FileStanding
from ledger.landing import FileState, duplicates_of
from ledger.receipts import refused_by_receipt

TOO_MANY = "FILE_REJECTED_RATIO"
_ENDED_BADLY = (DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.REFUSED)


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file of the business date. ``state`` is that of the ledger, or ``missing`` (an extract
    that should be here), or ``awaited`` (a return that may still come); ``name`` is then its
    pattern. A file that was refused is ``quarantined`` even when that was answered. ``refusals``
    are the codes for which it was, the gravest first. ``files``: how many a line stands for."""

    name: str
    file_id: str | None
    interface: str | None
    kind: str | None
    direction: str
    partner: str | None
    state: str
    read: int
    accepted: int
    rejected: int
    refusals: tuple[str, ...]
    files: int = 1


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery; ``last_error`` is the newest that was recorded, also when a later attempt
    succeeded. ``superseded_by`` names the delivery that replaces it, or is to replace it.
    ``refused_by_receipt``: the partner has the file and refuses it; its server did not.
    ``contradicted``: a later receipt says otherwise than the one that counts. ``lasting``: made
    from closed books; later ones wait for it."""

    delivery_id: str
    partner: str
    interface: str
    sequence: int
    name: str | None
    file_id: str | None
    state: str
    attempts: int
    last_error: str | None
    answers: str | None
    superseded_by: str | None
    refused_by_receipt: bool
    contradicted: bool
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class DuplicateLine:
    """Content that arrived again under another name; the first copy counts."""

    name: str
    file_id: str
    first_name: str
    first_business_date: date


@dataclass(frozen=True, slots=True)
class BreakLine:
    """Payments of one code that wait for a decision."""

    code: str
    count: int
    satang: int


def file_lines(site: Site, standings: Sequence[FileStanding]) -> list[FileLine]:
    """A line for each file, in the order given."""
    refused = [s for s in standings if _is_refused(s)]
    codes = _refusals(site, refused)
    return [_file_line(site, standing, codes) for standing in standings]


def delivery_lines(engine: Engine, deliveries: Sequence[Delivery]) -> tuple[DeliveryLine, ...]:
    """A line for each delivery, in the order given."""
    replaced = {d.supersedes: d.delivery_id for d in deliveries if d.supersedes is not None}
    return tuple(
        DeliveryLine(
            delivery_id=d.delivery_id,
            partner=d.partner,
            interface=d.interface,
            sequence=d.sequence,
            name=d.content.name if d.content else None,
            file_id=d.content.file_id if d.content else None,
            state=d.state.value,
            attempts=d.attempt,
            last_error=_last_error(engine, d.delivery_id),
            answers=d.answers,
            superseded_by=d.superseded_by or replaced.get(d.delivery_id),
            refused_by_receipt=refused_by_receipt(engine, d),
            contradicted=receipt_state(engine, d) is ReceiptState.CONTRADICTED,
            lasting=d.lasting,
        )
        for d in deliveries
    )


def break_lines(engine: Engine, business_date: date) -> tuple[BreakLine, ...]:
    """Breaks of the business date's returns that nobody has decided yet, by code."""
    found = breaks_of(engine, business_date=business_date)
    counted = found.group_by(["code", "state"]).aggregate(
        [("amount_satang", "count"), ("amount_satang", "sum")]
    )
    return tuple(
        BreakLine(row["code"], row["amount_satang_count"], row["amount_satang_sum"])
        for row in sorted(counted.to_pylist(), key=lambda row: str(row["code"]))
        if row["state"] == OPEN
    )


def duplicate_lines(engine: Engine, business_date: date) -> tuple[DuplicateLine, ...]:
    """Arrivals of the business date whose content was known under another name."""
    return tuple(
        DuplicateLine(hide_ids(d.name), d.file_id, hide_ids(d.first_name), d.first_business_date)
        for d in duplicates_of(engine, business_date)
    )


def _is_refused(standing: FileStanding) -> bool:
    return standing.result is not None and standing.result.state is FileState.QUARANTINED


def _refusals(site: Site, refused: Sequence[FileStanding]) -> dict[str, tuple[str, ...]]:
    """Codes for which each file was refused, in the catalogue's order.

    The reasons of its records follow where there were too many of them, or nothing else says why.
    """
    found: dict[str, set[str]] = {}
    for row in count_findings(site.home, held_findings(refused)).to_pylist():
        found.setdefault(row["file_id"], set()).add(row["code"])
    refusing = site.catalogue.codes(Severity.REFUSE)
    others = site.catalogue.codes(Severity.REJECT) + site.catalogue.codes(Severity.WARN)
    reasons = {}
    for standing in refused:
        codes = found.get(standing.file.file_id, set())
        whole = tuple(code for code in refusing if code in codes)
        if not whole or TOO_MANY in codes:
            whole += tuple(code for code in others if code in codes)
        reasons[standing.file.file_id] = whole
    return reasons


def _file_line(
    site: Site, standing: FileStanding, refusals: Mapping[str, tuple[str, ...]]
) -> FileLine:
    file, result = standing.file, standing.result
    kind = None
    if file.interface is not None:
        kind = site.registry.get(f"{file.interface}.{file.version}").kind.value
    return FileLine(
        name=hide_ids(file.name),
        file_id=file.file_id,
        interface=file.interface,
        kind=kind,
        direction=file.direction.value,
        partner=file.partner,
        state=(FileState.QUARANTINED if _is_refused(standing) else standing.state).value,
        read=result.records_read if result else 0,
        accepted=result.records_accepted if result else 0,
        rejected=result.records_rejected if result else 0,
        refusals=refusals.get(file.file_id, ()),
    )


def _last_error(engine: Engine, delivery_id: str) -> str | None:
    events = events_of(engine, delivery_id)
    whys = [event.detail.get("why") for event in events if event.state in _ENDED_BADLY]
    told = [str(why) for why in whys if why]
    return hide_ids(told[-1]) if told else None
