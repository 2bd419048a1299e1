"""Rows in which two batches of one layout say the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]


def same_rows(columns: Sequence[str], said: pa.RecordBatch, wanted: pa.RecordBatch) -> Bools:
    """Rows in which every one of the columns has in ``wanted`` the value that ``said`` has;
    columns that ``wanted`` lacks do not count."""
    same = np.ones(said.num_rows, np.bool_)
    there = set(wanted.schema.names)
    for name in columns:
        if name in there:
            original = said.column(name)
            same &= _equal(original, _as(wanted.column(name), original.type))
    return same


def _as(array: pa.Array, type_: pa.DataType) -> pa.Array:
    return array if array.type == type_ else array.cast(type_)


def _equal(one: pa.Array, other: pa.Array) -> Bools:
    """Equal values, or null in both, at any depth."""
    absent, also = _nulls(one), _nulls(other)
    if pa.types.is_list(one.type):
        equal = _equal_lists(one, other)
    elif pa.types.is_struct(one.type):
        equal = np.ones(len(one), np.bool_)
        for place in range(one.type.num_fields):
            equal &= _equal(one.field(place), other.field(place))
    else:
        found = pc.fill_null(pc.equal(one, other), False)
        equal = np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)
    result: Bools = np.where(absent | also, absent & also, equal)
    return result


def _equal_lists(one: pa.ListArray, other: pa.ListArray) -> Bools:
    lengths, others = _lengths(one), _lengths(other)
    equal: Bools = lengths == others
    rows = pa.array(np.flatnonzero(equal))
    values, also = one.take(rows).flatten(), other.take(rows).flatten()
    owner = np.repeat(np.flatnonzero(equal), lengths[equal])
    unlike = owner[~_equal(values, also)]
    equal[unlike] = False
    return equal


def _lengths(array: pa.ListArray) -> Int64s:
    lengths: Int64s = pc.fill_null(pc.list_value_length(array), 0).to_numpy().astype(np.int64)
    return lengths


def _nulls(array: pa.Array) -> Bools:
    nulls: Bools = array.is_null().to_numpy(zero_copy_only=False)
    return nulls
