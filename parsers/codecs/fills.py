"""Numbers filled with one byte (spaces, LOW-VALUES, HIGH-VALUES): what that means by declaration.

The codecs name such a filling as a fault. Here the fault is taken back where the field's rule,
or else the dialect, says that the filling means "no value" or zero.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from interfaces.model import Dialect, FieldRule, Filled
from parsers.codecs.digits import Integers
from parsers.codecs.fault import Fault, Faults

Mask = npt.NDArray[np.bool_]


class Fills(NamedTuple):
    """Meaning of a number that is all spaces, all LOW-VALUES (00) or all HIGH-VALUES (FF)."""

    spaces: Filled
    low_values: Filled
    high_values: Filled

    def by_fault(self) -> tuple[tuple[Fault, Filled], ...]:
        """The fault that names each filling, with the filling's meaning."""
        return (
            (Fault.NUMBER_SPACES, self.spaces),
            (Fault.NUMBER_LOW_VALUES, self.low_values),
            (Fault.NUMBER_HIGH_VALUES, self.high_values),
        )


def declared_fills(rule: FieldRule | None, dialect: Dialect) -> Fills:
    """Meanings for one field: its own rule's, and the dialect's where the rule says nothing."""
    rule = rule or FieldRule()
    return Fills(
        rule.spaces or dialect.spaces,
        rule.low_values or dialect.low_values,
        rule.high_values or dialect.high_values,
    )


def settle_fills(values: Integers, faults: Faults, fills: Fills) -> Mask:
    """Take back the faults of fillings that are declared NULL or ZERO, in place.

    ZERO rows get the value 0 in ``values``; returned are the rows (bool) that are null without
    a finding.
    """
    null = np.zeros(len(faults), np.bool_)
    for fault, meaning in fills.by_fault():
        if meaning is Filled.FAULT:
            continue
        rows = faults == fault
        faults[rows] = Fault.NONE
        if meaning is Filled.ZERO:
            values[rows] = 0
        else:
            null |= rows
    return null
