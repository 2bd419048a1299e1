"""Blocks of form 1-10 as they are stored: headers, and the lines that stand under them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from insurance.digits import Bools, Ints
from insurance.money import satang_of
from interfaces.errors import OutsideFailure

_ROW_BITS = 40
"""A record number, below 2^40, stands in one integer with the number of its file."""

_STORED_PLACE = ("_file_id", "_record_number")


def read_part(path: Path, dataset: str, columns: Sequence[str]) -> pa.Table:
    """Columns of a part of accepted rows, or of the part of a dataset beside it.

    ``path`` is that of the accepted details; ``dataset`` a suffix of exchange.inbound.stored.
    OutsideFailure when the part is gone.
    """
    if dataset:
        folder = path.parent.parent
        path = folder.with_name(folder.name + dataset) / path.parent.name / path.name
    if not path.is_file():
        raise OutsideFailure(
            f"{path} is gone, which the ledger says holds accepted records; restore the "
            "datasets folder from backup, then run again"
        )
    # Not as a dataset: its folder would become a column.
    with pq.ParquetFile(path) as part:
        return part.read(columns=list(columns))


def keys_of(table: pa.Table, files: pa.Array, place: tuple[str, str] = _STORED_PLACE) -> Ints:
    """Each row's place as one integer, that grows with file and record; -1 for other files.

    ``files``: file ids, whose order is that of the integers; ``place``: columns of file id and
    record number. int64[n].
    """
    ids = table[place[0]]
    number = np.asarray(pc.fill_null(pc.index_in(ids, value_set=files), -1), np.int64)
    record = np.asarray(table[place[1]], np.int64)
    return np.where(number < 0, -1, number << _ROW_BITS | record)


def headers_above(headers: Ints, lines: Ints) -> tuple[Ints, Bools]:
    """Place of the header that each line stands under, and whether it stands under one.

    ``headers`` are in order. A line stands under the last header of its file before it.
    """
    if not len(headers):
        return np.full(len(lines), -1, np.int64), np.zeros(len(lines), np.bool_)
    above = headers[np.maximum(np.searchsorted(headers, lines) - 1, 0)]
    known: Bools = (lines >= 0) & (above < lines) & (above >> _ROW_BITS == lines >> _ROW_BITS)
    return above, known


def satang_column(amounts: pa.ChunkedArray) -> pa.Array:
    """Satang of a column of baht, decimal128(≤18, 2); int64, 0 where null."""
    return pa.array(satang_of(amounts.combine_chunks())[0])
