"""Telling the records of a block apart with one compiled pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from interfaces.model import RecordRule
from parsers.arrow_types import record_named
from parsers.codepages import CodePage
from parsers.kernels.levels import address_of, padded
from parsers.kernels.recognising import CONDITION_WORDS, SPAN_WORDS, recogniser
from parsers.layout import Record
from parsers.recognition import RecordKinds, by_name, named, text_pattern
from parsers.rows import Ints, Rows

_WORD_BYTES = 8
_MOST_RULES = 255


class Recogniser:
    """The conditions of all rules as tables; made once for a file."""

    def __init__(
        self,
        rules: Sequence[RecordRule],
        layout: Sequence[Record],
        page: CodePage,
    ) -> None:
        self._rules = len(rules)
        needed, conditions, patterns, looked_at = [], [], [], []
        words_before = 0
        for kind, rule in enumerate(rules):
            fields = by_name(record_named(layout, rule.record).fields)
            ends = [0]
            for name, values in rule.when.items():
                item = named(fields, name)
                words = -(-item.length // _WORD_BYTES)
                table = np.zeros((len(values), words * _WORD_BYTES), np.uint8)
                for place, value in enumerate(values):
                    table[place, : item.length] = text_pattern(item, value, page)
                last = (1 << (8 * ((item.length - 1) % _WORD_BYTES + 1))) - 1
                signed = last - (1 << 64) if last >> 63 else last
                ends.append(item.offset + item.length)
                looked_at.append((item.offset, item.length))
                conditions.append((kind, item.offset, words, signed, len(values), words_before))
                patterns.append(table.reshape(-1))
                words_before += len(values) * words
            needed.append(max(ends))
        self._needed = np.array(needed, np.int64)
        self._key, self._key_mask = _key(looked_at)
        self._conditions = np.array(conditions, np.int64).reshape(-1, CONDITION_WORDS)
        self._patterns: npt.NDArray[np.uint8] = np.concatenate([*patterns, np.zeros(8, np.uint8)])

    @staticmethod
    def can_tell(rules: Sequence[RecordRule], layout: Sequence[Record]) -> bool:
        """Whether all conditions are on text of single bytes; numbers are compared by value."""
        if len(rules) > _MOST_RULES:
            return False
        for rule in rules:
            fields = by_name(record_named(layout, rule.record).fields)
            for name in rule.when:
                item = named(fields, name)
                if item.kind != "text" or item.usage != "display" or item.length == 0:
                    return False
        return True

    def tell(self, rows: Rows, lengths: Ints) -> RecordKinds:
        """Kinds of all records."""
        count = len(rows)
        kinds = np.empty(count, np.uint8)
        spans = np.zeros((self._rules + 1, SPAN_WORDS), np.int64)
        longest = int(self._needed.max(initial=0))
        block, starts = padded(rows.data, rows.starts, longest)
        lengths = np.ascontiguousarray(lengths, np.int64)
        recogniser()(
            address_of(block.data),
            address_of(starts),
            address_of(lengths),
            count,
            self._rules,
            address_of(self._needed),
            address_of(self._conditions),
            len(self._conditions),
            address_of(self._patterns),
            address_of(kinds),
            address_of(spans),
            self._key,
            self._key_mask,
        )
        return RecordKinds(kinds, spans)


def _key(looked_at: Sequence[tuple[int, int]]) -> tuple[int, np.uint64]:
    """Offset of a word that holds all bytes (offset, number) that conditions look at, -1 if they
    are too far apart, and the mask of these bytes."""
    first = min((offset for offset, _ in looked_at), default=0)
    if any(offset + width - first > _WORD_BYTES for offset, width in looked_at):
        return -1, np.uint64(0)
    mask = 0
    for offset, width in looked_at:
        mask |= ((1 << (8 * width)) - 1) << (8 * (offset - first))
    return first, np.uint64(mask)
