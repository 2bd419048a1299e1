"""``prakan decode FILE``: bytes to table files, or the first records on the terminal."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from interfaces.catalogue import load_catalogue
from interfaces.errors import WrongUse
from interfaces.model import Interface
from parsers.arrow_types import BYTE_OFFSET, RECORD_NUMBER
from prakan.answer import answer
from prakan.choice import add_interface_arguments, chosen_interface, declaration_errors, record_name
from prakan.dates import date_if_given
from prakan.decoding import Decoding
from prakan.layouts import input_file, not_overwriting
from prakan.sampled import sample_text, sampled_fields
from prakan.shapes import shape_for
from prakan.shown_findings import finding_lines

_ALL_FINDINGS = "--findings X.jsonl writes them all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, what it is, and where its rows and findings go."""
    parser.add_argument("file", type=Path)
    add_interface_arguments(parser)
    parser.add_argument("--date", metavar="D", help="business date: the version of that day")
    parser.add_argument("--record", metavar="NAME", help="another 01 level than the detail record")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="X",
        help="X.parquet, X.csv or X.jsonl; or an existing folder: a Parquet file a record type",
    )
    parser.add_argument("--findings", type=Path, metavar="X", help="all findings, as a table file")
    parser.add_argument("--rows", type=int, default=5, help="rows to print without --out")
    parser.add_argument("--sample", type=int, metavar="N", help="N records with offsets and bytes")
    parser.add_argument("--flatten", action="store_true", help="every value in its own column")
    parser.add_argument("--columns", metavar="A,B", help="only these columns are decoded")
    parser.add_argument(
        "--preserve",
        action="store_true",
        help="keep records that are not canonical, for encoding them back byte for byte",
    )


def run(options: argparse.Namespace) -> int:
    """Decode; 1 when a finding withholds a record or the file."""
    path = input_file(options.file)
    if options.sample is not None and options.out is not None:
        raise WrongUse("--sample prints records, --out writes them; choose one")
    interface = chosen_interface(options, date_if_given(options))
    names = _record_types(interface, options)
    with declaration_errors():
        decoding = Decoding(
            interface,
            names,
            keep=_rows_to_keep(options),
            shape=shape_for(options.out, flat=options.flatten),
            columns=options.columns.split(",") if options.columns else None,
            preserve=options.preserve,
        )
        outs = _outs(options.out, names)
        not_overwriting((*outs.values(), options.findings), (path,))
        decoding.read(path, outs, options.findings)
    answer(options, _facts(path, decoding, options), _text(path, decoding, options))
    return 1 if decoding.counts.withhold(load_catalogue()) else 0


def _record_types(interface: Interface, options: argparse.Namespace) -> list[str]:
    """One record type, or all of them into a folder or a sample."""
    into_folder = options.out is not None and options.out.is_dir()
    if options.record is None and (into_folder or options.sample is not None):
        return [rule.record for rule in interface.records]
    return [record_name(interface, options.record)]


def _outs(out: Path | None, names: list[str]) -> dict[str, Path]:
    if out is None:
        return {}
    if out.is_dir():
        return {name: out / f"{name}.parquet" for name in names}
    return {names[0]: out}


def _rows_to_keep(options: argparse.Namespace) -> int:
    if options.sample is not None:
        return max(int(options.sample), 0)
    return 0 if options.out else max(int(options.rows), 0)


def _facts(path: Path, decoding: Decoding, options: argparse.Namespace) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "file": path,
        "interface": decoding.interface.id,
        "record": next(iter(decoding.rows)),
        "bytes": decoding.bytes_read,
        "records": decoding.records_read,
        "rows": sum(decoding.rows.values()),
        "rows_by_record": decoding.rows,
        "findings": dict(sorted(decoding.counts.by_code.items())),
        "out": options.out,
        "first_rows": [row for _, row, _ in decoding.first],
    }
    if options.sample is not None:
        facts["sample"] = [
            {
                "record": record.name,
                "record_number": row[RECORD_NUMBER],
                "byte_offset": row[BYTE_OFFSET],
                "bytes": raw.hex(),
                "fields": [
                    {
                        "path": field.path,
                        "offset": field.offset,
                        "length": field.length,
                        "bytes": field.raw.hex(),
                        "value": field.value,
                    }
                    for field in sampled_fields(record, row, raw)
                ],
            }
            for record, row, raw in decoding.first
        ]
    return facts


def _text(path: Path, decoding: Decoding, options: argparse.Namespace) -> str:
    rows = ", ".join(f"{count:,} of {name}" for name, count in decoding.rows.items())
    head = f"{path.name}: {decoding.records_read:,} records, {rows}"
    if options.out:
        head += f", written to {options.out}"
    parts = [head]
    for record, row, raw in decoding.first:
        if options.sample is not None:
            parts.append(sample_text(record, row[RECORD_NUMBER], row[BYTE_OFFSET], row, raw))
        else:
            parts.append(_row_text(row))
    if decoding.counts.total:
        parts.append(finding_lines(decoding.counts, load_catalogue(), "en", _ALL_FINDINGS))
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
