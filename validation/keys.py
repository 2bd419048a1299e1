"""Keys that occur twice in a file, over all its blocks; the first accepted record counts.

Memory per key is bounded: 5 to 10 bytes for a key of 13 digits, at most 20 for one of 18 (packed
exactly, :mod:`validation.seen`), else its text and 16 bytes. Nobody is accused
on a hash alone: texts with equal hashes are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from validation.bitmask import Mask
from validation.packing import fits, pack_digits
from validation.seen import SeenNumbers, repeated_within

Hashes = npt.NDArray[np.uint64]
_SEPARATOR = "\x1f"


class DuplicateKeys:
    """Finds repeated keys of one record type, block after block."""

    def __init__(self, widths: Sequence[int], expected: int = 0) -> None:
        """``widths`` are the lengths of the key fields in characters; ``expected`` is how many
        keys there may be, 0 when nobody knows."""
        self._digits = _DigitKeys(widths, expected) if fits(widths) else None
        self._texts = _TextKeys()

    def repeated(self, columns: Sequence[pa.Array], candidates: Mask) -> Mask:
        """Rows among ``candidates`` (bool[n]) whose key an earlier candidate had; bool[n].

        Rows with a null in the key have no key and are never repeated.
        """
        for column in columns:
            candidates = candidates & np.asarray(column.is_valid())
        if self._digits is None:
            return self._texts.repeated(columns, candidates)
        packed, rest = self._digits.repeated(columns, candidates)
        return packed | self._texts.repeated(columns, rest)


class _DigitKeys:
    """Keys of digits: the packed integer is the key, equality is exact."""

    def __init__(self, widths: Sequence[int], expected: int) -> None:
        self._widths = tuple(widths)
        self._seen = SeenNumbers((10 ** sum(widths) - 1).bit_length(), expected)

    def repeated(self, columns: Sequence[pa.Array], candidates: Mask) -> tuple[Mask, Mask]:
        """Repeated rows, and the candidates whose key is not digits."""
        keys, packed = pack_digits(columns, self._widths)
        rows = np.flatnonzero(candidates & packed)
        again = self._seen.again(keys[rows])
        repeated: Mask = np.zeros(len(keys), np.bool_)
        repeated[rows[again]] = True
        return repeated, candidates & ~packed


class _TextKeys:
    """Keys of any text: 64-bit hashes find candidates, the texts themselves decide."""

    def __init__(self, hashes: Callable[[pa.Array], Hashes] | None = None) -> None:
        self._hashes = hashes or _hashes
        self._runs: list[tuple[Hashes, pa.Array]] = []

    def repeated(self, columns: Sequence[pa.Array], candidates: Mask) -> Mask:
        repeated: Mask = np.zeros(len(candidates), np.bool_)
        rows = np.flatnonzero(candidates)
        if not len(rows):
            return repeated
        at = pa.array(rows)
        texts = pc.binary_join_element_wise(
            *(column.take(at).cast(pa.large_utf8()) for column in columns),
            pa.scalar(_SEPARATOR, pa.large_utf8()),
        )
        again = repeated_within(texts.dictionary_encode().indices.to_numpy())
        hashes = self._hashes(texts)
        for known_hashes, known_texts in self._runs:
            again |= _same(hashes, texts, known_hashes, known_texts)
        self._remember(hashes[~again], texts.filter(pa.array(~again)))
        repeated[rows[again]] = True
        return repeated

    def _remember(self, hashes: Hashes, texts: pa.Array) -> None:
        if not len(hashes):
            return
        self._runs.append((hashes, texts))
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            last, before = self._runs.pop(), self._runs.pop()
            hashes = np.concatenate([before[0], last[0]])
            texts = pa.concat_arrays([before[1], last[1]])
            self._runs.append((hashes, texts))
        hashes, texts = self._runs.pop()
        order = np.argsort(hashes, kind="stable")
        self._runs.append((hashes[order], texts.take(pa.array(order))))


def _same(hashes: Hashes, texts: pa.Array, known_hashes: Hashes, known_texts: pa.Array) -> Mask:
    """Rows whose text is among the known ones. Equal hashes lie side by side: each distance
    from the first one is compared in turn, once for a sound hash."""
    first = np.searchsorted(known_hashes, hashes, side="left")
    end = np.searchsorted(known_hashes, hashes, side="right")
    same: Mask = np.zeros(len(hashes), np.bool_)
    distance = 0
    rows = np.flatnonzero(first < end)
    while len(rows):
        known = known_texts.take(pa.array(first[rows] + distance))
        equal = pc.equal(texts.take(pa.array(rows)), known)
        same[rows] |= np.asarray(equal)
        distance += 1
        rows = rows[first[rows] + distance < end[rows]]
    return same


def _hashes(texts: pa.Array) -> Hashes:
    series = pl.Series(pl.from_arrow(texts))
    return series.hash(seed=0).to_numpy()
