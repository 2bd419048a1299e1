"""Which record type each record is, and where the records of each type lie."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from parsers.kernels.compiling import entry, fingerprint, inlined
from parsers.kernels.memory import Word, load_int, load_word, store_byte, store_int

CONDITION_WORDS = 6
"""Of a condition, int64 each: its rule, offset of its field, words of a pattern, mask of the last
word, patterns, place of the first pattern in the patterns. Conditions stand by rule."""
SPAN_WORDS = 3
"""Of each rule, the last for records of none: records, first and last place."""

_SIGNATURE = f"void({', '.join(['int64'] * 12)}, uint64)"
Recognise = Callable[..., None]


@inlined
def _kind(
    data: int,
    start: int,
    length: int,
    rules: int,
    needed: int,
    conditions: int,
    count: int,
    patterns: int,
) -> int:
    """The first rule that a record meets, ``rules`` where there is none."""
    place = 0
    for kind in range(rules):
        met = length >= load_int(needed, 8 * kind)
        while place < count:
            condition = conditions + 8 * CONDITION_WORDS * place
            if load_int(condition, 0) != kind:
                break
            if met:
                field = start + load_int(condition, 8)
                words, last = load_int(condition, 16), load_word(condition, 24)
                pattern = patterns + 8 * load_int(condition, 40)
                equal = False
                for _ in range(load_int(condition, 32)):
                    different = np.uint64(0)
                    for word in range(words):
                        found = load_word(data, field + 8 * word)
                        found ^= load_word(pattern, 8 * word)
                        different |= found & last if word == words - 1 else found
                    equal = equal or different == np.uint64(0)
                    pattern += 8 * words
                met = equal
            place += 1
        if met:
            return kind
    return rules


@inlined
def _count(spans: int, kind: int, first: int, end: int) -> None:
    """Add the records from ``first`` up to ``end`` to the span of their kind."""
    if first == end:
        return
    span = spans + 8 * SPAN_WORDS * kind
    if load_int(span, 0) == 0:
        store_int(span, 8, first)
    store_int(span, 0, load_int(span, 0) + end - first)
    store_int(span, 16, end - 1)


def _recogniser(stamp: int) -> Recognise:
    def recognise(
        data: int,
        starts: int,
        lengths: int,
        rows: int,
        rules: int,
        needed: int,
        conditions: int,
        count: int,
        patterns: int,
        kinds: int,
        spans: int,
        key: int,
        key_mask: Word,
    ) -> None:
        kind, first = 0 * stamp, 0
        seen, seen_length = np.uint64(0), -1
        for i in range(rows):
            start, length = load_int(starts, 8 * i), load_int(lengths, 8 * i)
            told_by = load_word(data, start + key) & key_mask if key >= 0 else np.uint64(0)
            if key < 0 or length != seen_length or told_by != seen:
                _count(spans, kind, first, i)
                kind = _kind(data, start, length, rules, needed, conditions, count, patterns)
                first, seen, seen_length = i, told_by, length
            store_byte(kinds, i, np.uint64(kind))
        _count(spans, kind, first, rows)

    return recognise


@cache
def recogniser() -> Recognise:
    """``recognise(data, starts, lengths, rows, rules, needed, conditions, count, patterns, kinds,
    spans, key, key_mask)``; all but rows, rules, count and the last two are addresses.

    Writes to ``kinds`` uint8 (rows,) the first rule whose conditions a record meets and whose
    ``needed`` bytes it has, ``rules`` where there is none, and ``spans`` of each. ``key`` is the
    offset of a word of which the bytes in ``key_mask`` are all that the conditions look at, -1
    where they need more: a record with the same key as the one before it is of the same kind.
    """
    return entry(_SIGNATURE, _recogniser(fingerprint()))
