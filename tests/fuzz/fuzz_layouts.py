"""What must hold of every layout, whatever the copybook."""

from __future__ import annotations

import json
from collections.abc import Sequence

from interfaces.model import Dialect
from parsers.copybook import CopybookError, parse_copybook
from parsers.describe import describe, describe_markdown, describe_text
from parsers.layout import Field, Record

LONGEST_LISTING = 3_000
"""Items of a layout that is listed as a table too, which is slow for many."""


def read(text: str, dialect: Dialect | None = None) -> tuple[Record, ...] | None:
    """The records, None for a CopybookError in good form; everything that must hold is checked."""
    try:
        records = parse_copybook(text, source="f.cpy", dialect=dialect or Dialect())
    except CopybookError as error:
        check_error(error, text)
        return None
    assert records
    names = [record.name for record in records]
    assert len(set(names)) == len(names)
    for record in records:
        check_record(record)
    described = describe(records)
    assert json.loads(json.dumps(described)) == described
    if sum(len(record["fields"]) for record in described["records"]) < LONGEST_LISTING:
        assert describe_text(records)
        assert describe_markdown(records)
    return records


def check_error(error: CopybookError, text: str) -> None:
    """One line that names a place in the copybook."""
    message = str(error)
    assert "\n" not in message
    assert message.isprintable(), repr(message)
    assert len(message) < 1_000
    assert message.startswith(f"f.cpy:{error.place.line}:{error.place.column}: ")
    assert error.place.line >= 1
    assert error.place.column >= 1
    lines = text.count("\n") + text.count("\r") + 1
    assert error.place.line <= lines
    assert error.advice


def check_record(record: Record) -> None:
    """Offsets and lengths of a record fit together."""
    assert 0 < record.min_length <= record.length
    check_level(record.fields, 0, record.length)
    for view in record.renames:
        assert view.offset >= 0
        assert view.offset + view.length <= record.length


def check_level(fields: Sequence[Field], start: int, end: int) -> None:
    """Items of one level lie within ``start`` … ``end``, one behind the other."""
    at = start
    originals: dict[str, Field] = {}
    for item in fields:
        assert item.length > 0
        assert start <= item.offset
        assert item.offset + item.total_length <= end, item
        if item.redefines is None:
            assert item.offset >= at, item
            originals[item.name] = item
        else:
            assert item.offset == originals[item.redefines].offset
        at = max(at, item.offset + item.total_length)
        if item.occurs is not None:
            assert 0 <= item.occurs.minimum <= item.occurs.maximum
        assert item.is_group == bool(item.children)
        check_level(item.children, item.offset, item.offset + item.length)
    columns = list(_columns(fields))
    assert len(set(columns)) == len(columns), columns


def _columns(fields: Sequence[Field]) -> list[str]:
    """Columns of a level: plain groups opened, tables and elementary items."""
    found = []
    for item in fields:
        if item.is_group and item.occurs is None:
            found += _columns(item.children)
        elif not item.is_filler:
            found.append(item.column)
    return found
