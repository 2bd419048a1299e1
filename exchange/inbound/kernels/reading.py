"""Reading and hashing many small files without the lock of the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from validation.kernels.compiling import Ints, Kernel

DIGEST = 32
"""Bytes of a SHA-256."""
STATE_BYTES = 256
"""Bytes of a ``struct statx``, which is the same on every Linux (linux/stat.h)."""
NOT_READ = -1

Halves = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.uint32]

_AT_EMPTY_PATH = 0x1000  # of statx: the open file itself
_BASIC = 0x7FF  # STATX_BASIC_STATS
_MODE = 28 // 2  # as a place in 16-bit numbers
_INODE, _SIZE, _CHANGED = 32 // 8, 40 // 8, 112 // 8  # in 64-bit ones
_NANOSECONDS = 120 // 4  # in 32-bit ones
_KIND, _REGULAR = 0o170000, 0o100000
_BILLION = 1_000_000_000


def _function(result: Any, *arguments: Any, is_variadic: bool = False) -> Any:
    """``call(address, arguments)``: the C function of these types at an address; pointers are
    integers."""

    @intrinsic
    def call(_typing: Any, _address: Any, given: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            ours = [builder.extract_value(values[1], place) for place in range(len(arguments))]
            theirs = [
                context.cast(builder, value, of, to)
                for value, of, to in zip(ours, given, arguments, strict=True)
            ]
            form = ir.FunctionType(
                context.get_value_type(result),
                [value.type for value in theirs],
                var_arg=is_variadic,
            )
            return builder.call(builder.inttoptr(values[0], form.as_pointer()), theirs)

        return result(types.int64, given), generate

    return cast(Callable[[int, tuple[int, ...]], int], call)


# int openat(int, const char *, int, ...)
# int statx(int, const char *, int, unsigned, struct statx *)
_open = _function(types.int32, types.int32, types.int64, types.int32, is_variadic=True)
_state = _function(types.int32, types.int32, types.int64, types.int32, types.uint32, types.int64)
# ssize_t read(int, void *, size_t)   int close(int)
_fill = _function(types.int64, types.int32, types.int64, types.uint64)
_close = _function(types.int32, types.int32)
# int EVP_DigestInit_ex(EVP_MD_CTX *, NULL, NULL), EVP_DigestUpdate(EVP_MD_CTX *, void *, size_t)
# int EVP_DigestFinal_ex(EVP_MD_CTX *, unsigned char *, NULL)
_begin = _function(types.int32, types.int64, types.int64, types.int64)
_update = _function(types.int32, types.int64, types.int64, types.uint64)
_end = _function(types.int32, types.int64, types.int64, types.int64)


def _read_small(
    calls: Ints,
    folder: int,
    flags: int,
    context: int,
    name_at: Ints,
    nothing: int,
    largest: int,
    room_at: int,
    room: int,
    state: Ints,
    halves: Halves,
    numbers: Numbers,
    digests_at: int,
    looks: npt.NDArray[np.int64],
    offsets: Ints,
) -> int:
    """Read the files one behind the other into ``room_at``, which has ``room`` bytes.

    ``calls``: addresses as of :class:`exchange.inbound.kernels.system.SystemCalls`. ``folder``: an
    open one; ``name_at``: address of each name, ended by NUL; ``nothing``: that of an empty one.
    ``state``, ``halves`` and ``numbers`` are the same STATE_BYTES bytes. Fills for each file its
    place in the room, its 32 bytes of SHA-256 at ``digests_at``, and inode, size and time of the
    last change in nanoseconds. NOT_READ for whatever is not a regular file of at most ``largest``
    bytes that was read whole at once. Returns how many files are done: the next has no room.
    """
    filled = 0
    for file in range(len(name_at)):
        offsets[file] = NOT_READ
        descriptor = _open(calls[0], (folder, name_at[file], flags))
        if descriptor < 0:
            continue
        failed = _state(calls[1], (descriptor, nothing, _AT_EMPTY_PATH, _BASIC, state.ctypes.data))
        size = state[_SIZE]
        if failed != 0 or halves[_MODE] & _KIND != _REGULAR or size > largest:
            _close(calls[3], (descriptor,))
            continue
        if filled + size >= room:
            _close(calls[3], (descriptor,))
            return file
        # one byte more: a file that has grown meanwhile shows
        got = _fill(calls[2], (descriptor, room_at + filled, size + 1))
        _close(calls[3], (descriptor,))
        if got != size:
            continue
        sound = _begin(calls[4], (context, 0, 0)) == 1
        sound &= _update(calls[5], (context, room_at + filled, size)) == 1
        sound &= _end(calls[6], (context, digests_at + DIGEST * file, 0)) == 1
        if not sound:
            continue
        offsets[file] = filled
        looks[file, 0] = state[_INODE]
        looks[file, 1] = size
        looks[file, 2] = state[_CHANGED] * _BILLION + numbers[_NANOSECONDS]
        filled += size
    return len(name_at)


read_small = Kernel(
    _read_small,
    "int64(int64[::1], int64, int64, int64, int64[::1], int64, int64, int64, int64, int64[::1],"
    " uint16[::1], uint32[::1], int64, int64[:, ::1], int64[::1])",
)
KERNELS = (read_small,)
