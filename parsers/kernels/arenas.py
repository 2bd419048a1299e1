"""Memory for the columns of a batch, used again once Arrow has dropped them.

Pages that a process touches for the first time are dear, so an arena goes back to a pool when
the last buffer that lies in it is gone. The pool is bounded; beyond it memory is freed.
"""

from __future__ import annotations

import mmap
from collections import deque
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ALIGNMENT = 64
_POOLED = 8
_LARGEST_POOLED = 256 << 20
_SPARE = 1.25
_FITTING = 4
_SMALL = 1 << 18
"""Memory is used where at least a quarter of it is needed, or it is small."""

_pool: deque[npt.NDArray[np.uint8]] = deque(maxlen=_POOLED)
"""Memory given back, from any thread and at any moment: appending needs no lock."""
_choosing = Lock()


class Arena:
    """At least ``size`` bytes at ``address``, aligned; kept alive by the buffers cut from it."""

    __slots__ = ("_memory", "address")

    def __init__(self, size: int) -> None:
        self._memory = _fitting(size + ALIGNMENT)
        self.address = -(-self._memory.ctypes.data // ALIGNMENT) * ALIGNMENT

    def buffer(self, place: int, size: int) -> pa.Buffer:
        """The bytes from ``place`` on as an Arrow buffer."""
        return pa.foreign_buffer(self.address + place, size, self)

    def numbers(self, place: int, count: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """The same as an array to write to; it does not keep the arena from being used again."""
        first = self.address - self._memory.ctypes.data + place
        size = count * np.dtype(dtype).itemsize
        return self._memory[first : first + size].view(dtype)

    def __del__(self) -> None:
        """Give the memory back."""
        if len(self._memory) <= _LARGEST_POOLED:
            _pool.append(self._memory)


def _fitting(size: int) -> npt.NDArray[np.uint8]:
    """The smallest pooled memory that is large enough, or new."""
    with _choosing:
        pooled = [_pool.popleft() for _ in range(len(_pool))]
        most = max(_FITTING * size, _SMALL)
        fitting = [memory for memory in pooled if size <= len(memory) <= most]
        best = min(fitting, key=len, default=None)
        _pool.extend(memory for memory in pooled if memory is not best)
    return _new_memory(int(size * _SPARE)) if best is None else best


def _new_memory(size: int) -> npt.NDArray[np.uint8]:
    """Memory of its own pages. numpy asks for huge pages, which make room that no value needs
    resident: twice the memory for a table of names."""
    if size < _SMALL:
        return np.empty(size, np.uint8)
    pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return np.frombuffer(pages, np.uint8)
