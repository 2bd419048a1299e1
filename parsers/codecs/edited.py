"""Numeric-edited items (PIC ZZ,ZZ9.99-, $$$9, ***9CR …): characters ↔ digits and sign.

Writing follows the rules of editing column by column. Reading takes digits and sign from their
columns and writes them again: what does not come out as the very same bytes is nothing that
the picture can produce, EDITED_PICTURE.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfaces.errors import WrongUse
from parsers.codecs.digits import Integers, digits_to_integers
from parsers.codecs.edit_plan import EditPlan, edit_plan
from parsers.codecs.fault import Bytes, Fault, Faults, name_filled
from parsers.codepages import CodePage
from parsers.layout import Edit

Mask = npt.NDArray[np.bool_]


def decode_edited(
    matrix: Bytes, edit: Edit, scale: int, page: CodePage, *, blank_when_zero: bool = False
) -> tuple[Integers, Faults]:
    """Unscaled integers of edited numbers; ``matrix`` uint8 (n, characters).

    EDITED_PICTURE where the bytes are none that the picture makes of any number; all spaces,
    LOW-VALUES and HIGH-VALUES under their own names (spaces only where they are not zero).
    WrongUse when the page lacks a character of the picture.
    """
    plan = edit_plan(edit, scale)
    shown = np.ascontiguousarray(matrix[:, plan.digits].T) - np.uint8(page.digit_zero)
    digits = np.where(shown <= 9, shown, np.uint8(0))
    negative = _is_negative(matrix, plan, page) & digits.any(axis=0)
    written = edit_digits(digits, negative, edit, scale, page, blank_when_zero=blank_when_zero)
    faults = np.zeros(len(matrix), np.uint8)
    faults[(written != matrix).any(axis=1)] = Fault.EDITED_PICTURE
    name_filled(matrix, faults, page.space)
    return digits_to_integers(digits, negative if negative.any() else None), faults


def edit_digits(
    digits: Bytes,
    negative: Mask,
    edit: Edit,
    scale: int,
    page: CodePage,
    *,
    blank_when_zero: bool = False,
) -> Bytes:
    """Characters (n, width) of the picture for digit values (digits of the picture, n).

    ``negative`` must be False for zero; it does not show in a picture without a sign.
    WrongUse when the page lacks a character of the picture.
    """
    plan = edit_plan(edit, scale)
    rows = digits.shape[1]
    out = np.empty((plan.width, rows), np.uint8)
    out[plan.digits] = digits + np.uint8(page.digit_zero)
    for column, character in plan.inserted.items():
        out[column] = _byte(character, page)
    for column, symbol in plan.signs.items():
        out[column] = _sign(symbol, negative, page)
    zero = ~digits.any(axis=0)
    if plan.first is not None:
        _suppress(out, plan, digits, negative, page)
    if blank_when_zero or (plan.vanishes and plan.fill == " "):
        out[:, zero] = page.space
    elif plan.vanishes:
        out[:, zero] = _byte("*", page)
        if plan.point is not None:
            out[plan.point, zero] = _byte(plan.inserted[plan.point], page)
    return np.ascontiguousarray(out.T)


def _suppress(out: Bytes, plan: EditPlan, digits: Bytes, negative: Mask, page: CodePage) -> None:
    """Replace what stands left of the first digit that shows; place a floating character."""
    significant = _first_significant(digits, plan)
    fill = _byte(plan.fill, page)
    for column in range(plan.first or 0, plan.stop):
        out[column, column < significant] = fill
    if plan.floating:
        character = (
            np.full(len(negative), _byte(plan.currency, page), np.uint8)
            if plan.floating == "$"
            else _sign(plan.floating, negative, page)
        )
        out[significant - 1, np.arange(len(negative))] = character


def _first_significant(digits: Bytes, plan: EditPlan) -> npt.NDArray[np.int64]:
    """Leftmost column of each row that is not suppressed: the first digit that is not zero, the
    first 9, or the decimal point."""
    shows = digits != 0
    nonzero = np.where(shows.any(axis=0), plan.digits[shows.argmax(axis=0)], plan.width)
    return np.minimum(nonzero, plan.stop)


def _is_negative(matrix: Bytes, plan: EditPlan, page: CodePage) -> Mask:
    """Rows that show a minus where a sign may stand, or CR or DB."""
    if plan.floating in ("+", "-") and plan.first is not None:
        minus: Mask = (matrix[:, plan.first : plan.stop] == _byte("-", page)).any(axis=1)
        return minus
    for column, symbol in plan.signs.items():
        shown = _byte("-" if symbol in "+-" else symbol, page)
        return np.asarray(matrix[:, column] == shown)
    return np.zeros(len(matrix), np.bool_)


def _sign(symbol: str, negative: Mask, page: CodePage) -> npt.NDArray[np.uint8]:
    """What a sign symbol becomes: ``+`` is always there, the others only for a negative value."""
    minus = "-" if symbol in "+-" else symbol
    plus = "+" if symbol == "+" else " "
    return np.where(negative, _byte(minus, page), _byte(plus, page))


def _byte(character: str, page: CodePage) -> np.uint8:
    if ord(character) not in page.encode_map:
        raise WrongUse(f"an edited picture shows {character!r}, which {page.name} does not have")
    return np.uint8(page.encode_map[ord(character)])
