"""Headers and trailers in their places, over the blocks of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from interfaces.model import Interface, Role
from parsers.findings import concat_findings, findings_table
from validation.block import Numbers, record_numbers

_HEADER, _DETAIL, _TRAILER = 0, 1, 2
_PLACE = {Role.HEADER: _HEADER, Role.DETAIL: _DETAIL, Role.TRAILER: _TRAILER}


class Structure:
    """Where the interface declares a header it comes first, a trailer last, each once.

    With ``block_controls`` every block of details has its own header, so headers repeat.
    Records without a row (of unknown type) are not judged: they have their own finding.
    """

    def __init__(self, interface: Interface, *, file_id: str) -> None:
        self._interface = interface
        self._file_id = file_id
        self._places = {rule.record: _PLACE[rule.role] for rule in interface.records}
        roles = {rule.role for rule in interface.records}
        self._has_header = Role.HEADER in roles
        self._has_trailer = Role.TRAILER in roles
        self._seen_header = False
        self._seen_trailer = False
        self._first: tuple[int, int] | None = None
        self._records = 0
        self._told: set[Role] = set()

    def block(self, batches: Mapping[str, pa.RecordBatch]) -> pa.Table:
        """Findings of the records of a block (RECORD_ORDER, RECORD_HEADER_MISSING)."""
        numbers, offsets, places = _in_file_order(batches, self._places)
        if not len(numbers):
            return concat_findings([])
        if self._first is None:
            self._first = (int(numbers[0]), int(offsets[0]))
        self._records += len(numbers)
        found = list(self._misplaced(places))
        self._seen_header |= bool((places == _HEADER).any())
        self._seen_trailer |= bool((places == _TRAILER).any())
        return concat_findings(
            self._finding(code, numbers[row : row + 1], offsets[row : row + 1], kind)
            for code, row, kind in found
        )

    def close(self) -> pa.Table:
        """Findings about what never came; none for a file in which no record was recognised."""
        if self._first is None:
            return concat_findings([])
        missing = []
        if self._has_header and not self._seen_header and not self._interface.block_controls:
            missing.append(self._finding("RECORD_HEADER_MISSING", *_one(self._first), Role.HEADER))
        if self._has_trailer and not self._seen_trailer:
            missing.append(self._finding("RECORD_TRAILER_MISSING", *_one((0, 0)), Role.TRAILER))
        return concat_findings(missing)

    def _misplaced(self, places: Numbers) -> Iterator[tuple[str, int, Role]]:
        """Code, row and role of what stands wrongly, the first of each kind in the file."""
        for role, code, row in (
            (Role.DETAIL, "RECORD_HEADER_MISSING", self._headless(places)),
            (Role.HEADER, "RECORD_ORDER", self._late_header(places)),
            (Role.TRAILER, "RECORD_ORDER", self._after_trailer(places)),
        ):
            if row is not None and role not in self._told:
                self._told.add(role)
                yield code, row, Role.HEADER if role is Role.DETAIL else role

    def _headless(self, places: Numbers) -> int | None:
        """First detail before any header, where every block of details needs one."""
        if not (self._has_header and self._interface.block_controls) or self._seen_header:
            return None
        return 0 if places[0] != _HEADER else None

    def _late_header(self, places: Numbers) -> int | None:
        """First header that is not the first record of the file."""
        if self._interface.block_controls:
            return None
        headers = np.flatnonzero(places == _HEADER)
        if self._records == len(places):  # this block begins the file
            headers = headers[headers > 0]
        return int(headers[0]) if len(headers) else None

    def _after_trailer(self, places: Numbers) -> int | None:
        """First record after a trailer."""
        if self._seen_trailer:
            return 0
        trailers = np.flatnonzero(places == _TRAILER)
        after = int(trailers[0]) + 1 if len(trailers) else len(places)
        return after if after < len(places) else None

    def _finding(self, code: str, number: Numbers, offset: Numbers, role: Role) -> pa.Table:
        return findings_table(
            file_id=self._file_id,
            code=code,
            record_number=number,
            byte_offset=offset,
            record_type=self._interface.record(role).record,
        )


def _one(place: tuple[int, int]) -> tuple[Numbers, Numbers]:
    return np.array([place[0]], np.int64), np.array([place[1]], np.int64)


def _in_file_order(
    batches: Mapping[str, pa.RecordBatch], places: Mapping[str, int]
) -> tuple[Numbers, Numbers, Numbers]:
    """Record numbers, byte offsets and places (header 0, detail 1, trailer 2), file order."""
    if not batches:
        nothing: Numbers = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    if len(batches) == 1:
        name, batch = next(iter(batches.items()))
        offsets = np.asarray(batch.column("_byte_offset").to_numpy())
        return record_numbers(batch), offsets, np.full(batch.num_rows, places[name], np.int64)
    numbers = np.concatenate([record_numbers(batch) for batch in batches.values()])
    offsets = np.concatenate(
        [np.asarray(batch.column("_byte_offset").to_numpy()) for batch in batches.values()]
    )
    kinds = np.concatenate(
        [np.full(batch.num_rows, places[name]) for name, batch in batches.items()]
    )
    order = np.argsort(numbers, kind="stable")
    return numbers[order], offsets[order], kinds[order]
