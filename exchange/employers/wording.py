"""Columns of text for answers: cleaned of what a code page or a page cannot carry, amounts and
periods as people read them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

_NOT_PRINTABLE = r"[\p{C}\p{Zl}\p{Zp}]"
_NOT_CP874 = r"[^ -~\x{0E01}-\x{0E3A}\x{0E3F}-\x{0E5B}]"
_SEPARATOR = b"\x00"
_MARKUP = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;"))
_IN_UTF8 = ("FILE_UTF8", "TEXT_UTF8", "TEXT_BOM")
"""Codes that tell of text in UTF-8: their values are shown as the sender meant them."""
_MARK_OF_UTF8, _MARK_SHOWN = "\ufeff", "EF BB BF"
_STATED = (
    r"^(CONTROL_|FILE_REJECTED_RATIO|SHEET_TOTALS_DIFFER|FILE_RECEIVED_BEFORE|FORM_FILED_AGAIN)"
)
"""Codes with a statement of our own in place of a value."""
MUST_BE = " · ต้องเป็น "
"""Between what was filed and what was to be filed."""
_STATEMENTS = (
    ("received=", "รับเมื่อ (ค.ศ.) "),
    (" as=", " ชื่อ "),
    ("=unreadable", " อ่านไม่ได้"),
    (" unreadable=0", ""),
    (" unreadable=", " · ระเบียนที่อ่านไม่ได้ "),
    (" difference=", " · ต่างกัน "),
    (" counted=", " · นับได้ "),
    (" expected=", MUST_BE),
    ("declared=", "แจ้งไว้ "),
    ("declared ", "แจ้งไว้ "),
    (" read=", " จาก "),
    ("rejected=", "ไม่รับ "),
)
_GREGORIAN = "FORM_YEAR_GREGORIAN"
_ENDS_IN_YEAR = r"^[0-9]{4}(?:[0-9]{2})?$"  # mmyy, ddmmyy
_BUDDHIST_ERA = 543
_MEANT_YEAR = f" (ปี ค.ศ.){MUST_BE}"
_THOUSAND = 1_000


def decoded(raw: pa.Array, encoding: str) -> pa.Array:
    """Bytes as they were filed (binary) as text; bytes that mean nothing are question marks."""
    if not len(raw):
        return pa.array([], pa.utf8())
    plain = pc.fill_null(raw.cast(pa.binary()), b"")
    plain = pc.replace_substring(plain, _SEPARATOR, b"?")
    everything = pa.LargeListArray.from_arrays(pa.array([0, len(plain)], pa.int64()), plain)
    whole: bytes = pc.binary_join(everything, _SEPARATOR)[0].as_py()
    text = whole.decode(encoding, "replace").replace("\ufffd", "?")
    return pa.array(text.split(_SEPARATOR.decode()), pa.utf8())


def filed_values(codes: pa.Array, raw: pa.Array, encoding: str) -> pa.Array:
    """What was filed where something was found, as text; ``encoding`` is that of the file."""
    texts = decoded(raw, encoding)
    in_utf8 = pc.is_in(codes, value_set=pa.array(_IN_UTF8, pa.utf8()))
    if not pc.any(in_utf8).as_py():
        return texts
    meant = pc.replace_substring(decoded(raw, "utf-8"), _MARK_OF_UTF8, _MARK_SHOWN)
    return pc.if_else(in_utf8, meant, texts)


def stated(codes: pa.Array, texts: pa.Array) -> pa.Array:
    """Values with our own statements, such as ``declared=3 counted=2``, in Thai; a Gregorian year
    with the Buddhist one that is meant."""
    shown = _with_buddhist_year(codes, texts)
    ours = pc.match_substring_regex(codes, _STATED)
    if not pc.any(ours).as_py():
        return shown
    told = shown
    for ours_en, ours_th in _STATEMENTS:
        told = pc.replace_substring(told, ours_en, ours_th)
    return pc.if_else(ours, told, shown)


def _with_buddhist_year(codes: pa.Array, texts: pa.Array) -> pa.Array:
    """Digits that end in a Gregorian year of two digits, with what was to be written."""
    is_year = pc.and_(
        pc.equal(codes, _GREGORIAN),
        pc.match_substring_regex(pc.fill_null(texts, ""), _ENDS_IN_YEAR),
    )
    if not pc.any(is_year).as_py():
        return texts
    digits = pc.if_else(is_year, texts, "00")
    year = pc.utf8_slice_codeunits(digits, -2).cast(pa.int64())
    later = pc.add(year, _BUDDHIST_ERA % 100)
    meant = pc.subtract(later, pc.multiply(pc.divide(later, 100), 100))
    right = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(digits, 0, -2), pc.utf8_lpad(meant.cast(pa.utf8()), 2, "0"), ""
    )
    shown = pc.binary_join_element_wise(texts, right, _MEANT_YEAR)
    return pc.if_else(is_year, shown, texts)


def printable(texts: pa.Array) -> pa.Array:
    """Without controls and marks of direction; null is empty."""
    plain = pc.fill_null(texts, "")
    if not _holds(plain, _NOT_PRINTABLE):
        return plain
    return pc.replace_substring_regex(plain, _NOT_PRINTABLE, "?")


def in_cp874(texts: pa.Array, width: int) -> pa.Array:
    """What CP874 has, at most ``width`` characters; null stays."""
    return pc.utf8_slice_codeunits(pc.replace_substring_regex(texts, _NOT_CP874, "?"), 0, width)


def markup(texts: pa.Array) -> pa.Array:
    """As text of an HTML page: printable, and no character of it is markup."""
    shown = printable(texts)
    if _holds(shown, "[&<>\"']"):
        for sign, escaped in _MARKUP:
            shown = pc.replace_substring(shown, sign, escaped)
    return shown


def _holds(texts: pa.Array, pattern: str) -> bool:
    """Whether any of the texts, without nulls, has a character of a class: one look over all of
    them together, which most columns pass."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    wide = texts.cast(pa.large_utf8())
    _, starts, content = wide.buffers()
    if not len(wide) or content is None:
        return False
    ends = np.frombuffer(starts, np.int64)[[wide.offset, wide.offset + len(wide)]]
    together = pa.Array.from_buffers(pa.large_utf8(), 1, [None, pa.py_buffer(ends), content])
    return bool(pc.match_substring_regex(together, pattern)[0].as_py())


