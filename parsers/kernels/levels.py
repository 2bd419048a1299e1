"""Running the program of one level over its rows, and the Arrow arrays that come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.codecs.fault import Bytes
from parsers.kernels import program as at
from parsers.kernels.arenas import ALIGNMENT, Arena
from parsers.kernels.columns import STATE_BYTES
from parsers.kernels.driver import SCRATCH_BYTES, SLOT_BYTES, level_runner
from parsers.kernels.outputs import FAULT_BYTES
from parsers.kernels.plan import CompiledColumn, LevelPlan
from parsers.rows import Ints, Rows
from parsers.sliding import Slide

_MARGIN = 128
"""Bytes behind each column that whole tiles and eight-byte stores may touch."""
_NONE = np.zeros(0, np.int64)
_STATE_WORDS = STATE_BYTES // 8
_FAULT_WORDS = FAULT_BYTES // 8

FaultRows = npt.NDArray[np.int64]
"""int64 (n, 4): row of the level (later: record, by its place in the batch), place of the field,
code, start of the bytes in the block."""


@dataclass(frozen=True, eq=False, slots=True)
class PaddedBlock:
    """A block whose last rows are read from a copy of its end, with room behind it.

    ``shift``: distance in memory between the two, by which the starts of those rows are moved;
    moved starts lie outside of ``data``. ``begin``: where the first of those rows begins in it.
    """

    data: Bytes
    tail: Bytes
    shift: int
    begin: int

    def moved(self, starts: Ints) -> Ints:
        """Starts (ascending) within these rows, moved with them."""
        first = int(np.searchsorted(starts, self.begin)) if self.shift else len(starts)
        if first == len(starts):
            return np.ascontiguousarray(starts)
        moved = np.array(starts, np.int64)
        moved[first:] += self.shift
        return moved

    def true_starts(self, starts: Ints) -> Ints:
        """The same starts, all within ``data``."""
        moved = (starts < 0) | (starts >= len(self.data))
        return np.where(moved, starts - self.shift, starts)


@dataclass(frozen=True, eq=False, slots=True)
class LevelRows:
    """Rows of a level: where each begins, int64 (n,), some moved to the padded end of the block.
    ``slide``: of a level in which items move, moved in the same way."""

    block: PaddedBlock
    starts: Ints
    slide: Slide | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, offset: int) -> LevelRows:
        """The same rows, beginning with the part that an item at ``offset`` moves with."""
        if self.slide is None:
            return self
        return LevelRows(self.block, self.slide.starts(offset)[0])

    def rows(self) -> Rows:
        """The same for numpy."""
        return Rows(self.block.data, self.block.true_starts(self.starts))


@dataclass(frozen=True, eq=False, slots=True)
class LevelColumns:
    """What a program has made of the rows of a level."""

    arena: Arena
    count: int
    places: list[list[int]]
    state: list[list[int]]
    faults: FaultRows

    def array(self, column: CompiledColumn) -> pa.Array:
        """The array of one row of the program."""
        count = self.count * column.repeats
        if count == 0:
            return pa.nulls(0, column.type)
        values, validity, texts = self.places[column.row]
        nulls, text_bytes = self.state[column.row]
        bitmap = self.arena.buffer(validity, (count + 7) // 8) if nulls else None
        if column.bytes == 0:
            offsets = self.arena.buffer(values, 4 * (count + 1))
            text = self.arena.buffer(texts, text_bytes)
            return pa.StringArray.from_buffers(count, offsets, text, bitmap, nulls)
        data = self.arena.buffer(values, count * column.bytes)
        return pa.Array.from_buffers(column.type, count, [bitmap, data], nulls)


def run_level(
    plan: LevelPlan, level: LevelRows, masks: list[npt.NDArray[np.bool_]]
) -> LevelColumns:
    """Run a level's program; ``masks`` are those of ``plan.masks``, in order."""
    count, operations = len(level), len(plan.program)
    sizes = plan.bits * count // 8 + _MARGIN & -ALIGNMENT
    ends = np.cumsum(sizes)
    arena = Arena(int(ends[-1]) if operations else 0)
    places = (ends - sizes.reshape(-1)).reshape(sizes.shape)
    program = plan.program.copy()
    program[:, at.VALUES // 8 : at.TEXTS // 8 + 1] = places
    for (row, _), mask in zip(plan.masks, masks, strict=True):
        program[row, at.VALUES // 8] = address_of(mask)
    state = np.zeros(operations * _STATE_WORDS + 1, np.int64)
    room = plan.values * at.TILE + count // 4
    copies = SCRATCH_BYTES + plan.slots * SLOT_BYTES + _MARGIN
    faults = copies + plan.stride * at.TILE + _MARGIN
    scratch = Arena(faults + room * FAULT_BYTES)
    run = level_runner()
    kept: list[FaultRows] = []
    while operations and state[-1] < count:
        found = run(
            address_of(program),
            operations,
            address_of(state),
            address_of(level.block.data),
            address_of(level.starts),
            count,
            arena.address,
            scratch.address,
            scratch.address + faults,
            0,
            room,
            plan.values,
            plan.low,
            plan.stride,
            scratch.address + copies,
        )
        if found:
            kept.append(scratch.numbers(faults, found * _FAULT_WORDS, np.int64).copy())
    rows = kept[0] if len(kept) == 1 else np.concatenate(kept) if kept else _NONE
    return LevelColumns(
        arena,
        count,
        places.tolist(),
        state[:-1].reshape(-1, _STATE_WORDS).tolist(),
        rows.reshape(-1, _FAULT_WORDS),
    )


def address_of(array: npt.NDArray[Any]) -> int:
    """Where the memory of an array without gaps begins. Arrow tells it in a sixth of the time
    that ``array.ctypes`` and ``__array_interface__`` take, which build objects around it."""
    address: int = pa.py_buffer(array).address
    return address


def padded(data: Bytes, starts: Ints, longest: int) -> tuple[PaddedBlock, Ints]:
    """A block such that reading 63 bytes beyond any row of at most ``longest`` bytes stays inside
    memory, and the starts (ascending) to use with it."""
    reach = longest + _MARGIN
    first = int(np.searchsorted(starts, len(data) - reach, side="right"))
    if first == len(starts):
        return PaddedBlock(data, data, 0, 0), np.ascontiguousarray(starts)
    begin = int(starts[first])
    tail = np.zeros(len(data) - begin + reach, np.uint8)
    tail[: len(data) - begin] = data[begin:]
    shift = address_of(tail) - address_of(data) - begin
    block = PaddedBlock(data, tail, shift, begin)
    return block, block.moved(starts)
