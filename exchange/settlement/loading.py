"""Accepted settlement advices enter the ledger, each once."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from exchange.inbound.landed import landed_path
from exchange.site import Site
from insurance.money import satang_of
from interfaces.model import Interface, Kind, Role
from interfaces.partners import Partner
from ledger.files import FileStanding
from ledger.landing import FileState
from ledger.listing import files_in_state
from ledger.settlements import LINES_SCHEMA, SettlementBatch, SettlementTotals, load_settlement
from parsers.decode import decode_whole

_COLUMNS = ["collector_code", "collection_date", "value_date", "payment_count", "bank_reference"]


def settlement_interfaces(site: Site, business_date: date, partner: Partner) -> list[Interface]:
    """The partner's settlement interfaces in force, none where it is no bank of ours."""
    found = site.registry.of_kind(Kind.SETTLEMENT, on=business_date)
    return [interface for interface in found if interface.partner == partner.name]


def post_settlements(site: Site, business_date: date, partner: Partner) -> list[SettlementBatch]:
    """Enter every advice of the bank up to the business date that was accepted and not entered."""
    names = {
        interface.name
        for interface in site.registry.all()
        if interface.kind is Kind.SETTLEMENT and interface.partner == partner.name
    }
    waiting = files_in_state(
        site.ledger, names, {FileState.ACCEPTED}, up_to=business_date, partner=partner.name
    )
    return [_post(site, partner, standing) for standing in waiting]


def _post(site: Site, partner: Partner, standing: FileStanding) -> SettlementBatch:
    interface = site.registry.get(f"{standing.file.interface}.{standing.file.version}")
    return load_settlement(
        site.ledger,
        standing.file.file_id,
        _lines(site, interface, standing),
        partner=partner.name,
        totals=_totals(site, interface, standing),
        recorded_at=site.clock(),
    )


def _lines(site: Site, interface: Interface, standing: FileStanding) -> pa.Table:
    """The accepted lines of an advice, with our partners for its codes of collectors."""
    if standing.result is None or standing.result.part_uri is None:
        raise LookupError(f"advice {standing.file.file_id} has no accepted part")
    if interface.settlement is None:
        raise LookupError(f"{interface.id} declares no [settlement]")
    part = ds.dataset(str(site.home.root / standing.result.part_uri), format="parquet")
    rows = part.to_table(
        columns=["_record_number", *_COLUMNS, "gross_amount", "fee_amount"],
        filter=ds.field("_file_id") == standing.file.file_id,
    ).sort_by("_record_number")
    codes, names = zip(*interface.settlement.collectors.items(), strict=True)
    place = pc.index_in(rows["collector_code"], value_set=pa.array(codes, pa.string()))
    return pa.table(
        {
            "record_number": rows["_record_number"],
            "collector": pa.array(names, pa.string()).take(place.combine_chunks()),
            "collection_date": rows["collection_date"],
            "value_date": rows["value_date"],
            "payment_count": rows["payment_count"],
            "gross_satang": satang_of(rows["gross_amount"].combine_chunks())[0],
            "fee_satang": satang_of(rows["fee_amount"].combine_chunks())[0],
            "bank_reference": rows["bank_reference"],
        }
    ).cast(LINES_SCHEMA)


def _totals(site: Site, interface: Interface, standing: FileStanding) -> SettlementTotals:
    """What the trailer says, as a number and satang."""
    path = landed_path(site, standing.file.file_id)
    decoded = decode_whole(path, interface, file_id=standing.file.file_id)
    row = decoded.tables[interface.record(Role.TRAILER).record].to_pylist()[0]
    return SettlementTotals(
        line_count=row["trl_line_count"],
        gross_satang=int(row["trl_gross_amount"] * 100),
        fee_satang=int(row["trl_fee_amount"] * 100),
        net_satang=int(row["trl_net_amount"] * 100),
    )
