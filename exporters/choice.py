"""Which of an original and its redefinitions is written, row by row.

A member with a declared condition is written where it holds, over what is there already. Of the
members without one the original is written, unless it is null in every column (or has none in
the table) and a redefinition is not: then the first such redefinition, where no condition holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.rows import Rows, holding
from interfaces.model import Interface
from parsers.layout import Field, Record

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Choice:
    """One member and the rows that it is written in: all when ``where`` is None. ``blank``: the
    table has no column of it, so that it is written as null."""

    item: Field
    where: Bools | None
    blank: bool = False


def families(items: Sequence[Field]) -> Iterator[tuple[Field, ...]]:
    """Items that share bytes, in file order: an original and its redefinitions, or one alone."""
    found: list[list[Field]] = []
    by_name: dict[str, list[Field]] = {}
    for item in items:
        if item.redefines is not None and item.redefines in by_name:
            by_name[item.redefines].append(item)
            continue
        family = [item]
        found.append(family)
        by_name[item.redefines or item.name] = family
    return (tuple(family) for family in found)


def chosen(
    family: Sequence[Field], rows: Rows, record: Record, interface: Interface
) -> Iterator[Choice]:
    """Members to write, in this order. MissingColumnError for a condition on a missing column."""
    conditions = {
        item.name: holding(rows, record, interface.redefines[item.name])
        for item in family
        if item.name in interface.redefines
    }
    free = [item for item in family if item.name not in conditions]
    yield from _free_choice(free, rows, list(conditions.values()))
    for item in family:
        if item.name in conditions:
            yield Choice(item, conditions[item.name])


def _free_choice(free: Sequence[Field], rows: Rows, conditions: list[Bools]) -> Iterator[Choice]:
    original = next((item for item in free if item.redefines is None), None)
    others = [item for item in free if item is not original and is_given(item, rows)]
    if original is None and not others:
        return
    if original is not None and (not others or is_never_null(original, rows)):
        yield Choice(original, None)
        return
    undecided = np.ones(len(rows), np.bool_) if original is None else ~has_value(original, rows)
    for holds in conditions:
        undecided &= ~holds
    of_original = np.ones(len(rows), np.bool_)
    choices = []
    for item in others:
        where = undecided & has_value(item, rows)
        undecided &= ~where
        of_original &= ~where
        choices.append(Choice(item, where))
    if original is not None:
        yield Choice(original, of_original, blank=not is_given(original, rows))
    yield from choices


def columns_of(item: Field) -> tuple[str, ...]:
    """Columns of a table that hold an item: one for a list, those of its members for a group."""
    if item.is_group and item.occurs is None:
        return tuple(name for child in item.children for name in columns_of(child))
    return (item.column,)


def is_given(item: Field, rows: Rows) -> bool:
    """Whether the table has any column of an item."""
    return any(name in rows.columns for name in columns_of(item))


def is_never_null(item: Field, rows: Rows) -> bool:
    """Whether one look tells that every row has a value of the item."""
    columns = [rows.columns[name] for name in columns_of(item) if name in rows.columns]
    return any(not pa.types.is_nested(column.type) and not column.null_count for column in columns)


def has_value(item: Field, rows: Rows) -> Bools:
    """Rows in which any column of the item is not null; an empty list is no value."""
    found = np.zeros(len(rows), np.bool_)
    for name in columns_of(item):
        if name in rows.columns:
            found |= _has_value(rows.columns[name])
    return found


def _has_value(column: pa.Array) -> Bools:
    valid: Bools = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        valid &= np.diff(column.offsets.to_numpy()) > 0
    return valid
