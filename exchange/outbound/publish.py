"""Publish: a feed is planned, built, read back, and only then sealed and delivered.

The plan takes the sequence number in the ledger before anything is built, the content is
recorded before the first byte leaves, so that a crash anywhere ends, after a re-run, in the
same bytes under the same number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchange.locks import exclusive
from exchange.outbound.deliver import Delivered, seal_and_deliver
from exchange.outbound.outbox import ROWS_FILE, outbox_folder, write_facts
from exchange.outbound.readback import read_back
from exchange.outbound.standing import DATASET, make_standing
from exchange.parts import new_part
from exchange.site import Site
from exporters.writer import FileWriter
from insurance.payable import feed_validity
from interfaces.errors import WrongUse
from interfaces.model import Interface, Role
from interfaces.names import make_name
from ledger.deliveries import (
    deliveries_of,
    find,
    latest_delivered,
    plan_delivery,
    record_content,
)
from ledger.delivery import Delivery, DeliveryContent, DeliveryState
from parsers.codepages import code_page
from parsers.copybook import load_layout

BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Published:
    """One feed of a business date: its delivery and what this run did about it."""

    delivery: Delivery
    built: bool
    outcome: Delivered


class RefusedByPartnerError(WrongUse):
    """The partner has the feed and will not take it: a person decides what it gets instead."""

    status = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """A feed of a business date that is planned and built, by this run or before."""

    delivery: Delivery
    built: bool


def publish_feed(site: Site, business_date: date, feed: str) -> dict[str, object]:
    """Build and deliver one feed; counts for the caller. See :func:`publish`."""
    return told(publish(site, business_date, feed))


def publish(site: Site, business_date: date, feed: str) -> Published:
    """Bring the feed of a business date to its partner, once.

    A feed that was built is never built again (that is `regenerate`), one that was delivered is
    never sent again. NotArrivedError when an extract is missing,
    ExchangeError when the partner cannot be reached; the ledger then says where it stands.
    """
    return deliver_feed(site, prepare_feed(site, business_date, feed))


def prepare_feed(site: Site, business_date: date, feed: str) -> Prepared:
    """Plan and build the feed of a business date: all that is done without its partner.

    One that an earlier day's feed, made again under a later number, overtook gets a new number.
    """
    interface = site.registry.get(feed, on=business_date)
    newer = newer_feed(site, interface, business_date)
    if newer is not None and not _is_planned(site, interface, business_date):
        raise WrongUse(
            f"{interface.name} of {business_date} is not made: {newer.delivery_id} of "
            f"{newer.business_date} has been delivered and replaces it; no number was taken"
        )
    delivery = plan(site, interface, business_date)
    if overtaken_by_older(site, delivery):
        delivery = plan(site, interface, business_date, supersedes=delivery.delivery_id)
    return prepare(site, interface, delivery)


def plan(
    site: Site, interface: Interface, business_date: date, *, supersedes: str | None = None
) -> Delivery:
    """The feed's delivery of a business date, with its number; see ``plan_delivery``."""
    return plan_delivery(
        site.ledger,
        partner=site.partner(interface.partner).name,
        interface=interface.name,
        version=interface.version,
        business_date=business_date,
        supersedes=supersedes,
        recorded_at=site.clock(),
    )


def newer_feed(site: Site, interface: Interface, business_date: date) -> Delivery | None:
    """The feed of a later day that the partner has been given: it replaces this day's."""
    partner = site.partner(interface.partner).name
    newest = latest_delivered(site.ledger, partner, interface.name, date.max)
    return newest if newest is not None and newest.business_date > business_date else None


def _is_planned(site: Site, interface: Interface, business_date: date) -> bool:
    return any(
        (one.partner, one.interface, one.answers) == (interface.partner, interface.name, None)
        for one in deliveries_of(site.ledger, business_date)
    )


def overtaken_by_older(site: Site, delivery: Delivery) -> bool:
    """Whether a feed never arrived, and never will, because one of an earlier day took a later
    number and went first. Nothing at the partner says what it was to say."""
    if delivery.superseded_by is None or delivery.arrived:
        return False
    by = find(site.ledger, delivery.superseded_by)
    return by is not None and by.business_date < delivery.business_date


def prepare(site: Site, interface: Interface, delivery: Delivery) -> Prepared:
    """Build a planned delivery unless that was done before."""
    with exclusive(site, delivery.delivery_id):
        # Whoever held the lock before may have built it meanwhile.
        delivery = find(site.ledger, delivery.delivery_id) or delivery
        is_due = delivery.state is DeliveryState.PLANNED
        return Prepared(build(site, interface, delivery) if is_due else delivery, is_due)


