"""The row of headings in a sheet: where it is, and which column holds which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from parsers.spreadsheet.cells import Cell, is_blank, shown
from parsers.spreadsheet.plan import SheetPlan, normal

SEARCHED: Final = 30
"""First rows of a sheet among which the headings are: titles and addresses stand above them."""

_ENOUGH: Final = 2  # a single known word may stand in a title


@dataclass(frozen=True, slots=True)
class Headings:
    """``row`` counts from 0. ``columns``: field name → column; ``unknown``: column → text of
    headings that are no field's; ``twice``: fields that stand over several columns; ``missing``:
    those over none."""

    row: int
    columns: Mapping[str, int]
    unknown: Mapping[int, str]
    twice: tuple[str, ...]
    missing: tuple[str, ...]


def find_headings(rows: Sequence[Sequence[Cell]], plan: SheetPlan) -> Headings | None:
    """The row among the first ones that names most fields; None where none names two."""
    best: list[tuple[int, int]] = []
    for number, row in enumerate(rows[:SEARCHED]):
        known = {plan.headings.get(normal(shown(cell))) for cell in row} - {None}
        best.append((len(known), -number))
    if not best or max(best)[0] < _ENOUGH:
        return None
    return _headings(rows, -max(best)[1], plan)


def _headings(rows: Sequence[Sequence[Cell]], number: int, plan: SheetPlan) -> Headings:
    columns: dict[str, int] = {}
    unknown: dict[int, str] = {}
    twice: list[str] = []
    for place, cell in enumerate(rows[number]):
        name = plan.headings.get(normal(shown(cell)))
        if name is None:
            if not is_blank(cell):
                unknown[place] = shown(cell)
        elif name in columns:
            twice.append(name)
        else:
            columns[name] = place
    missing = tuple(name for name in plan.columns if name not in columns)
    return Headings(number, columns, unknown, tuple(dict.fromkeys(twice)), missing)
