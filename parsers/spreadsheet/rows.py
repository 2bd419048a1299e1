"""Which rows of a sheet are records: not blank ones, sums, notes and further headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from parsers.spreadsheet.cells import Cell, is_blank, shown
from parsers.spreadsheet.headings import Headings
from parsers.spreadsheet.plan import SheetPlan, normal

Mask = npt.NDArray[np.bool_]

_TOTAL: Final = re.compile(r"(?i)^(รวม|ยอดรวม|จำนวนเงินรวม|grandtotal|subtotal|total)")
_COUNTING: Final = re.compile(r"[(\[]?[0-9๐-๙][)\]]?")
_LIKE_AN_ID: Final = 10  # characters; a row with so long a number is somebody's
_HAS_DIGIT: Final = re.compile(r"[0-9๐-๙]")


@dataclass(frozen=True, slots=True)
class RowKinds:
    """What each row below the headings is; bool (n,) each, one of them true, but none behind the
    last filled row."""

    records: Mask
    blank: Mask
    totals: Mask
    notes: Mask


def row_kinds(body: Sequence[Sequence[Cell]], headings: Headings, plan: SheetPlan) -> RowKinds:
    """Tell the rows ``body`` below the headings apart.

    A sum has no one in it and a word for sums, or amounts alone. A note has neither amounts nor
    a person; numbers of columns (``(1)``) and headings that are printed again are notes too.
    """
    count = len(body)
    width = len(body[0]) if body else 1 + max(headings.columns.values())
    filled = np.array([[not is_blank(cell) for cell in row] for row in body], np.bool_)
    filled = filled.reshape(count, width)
    amounts, texts = _columns(headings, plan)
    key = headings.columns[plan.key]
    blank: Mask = np.logical_not(filled.any(axis=1))
    has_amounts: Mask = np.logical_or.reduce(filled[:, amounts], axis=1)
    named = filled[:, texts].sum(axis=1)
    keys = [shown(row[key]) for row in body]
    is_person: Mask = np.array(
        [len(text) >= _LIKE_AN_ID and text[-1:].isdigit() for text in keys], np.bool_
    )
    totals, notes = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    # Few rows are odd, and only those are looked at one by one.
    for row in np.flatnonzero(~blank & ~is_person).tolist():
        cells = body[row]
        has_digits = _HAS_DIGIT.search(keys[row]) is not None
        mapped = [cells[place] for place in headings.columns.values() if filled[row, place]]
        if has_amounts[row] and _is_sum(cells, keys[row], int(named[row])):
            totals[row] = True
        elif not has_amounts[row] and named[row] <= 1 and not has_digits:
            notes[row] = True
        else:
            notes[row] = _is_heading(mapped, plan)
    return RowKinds(~(blank | totals | notes), blank, totals, notes)


def _columns(headings: Headings, plan: SheetPlan) -> tuple[list[int], list[int]]:
    """Columns of amounts, and those of everything else."""
    amounts = [p for n, p in headings.columns.items() if plan.columns[n].meaning == "number"]
    return amounts, [p for p in headings.columns.values() if p not in amounts]


def _is_sum(cells: Sequence[Cell], key: str, named: int) -> bool:
    """Whether a row with amounts is of nobody, or says so: in place of a person, with a further
    remark at the most, or anywhere with nothing else but amounts."""
    if _TOTAL.match(normal(key)):
        return named <= 2
    words = (cell for cell in cells if isinstance(cell, str))
    return named == 0 or (named == 1 and any(_TOTAL.match(normal(word)) for word in words))


def _is_heading(cells: Sequence[Cell], plan: SheetPlan) -> bool:
    texts = [shown(cell).strip() for cell in cells]
    return all(normal(text) in plan.headings for text in texts) or all(
        _COUNTING.fullmatch(text) for text in texts
    )