def deliver_feed(site: Site, prepared: Prepared) -> Published:
    """Bring a built feed to its end from wherever it stands.

    RefusedByPartnerError for one that the partner's receipt has refused: it is not sent again.
    """
    drop = site.partner(prepared.delivery.partner).directories.drop
    delivery_id = prepared.delivery.delivery_id
    with exclusive(site, delivery_id):
        # Whoever held the lock before may have sent it meanwhile.
        delivery = find(site.ledger, delivery_id) or prepared.delivery
        outcome = seal_and_deliver(site, delivery, drop)
        if outcome.delivery.state is DeliveryState.REFUSED:
            raise RefusedByPartnerError(
                f"{delivery_id} was refused by its partner, see `prakan show {delivery_id}`; make "
                f"the feed again (`prakan regenerate {delivery_id} --reason …`) or, if the "
                f"partner asks for the same file, `prakan retry {delivery_id} --reason …`"
            )
        return Published(outcome.delivery, prepared.built, outcome)


def told(published: Published) -> dict[str, object]:
    """Counts of one feed, for logs and Airflow."""
    return {
        "delivery": published.delivery.delivery_id,
        "sequence": published.delivery.sequence,
        "built": published.built,
        "sent": published.outcome.sent,
        "state": str(published.outcome.delivery.state),
    }


def build(site: Site, interface: Interface, delivery: Delivery) -> Delivery:
    """Write the feed of a planned delivery into the outbox, read it back, record its content."""
    folder = outbox_folder(site, delivery)
    folder.mkdir(parents=True, exist_ok=True)
    sent = feed_rows(site, interface, delivery.business_date)
    columns = [name for name in sent.column_names if name in detail_columns(interface)]
    rows = writable(sent.select(columns), interface)
    path = folder / make_name(interface.file, delivery.business_date, delivery.sequence)
    context = feed_context(site, interface, delivery)
    with FileWriter(path, interface, context) as writer:
        for batch in rows.to_batches(max_chunksize=BATCH_ROWS) or [no_rows(rows.schema)]:
            writer.write_details(batch)
        written = writer.close()
    read_back(site, path, interface, rows, context)
    write_facts(folder, written, interface, delivery)
    with new_part(folder / ROWS_FILE, sent.schema) as part:
        for batch in sent.to_batches(max_chunksize=BATCH_ROWS):
            part.write(batch)
    content = DeliveryContent(
        name=path.name,
        file_id=written.sha256,
        size_bytes=written.size,
        rows_uri=site.home.relative(folder / ROWS_FILE),
    )
    return record_content(site.ledger, delivery.delivery_id, content, recorded_at=site.clock())


def no_rows(schema: pa.Schema) -> pa.RecordBatch:
    """A batch of nothing: a feed without anybody is still a feed."""
    return pa.RecordBatch.from_pylist([], schema=schema)


def writable(rows: pa.Table, interface: Interface) -> pa.Table:
    """The rows with ``?`` for characters that the feed's code page does not have.

    A mark in one name must not keep the feed from everybody else; the register's own check
    warned of it when it came in.
    """
    page = code_page(interface.file.encoding)
    known = "".join(sorted(c for c in map(chr, page.encode_map) if c.isprintable()))
    other = f"[^{re.escape(known)}]"
    for place, field in enumerate(rows.schema):
        if pa.types.is_string(field.type):
            mended = pc.replace_substring_regex(rows.column(place), other, "?")
            rows = rows.set_column(place, field, mended)
    return rows


def feed_rows(site: Site, interface: Interface, business_date: date) -> pa.Table:
    """The declared cut of the declared dataset, in declared order, with all its columns.

    ``line_number`` from 1 is added where the feed's detail record has such a field.
    """
    rule = interface.publish
    if rule is None or rule.dataset != DATASET:
        raise WrongUse(
            f"{interface.id}: [publish] must name a dataset that exists; known: {DATASET}"
        )
    table = pq.read_table(make_standing(site, business_date))
    for column, values in rule.where.items():
        _known(interface, table, column)
        table = table.filter(pc.is_in(table.column(column), value_set=pa.array(list(values))))
    for column in rule.order:
        _known(interface, table, column)
    table = table.sort_by([(column, "ascending") for column in rule.order])
    if "line_number" in detail_columns(interface):
        numbers = pa.array(np.arange(1, table.num_rows + 1))
        table = table.append_column("line_number", numbers)
    return table


def feed_context(site: Site, interface: Interface, delivery: Delivery) -> dict[str, object]:
    """What header and trailer may hold of the delivery itself."""
    validity = feed_validity(delivery.business_date, site.calendar)
    return {
        "interface": interface.name,
        "version": interface.version,
        "partner": delivery.partner,
        "business_date": delivery.business_date,
        "sequence": delivery.sequence,
        "valid_from": validity.first,
        "valid_until": validity.last,
    }


def detail_columns(interface: Interface) -> set[str]:
    """Columns of the interface's detail record."""
    name = interface.record(Role.DETAIL).record
    detail = next(record for record in load_layout(interface) if record.name == name)
    return {item.column for item in detail.fields if not item.is_filler}


def _known(interface: Interface, table: pa.Table, column: str) -> None:
    if column not in table.column_names:
        raise WrongUse(
            f"{interface.id}: [publish] names {column!r}, which the dataset does not have; it "
            f"has: {', '.join(table.column_names)}"
        )
