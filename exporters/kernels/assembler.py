"""A batch of columns and a layout → the program that encodes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.blanks import Blanks
from exporters.choice import chosen, families, is_given
from exporters.columnwise import named_elements
from exporters.completion import told_values
from exporters.kernels.columns import (
    NoKernelError,
    list_source,
    text_source,
    validity_source,
)
from exporters.kernels.fields import field_steps, is_null_zero
from exporters.kernels.program import STEP_WIDTH, At, Op
from exporters.rows import Rows, field_named, holding, with_descendants
from interfaces.model import Interface
from parsers.layout import Field, Record

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]
Step = Mapping[At, int]

_COLUMNS = tuple(At)
_MOST_ELEMENTS = 1 << 17  # of one record's tables


class Assembler:
    """Collects the steps of one batch.

    ``rows`` are the batch's, complete. ``left`` are the families that have no kernel. ``kept``
    holds what the steps' addresses point into: keep it as long as the program.
    """

    def __init__(self, record: Record, interface: Interface, rows: Rows, blanks: Blanks) -> None:
        self._record = record
        self._interface = interface
        self._rows = rows
        self._told = told_values(record, interface).keys()
        self._blanks = blanks
        self._steps: list[Step] = []
        self.kept: list[object] = []
        self.shares = [1]
        self.left: list[tuple[Field, ...]] = []

    def program(self) -> Int64s:
        """The steps so far."""
        rows = [[step.get(at, 0) for at in _COLUMNS] for step in self._steps]
        return np.array(rows, np.int64).reshape(-1, STEP_WIDTH)

    def write_records(self, items: Sequence[Field]) -> None:
        """Steps that write items of the records themselves."""
        for family in families(items):
            (item, *others) = family
            plain = item.is_group and item.occurs is None and not others
            if plain and item.name not in self._interface.redefines and item.redefines is None:
                self.write_records(item.children)
                continue
            steps, shares = len(self._steps), len(self.shares)
            try:
                self._write_family(family, self._rows, 0, 0)
            except NoKernelError:
                del self._steps[steps:], self.shares[shares:]
                self.left.append(family)

    def _write_family(self, family: Sequence[Field], rows: Rows, selection: int, base: int) -> None:
        """Steps of an original and its redefinitions, in the order of :func:`chosen`."""
        conditions = self._interface.redefines
        free = [item for item in family if item.name not in conditions]
        if any(item.redefines and is_given(item, rows) for item in free):
            self._write_chosen(family, rows, selection, base)
            return
        for item in free:
            if item.redefines is None:
                self._write_item(item, rows, selection, base)
        for item in family:
            if item.name in conditions:
                part = self._select_where(conditions[item.name], rows, selection)
                self._write_over(item, rows, part, base)

    def _write_chosen(self, family: Sequence[Field], rows: Rows, selection: int, base: int) -> None:
        for choice in chosen(family, rows, self._record, self._interface):
            if choice.where is None:
                self._write_item(choice.item, rows, selection, base)
            elif not choice.blank:  # null is what stands there already
                part = self._select_flagged(choice.where, selection)
                is_free = choice.item.name not in self._interface.redefines
                if is_free and choice.item.redefines is not None:  # and shorter, perhaps
                    original = family[0]
                    self._fill(part, self._blanks.spaces(original), original.offset - base)
                self._write_over(choice.item, rows, part, base)

    def _write_over(self, item: Field, rows: Rows, selection: int, base: int) -> None:
        """Steps that write an item where other bytes may stand already."""
        self._fill(selection, self._blanks.of(item), item.offset - base)
        self._write_item(item, rows, selection, base)

    def _write_item(self, item: Field, rows: Rows, selection: int, base: int) -> None:
        if item.occurs is not None:
            column, source = list_source(rows.column(item))
            values = column.values
            self.kept += [column, values]
            elements = named_elements(item, values)
            limits = {
                At.HIGH: item.occurs.maximum,
                At.OFFSET: item.offset - base,
                At.STEP: item.length,
            }
            share = item.occurs.maximum
            parts = self._select(Op.SELECT_LIST, selection, source | limits, share)
            if item.occurs.is_variable and _leaves_blanks(item, elements):
                self._fill(parts, self._blanks.cell(item), 0)
            # The length of Rows is that of the values: no step goes beyond the batch's lists.
            inner = Rows(elements, np.empty(len(values), np.int64))
            self._write_members(item, inner, parts, item.offset)
        else:
            self._write_members(item, rows, selection, base)

    def _write_members(self, item: Field, rows: Rows, selection: int, base: int) -> None:
        if item.is_group:
            for family in families(item.children):
                self._write_family(family, rows, selection, base)
            return
        if selection == 0 and item.column in self._told:
            return  # the blank record has it
        self._write_value(item, rows.column(item), selection, base)

    def _write_value(self, item: Field, column: pa.Array, selection: int, base: int) -> None:
        if pa.types.is_null(column.type):
            return  # null is what stands there already
        steps, kept = field_steps(item, self._interface, column)
        self.kept += kept
        for op, step in steps:
            self._add(op, selection, {**step, At.OFFSET: item.offset - base})
        if column.null_count and not is_null_zero(item, self._interface):
            self.kept.append(column)
            nulls = self._select(Op.SELECT_NULL, selection, validity_source(column))
            self._fill(nulls, self._blanks.cell(item), item.offset - base)

    def _select_where(
        self, conditions: Mapping[str, tuple[str, ...]], rows: Rows, selection: int
    ) -> int:
        """Selection of those records in which every named field has one of its values."""
        for name, values in conditions.items():
            column = rows.column(field_named(self._record, name))
            try:
                column, source = text_source(column)
            except NoKernelError:  # numbers: few conditions are on them
                holds = holding(rows, self._record, {name: values})
                selection = self._select_flagged(holds, selection)
                continue
            self.kept.append(column)
            texts = [np.frombuffer(value.encode(), np.uint8) for value in values]
            entries = [(len(text), self._address(text)) for text in texts]
            table = np.array([len(texts), *(n for entry in entries for n in entry)], np.int64)
            source[At.TABLE] = self._address(table)
            selection = self._select(Op.SELECT_TEXT, selection, source)
        return selection

    def _select_flagged(self, flags: npt.NDArray[np.bool_], selection: int) -> int:
        flags = np.ascontiguousarray(flags)
        return self._select(Op.SELECT_FLAG, selection, {At.DATA: self._address(flags)})

    def _select(self, op: Op, parent: int, step: Step, share: int = 1) -> int:
        if self.shares[parent] * share > _MOST_ELEMENTS:
            raise NoKernelError  # the lists of their places would take too much memory
        self.shares.append(self.shares[parent] * share)
        selection = len(self.shares) - 1
        self._add(op, selection, {**step, At.PARENT: parent})
        return selection

    def _fill(self, selection: int, blank: Bytes, offset: int) -> None:
        table = self._address(blank)
        step = {At.OFFSET: offset, At.WIDTH: len(blank), At.TABLE: table}
        self._add(Op.FILL, selection, step)

    def _add(self, op: Op, selection: int, step: Step) -> None:
        self._steps.append({**step, At.OP: op, At.SELECTION: selection})

    def _address(self, array: npt.NDArray[np.generic]) -> int:
        self.kept.append(array)
        return array.ctypes.data


def _leaves_blanks(item: Field, elements: Mapping[str, pa.Array]) -> bool:
    """Whether steps for these columns write less than all that is not space in an occurrence."""
    kinds = [column.type for column in elements.values()]
    has_choice = any(each.redefines for each in with_descendants(item) if each is not item)
    return has_choice or any(pa.types.is_null(kind) or pa.types.is_nested(kind) for kind in kinds)
