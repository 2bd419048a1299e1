"""Dates and periods in text fields: characters with separators and month names ↔ plain digits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfaces.model import FieldType
from parsers.codecs.fault import Bytes
from parsers.codepages import CodePage
from parsers.date_masks import MONTH_NAMES, TextPart, mask_digits, needs_text, text_parts

Mask = npt.NDArray[np.bool_]

_CASE_BITS = {"ebcdic": 0x40, "ascii": 0x20}
"""The bit in which lower- and upper-case letters differ: set in lower case in ASCII, in upper
case in EBCDIC."""


def digits_of_text(
    matrix: Bytes, mask: str, type_: FieldType, page: CodePage
) -> tuple[Bytes, Mask]:
    """Digit characters (n, digits of the mask) of text dates (n, length of the mask), and the
    rows whose separators are not those of the mask.

    Characters that are no digits stay what they are; a month name becomes two digits, or stays
    something that is no digit. A row that is one character throughout has no wrong separator.
    """
    if not needs_text(mask):
        return matrix, np.zeros(len(matrix), np.bool_)
    digits = np.empty((len(matrix), mask_digits(mask, type_)), np.uint8)
    wrong = np.zeros(len(matrix), np.bool_)
    place = 0
    for part in text_parts(mask, type_):
        shown = matrix[:, part.column : part.column + part.width]
        if part.separator is not None:
            wrong |= shown[:, 0] != page.encode_map[ord(part.separator)]
            continue
        width = 2 if part.is_name else part.width
        digits[:, place : place + width] = _month_digits(shown, page) if part.is_name else shown
        place += width
    return digits, wrong & (matrix != matrix[:, :1]).any(axis=1)


def text_of_digits(digits: Bytes, mask: str, type_: FieldType, page: CodePage, out: Bytes) -> None:
    """Write digit characters (n, digits of the mask) as text dates into ``out`` (n, length of
    the mask). A month that is none (00) shows as its digits behind a space."""
    place = 0
    for part in text_parts(mask, type_):
        shown = out[:, part.column : part.column + part.width]
        if part.separator is not None:
            shown[:] = page.encode_map[ord(part.separator)]
            continue
        width = 2 if part.is_name else part.width
        run = digits[:, place : place + width]
        shown[:] = _month_names(run, part, page) if part.is_name else run
        place += width


def _month_digits(shown: Bytes, page: CodePage) -> Bytes:
    """Two digit characters of each month name, in either case. Where there is none the two
    characters on the right: a written zero (`` 00``) or spaces stay what they are."""
    digits = shown[:, 1:].copy()
    case = np.uint8(_CASE_BITS[page.kind])
    folded = shown | case if page.kind == "ebcdic" else shown & ~case
    for number, name in enumerate(MONTH_NAMES, 1):
        found = (folded == np.frombuffer(page.encode(name), np.uint8)).all(axis=1)
        digits[found] = np.array([number // 10, number % 10], np.uint8) + np.uint8(page.digit_zero)
    return digits


def _month_names(run: Bytes, part: TextPart, page: CodePage) -> Bytes:
    shown = np.full((len(run), part.width), page.space, np.uint8)
    shown[:, 1:] = run
    number = (run - np.uint8(page.digit_zero)) @ np.array([10, 1], np.uint8)
    for month, name in enumerate(MONTH_NAMES, 1):
        shown[number == month] = np.frombuffer(page.encode(name), np.uint8)
    return shown
