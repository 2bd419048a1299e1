"""Receipts: what a partner says of the files that were sent to it, recorded once.

A receipt file is collected and received like any other file of the partner; validation rejects
records that name no file of ours, or another content. What it accepted is recorded here, record
by record: the delivery is then *acknowledged* or *refused*.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import pyarrow.dataset as ds
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from exchange.returns.rejections import record_rejections
from exchange.returns.sent import sent_as, sent_to
from exchange.site import Site
from interfaces.model import Interface, Kind
from interfaces.partners import Partner
from ledger import schema
from ledger.acknowledgements import AcknowledgementResult
from ledger.chunks import chunks
from ledger.database import reading
from ledger.delivery import Delivery, DeliveryState
from ledger.files import FileStanding
from ledger.landing import FileState
from ledger.listing import files_in_state
from ledger.receipts import Receipt, receipts_of, record_receipt

_COLUMNS = [
    "_record_number",
    "sent_file_name",
    "sent_file_sha256",
    "file_result",
    "file_return_code",
    "records_read",
    "records_rejected",
]


@dataclass(frozen=True, slots=True)
class Matched:
    """What one run did with a partner's receipt files: ``acknowledged`` and ``refused`` are the
    deliveries that became so, ``waiting`` the records about a file whose sending is not settled:
    the next run looks at them again."""

    files: int
    acknowledged: int
    refused: int
    waiting: int


class ReceiptState(StrEnum):
    """What a partner said of a delivery, taken together."""

    AWAITED = "awaited"  # it arrived, and nothing was said yet
    ACCEPTED = "accepted"
    WITH_REJECTS = "with_rejects"
    REFUSED = "refused"
    CONTRADICTED = "contradicted"  # the last receipt says otherwise than the one that counts
    NOT_DUE = "not_due"  # it never arrived, or was replaced before anything was said


def match_receipts(site: Site, business_date: date, partner: Partner) -> Matched:
    """Record everything that the partner's accepted receipt files up to the date say.

    Each record counts once, however often this runs. What they refuse is a break.
    """
    matched = _match(site, business_date, partner)
    record_rejections(site, partner)
    return matched


def _match(site: Site, business_date: date, partner: Partner) -> Matched:
    unsettled = _unsettled(site, business_date, partner)
    if not unsettled:
        return Matched(0, 0, 0, 0)
    sent = sent_to(site.ledger, partner.name)
    state = {delivery.delivery_id: delivery.state for delivery in sent}
    waiting = 0
    changed: dict[str, DeliveryState] = {}
    for standing in unsettled:
        for row in _accepted_rows(site, standing):
            delivery = sent_as(sent, row["sent_file_name"], row["sent_file_sha256"])
            if delivery is None or not _may_be_there(delivery):
                waiting += 1
                continue
            after = record_receipt(
                site.ledger, _receipt(standing, delivery, row), recorded_at=site.clock()
            )
            if after.state is not state[delivery.delivery_id]:
                changed[delivery.delivery_id] = after.state
    ends = list(changed.values())
    return Matched(
        files=len(unsettled),
        acknowledged=ends.count(DeliveryState.ACKNOWLEDGED),
        refused=ends.count(DeliveryState.REFUSED),
        waiting=waiting,
    )


def receipt_interfaces(site: Site, business_date: date, partner: Partner) -> list[Interface]:
    """The partner's receipt interfaces in force, none where it sends no receipts."""
    found = site.registry.of_kind(Kind.RECEIPT, on=business_date)
    return [interface for interface in found if interface.partner == partner.name]


def receipt_state(engine: Engine, delivery: Delivery) -> ReceiptState:
    """What the partner's receipts say of a delivery.

    The first receipt after each arrival counts. One that says otherwise later changes nothing
    and is a contradiction that a person settles with the partner.
    """
    said = receipts_of(engine, delivery.delivery_id)
    if not said:
        due = delivery.arrived and delivery.state is not DeliveryState.SUPERSEDED
        return ReceiptState.AWAITED if due else ReceiptState.NOT_DUE
    last_refuses = said[-1].result is AcknowledgementResult.REFUSED
    if delivery.state is DeliveryState.REFUSED:
        return ReceiptState.REFUSED if last_refuses else ReceiptState.CONTRADICTED
    if delivery.state is DeliveryState.ACKNOWLEDGED and last_refuses:
        return ReceiptState.CONTRADICTED
    if delivery.state not in (DeliveryState.ACKNOWLEDGED, DeliveryState.SUPERSEDED):
        return ReceiptState.AWAITED  # sent again since
    if last_refuses:
        return ReceiptState.REFUSED
    with_rejects = said[-1].result is AcknowledgementResult.WITH_REJECTS
    return ReceiptState.WITH_REJECTS if with_rejects else ReceiptState.ACCEPTED


def _unsettled(site: Site, business_date: date, partner: Partner) -> list[FileStanding]:
    """Accepted receipt files of which not every accepted record is recorded yet."""
    names = {
        interface.name
        for interface in site.registry.all()
        if interface.kind is Kind.RECEIPT and interface.partner == partner.name
    }
    accepted = files_in_state(
        site.ledger, names, {FileState.ACCEPTED}, up_to=business_date, partner=partner.name
    )
    recorded = _recorded(site.ledger, [standing.file.file_id for standing in accepted])
    return [
        standing
        for standing in accepted
        if standing.result is not None
        and recorded.get(standing.file.file_id, 0) < standing.result.records_accepted
    ]


def _recorded(engine: Engine, file_ids: Collection[str]) -> dict[str, int]:
    """Number of records of each receipt file that are in the ledger."""
    table = schema.receipt
    query = sa.select(table.c.file_id, sa.func.count()).group_by(table.c.file_id)
    with reading(engine) as connection:
        return {
            file_id: count
            for keys in chunks(sorted(file_ids))
            for file_id, count in connection.execute(query.where(table.c.file_id.in_(keys)))
        }


def _accepted_rows(site: Site, standing: FileStanding) -> Sequence[dict[str, Any]]:
    """The accepted records of a receipt file, in its order."""
    if standing.result is None or standing.result.part_uri is None:
        return []
    part = ds.dataset(str(site.home.root / standing.result.part_uri), format="parquet")
    own = ds.field("_file_id") == standing.file.file_id
    rows = part.to_table(columns=_COLUMNS, filter=own).sort_by("_record_number")
    return list(rows.to_pylist())


def _may_be_there(delivery: Delivery) -> bool:
    """Whether the partner can have the file. While it is being sent for the first time, or
    surely was not delivered, its receipt waits until that is settled."""
    settled = (DeliveryState.UNKNOWN, DeliveryState.SUPERSEDED)
    return delivery.arrived or delivery.state in settled


def _receipt(standing: FileStanding, delivery: Delivery, row: dict[str, Any]) -> Receipt:
    return Receipt(
        file_id=standing.file.file_id,
        record_number=row["_record_number"],
        delivery_id=delivery.delivery_id,
        result=AcknowledgementResult(row["file_result"]),
        detail={
            "return_code": row["file_return_code"],
            "records_read": row["records_read"],
            "records_rejected": row["records_rejected"],
        },
    )
