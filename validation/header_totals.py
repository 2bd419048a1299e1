"""Control totals of block headers, all headers of a stream of files at once.

What agrees is told column by column. What does not is handed to :class:`ControlTotals`, header by
header, so that a finding is the same whichever way it was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import ControlKind, ControlRule, Interface, Role
from validation.bitmask import Mask
from validation.block import BlockView, Numbers, record_numbers
from validation.controls import ControlTotals
from validation.places import Places, as_mask
from validation.spans import HeaderSpans
from validation.tally import Tally

LONGEST_NUMBER = 18
"""Digits of a number whose unscaled value fits an int64."""


def can_be_totalled(interface: Interface, places: Places) -> bool:
    """Whether the control totals of an interface are counts and sums of plain details under the
    header of each block, so that they can be told column by column."""
    details = [rule.record for rule in interface.records if rule.role is Role.DETAIL]
    header = [rule.record for rule in interface.records if rule.role is Role.HEADER]
    if not interface.block_controls or len(details) != 1 or len(header) != 1:
        return False
    if any(rule.role is Role.TRAILER for rule in interface.records):
        return False
    return all(_is_plain(rule, header[0], details[0], places) for rule in interface.controls)


def _is_plain(rule: ControlRule, header: str, detail: str, places: Places) -> bool:
    if rule.record != header or rule.where:
        return False
    declared = places.of(header)[rule.field]
    if declared.repeats or declared.field.digits > LONGEST_NUMBER or declared.field.kind == "text":
        return False
    if rule.kind is ControlKind.COUNT:
        return rule.of == detail and not declared.field.scale
    if rule.kind is not ControlKind.SUM or rule.of not in places.of(detail):
        return False
    summed = places.of(detail)[rule.of]
    same_scale = summed.field.scale == declared.field.scale
    return not summed.repeats and summed.field.digits <= LONGEST_NUMBER and same_scale


@dataclass(frozen=True, slots=True)
class Totalled:
    """Of each header of a block: its record number, and the declared value of each control field
    as text ("" when unreadable), by field. ``findings`` by the row of the header."""

    numbers: Numbers
    declared: Mapping[str, pa.Array]
    findings: Mapping[int, pa.Table]


class HeaderTotals:
    """Compares the headers of whole blocks. Sums must fit an int64: see ``fits``."""

    def __init__(self, interface: Interface, places: Places, *, file_id: str) -> None:
        self._header = interface.record(Role.HEADER).record
        self._detail = interface.record(Role.DETAIL).record
        self._rules = [rule for rule in interface.controls if rule.record == self._header]
        self._places = places
        self._controls = ControlTotals(interface, places, {}, file_id=file_id)

    def block(self, view: BlockView, spans: HeaderSpans) -> Totalled:
        """The headers of a block whose details all lie in it.

        Records before its first header belong to none, and are not counted.
        """
        headers = view.batches.get(self._header)
        if headers is None or not headers.num_rows:
            return Totalled(np.zeros(0, np.int64), {}, {})
        count = headers.num_rows
        agree, counted, declared = [], [], {}
        lost = spans.span_of(view.lost_numbers)
        details = view.batches.get(self._detail)
        of_row = None if details is None else spans.span_of(record_numbers(details))
        for rule in self._rules:
            totals, unreadable = self._totals(rule, view, lost, of_row, count)
            column = headers.column(self._places.of(self._header)[rule.field].path[0])
            agree.append(np.asarray(column.is_valid()) & (unscaled(column) == totals * rule.times))
            counted.append((totals, unreadable))
            declared[rule.field] = pc.fill_null(column.cast(pa.utf8()), "")
        findings = {}
        wrong = ~np.logical_and.reduce(agree, initial=True)
        for row in np.flatnonzero(np.broadcast_to(wrong, count)).tolist():
            tally, rules = Tally(), []
            for rule, own, (totals, unreadable) in zip(self._rules, agree, counted, strict=True):
                if not own[row]:
                    rules.append(rule)
                    total = Fraction(int(totals[row]), 10 ** self._scale(rule))
                    tally.add(rule, total, int(unreadable[row]))
            findings[row] = self._controls.verify(
                headers.slice(row, 1), self._header, tally, rules=rules
            )
        return Totalled(record_numbers(headers), declared, findings)

    def _scale(self, rule: ControlRule) -> int:
        if rule.kind is ControlKind.COUNT:
            return 0
        return self._places.of(self._detail)[rule.of].field.scale

    def _totals(
        self,
        rule: ControlRule,
        view: BlockView,
        lost: Numbers,
        of_row: Numbers | None,
        count: int,
    ) -> tuple[Numbers, Numbers]:
        """Unscaled total and number of unreadable records under each header; int64[count].

        ``lost`` and ``of_row`` are the spans of records without a row and of details."""
        of_type = as_mask(pc.equal(view.lost_types, self._detail))
        nameless = np.asarray(view.lost_types.is_null())
        if rule.kind is ControlKind.COUNT:
            totals = _per_header(lost[of_type], count)
            unreadable = _per_header(lost[nameless], count)
            if of_row is not None:
                totals += _per_header(of_row, count)
                unreadable += _per_header(of_row[self._doubtful(view, ())], count)
            return totals, unreadable
        totals = np.zeros(count, np.int64)
        unreadable = _per_header(lost[of_type | nameless], count)
        if of_row is not None:
            place = self._places.of(self._detail)[rule.of]
            values = unscaled(view.batches[self._detail].column(place.path[0]))
            totals += _sums(values, of_row, count)
            unreadable += _per_header(of_row[self._doubtful(view, (rule.of,))], count)
        return totals, unreadable

    def _doubtful(self, view: BlockView, fields: tuple[str, ...]) -> Mask:
        """Details in which decoding found a fault of one of the fields, or of the whole record."""
        found = view.found[self._detail]
        doubtful: Mask = np.zeros(view.batches[self._detail].num_rows, np.bool_)
        if len(found.rows):
            concerned = pc.is_in(found.fields, value_set=pa.array([*fields, None], pa.utf8()))
            doubtful[found.rows[as_mask(concerned)]] = True
        return doubtful


def unscaled(column: pa.Array) -> Numbers:
    """Unscaled values of integers or of decimals of at most LONGEST_NUMBER digits, 0 where null;
    int64[n]."""
    if not pa.types.is_decimal(column.type):
        return np.asarray(pc.fill_null(column.cast(pa.int64()), 0).to_numpy(), np.int64)
    words = np.frombuffer(column.buffers()[1] or b"", np.int64)
    low: Numbers = words[2 * column.offset : 2 * (column.offset + len(column)) : 2]
    return np.where(np.asarray(column.is_valid()), low, 0) if column.null_count else low


def _per_header(span: npt.NDArray[np.int64], count: int) -> Numbers:
    """How many of the spans are each header's: span 0 is before the first one."""
    return np.bincount(span, minlength=count + 1)[1:].astype(np.int64)


def _sums(values: Numbers, span: Numbers, count: int) -> Numbers:
    """Exact sum of the values under each header; ``span`` never falls."""
    running = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=running[1:])
    ends = np.searchsorted(span, np.arange(count + 1), side="right")
    return np.diff(running[ends])
