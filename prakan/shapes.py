"""The shape that a table file has or gets: groups as structs, opened, or everything flat."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import pyarrow as pa

from interfaces.errors import WrongUse
from interfaces.model import Interface
from parsers.arrow_types import decoded_schema
from parsers.layout import Record
from parsers.shape import TooWideError, flatten, flattened_schema, nest, nested_schema

Shape = Literal["nested", "lists", "flat"]
"""``nested``: groups as structs. ``lists``: groups opened, tables as lists. ``flat``: every value
in a column of its own, occurrences numbered."""

Reshape = Callable[[pa.RecordBatch, Record, Interface], pa.RecordBatch]

_SHAPES: tuple[Shape, ...] = ("nested", "lists", "flat")


def checked(shape: str) -> Shape:
    """The shape of that name; WrongUse for another word."""
    for known in _SHAPES:
        if shape == known:
            return known
    raise WrongUse(f"shape {shape!r} is not one of: {', '.join(_SHAPES)}")


def shape_for(out: Path | None, *, flat: bool) -> Shape:
    """Shape of a table file to be written: CSV has no structs, so its groups are opened."""
    if flat:
        return "flat"
    return "lists" if out is not None and out.suffix == ".csv" else "nested"


def schema_of(shape: Shape, record: Record, interface: Interface) -> pa.Schema:
    """Schema of a record's table in that shape; TooWideError when flat is too wide."""
    if shape == "nested":
        return nested_schema(record, interface)
    if shape == "flat":
        return flattened_schema(record, interface)
    return decoded_schema(record, interface)


def reshape(shape: Shape) -> Reshape:
    """What brings a decoded batch into that shape."""
    if shape == "nested":
        return nest
    if shape == "flat":
        return flatten
    return lambda batch, _record, _interface: batch


def shape_of(names: Iterable[str], record: Record, interface: Interface) -> Shape:
    """Shape of a table with these columns: the one that knows most of them."""
    there = set(names)

    def known(shape: Shape) -> int:
        try:
            return len(there.intersection(schema_of(shape, record, interface).names))
        except TooWideError:
            return 0

    return max(_SHAPES, key=known)


def refuse_unknown(names: Iterable[str], schema: pa.Schema, record: Record) -> None:
    """WrongUse for a column that neither the schema has nor, by a leading ``_``, the row."""
    for name in names:
        if not name.startswith("_") and name not in schema.names:
            known = ", ".join(n for n in schema.names if not n.startswith("_"))
            raise WrongUse(
                f"{record.name} has no column {name!r}; it has: {known}; "
                "rename the column, or leave it out"
            )
