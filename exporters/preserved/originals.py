"""Preserved records, decoded again as the file that they came from was."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from exporters.preserved.runs import Int64s, bytes_of
from interfaces.errors import WrongUse
from interfaces.model import FileRule, Framing, Interface, RecordRule, Role
from parsers.codecs.fault import Bytes
from parsers.decode import decode_whole
from parsers.layout import Record
from parsers.rows import gather_runs

PRESERVED: Final = "_preserved"
"""Column of the original records, binary; null where encoding gives them anyhow."""

_RDW_BYTES = 4


class PreservedError(WrongUse):
    """Preserved bytes that are no record of the layout: they were changed outside."""


def decoded(originals: pa.BinaryArray, record: Record, interface: Interface) -> pa.RecordBatch:
    """What the preserved records say, decoded as the file that they came from was."""
    data, ends = bytes_of(originals)
    lengths = np.diff(ends)
    by_length = interface.file.framing in (Framing.F, Framing.FB)
    rule = replace(interface.file, framing=Framing.VB, line_end=None, record_length=None)
    if by_length and (lengths == lengths[0]).all():
        rule = replace(rule, framing=Framing.F, record_length=int(lengths[0]))
    else:
        data = _chained(data, ends[:-1], lengths)
    alone = replace(
        interface,
        file=FileRule(
            framing=rule.framing,
            encoding=rule.encoding,
            name=rule.name,
            record_length=rule.record_length,
        ),
        records=(RecordRule(record=record.name, role=Role.DETAIL, when={}),),
    )
    table = decode_whole(data.tobytes(), alone).tables[record.name]
    if table.num_rows != len(originals):
        raise PreservedError(
            f"{record.name}: of {len(originals)} preserved records {table.num_rows} can be read; "
            f"take the column {PRESERVED} as decoding gave it, or leave it out"
        )
    batches = table.combine_chunks().to_batches()
    return batches[0]


def _chained(data: Bytes, starts: Int64s, lengths: Int64s) -> Bytes:
    """The records behind descriptor words, as a VB file."""
    words = np.zeros((len(lengths), _RDW_BYTES), np.uint8)
    words[:, :2] = (lengths + _RDW_BYTES).astype(">u2").view(np.uint8).reshape(-1, 2)
    both = np.concatenate([words.reshape(-1), data])
    order = np.empty(2 * len(lengths), np.int64)
    order[0::2] = np.arange(len(lengths)) * _RDW_BYTES
    order[1::2] = starts + words.size
    sizes = np.empty(2 * len(lengths), np.int64)
    sizes[0::2], sizes[1::2] = _RDW_BYTES, lengths
    return gather_runs(both, order, sizes)
