"""PIC X: trimmed at the right and translated to UTF-8, one field of a tile after the other.

Codes and identifiers are digits nearly always: eight of them are recognised and translated at
once. Other text goes through a table of its page's bytes, two bytes a step.
"""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.digits import not_digits
from parsers.kernels.gathering import gather_words
from parsers.kernels.memory import (
    COMPARED,
    Word,
    differing,
    integer,
    leading_zeros,
    load_byte,
    load_half,
    load_int,
    load_word,
    look_up,
    store_byte,
    store_half,
    store_int32,
    store_word,
)
from parsers.kernels.program import NULL, OFFSET, PAIRS, SPACE, TABLE, THAI_CHECK, WIDTH, ZONE

LENGTH_SHIFT = 24
"""An entry of the character table: three UTF-8 bytes, then their number; the top bit is set for
a byte that may not stand in text."""
PAIR_LENGTH_SHIFT = 56
"""An entry of the pair table: six UTF-8 bytes, 80 for a byte that may not stand in text, their
number."""

_ZERO, _ONE, _BYTE = np.uint64(0), np.uint64(1), np.uint64(0xFF)
_ONES = np.uint64(0x0101010101010101)
_ASCII_ZEROS = np.uint64(0x3030303030303030)
_NULL = np.uint64(NULL)
_SEVEN, _SIXTEEN = np.uint64(7), np.uint64(16)
_32, _48 = np.uint64(32), np.uint64(48)
_PAIR, _EIGHT_BYTES = np.uint64(0xFFFF), np.uint64(3)
_LENGTH_SHIFT, _PAIR_LENGTH_SHIFT = np.uint64(LENGTH_SHIFT), np.uint64(PAIR_LENGTH_SHIFT)
_BAD_CHARACTER = np.uint64(31)
_BAD_PAIR = np.uint64(1 << 55)
_UNMAPPABLE, _UTF8 = 10, 11


@inlined
def read_text(
    row: int,
    data: int,
    source: int,
    step: int,
    count: int,
    ends: int,
    status: int,
    texts: int,
    at: int,
    words: int,
    tails: int,
) -> tuple[int, Word]:
    """UTF-8 of ``count`` fields to ``texts`` from ``at`` on, the end of each to ``ends`` (int32),
    their status. Returns the end of the last, and not zero when a status is not good. Fields
    begin at the starts in ``source``, which are ``step`` bytes apart where that is not 0;
    ``words`` and ``tails`` are room for a word of each."""
    width = load_int(row, WIDTH)
    for i in range(0, count, 8):  # at once: what is good need not say so
        store_word(status, i, _ZERO)
    if width == 1:
        if _are_single(row, data, source, step, count, texts + at, words):
            return _put_ends(1, count, ends, at), _ZERO
        return _single(row, data, source, count, ends, status, texts, at)
    if width <= 16 and _are_digits(row, data, source, step, count, texts + at, words, tails):
        return _put_ends(width, count, ends, at), _ZERO
    return _any(row, data, source, count, ends, status, texts, at)


@inlined
def _put_ends(width: int, count: int, ends: int, at: int) -> int:
    """Ends of texts of one length; returns the last."""
    for i in range(count):
        store_int32(ends, 4 * i, at + width * (i + 1))
    return at + width * count


@inlined
def _are_single(
    row: int, data: int, source: int, step: int, count: int, texts: int, words: int
) -> bool:
    """Whether all fields of a byte are one of UTF-8 too, and written to ``texts``."""
    table, space = load_int(row, TABLE), load_word(row, SPACE)
    gather_words(data, source, step, load_int(row, OFFSET), count, words)
    others = _ZERO
    for i in range(count):
        byte = load_word(words, 8 * i) & _BYTE
        entry = np.uint64(look_up(table, 4 * integer(byte)))
        others |= ((entry >> _LENGTH_SHIFT) ^ _ONE) | np.uint64(byte == space)
        store_byte(texts, i, entry)
    return bool(others == _ZERO)


