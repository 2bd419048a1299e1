"""An edited picture taken apart: what stands at each character position, and what suppresses.

The rules are those of the Enterprise COBOL Language Reference, "PICTURE clause editing": simple,
special, fixed and floating insertion, zero suppression and replacement.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from parsers.layout import Edit

_SUPPRESSION = "Z*"
_FLOATING = "$+-"
_SIMPLE_INSERTION = "B0/,."


@dataclass(frozen=True, eq=False, slots=True)
class EditPlan:
    """Positions (columns of the item, from 0) of an edited picture.

    ``digits``: columns that show digits, in order. ``first``: the leftmost suppression or
    floating symbol, None if there is none. ``stop``: where suppression ends at the latest, the
    first 9 or the decimal point, one past the last column if there is neither. ``fill``: the
    character of suppressed columns, a space or ``*``. ``floating``: ``$``, ``+``, ``-`` or "".
    ``vanishes``: every digit can be suppressed, so that zero leaves no digit at all.
    ``point``: column of the actual decimal point, None if there is none. ``inserted``:
    characters that are always the same, by column. ``signs``: fixed sign symbols by column
    (``+``, ``-``, or the letters of CR and DB). ``currency``: the character for ``$``.
    """

    width: int
    digits: npt.NDArray[np.int64]
    first: int | None
    stop: int
    fill: str
    floating: str
    vanishes: bool
    point: int | None
    inserted: dict[int, str]
    signs: dict[int, str]
    currency: str

    @property
    def has_sign(self) -> bool:
        """Whether a negative value shows at all."""
        return bool(self.signs) or self.floating in ("+", "-")


@cache
def edit_plan(edit: Edit, scale: int) -> EditPlan:
    """Take the symbols of a picture apart.

    ``scale`` tells where an assumed decimal point (V) stands, for which there is no symbol.
    """
    has_letters = edit.symbols.endswith(("CR", "DB"))
    symbols = edit.symbols[:-2] if has_letters else edit.symbols
    floating = next((symbol for symbol in _FLOATING if symbols.count(symbol) > 1), "")
    strings = [c for c, symbol in enumerate(symbols) if symbol in _SUPPRESSION + floating]
    first = strings[0] if strings else None
    moving = strings[1:] if floating else strings  # a floating string's first shows no digit
    nines = [c for c, symbol in enumerate(symbols) if symbol == "9"]
    digits = sorted(moving + nines)
    point = _actual_point(edit)
    stops = nines[:1] + _point_columns(point, digits, scale)
    plain = {
        column: " " if symbol == "B" else symbol
        for column, symbol in enumerate(symbols)
        if symbol in _SIMPLE_INSERTION
    }
    if floating != "$" and "$" in symbols:
        plain[symbols.index("$")] = edit.currency
    signs = {
        column: symbol
        for column, symbol in enumerate(symbols)
        if symbol in "+-" and symbol != floating
    }
    if has_letters:
        signs |= dict(enumerate(edit.symbols[-2:], len(symbols)))
    return EditPlan(
        width=len(edit.symbols),
        digits=np.array(digits, np.int64),
        first=first,
        stop=min(stops, default=len(edit.symbols)),
        fill="*" if "*" in symbols else " ",
        floating=floating,
        vanishes=first is not None and not nines,
        point=point,
        inserted=plain,
        signs=signs,
        currency=edit.currency,
    )


def _actual_point(edit: Edit) -> int | None:
    """Column of the decimal point. There is one at most: the other of comma and point groups
    digits."""
    place = edit.symbols.find("," if edit.decimal_comma else ".")
    return place if place >= 0 else None


def _point_columns(point: int | None, digits: list[int], scale: int) -> list[int]:
    """Column at which the fraction begins: the point itself, or the first digit behind V."""
    if point is not None:
        return [point]
    return [digits[len(digits) - scale]] if 0 < scale <= len(digits) else []
