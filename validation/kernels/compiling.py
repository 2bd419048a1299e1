"""A kernel is a plain function, compiled when it is first called and kept for later runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Args = ParamSpec("Args")
Result = TypeVar("Result")
Item = TypeVar("Item", bound=np.generic)
Bytes = npt.NDArray[np.uint8]
Int32s = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

#: Types of arguments in signatures; Arrow buffers are read-only.
VALID = "Array(uint8, 1, 'C', True), int64"
TEXTS = "Array(int32, 1, 'C', True), Array(uint8, 1, 'C', True)"
_NOTHING: Bytes = np.zeros(0, np.uint8)


class Kernel(Generic[Args, Result]):
    """A function over arrays with its signatures; calling it runs the compiled form.

    The interpreter lock is released while it runs. Without a writable cache numba compiles in
    memory.
    """

    def __init__(self, function: Callable[Args, Result], *signatures: str) -> None:
        self._function = function
        self._signatures = signatures
        self._compiled: Callable[Args, Result] | None = None

    def __call__(self, *args: Args.args, **kwargs: Args.kwargs) -> Result:
        """Run it; TypeError for arrays of other types than the signatures say."""
        return (self._compiled or self.compile())(*args, **kwargs)

    def compile(self) -> Callable[Args, Result]:
        """The compiled function, from the cache where it is there."""
        import numba

        signatures = list(self._signatures)
        try:
            made = numba.njit(signatures, cache=True, nogil=True)(self._function)
        except (OSError, RuntimeError):  # nowhere to write: compile for this process alone
            made = numba.njit(signatures, nogil=True)(self._function)
        self._compiled = cast(Callable[Args, Result], made)
        return self._compiled


def validity(values: pa.Array) -> tuple[Bytes, int]:
    """Validity bitmap and the place of the first value's bit; no bytes when nothing is null."""
    bitmap = values.buffers()[0]
    if not values.null_count or bitmap is None:
        return _NOTHING, 0
    return readonly(np.frombuffer(bitmap, np.uint8)), values.offset


def text_buffers(values: pa.Array) -> tuple[Bytes, int, Int32s, Bytes]:
    """Validity (:func:`validity`), offsets int32[n + 1] and bytes of a utf8 array."""
    _, offsets, data = values.buffers()
    places: Int32s = np.zeros(1, np.int32)
    if len(values):
        places = np.frombuffer(offsets, np.int32, len(values) + 1, 4 * values.offset)
    text = _NOTHING if data is None else np.frombuffer(data, np.uint8)
    return *validity(values), readonly(places), readonly(text)


def readonly(array: npt.NDArray[Item]) -> npt.NDArray[Item]:
    """The array, which nobody writes to from now on, as signatures ask it of Arrow's buffers."""
    array.flags.writeable = False
    return array
