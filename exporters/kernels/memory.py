"""Loads and stores at raw addresses: Arrow buffers in, record bytes out, any alignment.

A kernel gets addresses as int64, so that one compiled function serves columns of every type.
Nothing is checked here: who makes the program of a batch keeps the buffers alive and the
offsets within them. Numbers are little-endian in memory, as Arrow's are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from exporters.kernels.compiling import inlined

_UNALIGNED = 1
_WORD = 64
_BITS = np.uint64(3)  # a shift by three turns bytes into bits


def _loader(bits: int, result: Any) -> Any:
    """``load(address)``: an integer of ``bits`` bits, widened to the 64-bit type ``result``."""

    @intrinsic
    def load(typing: Any, address: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
            pointer = builder.inttoptr(arguments[0], ir.IntType(bits).as_pointer())
            value = builder.load(pointer, align=_UNALIGNED)
            if bits == _WORD:
                return value
            widen = builder.sext if result.signed else builder.zext
            return widen(value, ir.IntType(_WORD))

        return result(types.int64), generate

    return load


def _storer(bits: int) -> Any:
    """``store(address, word)``: the low ``bits`` bits of a uint64."""

    @intrinsic
    def store(typing: Any, address: Any, word: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
            address, word = arguments
            pointer = builder.inttoptr(address, ir.IntType(bits).as_pointer())
            low = word if bits == _WORD else builder.trunc(word, ir.IntType(bits))
            builder.store(low, pointer, align=_UNALIGNED)
            return context.get_dummy_value()

        return types.void(types.int64, types.uint64), generate

    return store


load_u8 = _loader(8, types.uint64)
load_u16 = _loader(16, types.uint64)
load_u32 = _loader(32, types.uint64)
load_u64 = _loader(64, types.uint64)
load_i8 = _loader(8, types.int64)
load_i16 = _loader(16, types.int64)
load_i32 = _loader(32, types.int64)
load_i64 = _loader(64, types.int64)
store_u8 = _storer(8)
store_u16 = _storer(16)
store_u32 = _storer(32)
store_u64 = _storer(64)


@intrinsic
def _swap_bytes(typing: Any, word: Any) -> Any:  # noqa: ARG001

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        return builder.bswap(arguments[0])

    return types.uint64(types.uint64), generate


swap_bytes: Any = _swap_bytes
"""``swap_bytes(word)``: a uint64 with its bytes in the opposite order."""


@inlined
def store_low_bytes(address: int, word: Any, width: int) -> None:
    """The ``width`` (0…8) low bytes of a uint64 in memory order, by two overlapping stores."""
    if width == 8:
        store_u64(address, word)
    elif width >= 4:
        store_u32(address, word)
        store_u32(address + width - 4, word >> (np.uint64(width - 4) << _BITS))
    elif width >= 2:
        store_u16(address, word)
        store_u16(address + width - 2, word >> (np.uint64(width - 2) << _BITS))
    elif width == 1:
        store_u8(address, word)


@inlined
def load_low_bytes(address: int, width: int) -> Any:
    """``width`` (0…8) bytes as a uint64, the missing high ones zero."""
    if width == 8:
        return load_u64(address)
    if width >= 4:
        high = np.uint64(width - 4) << _BITS
        return load_u32(address) | (load_u32(address + width - 4) << high)
    if width >= 2:
        high = np.uint64(width - 2) << _BITS
        return load_u16(address) | (load_u16(address + width - 2) << high)
    if width == 1:
        return load_u8(address)
    return np.uint64(0)


@inlined
def copy_bytes(target: int, source: int, size: int) -> None:
    """``size`` bytes from one place to another that does not begin behind it (it may overlap)."""
    done = 0
    while done + 8 <= size:
        store_u64(target + done, load_u64(source + done))
        done += 8
    store_low_bytes(target + done, load_low_bytes(source + done, size - done), size - done)


@inlined
def is_valid(validity: int, place: int) -> Any:
    """Bit ``place`` of an Arrow validity bitmap; without a bitmap (0) all are valid."""
    if validity == 0:
        return True
    bits = load_u8(validity + (place >> 3))
    return ((bits >> np.uint64(place & 7)) & np.uint64(1)) != np.uint64(0)
