"""Masks: how the digits of a date or a period are laid out in a field.

Letters in file order: ``yyyy`` or ``yy`` year, ``c`` century digit before ``yy`` (0: 19yy,
1: 20yy …, the *CYMD form of IBM i), ``mm`` month, ``dd`` day of the month, ``ddd`` day of the
year, ``mon`` the English month name in three letters. Text fields may have separators, any of
``/ - .`` and space: ``dd/mm/yyyy``, ``dd-mon-yyyy``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from interfaces.errors import WrongUse
from interfaces.model import FieldType
from parsers.layout import Field

SEPARATORS = "/-. "
MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_TOKENS = re.compile(rf"mon|y+|m+|d+|c+|[{re.escape(SEPARATORS)}]")
_MONTH_NAME = "mon"
_WIDTHS = {
    FieldType.DATE: (
        {"y": 4, "m": 2, "d": 2},
        {"y": 2, "m": 2, "d": 2},
        {"c": 1, "y": 2, "m": 2, "d": 2},
        {"y": 4, "d": 3},
        {"y": 2, "d": 3},
        {"c": 1, "y": 2, "d": 3},
    ),
    FieldType.PERIOD: ({"y": 4, "m": 2}, {"y": 2, "m": 2}, {"c": 1, "y": 2, "m": 2}),
}


class MaskError(WrongUse):
    """A declared mask that cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class MaskPart:
    """Run of one letter: ``letter`` c, y, m or d, ``unit`` = 10 to the digits right of it,
    ``modulus`` = 10 to its own digits. A ``d`` of three digits counts days of the year."""

    letter: str
    unit: int
    modulus: int


@dataclass(frozen=True, slots=True)
class TextPart:
    """Run of a mask in a text field: from ``column``, ``width`` characters. ``separator`` is the
    character that stands there, None for digits; a month name has ``is_name``."""

    column: int
    width: int
    separator: str | None
    is_name: bool


@cache
def mask_parts(mask: str, type_: FieldType) -> tuple[MaskPart, ...]:
    """Parts of a mask in file order, separators left out; a month name counts as two digits.

    MaskError unless it has a year and a month and, for a date, a day (or a year and the day of
    the year), each in one run.
    """
    runs = [(run[0], 2 if run == _MONTH_NAME else len(run)) for run in _runs(mask, type_)]
    letters = [(letter, width) for letter, width in runs if letter not in SEPARATORS]
    if dict(letters) not in _WIDTHS[type_] or len(dict(letters)) != len(letters):
        raise _no_mask(mask, type_)
    right = sum(width for _, width in letters)
    parts = []
    for letter, width in letters:
        right -= width
        parts.append(MaskPart(letter, 10**right, 10**width))
    return tuple(parts)


def mask_digits(mask: str, type_: FieldType) -> int:
    """Digits of a mask, which is its width in a number; MaskError as in :func:`mask_parts`."""
    first = mask_parts(mask, type_)[0]
    return len(str(first.unit * first.modulus)) - 1


def text_parts(mask: str, type_: FieldType) -> tuple[TextPart, ...]:
    """Where the runs of a mask stand in a text field; MaskError as in :func:`mask_parts`."""
    mask_parts(mask, type_)
    parts = []
    column = 0
    for run in _runs(mask, type_):
        separator = run if run in SEPARATORS else None
        parts.append(TextPart(column, len(run), separator, run == _MONTH_NAME))
        column += len(run)
    return tuple(parts)


def needs_text(mask: str) -> bool:
    """Whether only a text field can hold the mask: it has separators or a month name."""
    return _MONTH_NAME in mask or any(separator in mask for separator in SEPARATORS)


def check_mask(mask: str, field: Field) -> None:
    """MaskError unless the field can hold the mask: text of its very width, or a number of
    digits only."""
    if field.kind == "number":
        if needs_text(mask):
            raise MaskError(f"{field.name}: mask {mask!r} is for text, {field.picture} is a number")
        if len(mask) > field.precision or field.scale:
            raise MaskError(
                f"{field.name}: mask {mask!r} has {len(mask)} digits and no decimals, "
                f"{field.picture} holds {field.digits} digits"
            )
        return
    if field.kind != "text" or field.usage not in ("display", "national"):
        raise MaskError(f"{field.name}: {field.picture or field.usage} holds no date or period")
    width = field.length // 2 if field.usage == "national" else field.length
    if len(mask) != width:
        raise MaskError(
            f"{field.name}: mask {mask!r} has {len(mask)} characters, {field.picture} {width}"
        )


def has_century(mask: str) -> bool:
    """Whether a century digit stands in the mask, so that a two-digit year needs no pivot."""
    return "c" in mask


def _runs(mask: str, type_: FieldType) -> Iterator[str]:
    place = 0
    while place < len(mask):
        found = _TOKENS.match(mask, place)
        if found is None:
            raise _no_mask(mask, type_)
        yield found.group()
        place = found.end()


def _no_mask(mask: str, type_: FieldType) -> MaskError:
    wanted = "yyyymmdd or ddmmyy" if type_ is FieldType.DATE else "yyyymm or mmyy"
    return MaskError(f"mask {mask!r} is no {type_} mask; write it like {wanted}")
