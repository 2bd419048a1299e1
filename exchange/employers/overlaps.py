"""Findings of filings against those entered before them for the same branch and wage month.

They are told in the employer's answer. What counts is worked out elsewhere
(:mod:`exchange.employers.lines`); here the employer hears of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.filed_lines import Batch
from exchange.employers.lines import filing_lines
from exchange.site import Site
from interfaces.model import FilingPurpose, Framing
from ledger.database import reading
from ledger.filings import counting, file_ranks, filings_of_months, month_numbers
from ledger.repeated_filings import repeated_months
from parsers.findings import FINDINGS_SCHEMA, concat_findings, findings_table

FILED_BEFORE = "FORM_FILED_BEFORE"
PERSON_LEFT_OUT = "FORM_PERSON_LEFT_OUT"
PERSON_FILED = "FORM_PERSON_FILED"

_COLUMNS = ("file_id", "record_number", "header_number", "national_id")


@dataclass(frozen=True, slots=True)
class _Overlap:
    """A filing and what counted for its month before it; FILINGS_SCHEMA, ``own`` of one row."""

    own: pa.Table
    before: pa.Table

    @property
    def purpose(self) -> str:
        """What the filing does to those before."""
        return str(self.own["purpose"][0])


def overlaps(site: Site, batch: Batch) -> pa.Table:
    """FORM_FILED_BEFORE on the header of every such filing of a batch, with the file before it;
    FORM_PERSON_LEFT_OUT there for each person whom a replacing one does not name again;
    FORM_PERSON_FILED on lines of an adding one that name somebody filed before. FINDINGS_SCHEMA.
    """
    accepted = batch.files.filter(pa.array(batch.is_accepted))["file_id"].to_pylist()
    with reading(site.ledger) as connection:
        months = repeated_months(connection, accepted)
        if not months.num_rows:
            return FINDINGS_SCHEMA.empty_table()
        every = filings_of_months(connection, months)
    found = list(_found(every, accepted))
    if not found:
        return FINDINGS_SCHEMA.empty_table()
    closer = [one for one in found if one.purpose != FilingPurpose.MERGE]
    needed = [table for one in closer for table in (one.own, one.before)]
    lines = filing_lines(site, pa.concat_tables([every.slice(0, 0), *needed]), _COLUMNS)
    file = batch.interface.file
    page = "utf-8" if file.framing is Framing.XLSX else file.encoding
    return concat_findings([table for one in found for table in _told(one, lines, page)])


def _found(every: pa.Table, own: Sequence[str]) -> Iterator[_Overlap]:
    """Filings of our files before which something counted for their month. Repeated filings are
    few: each is looked at by itself."""
    ranks = file_ranks(every)
    months, count = month_numbers(every)
    first = np.full(count, len(ranks), np.int64)
    np.minimum.at(first, months, ranks)
    ours = np.asarray(pc.is_in(every["file_id"], value_set=pa.array(own, pa.utf8())))
    for row in np.flatnonzero(ours & (ranks > first[months])).tolist():
        earlier = (months == months[row]) & (ranks < ranks[row])
        before = counting(every.filter(pa.array(earlier)))
        if before.num_rows:
            yield _Overlap(every.slice(row, 1), before)


def _told(one: _Overlap, lines: pa.Table, page: str) -> Iterator[pa.Table]:
    file_id, header = one.own["file_id"][0].as_py(), one.own["record_number"][0].as_py()
    name = str(one.before["file_name"][-1])
    yield _at_header(FILED_BEFORE, file_id, header, [name.encode(page, "replace")])
    if one.purpose == FilingPurpose.MERGE:
        return
    filed, known = _lines_of(lines, one.own), _lines_of(lines, one.before)
    if one.purpose == FilingPurpose.REPLACE:
        gone = pc.is_in(known["national_id"], value_set=_persons(filed))
        left = _persons(known.filter(pc.invert(gone))).to_pylist()
        yield _at_header(PERSON_LEFT_OUT, file_id, header, [person.encode() for person in left])
    if one.purpose == FilingPurpose.ADD:
        again = filed.filter(pc.is_in(filed["national_id"], value_set=_persons(known)))
        yield findings_table(
            file_id=file_id,
            code=PERSON_FILED,
            record_number=again["record_number"].to_pylist(),
            byte_offset=[0] * again.num_rows,
            raw=[person.encode() for person in again["national_id"].to_pylist()],
        )


def _at_header(code: str, file_id: str, header: int, values: list[bytes]) -> pa.Table:
    return findings_table(
        file_id=file_id,
        code=code,
        record_number=[header] * len(values),
        byte_offset=[0] * len(values),
        raw=values,
    )


def _lines_of(lines: pa.Table, filings: pa.Table) -> pa.Table:
    """The lines under the headers of these filings."""
    keys = pc.binary_join_element_wise(
        filings["file_id"], filings["record_number"].cast(pa.utf8()), ":"
    )
    own = pc.binary_join_element_wise(lines["file_id"], lines["header_number"].cast(pa.utf8()), ":")
    return lines.filter(pc.is_in(own, value_set=keys.combine_chunks()))


def _persons(lines: pa.Table) -> pa.Array:
    """National IDs of the lines, each once, in order."""
    distinct = pc.unique(lines["national_id"])
    return distinct.take(pc.sort_indices(distinct))
