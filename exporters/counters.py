"""Counters of OCCURS DEPENDING ON: made from the lengths of lists, and compared with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.codecs.integers import read_integers
from exporters.lists import ListLevel, elements, list_lengths, members, record_level
from exporters.rows import Faults, Rows
from parsers.layout import Field, Record
from parsers.sliding import SlidingLevel, SlidingTable, sliding_level

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_NONE = -1


class _Uncounted(NamedTuple):
    """A table, and its greatest length in each row of a level."""

    table: SlidingTable
    lengths: Int64s


def counters_made(
    columns: Mapping[str, pa.Array], size: int, level: SlidingLevel
) -> dict[str, pa.Array]:
    """Counters that ``columns`` (of ``size`` rows) leave out, and lists whose elements leave some
    out, made anew. A counter of several lists is the length of the longest; one of lists that are
    in no element is the least allowed. MissingColumnError where a list itself is left out."""
    return _made(columns, size, level)[0]


def _made(
    columns: Mapping[str, pa.Array], size: int, level: SlidingLevel
) -> tuple[dict[str, pa.Array], list[_Uncounted]]:
    """With the tables whose counters are in a level above."""
    made: dict[str, pa.Array] = {}
    uncounted: list[_Uncounted] = []
    rows = Rows(columns, np.arange(size))
    for table in level.tables:
        column = rows.column(table.item)
        lengths = list_lengths(column)
        uncounted.append(_Uncounted(table, lengths))
        if table.inside is None or pa.types.is_null(column.type):
            continue
        owner, _ = elements(lengths)
        inner = members(column)
        replaced, left = _made(inner, len(owner), table.inside)
        if replaced:
            made[table.item.column] = _lists(lengths, {**inner, **replaced})
        uncounted += [_Uncounted(each, _greatest(found, owner, size)) for each, found in left]
    here = {segment.slot for segment in level.segments}
    counts: dict[str, Int64s] = {}
    fewest: dict[str, int] = {}
    above = []
    for table, lengths in uncounted:
        if table.counter is None or table.source is None:
            continue
        name = table.counter.column
        if table.source.slot not in here:
            above.append(_Uncounted(table, lengths))
        elif name not in columns:
            counts[name] = np.maximum(counts.get(name, _NONE), lengths)
            fewest[name] = max(fewest.get(name, 0), table.minimum)
    for name, found in counts.items():
        made[name] = pa.array(np.where(found == _NONE, fewest[name], found))
    return made, above


def _greatest(lengths: Int64s, owner: Int64s, size: int) -> Int64s:
    """Greatest length within each row above, _NONE where it has no elements."""
    found = np.full(size, _NONE, np.int64)
    np.maximum.at(found, owner, lengths)
    return found


def _lists(lengths: Int64s, columns: Mapping[str, pa.Array]) -> pa.Array:
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    values = pa.StructArray.from_arrays(list(columns.values()), names=list(columns))
    return pa.LargeListArray.from_arrays(pa.array(ends), values)


def check_counters(rows: Rows, record: Record, faults: Faults) -> None:
    """ODO_COUNT where a counter is not the length of its list, or below the least allowed."""
    plan = sliding_level(record)
    if plan is None:
        return
    for level in record_level(rows, plan).walk():
        for table in level.level.tables:
            if table.counter is not None:
                _check(level, table, table.counter, faults)


def _check(level: ListLevel, table: SlidingTable, counter: Field, faults: Faults) -> None:
    place = np.arange(len(level))
    of = level
    while of.above is not None and not _holds(of.level, table):
        place, of = of.parent[place], of.above
    column = Rows(of.columns, of.row).column(counter) if len(of.row) else pa.nulls(0)
    count = read_integers(column, 0)
    low = of.spread(count.low.view(np.int64))[place]
    negative = of.spread(count.negative.astype(np.int64))[place] != 0
    lengths = level.lengths(table)
    wrong: Bools = (low != lengths) | negative | (lengths < table.minimum)
    if wrong.any():
        values = column.take(of.given().take(pa.array(place)))
        faults.add("ODO_COUNT", counter, Rows({}, level.record), wrong, values)


def _holds(level: SlidingLevel, table: SlidingTable) -> bool:
    return any(table.source is segment for segment in level.segments)
