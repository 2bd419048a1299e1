"""What a file really holds: counts and exact sums of its records, per span of a header.

A span is what one control record covers: the whole file, or, where a header carries the
controls, the details from that header to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import ControlKind, ControlRule, Interface, Role
from validation.bitmask import Mask
from validation.block import BlockView, Numbers, record_numbers
from validation.exact import digit_numbers, group_sums
from validation.places import Place, Places, as_mask, where

EVERY_RECORD = "*"
COUNTED = (ControlKind.COUNT, ControlKind.SUM, ControlKind.HASH)
Counts = npt.NDArray[np.int64]
SpanOf = Callable[[Numbers], Numbers]
"""Span (0, 1, …) of each physical record number; never falls with the number."""


@dataclass(slots=True)
class Tally:
    """Totals of one span by (control record, field), and how many records could not contribute
    because they, or the field, were unreadable."""

    totals: dict[tuple[str, str], Fraction] = field(default_factory=dict)
    unreadable: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, rule: ControlRule, total: Fraction, unreadable: int) -> None:
        """Add to one control."""
        key = (rule.record, rule.field)
        self.totals[key] = self.totals.get(key, Fraction(0)) + total
        self.unreadable[key] = self.unreadable.get(key, 0) + unreadable

    def merge(self, other: Tally) -> None:
        """Add all of another span."""
        for key, total in other.totals.items():
            self.totals[key] = self.totals.get(key, Fraction(0)) + total
        for key, missing in other.unreadable.items():
            self.unreadable[key] = self.unreadable.get(key, 0) + missing

    def of(self, rule: ControlRule) -> tuple[Fraction, int]:
        """Total and unreadable records of one control; nothing when nothing was added."""
        key = (rule.record, rule.field)
        return self.totals.get(key, Fraction(0)), self.unreadable.get(key, 0)


class Tallying:
    """Adds the count, sum and hash controls of an interface, block by block."""

    def __init__(self, interface: Interface, places: Places) -> None:
        self._rules = [rule for rule in interface.controls if rule.kind in COUNTED]
        self._interface = interface
        self._places = places
        self._details = [r.record for r in interface.records if r.role is Role.DETAIL]

    def add(self, view: BlockView, span_of: SpanOf, tallies: Sequence[Tally]) -> None:
        """Add a block; ``tallies[span]`` receives what belongs to that span."""
        for rule in self._rules:
            adding = self._counts if rule.kind is ControlKind.COUNT else self._sums
            totals, unreadable = adding(view, span_of, rule, len(tallies))
            for tally, total, missing in zip(tallies, totals, unreadable.tolist(), strict=True):
                tally.add(rule, total, missing)

    def _counts(
        self, view: BlockView, span_of: SpanOf, rule: ControlRule, spans: int
    ) -> tuple[list[Fraction], Counts]:
        counts = np.zeros(spans, np.int64)
        unknown = np.zeros(spans, np.int64)
        lost_spans = span_of(view.lost_numbers)
        names = list(view.batches) if rule.of == EVERY_RECORD else [rule.of]
        for name in names:
            if name not in view.batches:
                continue
            batch = view.batches[name]
            of_row = span_of(record_numbers(batch))
            if rule.where:
                of_counted = of_row[where(self._places.of(name), rule.where, batch)]
            else:
                of_counted = of_row
            counts += _per_span(of_counted, spans)
            unknown += _per_span(of_row[self._doubtful(view, name, tuple(rule.where))], spans)
        if rule.of == EVERY_RECORD:
            counts += _per_span(lost_spans, spans)
        else:
            of_type = as_mask(pc.equal(view.lost_types, rule.of))
            may_be = of_type | np.asarray(view.lost_types.is_null())
            # a lost record of the right type counts, unless a condition would have to be known
            sure = of_type & (not rule.where)
            counts += _per_span(lost_spans[sure], spans)
            unknown += _per_span(lost_spans[may_be & ~sure], spans)
        return [Fraction(int(count)) for count in counts], unknown

    def _sums(
        self, view: BlockView, span_of: SpanOf, rule: ControlRule, spans: int
    ) -> tuple[list[Fraction], Counts]:
        totals = [Fraction(0)] * spans
        may_be_detail = as_mask(
            pc.is_in(view.lost_types, value_set=pa.array([*self._details, None], pa.utf8()))
        )
        unreadable = _per_span(span_of(view.lost_numbers)[may_be_detail], spans)
        for name in self._details:
            place = self._places.of(name).get(rule.of)
            if place is None or name not in view.batches:
                continue
            of_row = span_of(record_numbers(view.batches[name]))
            fields = (rule.of, *rule.where, *place.counters)
            doubtful = self._doubtful(view, name, fields)
            sums, wrong = self._batch_sums(view.batches[name], of_row, place, rule, spans)
            totals = [a + b for a, b in zip(totals, sums, strict=True)]
            unreadable += _per_span(of_row[doubtful], spans) + wrong
        return totals, unreadable

    def _batch_sums(
        self, batch: pa.RecordBatch, of_row: Numbers, place: Place, rule: ControlRule, spans: int
    ) -> tuple[list[Fraction], Counts]:
        """Sum per span, and values per span that are no number or are missing."""
        values, parents = place.values(batch)
        if rule.where:
            counted = where(self._places.of(place.record), rule.where, batch)
            counted = counted if parents is None else counted[parents]
            values = pc.if_else(pa.array(counted), values, pa.scalar(None, values.type))
        of_value = of_row if parents is None else of_row[parents]
        wrong: Mask = np.zeros(len(values), np.bool_)
        if rule.kind is ControlKind.HASH:
            if self._is_required(place.field.name):
                wrong |= np.asarray(values.is_null())
            values, no_digits = digit_numbers(values)
            wrong |= no_digits
        return group_sums(values, of_value, spans), _per_span(of_value[wrong], spans)

    def _is_required(self, name: str) -> bool:
        rule = self._interface.fields.get(name)
        return rule is not None and rule.required

    def _doubtful(self, view: BlockView, record: str, fields: tuple[str, ...]) -> Mask:
        """Rows in which decoding found a fault of one of ``fields``, or of the whole record."""
        found = view.found[record]
        concerned = as_mask(pc.is_in(found.fields, value_set=pa.array([*fields, None], pa.utf8())))
        doubtful: Mask = np.zeros(view.batches[record].num_rows, np.bool_)
        doubtful[found.rows[concerned]] = True
        return doubtful


def _per_span(spans_of_rows: Numbers, spans: int) -> Counts:
    if spans == 1:
        return np.array([len(spans_of_rows)], np.int64)
    return np.bincount(spans_of_rows, minlength=spans).astype(np.int64)
