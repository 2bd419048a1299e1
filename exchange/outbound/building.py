"""Build: the file of a planned delivery is written into the outbox and read back.

Its rows come from the dataset that the interface's ``[publish]`` names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.outbound.outbox import ROWS_FILE, outbox_folder, write_facts
from exchange.outbound.readback import read_back
from exchange.outbound.row_sources import ROW_SOURCES
from exchange.outbound.rows import FileRows
from exchange.parts import new_part
from exchange.site import Site
from exporters.writer import FileWriter
from interfaces.errors import WrongUse
from interfaces.model import Interface, Role
from interfaces.names import make_name
from ledger.deliveries import record_content
from ledger.delivery import Delivery, DeliveryContent
from parsers.codepages import code_page
from parsers.copybook import load_layout

BATCH_ROWS = 65_536


def build(site: Site, interface: Interface, delivery: Delivery) -> Delivery:
    """Write the file of a planned delivery into the outbox, read it back, record its content."""
    folder = outbox_folder(site, delivery)
    folder.mkdir(parents=True, exist_ok=True)
    made = file_rows(site, interface, delivery.business_date)
    sent = made.table
    columns = [name for name in sent.column_names if name in detail_columns(interface)]
    rows = writable(sent.select(columns), interface)
    path = folder / make_name(interface.file, delivery.business_date, delivery.sequence)
    context = file_context(interface, delivery, made.context)
    with FileWriter(path, interface, context) as writer:
        write_rows(writer, interface, rows)
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


def write_rows(writer: FileWriter, interface: Interface, rows: pa.Table) -> None:
    """Write all details; with their header where it holds their totals."""
    if interface.block_controls:
        writer.write_block({}, rows)
        return
    for batch in rows.to_batches(max_chunksize=BATCH_ROWS) or [no_rows(rows.schema)]:
        writer.write_details(batch)


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


def file_rows(site: Site, interface: Interface, business_date: date) -> FileRows:
    """The declared cut of the declared dataset, in declared order, with all its columns.

    ``line_number`` from 1 is added where the file's detail record has such a field. WrongUse when
    the declaration names a dataset or a column that does not exist.
    """
    rule = interface.publish
    source = ROW_SOURCES.get(rule.dataset) if rule is not None else None
    if rule is None or source is None:
        raise WrongUse(
            f"{interface.id}: [publish] must name a dataset that exists; known: "
            f"{', '.join(sorted(ROW_SOURCES))}"
        )
    made = source(site, interface, business_date)
    table = made.table
    for column, values in rule.where.items():
        _known(interface, table, column)
        table = table.filter(pc.is_in(table.column(column), value_set=pa.array(list(values))))
    for column in rule.order:
        _known(interface, table, column)
    if rule.order:
        table = table.sort_by([(column, "ascending") for column in rule.order])
    if "line_number" in detail_columns(interface):
        numbers = pa.array(np.arange(1, table.num_rows + 1))
        table = table.append_column("line_number", numbers)
    return FileRows(table, made.context)


def file_context(
    interface: Interface, delivery: Delivery, known: Mapping[str, object]
) -> dict[str, object]:
    """What header and trailer may hold: of the delivery itself, and what the source knows."""
    return {
        "interface": interface.name,
        "version": interface.version,
        "partner": delivery.partner,
        "business_date": delivery.business_date,
        "sequence": delivery.sequence,
        **known,
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
