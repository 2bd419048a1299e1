"""Acknowledge: each return file is answered, with a return code for every record or the reason
why it was refused whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from exchange.locks import exclusive
from exchange.outbound.deliver import Delivered, seal_and_deliver
from exchange.outbound.outbox import outbox_folder, write_facts
from exchange.outbound.readback import read_back
from exchange.returns.matching_inputs import return_details, return_interface
from exchange.returns.refusal import refusing_code
from exchange.site import Site
from exporters.writer import FileWriter
from interfaces.errors import OutsideFailure
from interfaces.model import ControlKind, Interface, Kind, Role
from interfaces.names import make_name
from interfaces.partners import Partner
from ledger.acknowledgements import (
    Acknowledgement,
    AcknowledgementResult,
    acknowledgement_of,
    record_acknowledgement,
)
from ledger.breaks import outcomes_of
from ledger.deliveries import find, plan_delivery, record_content
from ledger.delivery import ARRIVED, UNDER_WAY, Delivery, DeliveryContent
from ledger.files import FileStanding
from ledger.landing import FileState
from ledger.outcomes import Outcome
from parsers.decode import decode_whole
from parsers.layout import column_name


@dataclass(frozen=True, slots=True)
class Answer:
    """What an acknowledgement says: a row a record and the totals of what was broken, or
    ``reason``, the code for which the file was refused whole."""

    result: AcknowledgementResult
    rows: pa.Table
    broken_count: int = 0
    broken_satang: int = 0
    reason: str | None = None


def acknowledge(site: Site, partner: Partner, standing: FileStanding) -> bool:
    """Answer a return file that was posted, or refused whole; true when something was sent.

    The answer is made from what the ledger holds, so it is the same however often it is made.
    A file that was refused and is accepted when it is replayed is answered a second time; that
    answer supersedes the first.
    """
    interface = acknowledgement_interface(site, partner, standing.file.business_date)
    if interface is None or _is_answered(site, standing):
        return False
    delivery = plan_answer(site, interface, standing)
    if _is_overtaken(site, delivery, standing):
        if delivery.state in UNDER_WAY:
            # Only what is settled can be replaced: nobody knows whether the refusal is there.
            finish_answer(site, partner, interface, delivery, standing)
        delivery = plan_answer(site, interface, standing, supersedes=delivery.delivery_id)
    return finish_answer(site, partner, interface, delivery, standing).sent


def acknowledgement_interface(site: Site, partner: Partner, on: date) -> Interface | None:
    """The partner's acknowledgement interface in force, None where it wants none."""
    for interface in site.registry.of_kind(Kind.ACKNOWLEDGEMENT, on=on):
        if interface.partner == partner.name:
            return interface
    return None


def is_refused(standing: FileStanding) -> bool:
    """Whether nothing of the file was taken."""
    return standing.result is not None and standing.result.state is FileState.QUARANTINED


def _is_answered(site: Site, standing: FileStanding) -> bool:
    """Whether the answer that the file must have has been delivered."""
    given = acknowledgement_of(site.ledger, standing.file.file_id)
    if given is None:
        return False
    return given.result is not AcknowledgementResult.REFUSED or is_refused(standing)


def plan_answer(
    site: Site, interface: Interface, standing: FileStanding, supersedes: str | None = None
) -> Delivery:
    """The delivery that answers a file, with its number; a new one where it ``supersedes``."""
    return plan_delivery(
        site.ledger,
        partner=site.partner(interface.partner).name,
        interface=interface.name,
        version=interface.version,
        business_date=standing.file.business_date,
        answers=standing.file.file_id,
        supersedes=supersedes,
        recorded_at=site.clock(),
    )


def _is_overtaken(site: Site, delivery: Delivery, standing: FileStanding) -> bool:
    """Whether the answer that was built refuses a file that has been accepted since."""
    return (
        not is_refused(standing)
        and delivery.content is not None
        and _said(site, delivery, delivery.content) is AcknowledgementResult.REFUSED
    )


def _said(site: Site, delivery: Delivery, content: DeliveryContent) -> AcknowledgementResult | None:
    """The result in the header of a built answer, None when its layout has no such field."""
    interface = site.registry.get(f"{delivery.interface}.{delivery.version}")
    for rule in interface.controls:
        if rule.kind is ControlKind.CONTEXT and rule.of == "result":
            path = outbox_folder(site, delivery) / content.name
            if not path.is_file():
                raise OutsideFailure(
                    f"{path}: the answer that was built is gone; restore the outbox folder from "
                    "backup, then run again"
                )
            headers = decode_whole(path, interface).tables[rule.record]
            return AcknowledgementResult(headers[column_name(rule.field)][0].as_py())
    return None