def baht(satang: Ints) -> pa.Array:
    """Amounts in baht with two decimals and thousands separators, such as ``-1,234.50``."""
    distinct, place = np.unique(satang, return_inverse=True)
    whole = np.abs(distinct) // 100
    part = pc.utf8_lpad(pa.array(np.abs(distinct) % 100).cast(pa.utf8()), 2, "0")
    sign = pa.array(["", "-"]).take(pa.array((distinct < 0).astype(np.int64)))
    nothing = ""  # between the parts
    texts = pc.binary_join_element_wise(sign, grouped(whole), ".", part, nothing)
    return texts.take(pa.array(place))


def counts(numbers: Ints) -> pa.Array:
    """Whole numbers with thousands separators."""
    return grouped(numbers)


def grouped(numbers: Ints) -> pa.Array:
    """Whole numbers from 0 on, as text with a comma before every three digits from the end."""
    texts = pa.array(numbers).cast(pa.utf8())
    is_long = numbers >= _THOUSAND
    if not is_long.any():
        return texts
    last = pc.utf8_lpad(pa.array(numbers % _THOUSAND).cast(pa.utf8()), 3, "0")
    longer = pc.binary_join_element_wise(grouped(numbers // _THOUSAND), last, ",")
    return pc.if_else(pa.array(is_long), longer, texts)


def months(periods: pa.Array) -> pa.Array:
    """Gregorian yyyymm as ``11/2569``, the way employers know their months; null is ``-``."""
    years = pc.add(pc.divide(periods, 100), _BUDDHIST_ERA)
    numbers = pc.subtract(periods, pc.multiply(pc.divide(periods, 100), 100))
    shown = pc.binary_join_element_wise(
        pc.utf8_lpad(numbers.cast(pa.utf8()), 2, "0"), years.cast(pa.utf8()), "/"
    )
    return pc.fill_null(shown, "-")


def replaced(keys: pa.Array, texts: Mapping[str, str]) -> pa.Array:
    """The text of each key; a key without one stays as it is, null is empty."""
    place = pc.index_in(keys, value_set=pa.array(list(texts), pa.utf8()))
    found = pa.array(list(texts.values()), pa.utf8()).take(place)
    return pc.fill_null(pc.coalesce(found, keys), "")
