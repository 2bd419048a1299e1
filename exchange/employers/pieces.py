"""Pieces of many small files, put in order and laid end to end: a file is a slice of one buffer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pieces:
    """A piece a row: of which file (0…), and its place there by two keys, the first the graver.

    ``data`` is large_binary.
    """

    file: Ints
    first: Ints
    second: Ints
    data: pa.Array

    @classmethod
    def of_texts(cls, file: Ints, first: Ints | int, second: Ints | int, texts: pa.Array) -> Self:
        """Pieces of UTF-8 text."""
        return cls(file, _keys(first, file), _keys(second, file), _large(texts))

    @classmethod
    def of_records(cls, file: Ints, first: Ints | int, second: Ints | int, flat: Bytes) -> Self:
        """Pieces of one length: ``flat`` uint8, all of them one after the other."""
        size = len(flat) // max(len(file), 1)
        offsets = np.arange(len(file) + 1, dtype=np.int64) * size
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(flat)]
        data = pa.Array.from_buffers(pa.large_binary(), len(file), buffers)
        return cls(file, _keys(first, file), _keys(second, file), data)


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The bytes of all files; file n is ``data[starts[n]:starts[n + 1]]``."""

    data: memoryview
    starts: Ints

    def of(self, number: int) -> memoryview:
        """The bytes of a file, not copied."""
        return self.data[int(self.starts[number]) : int(self.starts[number + 1])]


def lay_out(pieces: Sequence[Pieces], files: int) -> LaidOut:
    """All pieces, by file, first and second key; equal ones stay in the given order."""
    file = np.concatenate([each.file for each in pieces])
    first = np.concatenate([each.first for each in pieces])
    second = np.concatenate([each.second for each in pieces])
    order = np.lexsort((second, first, file))
    data = pa.concat_arrays([each.data for each in pieces]).take(pa.array(order))
    offsets = np.frombuffer(data.buffers()[1], np.int64, len(data) + 1, 8 * data.offset)
    starts = offsets[np.searchsorted(file[order], np.arange(files + 1))]
    content = data.buffers()[2]
    return LaidOut(memoryview(content if content is not None else b"").cast("B"), starts)


def _keys(key: Ints | int, file: Ints) -> Ints:
    return np.full(len(file), key, np.int64) if isinstance(key, int) else key


def _large(texts: pa.Array) -> pa.Array:
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    return texts.cast(pa.large_utf8()).cast(pa.large_binary())
