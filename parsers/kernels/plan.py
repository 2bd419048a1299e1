"""Fields of a record → the program of each of its levels; what has no kernel is left to numpy.

A level is the record itself, or the occurrences of a table in it. A plan is made once for an
interface and holds nothing of a batch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.model import FieldRule, Interface
from parsers.arrow_types import column_type, element_type, visible_fields
from parsers.codepages import CodePage
from parsers.kernels import program as at
from parsers.kernels.operations import Operation, operation, text_select
from parsers.layout import Field, Occurs, Record
from parsers.recognition import by_name
from parsers.sliding import SlidingLevel, sliding_level

_OVERREAD = 16
_LONGEST_COPIED = 1024
_SHORTEST_COPIED = 64
"""Shorter rows are read where they are: copying an element of 26 bytes took a quarter of the time
of its five fields."""

Condition = tuple[str, tuple[str, ...]]
"""A field and the values, one of which it must have."""


@dataclass(frozen=True, slots=True)
class CompiledColumn:
    """A column that a row of the program makes; ``part``: the program of which part."""

    part: int
    row: int
    type: pa.DataType
    bytes: int
    """Of a value; 0 for text."""
    repeats: int = 1
    """Values of each row."""


@dataclass(frozen=True, slots=True)
class FixedTable:
    """A list column whose items all occur equally often and are made with the level above, by the
    program of its ``part``."""

    part: int
    item: Field
    type: pa.DataType
    repeats: int
    columns: tuple[CompiledColumn, ...]


@dataclass(frozen=True, slots=True)
class NumpyColumn:
    """A column of a field that has no kernel; ``place`` is that of the field among all."""

    item: Field
    rule: FieldRule | None
    place: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A list column: the rows of a level below."""

    item: Field
    occurs: Occurs
    type: pa.DataType
    conditions: tuple[Condition, ...]
    level: LevelPlan


Column = CompiledColumn | FixedTable | NumpyColumn | TableColumn


