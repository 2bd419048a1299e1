"""Parts of a record that are kept or encoded as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from interfaces.model import Interface
from parsers.arrow_types import visible_fields
from parsers.layout import Field, Record


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a record that are kept or encoded together, and the columns that say which."""

    offset: int
    length: int
    columns: tuple[str, ...]


def parts_of(record: Record, interface: Interface, batch: pa.RecordBatch) -> list[Part]:
    """Parts of a fixed record in file order, with those of their columns that ``batch`` has."""
    there = set(batch.schema.names)
    return [
        Part(part.offset, part.length, tuple(c for c in part.columns if c in there))
        for part in _parts_below(visible_fields(record.fields, interface), record.fields)
    ]


def _parts_below(visible: Sequence[Field], siblings: Sequence[Field]) -> Iterator[Part]:
    """Parts in file order. An original and what redefines it are one: which of the views holds
    may itself have changed."""
    families: dict[str, list[Field]] = {}
    lengths = {item.name: item.total_length for item in siblings}
    for item in visible:
        families.setdefault(item.redefines or item.name, []).append(item)
    for name, family in families.items():
        first = family[0]
        if len(family) == 1 and first.redefines is None and first.is_group and not first.occurs:
            yield from _parts_below(first.children, first.children)
            continue
        length = max([lengths.get(name, 0), *(item.total_length for item in family)])
        columns = tuple(column for item in family for column in _columns(item))
        yield Part(first.offset, length, columns)


def _columns(item: Field) -> Iterator[str]:
    if item.is_group and item.occurs is None:
        for child in item.children:
            yield from _columns(child)
    else:
        yield item.column
