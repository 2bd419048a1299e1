"""The feeds that a partner may have had in hand when it took payments, and their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from exchange.outbound.standing import RETURN_CODE
from exchange.returns.payer_rows import offers_to_payers
from exchange.site import Site
from insurance.holidays import BusinessCalendar
from insurance.names import person_keys_of_names
from insurance.payable import feed_validity
from interfaces.errors import OutsideFailure
from interfaces.model import Interface, Kind
from interfaces.partners import Partner
from ledger.deliveries import arrived_deliveries
from ledger.delivery import Delivery
from ledger.matching import FEEDS_SCHEMA, SENT_SCHEMA

SENT_COLUMNS = [
    "national_id",
    "section_code",
    "option_code",
    "status_code",
    "effective_date",
    RETURN_CODE,
]
_ENDED = "E"
_NAMES = ("given_name", "family_name")


def deliveries_in_hand(site: Site, partner: Partner, days: Sequence[date]) -> list[Delivery]:
    """Every feed delivery that the partner may have had in hand on one of the days."""
    if not days:
        return []
    names = sorted(
        {i.name for i in site.registry.all() if i.kind is Kind.FEED and i.partner == partner.name}
    )
    return [
        delivery
        for name in names
        for delivery in valid_on(
            arrived_deliveries(site.ledger, partner.name, name, max(days)), days, site.calendar
        )
    ]


def valid_on(
    deliveries: Sequence[Delivery], days: Iterable[date], calendar: BusinessCalendar
) -> list[Delivery]:
    """Those of one feed's deliveries that were valid on one of the days, superseded ones too.

    For a day without a valid one those of the latest business date before it.
    """
    until = {
        day: feed_validity(day, calendar).last for day in {d.business_date for d in deliveries}
    }
    wanted: set[date] = set()
    for day in days:
        earlier = sorted(first for first in until if first <= day)
        valid = {first for first in earlier if day <= until[first]}
        wanted |= valid or set(earlier[-1:])
    return [delivery for delivery in deliveries if delivery.business_date in wanted]


def feeds_table(site: Site, deliveries: Sequence[Delivery]) -> pa.Table:
    """FEEDS_SCHEMA: one row for each delivery and section that its interface takes."""
    rows = [
        {
            "delivery_id": delivery.delivery_id,
            "section_code": section,
            "business_date": delivery.business_date,
            "valid_until": feed_validity(delivery.business_date, site.calendar).last,
            "sequence": delivery.sequence,
        }
        for delivery in deliveries
        for section in _sections(site.registry.get(f"{delivery.interface}.{delivery.version}"))
    ]
    return pa.Table.from_pylist(rows, schema=FEEDS_SCHEMA)


def persons_named(site: Site, deliveries: Sequence[Delivery], keys: pa.Array) -> pa.Array:
    """National IDs of those in the feeds whose name has one of the match keys; utf8, no order.

    The feeds are read in batches of rows, for they are far larger than what is found.
    """
    found = [pa.array([], pa.string())]
    for delivery in deliveries if len(keys) else ():
        rows = ds.dataset(str(_rows_path(site, delivery)), format="parquet")
        for batch in rows.to_batches(columns=["national_id", *_NAMES]):
            own = person_keys_of_names(batch["given_name"], batch["family_name"])
            found.append(batch["national_id"].filter(pc.is_in(own, value_set=keys)))
    return pc.unique(pa.chunked_array(found))


def sent_rows(
    site: Site, deliveries: Sequence[Delivery], payers: pa.Table, named: pa.Array
) -> pa.Table:
    """SENT_SCHEMA: rows about the payers in these feeds, with the names of ``named`` (utf8)."""
    tables = [_sent_in(site, delivery, payers, named) for delivery in deliveries]
    return pa.concat_tables([SENT_SCHEMA.empty_table(), *tables])


def _sections(interface: Interface) -> tuple[str, ...]:
    if interface.publish is None or "section_code" not in interface.publish.where:
        raise LookupError(f"{interface.id}: publish.where names no section_code to match by")
    return interface.publish.where["section_code"]


def _rows_path(site: Site, delivery: Delivery) -> Path:
    if delivery.content is None or delivery.content.rows_uri is None:
        raise LookupError(f"{delivery.delivery_id} was delivered without its rows being kept")
    path = site.home.root / delivery.content.rows_uri
    if not path.is_file():
        raise OutsideFailure(
            f"{path}: the rows of {delivery.delivery_id} are gone; restore the outbox folder "
            "from backup, then run again"
        )
    return path


def _sent_in(site: Site, delivery: Delivery, payers: pa.Table, named: pa.Array) -> pa.Table:
    columns = [*SENT_COLUMNS, *(_NAMES if len(named) else ())]
    rows = offers_to_payers([_rows_path(site, delivery)], payers, columns)
    rows = _with_names(rows, named).rename_columns({RETURN_CODE: "return_code"})
    has_ended = pc.equal(rows["status_code"], _ENDED)
    ended = pc.if_else(has_ended, rows["effective_date"], pa.scalar(None, pa.date32()))
    rows = rows.drop_columns(["effective_date"]).append_column("ended_date", ended)
    day = pa.repeat(pa.scalar(delivery.business_date, pa.date32()), rows.num_rows)
    rows = rows.append_column("business_date", day).append_column(
        "delivery_id", pa.repeat(delivery.delivery_id, rows.num_rows)
    )
    return rows.select(SENT_SCHEMA.names).cast(SENT_SCHEMA)


def _with_names(rows: pa.Table, named: pa.Array) -> pa.Table:
    """The names only of those persons for whose name the rows are wanted."""
    nothing = pa.scalar(None, pa.string())
    if not len(named):
        for name in _NAMES:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.string()))
        return rows
    is_named = pc.is_in(rows["national_id"], value_set=named)
    for name in _NAMES:
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, name, pc.if_else(is_named, rows[name], nothing))
    return rows
