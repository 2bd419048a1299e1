"""Constants that kernels read: months, characters, signs. They are made with the numpy codecs,
so that the two decoders cannot differ in what a byte means."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from interfaces.model import Era, FieldRule, FieldType, SignRule
from parsers.codecs.packed import decode_packed
from parsers.codecs.zoned import decode_zoned
from parsers.codepages import CodePage
from parsers.dates import decode_dates, decode_periods

Table = npt.NDArray[Any]

_NEVER = 0x80
_MINUS = 0x40
_DIGIT_BITS = 0x0F
_NIBBLES = 16
_BYTES = 256
_UTF8_BYTES = 3
_PAIR_BYTES = 6
_LENGTH_BITS = 6
_SHORTEST_MONTH = 28
_DAYS = (29, 30, 31)


@lru_cache(maxsize=8)
def character_table(page: CodePage) -> Table:
    """uint32 (256,): UTF-8 bytes of each character, their number in the fourth byte; only the
    top bit for a byte that may not stand in text."""
    entries = np.zeros((_BYTES, 4), np.uint8)
    for byte, character in enumerate(page.decode_table):
        length = int(page.utf8_length[byte])
        if length:
            entries[byte, :length] = np.frombuffer(character.encode("utf-8"), np.uint8)
        entries[byte, _UTF8_BYTES] = length or _NEVER
    return entries.reshape(-1).view(np.uint32)


@lru_cache(maxsize=8)
def pair_table(page: CodePage) -> Table:
    """uint64 (65536,): the same of two bytes, the first in the low byte of the index; the number
    of UTF-8 bytes in the eighth byte, the top bit of the seventh where either may not stand in
    text."""
    single = character_table(page).astype(np.uint64)
    text, length = single & np.uint64(0xFFFFFF), single >> np.uint64(24) & np.uint64(0x0F)
    bad = single >> np.uint64(31)
    first, second = text[None, :], text[:, None]
    both = first | second << (np.uint64(8) * length[None, :])
    lengths = length[None, :] + length[:, None]
    wrong = bad[None, :] | bad[:, None]
    table: Table = both | lengths << np.uint64(8 * _PAIR_BYTES + 8) | wrong << np.uint64(55)
    return table.reshape(-1)


@cache
def sign_bytes(page: CodePage, signed: bool, separate: bool, signs: SignRule) -> Table:
    """int32 (256,): what each byte means where the sign stands: its digit, 40 if minus; or 80
    and the fault."""
    samples = np.empty((_BYTES, 2), np.uint8)
    samples[:, 0] = page.digit_zero + 1
    samples[:, 1] = np.arange(_BYTES)
    values, faults = decode_zoned(samples, page, signed=signed, sign_separate=separate, signs=signs)
    digits = np.zeros(_BYTES, np.int64) if separate else np.abs(values) % 10
    table = np.where(faults, _NEVER | faults, digits | _MINUS * (values < 0))
    return table.astype(np.int32)


@cache
def sign_nibbles(signed: bool, signs: SignRule) -> Table:
    """uint64 (2,): bits of the nibbles that are a sign, and of those that are minus."""
    samples = np.arange(_NIBBLES, dtype=np.uint8)[:, None] | np.uint8(0x10)
    values, faults = decode_packed(samples, digits=1, signed=signed, space=0, signs=signs)
    bits = np.uint64(1) << np.arange(_NIBBLES, dtype=np.uint64)
    return np.array([bits[faults == 0].sum(), bits[values < 0].sum()], np.uint64)


def month_table(rule: FieldRule, years: int) -> Table:
    """int32 (100 · ``years``,): by year and month as they are written (yyyymm or yymm), days of
    the month in the low bits (0: there is none) and above them the day number of its first, or
    for a period itself in the Common Era."""
    return _month_table(rule.type or FieldType.DATE, rule.era, rule.pivot_base, years)


@lru_cache(maxsize=16)
def _month_table(type_: FieldType, era: Era | None, pivot: int | None, years: int) -> Table:
    year = "yyyy" if years > 100 else "yy"
    dates = FieldRule(type=FieldType.DATE, mask=year + "mmdd", era=era, pivot_base=pivot)
    written = (np.arange(years)[:, None] * 100 + np.arange(1, 13)).reshape(-1)
    first, wrong = decode_dates(written * 100 + 1, dates)
    length = np.full(len(written), _SHORTEST_MONTH)
    for day in _DAYS:
        length += decode_dates(written * 100 + day, dates)[1] == 0
    meaning = first.astype(np.int64)
    if type_ is FieldType.PERIOD:
        rule = replace(dates, type=FieldType.PERIOD, mask=year + "mm")
        periods, wrong = decode_periods(written, rule)
        meaning = periods.astype(np.int64)
    table = np.zeros(100 * years, np.int32)
    table[written] = np.where(wrong, 0, meaning << _LENGTH_BITS | length)
    return table
