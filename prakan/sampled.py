"""One record for a person: every field with its offset, its bytes and its value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parsers.layout import Field, Occurs, Record, column_name
from prakan.answer import columns

_MOST_BYTES = 16
_HEADINGS = ["Offset", "Length", "Bytes", "Field", "Value"]


@dataclass(frozen=True, slots=True)
class SampledField:
    """One elementary field of one record. ``offset`` and ``length`` are bytes in this very
    record, where tables that depend on a counter have moved what follows them."""

    path: str
    offset: int
    length: int
    raw: bytes
    value: Any


def sampled_fields(
    record: Record, row: Mapping[str, Any], original: bytes
) -> Iterator[SampledField]:
    """Every elementary field of a decoded ``row`` (groups opened, tables as lists), FILLER and
    redefinitions included; FILLER has no value."""
    for field, _ in _walk(record.fields, row, original, 0, 0, ""):
        if field is not None:
            yield field


def sample_text(
    record: Record, number: int, offset: int, row: Mapping[str, Any], original: bytes
) -> str:
    """The record as a table for a terminal."""
    head = f"record {number:,}  {record.name}  {len(original):,} bytes at byte {offset:,}"
    rows = [
        [field.offset, field.length, _hex(field.raw), field.path, _shown(field.value)]
        for field in sampled_fields(record, row, original)
    ]
    return f"{head}\n{columns(_HEADINGS, rows)}"


_Step = tuple[SampledField | None, int]


def _walk(
    items: Sequence[Field],
    row: Mapping[str, Any],
    original: bytes,
    start: int,
    base: int,
    above: str,
) -> Iterator[_Step]:
    """Fields of siblings, and last the bytes by which they are shorter than the layout says.

    ``start``: where the group begins in this record; ``base``: its offset in the layout.
    """
    missing = 0
    for item in items:
        at = start + item.offset - base - missing
        path = f"{above}{item.name}"
        short = 0
        for field, less in _item(item, row, original, at, path):
            if field is None:
                short = less
            else:
                yield field, 0
        if item.redefines is None:
            missing += short
    yield None, missing


def _item(
    item: Field, row: Mapping[str, Any], original: bytes, at: int, path: str
) -> Iterator[_Step]:
    if item.occurs is None:
        yield from _one(item, row, original, at, path)
        return
    values = row.get(item.column) or _unnamed(item, item.occurs, row)
    end = at
    for place, value in enumerate(values, 1):
        members = value if isinstance(value, dict) else {item.column: value}
        short = 0
        for field, less in _one(item, members, original, end, f"{path}({place})"):
            if field is None:
                short = less
            else:
                yield field, 0
        end += item.length - short
    yield None, item.total_length - (end - at)


def _unnamed(item: Field, occurs: Occurs, row: Mapping[str, Any]) -> list[None]:
    """Occurrences of a table that has no column, for it holds nothing but FILLER."""
    if any(not below.is_filler for below in item.walk()):
        return []
    if occurs.depending_on is None:
        return [None] * occurs.maximum
    return [None] * int(row.get(column_name(occurs.depending_on)) or 0)


def _one(
    item: Field, row: Mapping[str, Any], original: bytes, at: int, path: str
) -> Iterator[_Step]:
    if item.is_group:
        yield from _walk(item.children, row, original, at, item.offset, f"{path}.")
        return
    raw = original[at : at + item.length]
    value = None if item.is_filler else row.get(item.column)
    yield SampledField(path, at, item.length, raw, value), 0
    yield None, 0


def _shown(value: Any) -> str | None:
    """A value as it is: identifiers and periods are numbers too, and take no separators."""
    return None if value is None else str(value)


def _hex(raw: bytes) -> str:
    shown = raw[:_MOST_BYTES].hex(" ").upper()
    return shown if len(raw) <= _MOST_BYTES else f"{shown} …"
