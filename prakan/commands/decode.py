"""``prakan decode FILE``: bytes to a table file, or the first rows on the terminal."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa

from interfaces.catalogue import load_catalogue
from interfaces.model import Interface
from parsers.arrow_types import BYTE_OFFSET, RECORD_NUMBER, record_named, record_schema
from parsers.decode import decode_file
from parsers.findings import FINDINGS_SCHEMA
from prakan.answer import answer
from prakan.choice import add_interface_arguments, chosen_interface, declaration_errors, record_name
from prakan.dates import date_if_given
from prakan.layouts import input_file, layout_of
from prakan.progress import Progress
from prakan.shown_findings import Describer, FindingCounts, finding_lines
from prakan.tables import as_text, new_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, what it is, and where its rows and findings go."""
    parser.add_argument("file", type=Path)
    add_interface_arguments(parser)
    parser.add_argument("--date", metavar="D", help="business date: the version of that day")
    parser.add_argument("--record", metavar="NAME", help="another 01 level than the detail record")
    parser.add_argument("--out", type=Path, metavar="X", help="X.parquet, X.csv or X.jsonl")
    parser.add_argument("--findings", type=Path, metavar="X", help="all findings, as a table file")
    parser.add_argument("--rows", type=int, default=5, help="rows to print without --out")


def run(options: argparse.Namespace) -> int:
    """Decode; 1 when a finding withholds a record or the file."""
    path = input_file(options.file)
    interface = chosen_interface(options, date_if_given(options))
    name = record_name(interface, options.record)
    with declaration_errors():
        decoded = _Decoded(interface, name, keep=0 if options.out else max(options.rows, 0))
        decoded.read(path, options.out, options.findings)
    answer(options, decoded.facts(path, options), decoded.text(path, options))
    return 1 if decoded.counts.withhold(load_catalogue()) else 0


class _Decoded:
    """One pass over the file: rows to their table, counts, and the first rows kept."""

    def __init__(self, interface: Interface, name: str, keep: int) -> None:
        self.interface = interface
        self.name = name
        self.counts = FindingCounts(limit=10)
        self.records = self.rows = self.bytes = 0
        self._keep = keep
        self._first: list[dict[str, Any]] = []

    def read(self, path: Path, out: Path | None, findings: Path | None) -> None:
        """Stream the file; memory does not grow with it."""
        record = record_named(layout_of(self.interface), self.name)
        schema = record_schema(record, self.interface)
        describer = Describer(self.interface, load_catalogue(), "en")
        with ExitStack() as open_:
            write = open_.enter_context(new_table(out, schema)) if out else None
            tell = open_.enter_context(new_table(findings, FINDINGS_SCHEMA)) if findings else None
            progress = open_.enter_context(Progress(path.name, path.stat().st_size))
            for block in decode_file(path, self.interface, file_id=path.name):
                self.counts.add(block.findings, describer)
                self.records += block.records_read
                self.bytes += block.bytes_read
                progress.add(block.bytes_read)
                if tell is not None:
                    for found in block.findings.to_batches():
                        tell(found)
                batch = block.batches.get(self.name)
                if batch is not None:
                    self._take(batch)
                    if write is not None:
                        write(batch)

    def _take(self, batch: pa.RecordBatch) -> None:
        room = self._keep - len(self._first)
        self._first += as_text(batch.slice(0, max(room, 0))).to_pylist()
        self.rows += batch.num_rows

    def facts(self, path: Path, options: argparse.Namespace) -> dict[str, Any]:
        return {
            "file": path,
            "interface": self.interface.id,
            "record": self.name,
            "bytes": self.bytes,
            "records": self.records,
            "rows": self.rows,
            "findings": dict(sorted(self.counts.by_code.items())),
            "out": options.out,
            "first_rows": self._first,
        }

    def text(self, path: Path, options: argparse.Namespace) -> str:
        head = f"{path.name}: {self.records:,} records, {self.rows:,} of {self.name}"
        if options.out:
            head += f", written to {options.out}"
        parts = [head, *(_row_text(row) for row in self._first)]
        if self.counts.total:
            parts.append(finding_lines(self.counts, load_catalogue(), "en"))
        return "\n\n".join(parts)


def _row_text(row: dict[str, Any]) -> str:
    """A record as lines of name and value; tables below their name, one occurrence a line."""
    number, offset = row[RECORD_NUMBER], row[BYTE_OFFSET]
    values = {name: value for name, value in row.items() if not name.startswith("_")}
    width = max(map(len, values), default=0)
    lines = [f"record {number:,} at byte {offset:,}"]
    for name, value in values.items():
        if isinstance(value, list):
            lines.append(f"  {name.ljust(width)}  {len(value)} times")
            lines += [f"  {'':{width}}  {place}: {_item(v)}" for place, v in enumerate(value, 1)]
        else:
            lines.append(f"  {name.ljust(width)}  {_item(value)}")
    return "\n".join(lines)


def _item(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_item(member)}" for name, member in value.items())
    return "-" if value is None else str(value)
