"""``prakan encode TABLE --out FILE``: a table file to the bytes of an interface's file."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from exporters.controls import TOTALS
from exporters.rows import EncodeError
from exporters.writer import ContextError, FileWriter, WrittenFile
from interfaces.errors import WrongUse
from interfaces.model import Interface, Role
from parsers.arrow_types import detail_schema, record_named
from prakan.answer import answer
from prakan.choice import add_interface_arguments, chosen_interface, declaration_errors
from prakan.dates import date_if_given
from prakan.header_values import header_values, wanted_values
from prakan.layouts import layout_of, not_overwriting, output_file
from prakan.record_tables import record_batches, write_records


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The table, what it becomes, and the values of header and trailer."""
    parser.add_argument(
        "table",
        type=Path,
        help="X.parquet, X.csv or X.jsonl; or a folder of them, one a record type",
    )
    add_interface_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--date", metavar="D", help="business date: version, and its header field")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a value of header or trailer that the table does not hold (sequence=1 …)",
    )


def run(options: argparse.Namespace) -> int:
    """Write the file; 1 when a value cannot be written, and then nothing is."""
    day = date_if_given(options)
    interface = chosen_interface(options, day)
    not_overwriting(
        (options.out,), options.table.iterdir() if options.table.is_dir() else (options.table,)
    )
    if options.table.is_dir():
        return _encode_folder(interface, options)
    _check_supported(interface)
    context = header_values(interface, layout_of(interface), options.set, day)
    with declaration_errors():
        written = _write(interface, options.table, output_file(options.out), context)
    facts = {
        "file": written.path,
        "interface": interface.id,
        "sha256": written.sha256,
        "bytes": written.size,
        "records": written.records,
        "details": written.details,
        "controls": dict(written.controls),
    }
    totals = "".join(f"\n  {name}  {value}" for name, value in written.controls.items())
    text = (
        f"{written.path}: {written.records:,} records, {written.size:,} bytes\n"
        f"  SHA-256  {written.sha256}{totals}"
    )
    answer(options, facts, text)
    return 0


def _encode_folder(interface: Interface, options: argparse.Namespace) -> int:
    """Every record of a decoded file, in its old order."""
    if options.set:
        raise WrongUse("--set goes with one table; a folder holds header and trailer itself")
    with declaration_errors():
        written = write_records(interface, options.table, output_file(options.out))
    facts = {"file": written.path, "interface": interface.id, **asdict(written)}
    facts["bytes"] = facts.pop("size")
    text = f"{written.path}: {written.records:,} records, {written.size:,} bytes"
    answer(options, facts, f"{text}\n  SHA-256  {written.sha256}")
    return 0


def _check_supported(interface: Interface) -> None:
    headers = {r.record for r in interface.records if r.role is Role.HEADER}
    if any(c.record in headers and c.kind in TOTALS for c in interface.controls):
        raise WrongUse(
            f"{interface.id}: each header holds the totals of its own details, and a table does "
            "not say which header a row belongs to; encode is not supported yet for this "
            "interface from a table"
        )


def _write(interface: Interface, table: Path, out: Path, context: dict[str, Any]) -> WrittenFile:
    record = record_named(layout_of(interface), interface.record(Role.DETAIL).record)
    with FileWriter(out, interface, context) as writer:
        try:
            empty = True
            for batch in record_batches(table, record, interface):
                writer.write_details(batch)
                empty = False
            if empty:
                writer.write_details(
                    pa.RecordBatch.from_pylist([], schema=detail_schema(interface))
                )
            return writer.close()
        except ContextError as error:
            wanted = ", ".join(wanted_values(interface))
            raise WrongUse(f"{error}; give --set KEY=VALUE for each of: {wanted}") from None
        except EncodeError as error:
            first = error.findings.slice(0, 1).to_pylist()[0]
            raise EncodeError(
                f"{table.name}: {error.findings.num_rows:,} values cannot be written, so nothing "
                f"was; first: {first['code']} in {first['field']}, row "
                f"{_row_of(first, interface):,} of the table: correct the table and encode again",
                error.findings,
            ) from None


def _row_of(finding: dict[str, Any], interface: Interface) -> int:
    """1-based row of the table: records of the file less the header before them."""
    has_header = any(rule.role is Role.HEADER for rule in interface.records)
    return int(finding["record_number"]) - has_header
