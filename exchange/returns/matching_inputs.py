"""What matching needs about the payers of one return file, and about nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from exchange.datasets import latest, scan
from exchange.inbound.references import PERSONS
from exchange.outbound.standing import HISTORY, RETURN_CODE
from exchange.site import Site
from insurance.holidays import BusinessCalendar
from insurance.money import satang_of
from insurance.payable import feed_validity
from insurance.reference import read_references
from interfaces.errors import OutsideFailure
from interfaces.model import Interface, Kind, Role
from interfaces.partners import Partner
from ledger.deliveries import arrived_deliveries
from ledger.delivery import Delivery
from ledger.files import FileStanding
from ledger.matching import (
    FEEDS_SCHEMA,
    PAID_SCHEMA,
    PAYMENTS_SCHEMA,
    PERSONS_SCHEMA,
    SENT_SCHEMA,
    match_payments,
)
from ledger.months import paid_months
from ledger.postings import ReturnTotals
from parsers.decode import DecodedFile, decode_whole

SENT_COLUMNS = ["national_id", "section_code", "option_code", "status_code", RETURN_CODE]


def match_return(site: Site, partner: Partner, standing: FileStanding) -> pa.Table:
    """Outcome of every payment of an accepted return file; ledger.outcomes.OUTCOMES_SCHEMA."""
    payments = payments_of(site, standing)
    payers = pa.table({"national_id": pc.unique(payments["national_id"].drop_null())})
    in_hand = _in_hand(site, partner, payments)
    return match_payments(
        payments,
        _feeds(site, in_hand),
        _sent(site, in_hand, payers),
        _paid(site, standing, payers),
        _persons(site, standing.file.business_date, payers),
    )


def return_details(site: Site, standing: FileStanding) -> DecodedFile:
    """The landed return file, decoded again."""
    return decode_whole(
        site.home.landing(standing.file.file_id),
        return_interface(site, standing),
        file_id=standing.file.file_id,
    )


def return_interface(site: Site, standing: FileStanding) -> Interface:
    """The interface version that read the file when it was received."""
    return site.registry.get(f"{standing.file.interface}.{standing.file.version}")


def payments_of(site: Site, standing: FileStanding) -> pa.Table:
    """Every payment of the file, those that validation rejected marked as such.

    A rejected record's money arrived all the same: it becomes a break, not a gap.
    """
    interface = return_interface(site, standing)
    details = return_details(site, standing).tables[interface.record(Role.DETAIL).record]
    accepted = _accepted_records(site, standing)
    references = read_references(
        details["reference_1"].combine_chunks(), details["reference_2"].combine_chunks()
    )
    is_accepted = pc.is_in(details["_record_number"], value_set=accepted)
    satang, _ = satang_of(details["amount"].combine_chunks())
    names = ["national_id", "section_code", "option_code", "period"]
    return pa.table(
        {
            "file_id": pa.repeat(standing.file.file_id, details.num_rows),
            "record_number": details["_record_number"],
            **{name: references[name] for name in names},
            "reference_valid": references["valid"],
            "is_rejected": pc.invert(is_accepted),
            "amount_satang": satang,
            "payment_date": details["payment_date"],
            "transaction_kind": details["transaction_kind"],
        }
    ).cast(PAYMENTS_SCHEMA)


def return_totals(site: Site, standing: FileStanding) -> ReturnTotals:
    """What the trailer says, as numbers and satang."""
    interface = return_interface(site, standing)
    trailer = return_details(site, standing).tables[interface.record(Role.TRAILER).record]
    row = trailer.to_pylist()[0]
    return ReturnTotals(
        credit_count=row["total_credit_count"],
        credit_satang=int(row["total_credit_amount"] * 100),
        debit_count=row["total_debit_count"],
        debit_satang=int(row["total_debit_amount"] * 100),
    )


def _accepted_records(site: Site, standing: FileStanding) -> pa.Array:
    result = standing.result
    if result is None or result.part_uri is None:
        raise LookupError(f"return file {standing.file.file_id} has no accepted part")
    part = ds.dataset(str(site.home.root / result.part_uri), format="parquet")
    own = ds.field("_file_id") == standing.file.file_id
    return part.to_table(columns=["_record_number"], filter=own)["_record_number"].combine_chunks()


def _in_hand(site: Site, partner: Partner, payments: pa.Table) -> list[Delivery]:
    """Every feed delivery that the partner may have had in hand on a payment date."""
    days = pc.unique(payments["payment_date"].drop_null()).to_pylist()
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


def _feeds(site: Site, deliveries: Sequence[Delivery]) -> pa.Table:
    """One row for each delivery and section that its interface takes from the dataset."""
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


def _sections(interface: Interface) -> tuple[str, ...]:
    if interface.publish is None or "section_code" not in interface.publish.where:
        raise LookupError(f"{interface.id}: publish.where names no section_code to match by")
    return interface.publish.where["section_code"]


def _sent(site: Site, deliveries: Sequence[Delivery], payers: pa.Table) -> pa.Table:
    """Rows about the payers in these feeds."""
    tables = [_sent_in(site, delivery, payers) for delivery in deliveries]
    return pa.concat_tables([SENT_SCHEMA.empty_table(), *tables])


def _sent_in(site: Site, delivery: Delivery, payers: pa.Table) -> pa.Table:
    if delivery.content is None or delivery.content.rows_uri is None:
        raise LookupError(f"{delivery.delivery_id} was delivered without its rows being kept")
    path = site.home.root / delivery.content.rows_uri
    if not path.is_file():
        raise OutsideFailure(
            f"{path}: the rows of {delivery.delivery_id} are gone; restore the outbox folder "
            "from backup, then run again"
        )
    rows = of_payers(
        ds.dataset(str(path), format="parquet"),
        payers,
        [*SENT_COLUMNS, "payable_month"],
    ).rename_columns({RETURN_CODE: "return_code"})
    months = rows["payable_month"].combine_chunks()
    owners = pc.list_parent_indices(months)
    flat = months.flatten()
    satang, known = satang_of(flat.field("amount"))
    offered = rows.drop_columns(["payable_month"]).take(owners)
    offered = (
        offered.append_column("period", flat.field("period"))
        .append_column("amount_satang", pa.array(satang, mask=~known))
        .append_column("payable_from", flat.field("payable_from"))
        .append_column("payable_until", flat.field("payable_until"))
    )
    nothing = rows.filter(pc.equal(pc.fill_null(pc.list_value_length(months), 0), 0))
    nothing = nothing.drop_columns(["payable_month"])
    for name in ("period", "amount_satang", "payable_from", "payable_until"):
        nothing = nothing.append_column(
            name, pa.nulls(nothing.num_rows, SENT_SCHEMA.field(name).type)
        )
    both = pa.concat_tables([offered.cast(nothing.schema), nothing])
    day = pa.repeat(pa.scalar(delivery.business_date, pa.date32()), both.num_rows)
    both = both.append_column("business_date", day).append_column(
        "delivery_id", pa.repeat(delivery.delivery_id, both.num_rows)
    )
    return both.select(SENT_SCHEMA.names).cast(SENT_SCHEMA)


def _paid(site: Site, standing: FileStanding, payers: pa.Table) -> pa.Table:
    """Months of the payers known as paid: the mainframe's history and the ledger."""
    day = standing.file.business_date
    posted = paid_months(site.ledger, up_to=day, excluding_file=standing.file.file_id)
    tables = [of_payers(posted, payers, PAID_SCHEMA.names).cast(PAID_SCHEMA)]
    known = latest(site, HISTORY, day)
    if known is not None:
        rows = of_payers(scan(site, *known), payers, ["national_id", "section_code", "month_paid"])
        months = rows["month_paid"].combine_chunks()
        paid = rows.drop_columns(["month_paid"]).take(pc.list_parent_indices(months))
        paid = paid.append_column("period", months.flatten().field("paid_period"))
        tables.append(paid.cast(PAID_SCHEMA))
    return pa.concat_tables(tables)


def _persons(site: Site, day: date, payers: pa.Table) -> pa.Table:
    known = latest(site, PERSONS, day)
    if known is None:
        raise OutsideFailure(
            f"no {PERSONS} up to {day} has been received: payments cannot be told from errors; "
            "receive one and run again"
        )
    return of_payers(scan(site, *known), payers, PERSONS_SCHEMA.names).cast(PERSONS_SCHEMA)


def of_payers(rows: pa.Table | ds.Dataset, payers: pa.Table, columns: Sequence[str]) -> pa.Table:
    """The given columns of those rows whose ``national_id`` is a payer's."""
    with duckdb.connect() as engine:
        engine.register("rows", rows)
        engine.register("payers", payers)
        names = ", ".join(f'"{name}"' for name in columns)
        query = f"SELECT {names} FROM rows SEMI JOIN payers USING (national_id)"  # noqa: S608
        return engine.sql(query).to_arrow_table()
