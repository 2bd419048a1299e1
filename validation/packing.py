"""Keys of digits as integers, exactly: compared and sorted without text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from insurance.digits import numbers_of
from validation.bitmask import Mask
from validation.kernels import WORTH_COMPILED

Keys = npt.NDArray[np.int64]
_MOST_DIGITS = 18  # always fit an int64


def fits(widths: Sequence[int]) -> bool:
    """Whether keys of fields this wide (characters) fit an int64."""
    return sum(widths) <= _MOST_DIGITS


def pack_digits(columns: Sequence[pa.Array], widths: Sequence[int]) -> tuple[Keys, Mask]:
    """One int64 a row for a key of digit fields, and which rows could be packed.

    Equal integers mean equal keys, and the reverse. A row with a null, or with anything but
    exactly ``width`` ASCII digits in a field, is not packed (its integer is 0).
    """
    rows = len(columns[0])
    if rows >= WORTH_COMPILED:
        return _pack_compiled(columns, widths)
    keys: Keys = np.zeros(rows, np.int64)
    packed: Mask = np.ones(rows, np.bool_)
    for column, width in zip(columns, widths, strict=True):
        values, good = numbers_of(column.cast(pa.utf8()), width)
        keys = keys * np.int64(10**width) + values
        packed &= good
    return np.where(packed, keys, np.int64(0)), packed


def _pack_compiled(columns: Sequence[pa.Array], widths: Sequence[int]) -> tuple[Keys, Mask]:
    """The same for many rows, in one compiled pass a column."""
    from validation.kernels.compiling import text_buffers
    from validation.kernels.numbers import pack

    keys: Keys = np.zeros(len(columns[0]), np.int64)
    packed = np.ones(len(keys), np.uint8)
    for column, width in zip(columns, widths, strict=True):
        pack(*text_buffers(column.cast(pa.utf8())), width, keys, packed)
    return keys, packed.view(np.bool_)


class KeyLookup:
    """Positions of digit keys in a table, by binary search; of equal keys the first row counts.

    Rows of the table whose key is not digits are never found.
    """

    def __init__(self, columns: Sequence[pa.ChunkedArray], widths: Sequence[int]) -> None:
        if not fits(widths):
            raise ValueError(f"a key of {sum(widths)} digits does not fit an integer")
        self._widths = tuple(widths)
        keys, packed = pack_digits([column.combine_chunks() for column in columns], widths)
        positions = np.flatnonzero(packed)
        order = np.argsort(keys[positions], kind="stable")
        self._positions = positions[order]
        self._keys = keys[self._positions]

    def positions(self, columns: Sequence[pa.Array]) -> npt.NDArray[np.int64]:
        """Row of the table for each key, -1 where there is none; int64[n]."""
        keys, packed = pack_digits(columns, self._widths)
        if not len(self._keys):
            return np.full(len(keys), -1, np.int64)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        found = packed & (self._keys[at] == keys)
        return np.where(found, self._positions[at], -1).astype(np.int64)

    def contains(self, columns: Sequence[pa.Array]) -> Mask:
        """Which keys the table has; bool[n]."""
        return self.positions(columns) >= 0
