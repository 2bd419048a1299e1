"""What became of the files of a run, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock

import pyarrow as pa
import pyarrow.compute as pc

from exchange.inbound.receive import Received
from ledger.files import FileStanding
from ledger.landing import FileState

SHOWN = 20
"""Most names of unreadable files that are told."""

Counts = dict[str, object]


@dataclass(slots=True)
class Tally:
    """What became of the files so far; several threads may add to it."""

    numbers: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    _adding: Lock = field(default_factory=Lock)

    def add_results(self, results: pa.Table) -> None:
        """Files that were received joined."""
        accepted = pc.sum(pc.equal(results["state"], FileState.ACCEPTED.value)).as_py() or 0
        records = {
            name: pc.sum(results[name]).as_py() or 0
            for name in ("records_read", "records_accepted", "records_rejected")
        }
        files = len(results)
        self._add(files=files, accepted=accepted, quarantined=files - accepted, **records)

    def add_decided(self, standings: Iterable[FileStanding]) -> None:
        """Files that an earlier run had brought to their result."""
        for standing in standings:
            result = standing.result
            state = result.state if result is not None else standing.state
            refused = state is FileState.QUARANTINED
            self._add(
                files=1,
                accepted=not refused,
                quarantined=refused,
                already_received=1,
                records_read=result.records_read if result else 0,
                records_accepted=result.records_accepted if result else 0,
                records_rejected=result.records_rejected if result else 0,
            )

    def add_received(self, received: Sequence[Received]) -> None:
        """Files that were received one at a time."""
        for one in received:
            is_copy = one.duplicate_of is not None
            self._add(
                files=1,
                accepted=not one.is_quarantined and not is_copy,
                quarantined=one.is_quarantined and not is_copy,
                duplicates=is_copy,
                already_received=one.repeated and not is_copy,
                records_read=one.read,
                records_accepted=one.accepted,
                records_rejected=one.rejected,
            )

    def _add(self, **numbers: int) -> None:
        with self._adding:
            self.numbers.update(numbers)

    def as_counts(self) -> Counts:
        """Plain, for XCom and logs; as :func:`exchange.inbound.arrivals.counts`."""
        names = ("files", "accepted", "quarantined", "duplicates", "already_received")
        told: Counts = {name: self.numbers[name] for name in names}
        for name in ("read", "accepted", "rejected"):
            told[f"records_{name}"] = self.numbers[f"records_{name}"]
        if self.unreadable:
            told["unreadable"] = len(self.unreadable)
            told["unreadable_files"] = sorted(self.unreadable)[:SHOWN]
        return told
