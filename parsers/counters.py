"""OCCURS DEPENDING ON: how often the table of each record repeats, and how long that makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfaces.model import Dialect
from parsers.codepages import CodePage
from parsers.fields import decode_number
from parsers.layout import Field, Occurs, Record
from parsers.recognition import by_name
from parsers.rows import Ints, Rows

_USUAL = Dialect()


@dataclass(frozen=True, slots=True)
class VariableTable:
    """The repeating item that ends a variable record, how it occurs, and its counter."""

    item: Field
    occurs: Occurs
    counter: Field


def variable_table(record: Record) -> VariableTable | None:
    """The record's table with DEPENDING ON, None for a fixed record. There is at most one and
    nothing follows it: the copybook reader refuses anything else."""
    item = _find(record.fields)
    if item is None or item.occurs is None or item.occurs.depending_on is None:
        return None
    return VariableTable(item, item.occurs, by_name(record.fields)[item.occurs.depending_on])


def read_counts(
    rows: Rows, table: VariableTable, page: CodePage, dialect: Dialect = _USUAL
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Occurrences in each row (int64), and whether the counter is a number within its bounds."""
    counter = table.counter
    values, faults = decode_number(
        rows.matrix(counter.offset, counter.length), counter, page, dialect
    )
    good = (faults == 0) & (values >= table.occurs.minimum) & (values <= table.occurs.maximum)
    return np.where(good, values, 0), good


def counts_of(
    item: Field,
    occurs: Occurs,
    rows: Callable[[], Rows],
    count: int,
    table: VariableTable | None,
    page: CodePage,
    given: Mapping[str, Ints],
    applies: npt.NDArray[np.bool_] | None = None,
    dialect: Dialect = _USUAL,
) -> Ints:
    """How often an item occurs in each of ``count`` rows (int64): as ``given`` by name, else as
    its counter says, else always. Not at all in rows to which its REDEFINES does not apply."""
    if item.name in given:
        counts = given[item.name]
    elif occurs.is_variable and table is not None:  # a record has one such table at most
        return read_counts(rows(), table, page, dialect)[0]
    else:
        counts = np.full(count, occurs.maximum, np.int64)
    return counts if applies is None else np.where(applies, counts, 0)


def record_lengths(record: Record, table: VariableTable, counts: Ints) -> Ints:
    """Bytes that records of so many occurrences have."""
    return record.length - (table.occurs.maximum - counts) * table.item.length


def _find(fields: Sequence[Field]) -> Field | None:
    for item in fields:
        if item.occurs is not None and item.occurs.is_variable:
            return item
        found = _find(item.children)
        if found is not None:
            return found
    return None
