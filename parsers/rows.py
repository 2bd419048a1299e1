"""Where rows lie in a block of bytes, and gathering a field of all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.codecs.fault import Bytes

Ints = npt.NDArray[np.int64]
Places = Ints | slice
"""Which rows: ascending places, or a slice (with both ends) where none is left out."""


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """Rows (records, or occurrences within records) of one block.

    ``data`` uint8: the block. ``starts`` int64 (n,): where in it each row begins. ``stride``:
    their distance when it is always the same, so that fields need no gathering.
    """

    data: Bytes
    starts: Ints
    stride: int | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def matrix(self, offset: int, width: int) -> Bytes:
        """Bytes ``offset`` … ``offset + width`` of every row: uint8 (n, width), a view or a copy.

        The caller has made sure that they lie inside ``data``.
        """
        if len(self) == 0 or width == 0:
            return np.empty((len(self), width), np.uint8)
        if self.stride is not None:
            return np.ndarray(
                (len(self), width),
                np.uint8,
                buffer=self.data,
                offset=int(self.starts[0]) + offset,
                strides=(self.stride, 1),
            )
        # Overlapping fixed-size items, one at every byte: picking those is several times
        # faster than picking single bytes.
        items = np.ndarray(
            (len(self.data) - width + 1,), f"V{width}", buffer=self.data, strides=(1,)
        )
        return items[self.starts + offset].view(np.uint8).reshape(len(self), width)

    def take(self, places: Places) -> Rows:
        """The rows at ``places`` (ascending); neighbours at one distance keep their stride."""
        if isinstance(places, slice):
            return Rows(self.data, self.starts[places], self.stride)
        starts = self.starts[places]
        if self.stride is None or len(places) == 0:
            return Rows(self.data, starts)
        unbroken = int(places[-1]) - int(places[0]) + 1 == len(places)
        return Rows(self.data, starts, self.stride if unbroken else None)

    def occurrences(self, offset: int, length: int, counts: Ints) -> Rows:
        """Rows of a table: ``counts`` occurrences of ``length`` bytes from ``offset`` on, of each
        of these rows in turn."""
        first = np.repeat(self.starts + offset, counts)
        before = np.repeat(np.cumsum(counts) - counts, counts)
        return Rows(self.data, first + (np.arange(len(first)) - before) * length)


def all_places(places: Places, first: int = 0) -> Ints:
    """The places one by one, counted from ``first``."""
    if isinstance(places, slice):
        return np.arange(first + places.start, first + places.stop)
    return places + first if first else places


def gather_runs(data: Bytes, starts: Ints, lengths: Ints) -> Bytes:
    """Runs of different lengths out of ``data``, one after the other."""
    before = np.repeat(np.cumsum(lengths) - lengths, lengths)
    runs: Bytes = data[np.repeat(starts, lengths) + np.arange(len(before)) - before]
    return runs


def binary_runs(data: Bytes, starts: Ints, lengths: Ints) -> pa.Array:
    """The same as an Arrow binary array, a value for each run."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    flat = gather_runs(data, starts, lengths)
    return pa.BinaryArray.from_buffers(
        pa.binary(), len(lengths), [None, pa.py_buffer(offsets), pa.py_buffer(flat)]
    )


def binary_rows(matrix: Bytes) -> pa.Array:
    """Field bytes (n, width) as an Arrow binary array."""
    rows, width = matrix.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    flat = np.array(matrix, order="C")  # a copy: the block's buffer is used again
    return pa.BinaryArray.from_buffers(
        pa.binary(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(flat)]
    )
