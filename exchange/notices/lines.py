"""The records behind each mail of a list: read once, cut at every address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from exchange.notices.accepted import accepted_rows
from exchange.site import Site
from ledger.employer_notices import addresses_of
from ledger.files import FileStanding

_COLUMNS = (
    "employer_account",
    "employer_branch",
    "employer_name",
    "office_code",
    "wage_period",
    "amount",
    "deadline_date",
    "remark",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a list as the mail tells it; ``amount`` in baht, ``wage_period`` yyyymm."""

    employer_account: str
    employer_branch: str
    employer_name: str
    office_code: str | None
    wage_period: int | None
    amount: Decimal
    deadline_date: date | None
    remark: str | None


class ListLines:
    """The lines of a list by address."""

    def __init__(self, site: Site, standing: FileStanding) -> None:
        rows = accepted_rows(site, standing, _COLUMNS)
        addressed = addresses_of(site.ledger, standing.file.file_id)
        places = pc.index_in(
            addressed["record_number"], value_set=rows["_record_number"].combine_chunks()
        )
        self._rows = rows.select(_COLUMNS).take(places)
        self._cuts = _cuts(addressed["address"])

    def of(self, address: str) -> Sequence[Line]:
        """The records that this address is told of, in file order; KeyError for another one."""
        start, length = self._cuts[address]
        return [Line(**row) for row in self._rows.slice(start, length).to_pylist()]


def _cuts(addresses: pa.ChunkedArray) -> Mapping[str, tuple[int, int]]:
    """Start and number of rows of each address; equal ones follow each other."""
    runs = pc.run_end_encode(addresses.combine_chunks(), run_end_type=pa.int64())
    ends = runs.run_ends.to_pylist()
    return dict(zip(runs.values.to_pylist(), _spans(ends), strict=True))


def _spans(ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for end in ends:
        yield start, end - start
        start = end
