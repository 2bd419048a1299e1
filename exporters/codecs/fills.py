"""What a null of a number, date or period is written as: the filling that reads as null."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfaces.model import Dialect, FieldRule, Filled
from parsers.codecs.fault import HIGH_VALUE, LOW_VALUE
from parsers.codecs.fills import declared_fills
from parsers.codepages import CodePage
from parsers.layout import Field


def null_filling(
    field: Field, rule: FieldRule | None, dialect: Dialect, page: CodePage
) -> npt.NDArray[np.uint8] | None:
    """Bytes (field length) of a null: spaces, LOW-VALUES or HIGH-VALUES, the first of them that
    is declared to mean null; None where none is, or where the usage has a number for every
    bit pattern. A null is then zero."""
    if not _can_be_filled(field) or (rule is not None and rule.zero_is_null):
        return None
    fills = declared_fills(rule, dialect)
    if fills.spaces is Filled.NULL:
        return _repeated(_space(field, page), field.length)
    if fills.low_values is Filled.NULL:
        return _repeated(bytes([LOW_VALUE]), field.length)
    if fills.high_values is Filled.NULL:
        return _repeated(bytes([HIGH_VALUE]), field.length)
    return None


def _repeated(unit: bytes, length: int) -> npt.NDArray[np.uint8]:
    return np.frombuffer(unit * (length // len(unit)), np.uint8)


def _space(field: Field, page: CodePage) -> bytes:
    if field.usage == "national":
        return " ".encode("utf-16-le" if field.little_endian else "utf-16-be")
    return bytes([page.space])


def _can_be_filled(field: Field) -> bool:
    if field.usage == "packed":
        return field.sign_nibble
    return field.usage in ("display", "national")
