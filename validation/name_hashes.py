"""Hashes of names' match keys: 4 bytes that are equal for one name however it is typed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from insurance.names import name_keys, without_title
from validation.kernels import WORTH_COMPILED

Hashes = npt.NDArray[np.uint32]
_Words = npt.NDArray[np.uint64]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_UPPER = np.uint64(32)


def name_hashes(names: pa.Array) -> Hashes:
    """Hash of each name's key (:func:`insurance.names.name_keys`); uint32[n].

    Names with equal keys have equal hashes; others differ but once in 4,000 million.
    """
    if len(names) < WORTH_COMPILED:
        return _mixed(_hashed(name_keys(names)))
    from validation.kernels.compiling import text_buffers
    from validation.kernels.names import hash_names

    words: _Words = np.empty(len(names), np.uint64)
    differs = np.empty(len(names), np.uint8)
    if hash_names(*text_buffers(names), words, differs):
        rows = np.flatnonzero(differs)
        words[rows] = _hashed(name_keys(names.take(pa.array(rows))))
    return _mixed(words)


def untitled_name_hashes(names: pa.Array) -> Hashes:
    """Hash of each name's key without the title that it may begin with; uint32[n]."""
    return _mixed(_hashed(without_title(name_keys(names))))


def _hashed(keys: pa.Array) -> _Words:
    """What the kernel gives for the texts themselves."""
    encoded = pc.fill_null(keys, "").cast(pa.large_binary())
    ends = np.frombuffer(encoded.buffers()[1], np.int64, len(encoded) + 1, 8 * encoded.offset)
    words: _Words = np.zeros(len(encoded), np.uint64)
    lengths = np.diff(ends)
    filled = np.flatnonzero(lengths)
    if len(filled):
        data = np.frombuffer(encoded.buffers()[2], np.uint8)[ends[0] : ends[-1]]
        powers = np.full(int(lengths.max()), _MULTIPLIER)
        powers[0] = 1
        powers = np.multiply.accumulate(powers)
        to_end = np.repeat(ends[1:], lengths) - 1 - np.arange(ends[0], ends[-1])
        terms = data.astype(np.uint64) * powers[to_end]
        words[filled] = np.add.reduceat(terms, (ends[:-1] - ends[0])[filled])
    return words


def _mixed(words: _Words) -> Hashes:
    """The upper half, into which every bit has gone."""
    words = (words ^ (words >> _UPPER)) * _MULTIPLIER
    return (words >> _UPPER).astype(np.uint32)
