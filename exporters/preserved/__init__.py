"""Bytes that no value carries: kept from the record that a row was decoded from.

FILLER, slack, a sign that is not the preferred one, a byte that is another spelling of the same
letter: encoding writes the canonical form of each. A row may bring its original record along in
the column ``_preserved``, null where the canonical form is the original. Of such a row every
field whose value is still what the original says keeps the original's bytes, and so does all that
lies between the fields; a changed field is encoded anew. A record of variable length is kept
whole, or encoded whole when anything in it has changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exporters.encode import EncodedBlock, encode_batch
from exporters.preserved.equality import same_rows
from exporters.preserved.originals import PRESERVED, PreservedError, decoded
from exporters.preserved.parts import Part, parts_of
from exporters.preserved.runs import Int64s, bytes_of, flat_records, padded_runs
from interfaces.model import Interface
from parsers.codepages import code_page
from parsers.layout import Record
from parsers.rows import gather_runs

__all__ = ["PRESERVED", "PreservedError", "keep_preserved", "preserved_originals"]


def preserved_originals(
    batch: pa.RecordBatch, originals: pa.BinaryArray, record: Record, interface: Interface
) -> pa.BinaryArray:
    """The ``_preserved`` column of decoded rows: ``originals`` (their records' bytes) where
    encoding the row would give other bytes, else null."""
    block = encode_batch(batch, record, interface)
    if block.findings.num_rows:
        return originals
    data, starts = bytes_of(originals)
    lengths = np.diff(starts)
    flat, encoded = flat_records(block)
    space = code_page(interface.file.encoding).space
    same = encoded <= lengths
    filled = padded_runs(flat, encoded, np.where(same, lengths, encoded), space)
    compared = np.where(same, lengths, 0)
    ends = np.cumsum(np.where(same, lengths, encoded))
    ours = gather_runs(filled, ends - np.where(same, lengths, encoded), compared)
    theirs = gather_runs(data, starts[:-1], compared)
    owner = np.repeat(np.arange(len(lengths)), compared)
    same &= np.bincount(owner[ours != theirs], minlength=len(lengths)) == 0
    return pc.if_else(pa.array(same), pa.scalar(None, pa.binary()), originals)


def keep_preserved(
    block: EncodedBlock, batch: pa.RecordBatch, record: Record, interface: Interface
) -> EncodedBlock:
    """The encoded rows of ``batch`` with what its ``_preserved`` column keeps.

    PreservedError when preserved bytes cannot be the record that they are said to be.
    """
    column = batch.column(PRESERVED)
    places = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    if len(places) == 0 or block.findings.num_rows:
        return block
    originals = column.take(pa.array(places))
    said = decoded(originals, record, interface)
    wanted = batch.take(pa.array(places))
    if block.lengths is None and record.length == record.min_length:
        lengths = np.diff(bytes_of(originals)[1])
        if (lengths == record.length).all():
            return _merged(
                block, places, originals, parts_of(record, interface, wanted), said, wanted
            )
    return _replaced(block, places, originals, said, wanted)


def _merged(
    block: EncodedBlock,
    places: Int64s,
    originals: pa.BinaryArray,
    parts: Sequence[Part],
    said: pa.RecordBatch,
    wanted: pa.RecordBatch,
) -> EncodedBlock:
    """Fixed records: part by part."""
    data = block.data.copy()
    width = data.shape[1]
    rows = bytes_of(originals)[0].reshape(-1, width).copy()
    for part in parts:
        changed = ~same_rows(part.columns, said, wanted)
        if changed.any():
            span = slice(part.offset, part.offset + part.length)
            rows[changed, span] = data[places[changed], span]
    data[places] = rows
    return EncodedBlock(data, None, block.findings)


def _replaced(
    block: EncodedBlock,
    places: Int64s,
    originals: pa.BinaryArray,
    said: pa.RecordBatch,
    wanted: pa.RecordBatch,
) -> EncodedBlock:
    """Variable records: the original where nothing has changed."""
    names = tuple(name for name in said.schema.names if not name.startswith("_"))
    unchanged = same_rows(names, said, wanted)
    flat, lengths = flat_records(block)
    starts = np.cumsum(lengths) - lengths
    kept, kept_ends = bytes_of(originals)
    kept_starts, kept_lengths = kept_ends[:-1], np.diff(kept_ends)
    data = np.concatenate([flat, kept])
    starts[places] = np.where(unchanged, kept_starts + len(flat), starts[places])
    lengths = lengths.copy()
    lengths[places] = np.where(unchanged, kept_lengths, lengths[places])
    return EncodedBlock(gather_runs(data, starts, lengths), lengths, block.findings)
