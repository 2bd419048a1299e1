"""read = accepted + rejected, proved block by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.catalogue import Catalogue
from interfaces.model import Severity
from validation.bitmask import Mask, ReasonMask
from validation.block import BlockView, Numbers, record_numbers
from validation.places import as_mask


class ValidationDefectError(AssertionError):
    """A promise of validation does not hold: a defect of prakan, not of the data."""


class RecordCounts:
    """Counts of detail records of a file. Records of unknown type count as details: they are
    read, and rejected."""

    def __init__(self, details: Sequence[str], catalogue: Catalogue, *, file_id: str) -> None:
        self.read = 0
        self.accepted = 0
        self.rejected = 0
        self._details = tuple(details)
        self._file_id = file_id
        self._rejecting = pa.array(catalogue.codes(Severity.REJECT), pa.utf8())

    def add(
        self,
        view: BlockView,
        accepted: Mapping[str, pa.RecordBatch],
        masks: Mapping[str, ReasonMask],
        findings: pa.Table,
    ) -> None:
        """Add a block; ``findings`` are all of it.

        ValidationDefectError unless read = accepted + rejected and the rejected records are
        exactly those that have a finding of severity reject.
        """
        present = [name for name in self._details if name in view.batches]
        may_be_detail = pa.array([*self._details, None], pa.utf8())
        lost = view.lost_numbers[as_mask(pc.is_in(view.lost_types, value_set=may_be_detail))]
        numbers = {name: record_numbers(view.batches[name]) for name in present}
        rejected = _union([numbers[name][masks[name].rejected] for name in present], lost)
        every = _union(list(numbers.values()), lost)
        taken = _union([record_numbers(batch) for batch in accepted.values()])
        blamed = self._blamed(findings)
        blamed = blamed[_contains(every, blamed)]
        if not np.array_equal(blamed, rejected) or len(every) != len(taken) + len(rejected):
            raise ValidationDefectError(
                f"file {self._file_id}: {len(every)} records read, {len(taken)} accepted, "
                f"{len(rejected)} rejected, {len(blamed)} with a finding that rejects"
            )
        self.read += len(every)
        self.accepted += len(taken)
        self.rejected += len(rejected)

    def _blamed(self, findings: pa.Table) -> Numbers:
        """Record numbers with a finding that rejects."""
        if not findings.num_rows:
            return np.zeros(0, np.int64)
        rows = findings.filter(pc.is_in(findings["code"], value_set=self._rejecting))
        return np.unique(rows["record_number"].to_numpy())


def _contains(ascending: Numbers, numbers: Numbers) -> Mask:
    """Which numbers are among ascending ones; bool[n]."""
    if not len(ascending) or not len(numbers):
        return np.zeros(len(numbers), np.bool_)
    at = np.minimum(np.searchsorted(ascending, numbers), len(ascending) - 1)
    return np.equal(ascending[at], numbers)


def _union(parts: Sequence[Numbers], *more: Numbers) -> Numbers:
    """All record numbers, ascending, as each part is; they are distinct within a file."""
    every = [part for part in (*parts, *more) if len(part)]
    if len(every) == 1:
        return every[0]
    return np.sort(np.concatenate(every)) if every else np.zeros(0, np.int64)