@inlined
def _are_digits(
    row: int,
    data: int,
    source: int,
    step: int,
    count: int,
    texts: int,
    words: int,
    tails: int,
) -> bool:
    """Whether all fields of up to 16 bytes are nothing but digits, and written to ``texts``."""
    first, width, zone = load_int(row, OFFSET), load_int(row, WIDTH), load_word(row, ZONE)
    spare = np.uint64(64 - 8 * min(width, 8))
    begin = load_int(source, 0) + first
    if count == 0 or not_digits((load_word(data, begin) ^ zone) << spare) != _ZERO:
        return False  # a column of names most likely
    gather_words(data, source, step, first, count, words)
    wrong = _to_ascii(zone, spare, count, words)
    if width > 8:
        gather_words(data, source, step, first + 8, count, tails)
        wrong |= _to_ascii(zone, np.uint64(128 - 8 * width), count, tails)
    if wrong != _ZERO:
        return False
    if width > 8:
        for i in range(count):
            store_word(texts, width * i, load_word(words, 8 * i))
            store_word(texts, width * i + 8, load_word(tails, 8 * i))
    else:
        for i in range(count):
            store_word(texts, width * i, load_word(words, 8 * i))
    return True


@inlined
def _to_ascii(zone: Word, spare: Word, count: int, words: int) -> Word:
    """Digits to those of ASCII; not zero when there is something else."""
    wrong = _ZERO
    for i in range(count):
        word = (load_word(words, 8 * i) ^ zone) << spare
        wrong |= not_digits(word)
        store_word(words, 8 * i, (word >> spare) | _ASCII_ZEROS)
    return wrong


@inlined
def _any(
    row: int, data: int, source: int, count: int, ends: int, status: int, texts: int, at: int
) -> tuple[int, Word]:
    """Fields of more than one byte, one by one."""
    first, width = load_int(row, OFFSET), load_int(row, WIDTH)
    zone, space = load_word(row, ZONE), load_word(row, SPACE)
    short = width <= 16
    lead = min(width, 8)
    spare = np.uint64(64 - 8 * lead)
    rest = np.uint64(64 - 8 * (width - lead)) if width > 8 else _ZERO
    last = ~_ZERO >> np.uint64(-width % COMPARED)
    found = _ZERO
    for i in range(count):
        start = load_int(source, 8 * i) + first
        if short:
            word = (load_word(data, start) ^ zone) << spare
            wrong = not_digits(word)
            store_word(texts, at, (word >> spare) | _ASCII_ZEROS)
            if width > 8:
                word = (load_word(data, start + 8) ^ zone) << rest
                wrong |= not_digits(word)
                store_word(texts, at + 8, (word >> rest) | _ASCII_ZEROS)
            if wrong == _ZERO:
                at += width
                store_int32(ends, 4 * i, at)
                continue
        length = _trimmed(space, last, data, start, width)
        end, bad = _translated(row, data, start, length, texts, at)
        fault = _ZERO if length else _NULL
        if bad:
            end = at
            fault = np.uint64(_fault(row, data, start, length))
        at = end
        store_int32(ends, 4 * i, at)
        store_byte(status, i, fault)
        found |= fault
    return at, found


@inlined
def _single(
    row: int, data: int, source: int, count: int, ends: int, status: int, texts: int, at: int
) -> tuple[int, Word]:
    """A field of one byte: nothing to trim but the byte itself."""
    first, table = load_int(row, OFFSET), load_int(row, TABLE)
    space = load_word(row, SPACE)
    found = _ZERO
    for i in range(count):
        byte = load_byte(data, load_int(source, 8 * i) + first)
        entry = load_half(table, 4 * integer(byte))
        store_half(texts, at, entry)
        bad = entry >> _BAD_CHARACTER
        blank = byte == space
        at += 0 if blank else integer((entry >> _LENGTH_SHIFT) & _SEVEN)
        fault = (_NULL if blank else _ZERO) | (bad * np.uint64(_UNMAPPABLE))
        store_int32(ends, 4 * i, at)
        store_byte(status, i, fault)
        found |= fault
    return at, found


