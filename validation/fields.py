"""Declared field rules over a batch: required, values, code lists, named checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import FieldRule, Interface
from validation.bitmask import Mask
from validation.checks import field_check
from validation.faults import Fault, Rows, fault
from validation.places import Place, Places, as_mask, is_one_of
from validation.references import References
from validation.screens import FieldScreen

Unreadable = Mapping[str, Mask]
"""Per COBOL field name: rows of the batch where decoding already found a fault."""


class FieldRules:
    """The field rules of one record of an interface.

    A field is blamed for its first fault only (unreadable, missing, not allowed, unknown code,
    then the checks in declared order), so that one error gives one finding.
    """

    def __init__(
        self, interface: Interface, record: str, places: Places, references: References
    ) -> None:
        self._places = places
        rules = [
            (place, interface.fields[name])
            for name, place in places.of(record).items()
            if name in interface.fields
        ]
        self._codes = {rule.codes: references.codes(rule.codes) for _, rule in rules if rule.codes}
        self._checks = {name: field_check(name) for _, rule in rules for name in rule.checks}
        self._rules: list[tuple[Place, FieldRule, FieldScreen]] = [
            (place, rule, FieldScreen(rule, self._codes[rule.codes] if rule.codes else None))
            for place, rule in rules
            if rule.required or rule.values or rule.codes or rule.checks
        ]

    def faults(self, batch: pa.RecordBatch, unreadable: Unreadable) -> Iterator[Fault]:
        """Faults of a batch, field by field."""
        for place, rule, screen in self._rules:
            suspects = screen.suspects(place.flat(batch))
            if suspects is None or len(suspects):
                yield from self._field_faults(batch, place, rule, unreadable, suspects)

    def _field_faults(
        self,
        batch: pa.RecordBatch,
        place: Place,
        rule: FieldRule,
        unreadable: Unreadable,
        suspects: Rows | None,
    ) -> Iterator[Fault]:
        """Faults among the ``suspects``, indices of values (None: among all values)."""
        values, parents = place.values(batch)
        if suspects is not None:
            values = values.take(pa.array(suspects))
            parents = suspects if parents is None else parents[suspects]
        open_ = _spread(~_rows(unreadable, place, batch.num_rows), parents)
        applies = self._places.applies(place, batch)
        if applies is not None:
            open_ &= _spread(applies, parents)
        for code, faulty in self._masks(rule, values):
            found = fault(code, faulty & open_, place.field, values, parents)
            open_ &= ~faulty
            if found is not None:
                yield found

    def _masks(self, rule: FieldRule, values: pa.Array) -> Iterator[tuple[str, Mask]]:
        present = np.asarray(values.is_valid())
        if rule.required:
            yield "VALUE_MISSING", ~present
        if rule.values:
            yield "VALUE_NOT_ALLOWED", present & ~is_one_of(values, rule.values)
        if rule.codes:
            known = as_mask(pc.is_in(values, value_set=self._codes[rule.codes]))
            yield "CODE_UNKNOWN", present & ~known
        for name in rule.checks:
            yield from self._checks[name](values).items()


def _rows(unreadable: Unreadable, place: Place, rows: int) -> Mask:
    return unreadable.get(place.field.name, np.zeros(rows, np.bool_))


def _spread(mask: Mask, parents: Rows | None) -> Mask:
    """A mask of rows as a mask of the values of a repeating field."""
    return mask if parents is None else mask[parents]