def finish_answer(
    site: Site, partner: Partner, interface: Interface, delivery: Delivery, standing: FileStanding
) -> Delivered:
    """Build the answer if that is still to be done, and bring it to the partner."""
    with exclusive(site, delivery.delivery_id):
        delivery = find(site.ledger, delivery.delivery_id) or delivery
        if delivery.content is None:
            delivery = _build(site, interface, delivery, standing, _answer(site, standing))
        outcome = seal_and_deliver(site, delivery, partner.directories.acknowledgements)
        content = outcome.delivery.content
        if outcome.delivery.state in ARRIVED and content is not None:
            result = _said(site, outcome.delivery, content) or _answer(site, standing).result
            record_acknowledgement(
                site.ledger,
                Acknowledgement(standing.file.file_id, delivery.delivery_id, result),
                recorded_at=site.clock(),
            )
        return outcome


def _answer(site: Site, standing: FileStanding) -> Answer:
    if is_refused(standing):
        reason = refusing_code(site, standing)
        return Answer(AcknowledgementResult.REFUSED, pa.table({}), reason=reason)
    outcomes = outcomes_of(site.ledger, standing.file.file_id)
    is_posted = pc.equal(outcomes["outcome"], Outcome.POSTED.value)
    broken = outcomes.filter(pc.invert(is_posted))
    some = broken.num_rows > 0
    return Answer(
        result=AcknowledgementResult.WITH_REJECTS if some else AcknowledgementResult.ACCEPTED,
        rows=_rows(site, standing, outcomes),
        broken_count=broken.num_rows,
        broken_satang=pc.sum(broken["amount_satang"]).as_py() or 0,
    )


def _rows(site: Site, standing: FileStanding, outcomes: pa.Table) -> pa.Table:
    """One acknowledgement detail for each record of the return, in its order."""
    catalogue = site.catalogue
    detail = return_interface(site, standing).record(Role.DETAIL).record
    details = return_details(site, standing).tables[detail]
    place = pc.index_in(outcomes["record_number"], details["_record_number"].combine_chunks())
    told = details.select(["sequence_number", "reference_1", "reference_2", "amount"]).take(place)
    codes = sorted(set(outcomes["outcome"].to_pylist()))
    posted = Outcome.POSTED.value
    numbers = {
        code: int(catalogue.posted.return_code if code == posted else catalogue.return_code(code))
        for code in codes
    }
    texts = {
        code: catalogue.posted.th if code == posted else catalogue.text(code, "th")
        for code in codes
    }
    at = pc.index_in(outcomes["outcome"], pa.array(codes, pa.utf8()))
    return told.append_column(
        "record_return_code", pa.array([numbers[code] for code in codes], pa.int64()).take(at)
    ).append_column("return_text", pa.array([texts[code] for code in codes], pa.utf8()).take(at))


def _build(
    site: Site, interface: Interface, delivery: Delivery, standing: FileStanding, answer: Answer
) -> Delivery:
    folder = outbox_folder(site, delivery)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / make_name(interface.file, delivery.business_date, delivery.sequence)
    context = _context(site, delivery, standing, answer)
    with FileWriter(path, interface, context) as writer:
        if answer.rows.num_rows:
            writer.write_details(answer.rows)
        written = writer.close()
    read_back(site, path, interface, answer.rows, context)
    write_facts(folder, written, interface, delivery)
    content = DeliveryContent(name=path.name, file_id=written.sha256, size_bytes=written.size)
    return record_content(site.ledger, delivery.delivery_id, content, recorded_at=site.clock())


def _context(
    site: Site, delivery: Delivery, standing: FileStanding, answer: Answer
) -> dict[str, object]:
    first = find(site.ledger, delivery.supersedes) if delivery.supersedes else None
    reason = answer.reason
    return {
        "interface": delivery.interface,
        "version": delivery.version,
        "partner": delivery.partner,
        "business_date": delivery.business_date,
        "sequence": delivery.sequence,
        "return_file_name": standing.file.name,
        "return_file_sha256": standing.file.file_id,
        "result": answer.result.value,
        "reason_code": reason,
        "reason_text": None if reason is None else site.catalogue.text(reason, "th"),
        "supersedes": first.sequence if first is not None else 0,
        "broken_count": answer.broken_count,
        "broken_amount": Decimal(answer.broken_satang).scaleb(-2),
    }