@inlined
def _trimmed(space: Word, last: Word, data: int, start: int, width: int) -> int:
    """Length up to the last byte that is not a ``space``; ``last`` tells the bytes of the field
    in its last COMPARED. Lengths are hard to foresee: there is no branch on them."""
    length = 0
    place = 0
    while place + COMPARED < width:
        other = differing(data, start + place, space)
        length = place + COMPARED - leading_zeros(other) if other else length
        place += COMPARED
    other = differing(data, start + place, space) & last
    return place + COMPARED - leading_zeros(other) if other else length


@inlined
def _translated(
    row: int, data: int, start: int, length: int, texts: int, at: int
) -> tuple[int, bool]:
    """End of the UTF-8 of ``length`` bytes, and whether one of them may not stand in text.

    Sixteen bytes a step, so that the number of steps is easy to foresee for the processor. What
    is behind ``length`` is spaces, of one byte each in UTF-8 too, and is taken back at the end.
    """
    pairs, width = load_int(row, PAIRS), load_int(row, WIDTH)
    seen = _ZERO
    done = 0
    while done < length:
        if done + 16 <= width:
            at, entries = _eight(pairs, load_word(data, start + done), texts, at)
            at, more = _eight(pairs, load_word(data, start + done + 8), texts, at)
            seen |= entries | more
            done += 16
        else:
            word = load_word(data, start + done)
            if done + 8 > width:  # bytes of the next field
                others = ~_ZERO << np.uint64(8 * (width - done))
                word = (word & ~others) | (load_word(row, SPACE) * _ONES & others)
            at, entries = _eight(pairs, word, texts, at)
            seen |= entries
            done += 8
    return at - max(done - length, 0), seen & _BAD_PAIR != _ZERO


@inlined
def _eight(pairs: int, word: Word, texts: int, at: int) -> tuple[int, Word]:
    """End of the UTF-8 of eight bytes, and the bits of their entries."""
    a = load_word(pairs, integer((word & _PAIR) << _EIGHT_BYTES))
    b = load_word(pairs, integer(((word >> _SIXTEEN) & _PAIR) << _EIGHT_BYTES))
    c = load_word(pairs, integer(((word >> _32) & _PAIR) << _EIGHT_BYTES))
    d = load_word(pairs, integer((word >> _48) << _EIGHT_BYTES))
    store_word(texts, at, a)
    at += integer(a >> _PAIR_LENGTH_SHIFT)
    store_word(texts, at, b)
    at += integer(b >> _PAIR_LENGTH_SHIFT)
    store_word(texts, at, c)
    at += integer(c >> _PAIR_LENGTH_SHIFT)
    store_word(texts, at, d)
    at += integer(d >> _PAIR_LENGTH_SHIFT)
    return at, a | b | c | d


@inlined
def _fault(row: int, data: int, start: int, length: int) -> int:
    """TEXT_UNMAPPABLE, or TEXT_UTF8 where the bytes are plainly Thai letters in UTF-8."""
    if load_int(row, THAI_CHECK) == 0:
        return _UNMAPPABLE
    letters, i = 0, 0
    while i < length:
        if load_byte(data, start + i) < np.uint64(0x80):
            i += 1
            continue
        if i + 3 > length or load_byte(data, start + i) != np.uint64(0xE0):
            return _UNMAPPABLE
        second, third = load_byte(data, start + i + 1), load_byte(data, start + i + 2)
        if second != np.uint64(0xB8) and second != np.uint64(0xB9):
            return _UNMAPPABLE
        if third < np.uint64(0x80) or third > np.uint64(0xBF):
            return _UNMAPPABLE
        letters += 1
        i += 3
    return _UTF8 if letters else _UNMAPPABLE
