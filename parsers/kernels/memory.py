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
COMPARED = 64
"""Bytes that :func:`differing` looks at; memory has at least so many to spare."""


integer = cast(Callable[[Any], int], np.int64)
"""Any number as an int64, for the compiler and for the type checker alike."""


def _pointer(builder: Any, base: Any, offset: Any, bits: int) -> Any:
    start = builder.inttoptr(base, ir.IntType(8).as_pointer())
    return builder.bitcast(builder.gep(start, [offset]), ir.IntType(bits).as_pointer())


def _tables(builder: Any) -> Any:
    """The alias scope of tables, memory that no kernel writes to. Every store says that it stays
    out of it: otherwise the compiler had to fear that a store changes the table, and could not
    look several rows up at once."""
    module = builder.module
    domain = module.add_metadata([ir.MetaDataString(module, "prakan")])
    scope = module.add_metadata([ir.MetaDataString(module, "prakan.tables"), domain])
    return module.add_metadata([scope])


def _loader(bits: int, result: Any, *, of_table: bool = False) -> Any:
    """``load(base, offset)``: an integer of ``bits`` bits, widened to 64 as ``result`` is."""

    @intrinsic
    def load(_typing: Any, _base: Any, _offset: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            value = builder.load(
                _pointer(builder, arguments[0], arguments[1], bits), align=_UNALIGNED
            )
            value.set_metadata("alias.scope" if of_table else "noalias", _tables(builder))
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
            stored = builder.store(word, pointer, align=_UNALIGNED)
            stored.set_metadata("noalias", _tables(builder))
            return _context.get_dummy_value()

        return types.void(types.int64, types.int64, operand), generate

    return store


load_byte = cast(Callable[[int, int], Word], _loader(8, types.uint64))
load_half = cast(Callable[[int, int], Word], _loader(32, types.uint64))
load_int32 = cast(Callable[[int, int], int], _loader(32, types.int64))
look_up = cast(Callable[[int, int], int], _loader(32, types.int64, of_table=True))
"""``look_up(table, offset)``: an int32 of a table that no kernel writes to."""
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


def _compared(builder: Any, base: Any, offset: Any, byte: Any) -> tuple[Any, Any]:
    """The bytes that stand there, and as many times the given one."""
    bytes_ = ir.VectorType(ir.IntType(8), COMPARED)
    pointer = builder.bitcast(_pointer(builder, base, offset, 8), bytes_.as_pointer())
    found = builder.load(pointer, align=_UNALIGNED)
    single = builder.insert_element(
        ir.Constant(bytes_, ir.Undefined),
        builder.trunc(byte, ir.IntType(8)),
        ir.Constant(ir.IntType(32), 0),
    )
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), COMPARED), None)
    return found, builder.shuffle_vector(single, ir.Constant(bytes_, ir.Undefined), zeros)


@intrinsic
def _differing(_typing: Any, _base: Any, _offset: Any, _byte: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        base, offset, byte = arguments
        found, wanted = _compared(builder, base, offset, byte)
        return builder.bitcast(builder.icmp_unsigned("!=", found, wanted), ir.IntType(COMPARED))

    return types.uint64(types.int64, types.int64, types.uint64), generate


@intrinsic
def _marked(_typing: Any, _base: Any, _offset: Any, _bits: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        base, offset, bits = arguments
        found, wanted = _compared(builder, base, offset, bits)
        kept = builder.and_(found, wanted)
        none = ir.Constant(kept.type, None)
        return builder.bitcast(builder.icmp_unsigned("!=", kept, none), ir.IntType(COMPARED))

    return types.uint64(types.int64, types.int64, types.uint64), generate


@intrinsic
def _ones(_typing: Any, _value: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


differing = cast(Callable[[int, int, Word], Word], _differing)
"""``differing(base, offset, byte)``: a bit for each of COMPARED bytes, set where it is another,
that of the first the lowest."""
marked = cast(Callable[[int, int, Word], Word], _marked)
"""``marked(base, offset, bits)``: the same, set where a byte has one of the ``bits``."""
swap_bytes = cast(Callable[[Word], Word], _swap)
leading_zeros = cast(Callable[[Word], int], _leading_zeros)
trailing_zeros = cast(Callable[[Word], int], _trailing_zeros)
ones = cast(Callable[[Word], int], _ones)
"""How many bits are set."""
