"""The columns of a findings table from sorted faults, in one compiled pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from parsers.kernels.compiling import entry, fingerprint, inlined
from parsers.kernels.memory import load_int, load_word, store_int, store_int32, store_word
from parsers.kernels.outputs import FAULT_BYTES

_SIGNATURE = f"void({', '.join(['int64'] * 14)})"
_FIELD, _CODE = 8, 16
Tabulate = Callable[..., None]


@inlined
def _put_text(words: int, place: int, ends: int, row: int, texts: int, at: int) -> int:
    """Append one of the ``words`` to a column of text; returns where it ends."""
    begin = load_int(words, 8 * place)
    length = load_int(words, 8 * place + 8) - begin
    for byte in range(0, length, 8):
        store_word(texts, at + byte, load_word(words, begin + byte))
    at += length
    store_int32(ends, 4 * row + 4, at)
    return at


def _tabulator(stamp: int) -> Tabulate:
    def tabulate(
        faults: int,
        count: int,
        numbers: int,
        offsets: int,
        names: int,
        codes: int,
        views: int,
        record_numbers: int,
        byte_offsets: int,
        ends: int,
        ends_apart: int,
        fields: int,
        found: int,
        remark: int,
    ) -> None:
        code_ends = ends + ends_apart
        store_int32(ends, 0, 0)
        store_int32(code_ends, 0, 0)
        field_at, code_at = 0 * stamp, 0
        for i in range(count):
            fault = faults + FAULT_BYTES * i
            record, field = load_int(fault, 0), load_int(fault, _FIELD)
            code = load_int(fault, _CODE)
            if load_int(views, 8 * field) != 0 and code < remark:
                code = 255
            store_int(record_numbers, 8 * i, load_int(numbers, 8 * record))
            store_int(byte_offsets, 8 * i, load_int(offsets, 8 * record))
            field_at = _put_text(names, field, ends, i, fields, field_at)
            code_at = _put_text(codes, code, code_ends, i, found, code_at)

    return tabulate


@cache
def tabulator() -> Tabulate:
    """``tabulate(faults, count, numbers, offsets, names, codes, views, record_numbers,
    byte_offsets, ends, ends_apart, fields, found, remark)``; all but ``count``, ``ends_apart`` and
    ``remark`` are addresses.

    ``numbers`` and ``offsets`` int64: of each record. ``names`` and ``codes`` are words: int64
    places (one more than there are words) from the beginning of the same memory on, then the
    UTF-8 of all, with eight bytes to spare. ``names``: of each field; ``codes``: of each fault,
    the last of any fault below ``remark`` in a view, which ``views`` int64 tells of each field.
    The columns follow: two of int64, the ends of the two of text (int32, ``ends_apart`` bytes from
    one to the next), their UTF-8 with eight bytes to spare each.
    """
    return entry(_SIGNATURE, _tabulator(fingerprint()))
