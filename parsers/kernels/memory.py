"""Unaligned loads and stores at an address and an offset, for the compiled kernels only.

Addresses are int64, so that one compiled function serves every column. The base is turned into
a pointer and the offset added to it: the compiler then sees where a loop reads and writes, and
can take several rows at once. Nothing is checked here: who makes a program keeps the memory
alive, and every load inside it or its padding. Numbers are little-endian in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

Word = np.uint64
_UNALIGNED = 1


integer = cast(Callable[[Any], int], np.int64)
"""Any number as an int64, for the compiler and for the type checker alike."""


def _pointer(builder: Any, base: Any, offset: Any, bits: int) -> Any:
    start = builder.inttoptr(base, ir.IntType(8).as_pointer())
    return builder.bitcast(builder.gep(start, [offset]), ir.IntType(bits).as_pointer())


def _loader(bits: int, result: Any) -> Any:
    """``load(base, offset)``: an integer of ``bits`` bits, widened to 64 as ``result`` is."""

    @intrinsic
    def load(_typing: Any, _base: Any, _offset: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            value = builder.load(
                _pointer(builder, arguments[0], arguments[1], bits), align=_UNALIGNED
            )
            widen: Callable[..., Any] = builder.sext if result.signed else builder.zext
            return value if bits == 64 else widen(value, ir.IntType(64))

        return result(types.int64, types.int64), generate

    return load


def _storer(bits: int, operand: Any) -> Any:
    """``store(base, offset, value)``: the low ``bits`` bits of a 64-bit value."""

    @intrinsic
    def store(_typing: Any, _base: Any, _offset: Any, _value: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            word = arguments[2]
            word = word if bits == 64 else builder.trunc(word, ir.IntType(bits))
            pointer = _pointer(builder, arguments[0], arguments[1], bits)
            builder.store(word, pointer, align=_UNALIGNED)
            return _context.get_dummy_value()

        return types.void(types.int64, types.int64, operand), generate

    return store


load_byte = cast(Callable[[int, int], Word], _loader(8, types.uint64))
load_half = cast(Callable[[int, int], Word], _loader(32, types.uint64))
load_int32 = cast(Callable[[int, int], int], _loader(32, types.int64))
load_word = cast(Callable[[int, int], Word], _loader(64, types.uint64))
load_int = cast(Callable[[int, int], int], _loader(64, types.int64))
store_byte = cast(Callable[[int, int, Word], None], _storer(8, types.uint64))
store_half = cast(Callable[[int, int, Word], None], _storer(32, types.uint64))
store_int32 = cast(Callable[[int, int, int], None], _storer(32, types.int64))
store_word = cast(Callable[[int, int, Word], None], _storer(64, types.uint64))
store_int = cast(Callable[[int, int, int], None], _storer(64, types.int64))


@intrinsic
def _swap(_typing: Any, _value: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bswap(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def _leading_zeros(_typing: Any, _value: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@intrinsic
def _trailing_zeros(_typing: Any, _value: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


swap_bytes = cast(Callable[[Word], Word], _swap)
leading_zeros = cast(Callable[[Word], int], _leading_zeros)
trailing_zeros = cast(Callable[[Word], int], _trailing_zeros)
