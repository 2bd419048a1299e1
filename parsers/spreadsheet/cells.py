"""Columns of cells → values: what people type, and what spreadsheets make of it.

A reader of cells gives Python values; each column is looked at once as those, then as arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parsers.codecs.arrays import integer_array
from parsers.spreadsheet.plan import DetailColumn, normal

Cell = int | float | str | bool | date | datetime | time | timedelta
Mask = npt.NDArray[np.bool_]

_ID_DIGITS: Final = 13
_INVISIBLE: Final = "[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]"
_BLANKS: Final = "[\\s\u00a0\u3000]+"
_DASHES: Final = "[ \u2010-\u2015\u2212'-]"
_SCIENTIFIC: Final = "^[0-9](\\.[0-9]+)?[eE]\\+?[0-9]+$"
_AMOUNT: Final = "^-?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\\.[0-9]*)?$"
_MONEY_WORDS: Final = "(?i)^(฿|บาท|thb) *| *(฿|บาท|thb)$|\\.-$|/-$"
_NOTHING: Final = "^[\u2010-\u2015\u2212-]$"
_THAI_DIGITS: Final = "๐๑๒๓๔๕๖๗๘๙"
_ALMOST: Final = 1e-4
"""Part of the smallest unit by which binary fractions of a spreadsheet's sums may be off."""


@dataclass(slots=True)
class Values:
    """``array`` has a value for each row, null where there is none; ``faults``: code → rows.
    ``units``: of numbers, in the field's smallest unit, 0 where there is none."""

    array: pa.Array
    units: npt.NDArray[np.int64] | None = None
    faults: dict[str, Mask] = field(default_factory=dict)

    def note(self, code: str, rows: Mask) -> None:
        """Remember the rows of a finding, if there are any."""
        if rows.any():
            self.faults[code] = rows


UNREADABLE: Final = "#"
"""Stands for a cell whose value was not saved, so that it is not taken for an empty one."""


def is_blank(cell: Cell) -> bool:
    """Whether there is nothing to see in a cell."""
    return isinstance(cell, str) and not cell.strip(" \t\r\n\u00a0\u200b\ufeff")


