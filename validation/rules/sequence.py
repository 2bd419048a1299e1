"""sequence_unbroken: SEQUENCE-NUMBER runs 1, 2, 3 … through all records of the file."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from interfaces.model import Interface
from validation.block import BlockView, record_numbers
from validation.faults import Fault, fault
from validation.places import Places
from validation.references import References
from validation.rules.rule import Rule

FIELD = "SEQUENCE-NUMBER"


class SequenceUnbroken(Rule):
    """Each record's number is one more than that of the record before. Records whose number
    cannot be read take the place of one; blank lines take none."""

    def __init__(self, interface: Interface, places: Places, references: References) -> None:
        super().__init__(interface, places, references)
        self._records = 0
        self._lead = 1  # sequence number less the count of records before: 1 when unbroken

    def file_faults(self, view: BlockView) -> Iterable[tuple[str, Fault]]:
        """SEQUENCE_BROKEN at each record where a gap or a repeat shows."""
        names = list(view.batches)
        columns = [self.places.of(n)[FIELD].values(view.batches[n])[0] for n in names]
        physical = np.concatenate(
            [record_numbers(view.batches[n]) for n in names] + [view.lost_numbers]
        )
        nowhere = np.zeros(len(view.lost_numbers), np.int64)
        sequence = np.concatenate(
            [c.fill_null(0).to_numpy(zero_copy_only=False) for c in columns] + [nowhere]
        )
        readable = np.concatenate(
            [np.asarray(c.is_valid()) for c in columns] + [nowhere.astype(np.bool_)]
        )
        order = np.argsort(physical, kind="stable")
        lead = sequence[order] - (self._records + np.arange(len(order)))
        known = np.flatnonzero(readable[order])
        broken = np.zeros(len(order), np.bool_)
        broken[order[known]] = np.diff(lead[known], prepend=self._lead) != 0
        self._records += len(order)
        if len(known):
            self._lead = int(lead[known[-1]])
        start = 0
        for name, column in zip(names, columns, strict=True):
            own = broken[start : start + len(column)]
            found = fault("SEQUENCE_BROKEN", own, self.places.of(name)[FIELD].field, column)
            start += len(column)
            if found is not None:
                yield name, found
