"""Acknowledge: each return file is answered once, with a return code for every record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from exchange.locks import exclusive
from exchange.outbound.deliver import deliver
from exchange.outbound.outbox import outbox_folder, write_manifest
from exchange.outbound.readback import read_back
from exchange.returns.matching_inputs import return_details, return_interface
from exchange.site import Site
from exporters.writer import FileWriter
from interfaces.model import Interface, Kind, Role
from interfaces.names import make_name
from interfaces.partners import Partner
from ledger.acknowledgements import (
    Acknowledgement,
    AcknowledgementResult,
    record_acknowledgement,
)
from ledger.breaks import outcomes_of
from ledger.deliveries import find, plan_delivery, record_content
from ledger.delivery import ARRIVED, Delivery, DeliveryContent
from ledger.files import FileStanding
from ledger.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What an acknowledgement says: a row a record, and the totals of what was broken."""

    result: AcknowledgementResult
    rows: pa.Table
    broken_count: int
    broken_satang: int


def acknowledge(site: Site, partner: Partner, standing: FileStanding) -> bool:
    """Answer a return file that was posted; true when something was sent.

    A refused one is not answered by itself: a person decides whether to ask for a new file or
    to replay it, and only one answer may ever go out.

    The answer is made from what the ledger holds, so it is the same however often it is made.
    """
    interface = acknowledgement_interface(site, partner, standing.file.business_date)
    if interface is None:
        return False
    delivery = plan_delivery(
        site.ledger,
        partner=partner.name,
        interface=interface.name,
        version=interface.version,
        business_date=standing.file.business_date,
        answers=standing.file.file_id,
        recorded_at=site.clock(),
    )
    with exclusive(site, delivery.delivery_id):
        delivery = find(site.ledger, delivery.delivery_id) or delivery
        answer = _answer(site, standing)
        if delivery.content is None:
            delivery = _build(site, interface, delivery, standing, answer)
        outcome = deliver(site, delivery, partner.directories.acknowledgements)
        if outcome.delivery.state in ARRIVED:
            record_acknowledgement(
                site.ledger,
                Acknowledgement(standing.file.file_id, delivery.delivery_id, answer.result),
                recorded_at=site.clock(),
            )
        return outcome.sent


def acknowledgement_interface(site: Site, partner: Partner, on: date) -> Interface | None:
    """The partner's acknowledgement interface in force, None where it wants none."""
    for interface in site.registry.of_kind(Kind.ACKNOWLEDGEMENT, on=on):
        if interface.partner == partner.name:
            return interface
    return None


def _answer(site: Site, standing: FileStanding) -> Answer:
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
    context: dict[str, object] = {
        "business_date": delivery.business_date,
        "sequence": delivery.sequence,
        "return_file_name": standing.file.name,
        "return_file_sha256": standing.file.file_id,
        "result": answer.result.value,
        "broken_count": answer.broken_count,
        "broken_amount": Decimal(answer.broken_satang).scaleb(-2),
    }
    with FileWriter(path, interface, context) as writer:
        writer.write_details(answer.rows)
        written = writer.close()
    read_back(site, path, interface, answer.rows, context)
    content = DeliveryContent(
        name=path.name,
        file_id=written.sha256,
        size_bytes=written.size,
        manifest_sha256=write_manifest(folder, written, interface, delivery),
    )
    return record_content(site.ledger, delivery.delivery_id, content, recorded_at=site.clock())