def shown(cell: Cell) -> str:
    """A cell as text: whole numbers without a point, days as ISO 8601."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e16:
        return str(int(cell))
    return repr(cell) if isinstance(cell, int | float) else str(cell)


def values_of(cells: Sequence[Cell], column: DetailColumn, type_: pa.DataType) -> Values:
    """The values of a column of cells, by what its field holds."""
    if column.meaning == "number":
        return _amounts(cells, column, type_)
    texts = cleaned(cells)
    if column.meaning == "digits":
        return _digits(cells, texts)
    if column.meaning == "word":
        return _codes(texts, column.words, column.field.length)
    return _text(texts, column.field.length)


def cleaned(cells: Sequence[Cell]) -> pa.StringArray:
    """Cells as text in NFC, without what cannot be seen, blanks as one space; null where empty."""
    texts = pa.array([cell if type(cell) is str else shown(cell) for cell in cells], pa.utf8())
    seen = pc.replace_substring_regex(texts, _INVISIBLE, "")
    single = pc.utf8_trim_whitespace(pc.replace_substring_regex(seen, _BLANKS, " "))
    return _null_if_empty(pc.utf8_normalize(single, "NFC"))


def _text(texts: pa.StringArray, width: int) -> Values:
    """Text that fits into the field: a character of the code page is a byte."""
    values = Values(pc.utf8_slice_codeunits(texts, 0, width))
    values.note("SHEET_TEXT_CUT", _mask(pc.greater(pc.utf8_length(texts), width)))
    return values


def _digits(cells: Sequence[Cell], texts: pa.StringArray) -> Values:
    """Digits of an identifier, without the dashes and blanks that group them.

    Spreadsheets take an identifier for a number: it loses a zero at its beginning, which is put
    back (aliens' numbers have one), or its last digits where it was shown shortened.
    """
    plain = pc.replace_substring_regex(_arabic(texts), _DASHES, "")
    is_number = np.array([type(cell) in (int, float) for cell in cells], np.bool_)
    short = is_number & _mask(pc.equal(pc.utf8_length(plain), _ID_DIGITS - 1))
    padded = pc.if_else(pa.array(short), pc.binary_join_element_wise("0", plain, ""), plain)
    rounded = _mask(pc.match_substring_regex(plain, _SCIENTIFIC))
    values = Values(
        _null_if_empty(pc.if_else(pa.array(rounded), pa.scalar(None, pa.utf8()), padded))
    )
    values.note("SHEET_ID_PADDED", short)
    values.note("SHEET_ID_ROUNDED", rounded)
    return values


def _codes(texts: pa.StringArray, words: Mapping[str, str], width: int) -> Values:
    """The code of each word; a code in place of a word is taken as it is."""
    distinct = texts.dictionary_encode()
    found, odd, given = [], [], []
    for word in distinct.dictionary.to_pylist():
        code = words.get(normal(word))
        is_code = code is None and word.isascii() and word.isdigit() and len(word) <= width
        found.append(word.zfill(width) if is_code else code)
        odd.append(code is None and not is_code)
        given.append(is_code)
    places = distinct.indices
    values = Values(pa.array(found, pa.utf8()).take(places))
    values.note("SHEET_TITLE", _mask(pa.array(odd, pa.bool_()).take(places)))
    values.note("SHEET_TITLE_CODE", _mask(pa.array(given, pa.bool_()).take(places)))
    return values


def _amounts(cells: Sequence[Cell], column: DetailColumn, type_: pa.DataType) -> Values:
    """Numbers in the field's smallest unit, from numbers and from text that looks like one."""
    unit = 10**column.field.scale
    is_number = np.array([type(cell) in (int, float) for cell in cells], np.bool_)
    numbers = np.array([c if isinstance(c, int | float) else np.nan for c in cells], np.float64)
    texts = cleaned(["" if number else cell for cell, number in zip(cells, is_number, strict=True)])
    filled = is_number | np.asarray(texts.is_valid())
    numbers = np.where(is_number, numbers, _typed(texts))
    most = 10 ** (column.field.digits - column.field.scale)
    right = filled & np.isfinite(numbers) & (numbers >= 0) & (numbers < most)
    scaled = np.where(right, numbers, 0.0) * unit
    whole = np.floor(scaled + 0.5 + _ALMOST)
    units = whole.astype(np.int64)
    values = Values(integer_array(units, right, type_), units)
    values.note("SHEET_NUMBER", filled & ~right)
    values.note("SHEET_AMOUNT_ROUNDED", right & (np.abs(scaled - whole) > _ALMOST))
    return values


def _typed(texts: pa.StringArray) -> npt.NDArray[np.float64]:
    """Numbers of texts such as ``17,250.75 บาท``; a dash is nothing, what is none is NaN."""
    plain = pc.replace_substring_regex(_arabic(texts), _MONEY_WORDS, "")
    plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(plain), _NOTHING, "0")
    is_amount = _mask(pc.match_substring_regex(plain, _AMOUNT))
    digits = pc.replace_substring(plain, ",", "")
    read = pc.cast(pc.if_else(pa.array(is_amount), digits, "nan"), pa.float64())
    return np.asarray(read.to_numpy(zero_copy_only=False), np.float64)


def _arabic(texts: pa.StringArray) -> pa.StringArray:
    """Thai digits as 0 to 9."""
    if not _mask(pc.match_substring_regex(texts, f"[{_THAI_DIGITS}]")).any():
        return texts
    for digit, thai in enumerate(_THAI_DIGITS):
        texts = pc.replace_substring(texts, thai, str(digit))
    return texts


def _null_if_empty(texts: pa.StringArray) -> pa.StringArray:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.utf8()), texts)


def _mask(booleans: pa.Array) -> Mask:
    filled = pc.fill_null(booleans, False)
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.bool_)