@dataclass(slots=True)
class LevelPlan:
    """Program and columns of a level.

    ``origin``: offset in the record at which a row of the first occurrence begins. ``bits``
    int64 (rows of the program, 3): bits of the arena that a row of the level takes for values,
    validity and text. ``masks``: rows of the program that need a mask, and its conditions.
    ``kept``: what the addresses in the program point to. ``values`` of a row, at most; ``low``:
    its first byte that is read; ``stride``: distance of the rows of a tile when they are copied
    before they are read, 0 when they are too long or too short for that. It is an odd number of
    words, so that a field of all rows is spread over the whole cache.

    Where items move (``sliding``), the level is cut into parts that move as a whole, with programs
    and origins of their own: itself, and those ``behind`` its tables. It has the columns of all.
    """

    origin: int
    names: Mapping[str, Field]
    sliding: SlidingLevel | None = None
    behind: list[LevelPlan] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    rows: list[npt.NDArray[np.int64]] = field(default_factory=list)
    sizes: list[tuple[int, int, int]] = field(default_factory=list)
    masks: list[tuple[int, tuple[Condition, ...]]] = field(default_factory=list)
    kept: list[object] = field(default_factory=list)
    slots: int = 1
    program: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    bits: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    values: int = 0
    low: int = 0
    stride: int = 0

    def __post_init__(self) -> None:
        """Make the parts behind."""
        if self.sliding is not None:
            _, *behind = self.sliding.segments
            self.behind = [LevelPlan(segment.origin, self.names) for segment in behind]

    @property
    def parts(self) -> list[LevelPlan]:
        """What moves as a whole, in file order."""
        return [self, *self.behind]

    def part_at(self, offset: int) -> int:
        """Number of the part of an item at ``offset``; of a table, that of the part before it."""
        return sum(part.origin <= offset for part in self.behind)

    def origin_at(self, offset: int) -> int:
        """Where that part begins in the layout."""
        return self.parts[self.part_at(offset)].origin

    def close(self) -> None:
        """Put the rows together; none are added after this."""
        for part in self.behind:
            part.close()
        words = at.ROW_BYTES // 8
        self.program = np.array(self.rows, np.int64).reshape(len(self.rows), words)
        self.bits = np.array(self.sizes, np.int64).reshape(len(self.sizes), 3)
        if self.rows:
            offsets, widths = self.program[:, at.OFFSET // 8], self.program[:, at.WIDTH // 8]
            repeats, items = self.program[:, at.REPEATS // 8], self.program[:, at.ITEM_BYTES // 8]
            self.values = int(repeats.sum())
            self.low = int(offsets.min())
            span = int((offsets + widths + (repeats - 1) * items).max()) - self.low
            if _SHORTEST_COPIED < span <= _LONGEST_COPIED:
                self.stride = (span + _OVERREAD + 7) // 8 * 8 | 8


@dataclass(frozen=True, slots=True)
class PlannedField:
    """What a finding says about a field: its COBOL name, its bytes, whether it is part of a view
    (a REDEFINES without a declared condition)."""

    name: str
    length: int
    in_view: bool


class RecordPlan:
    """The levels of one record type, for all columns or some of those at the top."""

    def __init__(
        self,
        record: Record,
        interface: Interface,
        page: CodePage,
        columns: Collection[str] | None = None,
    ) -> None:
        self._interface = interface
        self._page = page
        self._wanted = columns
        self.fields: list[PlannedField] = []
        self.top = LevelPlan(0, by_name(record.fields), sliding_level(record))
        self._add(visible_fields(record.fields, interface), self.top, 0, (), False, True)
        self.top.close()

    def _add(
        self,
        items: Sequence[Field],
        level: LevelPlan,
        slot: int,
        conditions: tuple[Condition, ...],
        in_view: bool,
        at_top: bool,
    ) -> None:
        for item in items:
            if at_top and not self._is_wanted(item):
                continue
            declared = self._interface.redefines.get(item.name)
            below = in_view or (item.redefines is not None and declared is None)
            inside = (*conditions, *(declared or {}).items())
            inner = self._select(item, level, slot, conditions, declared or {})
            if item.occurs is not None:
                table = self._table(item, item.occurs, inside, below, level)
                level.columns.append(self._folded(table, level) or table)
            elif item.is_group:
                self._add(item.children, level, inner, inside, below, at_top)
            else:
                self._elementary(item, level, inner, inside, below)

    def _is_wanted(self, item: Field) -> bool:
        if self._wanted is None:
            return True
        if item.is_group and item.occurs is None:
            return any(self._is_wanted(below) for below in item.children)
        return item.column in self._wanted

    def _table(
        self,
        item: Field,
        occurs: Occurs,
        conditions: tuple[Condition, ...],
        in_view: bool,
        above: LevelPlan,
    ) -> TableColumn:
        table = None if above.sliding is None else above.sliding.table_at(item.offset)
        inside = None if table is None else table.inside
        level = LevelPlan(item.offset, by_name(item.children), inside)
        if item.is_group:
            self._add(item.children, level, 0, (), in_view, False)
        else:
            self._elementary(item, level, 0, (), in_view)
        level.close()
        return TableColumn(item, occurs, column_type(item, self._interface), conditions, level)

    def _folded(self, table: TableColumn, level: LevelPlan) -> FixedTable | None:
        """The table as part of the level above; None where it is not that simple."""
        inside, repeats = table.level, table.occurs.maximum
        columns = [c for c in inside.columns if isinstance(c, CompiledColumn) and c.repeats == 1]
        is_simple = len(columns) == len(inside.columns) == len(inside.rows)
        if table.occurs.is_variable or table.conditions or not is_simple or repeats < 2:
            return None
        number = level.part_at(table.item.offset)
        part = level.parts[number]
        folded = tuple(replace(c, row=c.row + len(part.rows), repeats=repeats) for c in columns)
        for row, (values, validity, texts) in zip(inside.rows, inside.sizes, strict=True):
            row[at.OFFSET // 8] += inside.origin - part.origin
            row[at.REPEATS // 8] = repeats
            row[at.ITEM_BYTES // 8] = table.item.length
            part.rows.append(row)
            part.sizes.append((values * repeats, validity * repeats, texts * repeats))
        part.kept += inside.kept
        return FixedTable(number, table.item, table.type, repeats, folded)

    def _elementary(
        self,
        item: Field,
        level: LevelPlan,
        slot: int,
        conditions: tuple[Condition, ...],
        in_view: bool,
    ) -> None:
        place = len(self.fields)
        self.fields.append(PlannedField(item.name, item.length, in_view))
        rule = self._interface.fields.get(item.name)
        type_ = element_type(item, rule)
        compiled = operation(item, rule, type_, self._page, self._interface.dialect)
        if compiled is None:
            level.columns.append(NumpyColumn(item, rule, place, conditions))
            return
        number = level.part_at(item.offset)
        part = level.parts[number]
        level.columns.append(CompiledColumn(number, len(part.rows), type_, compiled.value_bytes))
        compiled.row[at.FIELD // 8] = place
        self._append(part, compiled, slot, item.offset)

    def _append(self, level: LevelPlan, compiled: Operation, slot: int, offset: int) -> None:
        compiled.row[at.SLOT // 8] = slot
        compiled.row[at.OFFSET // 8] = offset - level.origin
        level.rows.append(compiled.row)
        level.sizes.append(compiled.bits)
        level.kept += compiled.kept

    def _select(
        self,
        item: Field,
        level: LevelPlan,
        slot: int,
        above: tuple[Condition, ...],
        declared: Mapping[str, tuple[str, ...]],
    ) -> int:
        """The slot of the rows in which the conditions of ``item`` hold, too."""
        part = level.parts[level.part_at(item.offset)]
        for name, values in declared.items():
            tested = level.names.get(name)
            is_text = tested is not None and tested.kind == "text" and tested.usage == "display"
            if tested is not None and is_text and level.origin_at(tested.offset) == part.origin:
                compiled = text_select(tested, values, self._page)
                offset = tested.offset
            else:
                compiled = Operation.of_kind(at.MASK_SELECT)
                offset = part.origin
                part.masks.append((len(part.rows), (*above, (name, values))))
            compiled.row[at.TARGET // 8] = part.slots
            self._append(part, compiled, slot, offset)
            slot = part.slots
            part.slots += 1
            above = (*above, (name, values))
        return slot
