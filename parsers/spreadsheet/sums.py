"""Rows of sums in a sheet, against the rows above them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from parsers.spreadsheet.cells import Values
from parsers.spreadsheet.plan import SheetPlan
from parsers.spreadsheet.rows import RowKinds


@dataclass(frozen=True, slots=True)
class WrongSum:
    """A sum of ``field`` in ``row`` (from 0 below the headings) that is not that of the rows
    above it; both as plain decimal text."""

    row: int
    field: str
    declared: str
    counted: str


def wrong_sums(
    values: Mapping[str, Values], kinds: RowKinds, plan: SheetPlan
) -> Iterator[WrongSum]:
    """Sums that differ both from all rows above and from those since the sum before (a page).

    Where an amount above could not be read nothing is proved, and nothing is told. ``values``:
    number field → values of all rows.
    """
    totals = np.flatnonzero(kinds.totals)
    if not len(totals):
        return
    for name, column in values.items():
        units = column.units
        declared = np.asarray(column.array.is_valid())
        unreadable = kinds.records & ~declared
        if units is None or unreadable.any():
            continue
        running = np.cumsum(np.where(kinds.records, units, 0))
        before = 0
        for row in totals:
            sums = (int(running[row]), int(running[row]) - before)
            before = int(running[row])
            if declared[row] and int(units[row]) not in sums:
                scale = plan.columns[name].field.scale
                yield WrongSum(int(row), name, _plain(units[row], scale), _plain(sums[0], scale))


def _plain(units: int, scale: int) -> str:
    text = f"{int(units):0{scale + 1}d}"
    return f"{text[:-scale]}.{text[-scale:]}" if scale else text
