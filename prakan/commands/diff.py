"""``prakan diff FILE FILE --interface NAME``: what differs, record- and field-wise."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

from prakan.answer import answer, columns
from prakan.choice import add_interface_arguments, chosen_interface, declaration_errors
from prakan.compared_records import RecordDifferences
from prakan.dates import date_if_given
from prakan.differences import FileDifferences, compare_files
from prakan.layouts import input_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two files and what they are."""
    parser.add_argument("left", type=Path, metavar="FILE")
    parser.add_argument("right", type=Path, metavar="FILE")
    add_interface_arguments(parser)
    parser.add_argument("--date", metavar="D", help="business date: the version of that day")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="differences to list")


def run(options: argparse.Namespace) -> int:
    """Compare; 1 when the files differ."""
    interface = chosen_interface(options, date_if_given(options))
    left, right = input_file(options.left), input_file(options.right)
    with tempfile.TemporaryDirectory(prefix="prakan-diff-") as folder, declaration_errors():
        found = compare_files(left, right, interface, Path(folder), limit=max(options.limit, 0))
    facts = {
        "left": left,
        "right": right,
        "interface": interface.id,
        "different": found.any,
        **asdict(found),
    }
    answer(options, facts, _text(left, right, found))
    return 1 if found.any else 0


def _text(left: Path, right: Path, found: FileDifferences) -> str:
    headings = ["Record", "Matched by", left.name, right.name, "Added", "Removed", "Changed"]
    parts = [columns(headings, [_row(record) for record in found.records])]
    fields = [[r.record, c, n] for r in found.records for c, n in r.columns.items()]
    if fields:
        parts.append(columns(["Record", "Field", "Differs in"], fields))
    if found.first:
        rows = [
            [d.record, f"{d.left_record:,}", f"{d.right_record:,}", d.column, d.left, d.right]
            for d in found.first
        ]
        parts.append(columns(["Record", "Left no.", "Right no.", "Field", "Left", "Right"], rows))
    if found.left_unreadable or found.right_unreadable:
        parts.append(
            f"stretches that could not be decoded: {found.left_unreadable:,} and "
            f"{found.right_unreadable:,}, {found.unlike_unreadable:,} of them without a "
            "counterpart; prakan validate lists them"
        )
    parts.append("the files differ" if found.any else "no record or field differs")
    return "\n\n".join(parts)


def _row(record: RecordDifferences) -> list[object]:
    by = ", ".join(record.key) or "position"
    counts = (record.left, record.right, record.added, record.removed, record.changed)
    return [record.record, by, *counts]
