"""One decoded block, arranged for checking: rows, what was found in them, records without a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.catalogue import Catalogue
from interfaces.model import Severity
from validation.bitmask import Mask, ReasonMask
from validation.places import as_mask

Numbers = npt.NDArray[np.int64]


class DecodedRecords(Protocol):
    """What decoding hands over for a block: a batch per 01 name, and its findings."""

    @property
    def batches(self) -> Mapping[str, pa.RecordBatch]:
        """Records by 01 name, with ``_record_number`` and ``_byte_offset``."""

    @property
    def findings(self) -> pa.Table:
        """Decode findings, in the findings schema."""


@dataclass(frozen=True, slots=True)
class RowFindings:
    """Decode findings about the rows of one batch: row index, COBOL field name (or null), code."""

    rows: Numbers
    fields: pa.Array
    codes: pa.Array

    def unreadable(self, batch_rows: int) -> dict[str, Mask]:
        """Rows with a fault, by field name; bool[batch_rows] each."""
        masks: dict[str, Mask] = {}
        for name in self.fields.unique().to_pylist():
            if name is not None:
                masks[name] = np.zeros(batch_rows, np.bool_)
                masks[name][self.rows[as_mask(pc.equal(self.fields, name))]] = True
        return masks

    def mark(self, mask: ReasonMask) -> None:
        """Enter the findings as reasons of their rows."""
        for code in self.codes.unique().to_pylist():
            mask.mark(code, self.rows[as_mask(pc.equal(self.codes, code))])


@dataclass(frozen=True, slots=True)
class BlockView:
    """``lost_numbers`` (ascending) are the records that decoding could not make a row of;
    ``lost_types`` their 01 names, null where not even that could be told."""

    batches: Mapping[str, pa.RecordBatch]
    found: Mapping[str, RowFindings]
    lost_numbers: Numbers
    lost_types: pa.Array

    @property
    def rows(self) -> int:
        """Records in this block, with or without a row."""
        rows = sum(int(batch.num_rows) for batch in self.batches.values())
        return rows + len(self.lost_numbers)


def view_block(block: DecodedRecords, catalogue: Catalogue) -> BlockView:
    """Arrange a block. A finding code that the catalogue lacks is a KeyError."""
    findings = block.findings.combine_chunks()
    numbers = findings["record_number"].to_numpy()
    placed = np.zeros(len(numbers), np.bool_)
    found = {}
    for name, batch in block.batches.items():
        own = record_numbers(batch)
        at = np.searchsorted(own, numbers)
        hit = at < len(own)
        hit[hit] = own[at[hit]] == numbers[hit]
        placed |= hit
        chosen = findings.filter(pa.array(hit))
        found[name] = RowFindings(
            at[hit].astype(np.int64), _array(chosen["field"]), _array(chosen["code"])
        )
    rejecting = pa.array(
        [c for c in _array(findings["code"]).unique().to_pylist() if _rejects(c, catalogue)],
        pa.utf8(),
    )
    lost = as_mask(_array(pc.is_in(findings["code"], value_set=rejecting)))
    lost &= (numbers > 0) & ~placed
    types = _array(findings["record_type"]).filter(pa.array(lost))
    lost_numbers, first = np.unique(numbers[lost], return_index=True)
    return BlockView(block.batches, found, lost_numbers, types.take(pa.array(first)))


def record_numbers(batch: pa.RecordBatch) -> Numbers:
    """Physical record number of each row, ascending; int64[n]."""
    return np.asarray(batch.column("_record_number").to_numpy(), np.int64)


def begun_before(starts: Numbers, numbers: Numbers) -> Numbers:
    """How many of the ascending ``starts`` are not after each number; int64[n].

    Numbers are usually in order and many for each start: then every start is looked up once.
    """
    if len(numbers) <= 2 * len(starts) or np.any(numbers[1:] < numbers[:-1]):
        return np.searchsorted(starts, numbers, side="right").astype(np.int64)
    first = np.searchsorted(numbers, starts, side="left")
    lengths = np.diff(first, prepend=0, append=len(numbers))
    return np.repeat(np.arange(len(starts) + 1), lengths)


def _rejects(code: str, catalogue: Catalogue) -> bool:
    return catalogue.severity(code) is Severity.REJECT


def _array(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined if isinstance(combined, pa.Array) else combined.chunk(0)
