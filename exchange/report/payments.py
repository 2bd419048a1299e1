"""What partners reported as paid, and what became of it: posted, or one named break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from exchange.returns.matching_inputs import return_totals
from exchange.site import Site
from exchange.status.masking import hide_ids
from insurance.identifiers import mask_ids
from ledger.acknowledgements import acknowledgement_of
from ledger.breaks import breaks_of, outcomes_of
from ledger.files import FileStanding
from ledger.outcomes import Outcome
from ledger.postings import ReturnTotals, batch_of


@dataclass(frozen=True, slots=True)
class Sum:
    """A number of payments and their satang."""

    count: int
    satang: int

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.count + other.count, self.satang + other.satang)


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """One return file: ``paid`` and ``taken_back`` as its trailer says, ``posted``, ``broken``
    and ``debits`` as the ledger holds them, ``answer`` the letter of the acknowledgement (None:
    not answered yet)."""

    name: str
    file_id: str
    partner: str
    paid: Sum
    taken_back: Sum
    posted: Sum
    broken: Sum
    debits: Sum
    answer: str | None

    @property
    def outcomes(self) -> int:
        """Records of the file that the ledger holds."""
        return self.posted.count + self.broken.count + self.debits.count


@dataclass(frozen=True, slots=True)
class BrokenCode:
    """Breaks of one code, with the catalogue's wording."""

    code: str
    count: int
    satang: int
    en: str
    th: str


@dataclass(frozen=True, slots=True)
class BreakRow:
    """One break. ``person`` is the masked ID, None where it could not be read."""

    file: str
    file_id: str
    record_number: int
    code: str
    state: str
    person: str | None
    section: str | None
    period: int | None
    satang: int
    expected_satang: int | None
    payment_date: date | None


def posted_returns(site: Site, returns: Sequence[FileStanding]) -> list[ReturnRow]:
    """A row for each return file of the night that is in the ledger."""
    return [
        _return_row(site, standing)
        for standing in returns
        if batch_of(site.ledger, standing.file.file_id) is not None
    ]


def _return_row(site: Site, standing: FileStanding) -> ReturnRow:
    file = standing.file
    outcomes = outcomes_of(site.ledger, file.file_id)
    code = outcomes["outcome"]
    is_posted = pc.equal(code, Outcome.POSTED.value)
    is_debit = pc.equal(code, Outcome.DEBIT.value)
    totals: ReturnTotals = return_totals(site, standing)
    answer = acknowledgement_of(site.ledger, file.file_id)
    return ReturnRow(
        name=hide_ids(file.name),
        file_id=file.file_id,
        partner=file.partner or "",
        paid=Sum(totals.credit_count, totals.credit_satang),
        taken_back=Sum(totals.debit_count, totals.debit_satang),
        posted=_sum(outcomes.filter(is_posted)),
        broken=_sum(outcomes.filter(pc.invert(pc.or_(is_posted, is_debit)))),
        debits=_sum(outcomes.filter(is_debit)),
        answer=answer.result.value if answer else None,
    )


def broken_codes(site: Site, business_date: date) -> list[BrokenCode]:
    """Breaks of the night by code, those with the most money first."""
    found = breaks_of(site.ledger, business_date=business_date)
    counted = found.group_by("code").aggregate(
        [("amount_satang", "count"), ("amount_satang", "sum")]
    )
    rows = [
        BrokenCode(
            code=row["code"],
            count=row["amount_satang_count"],
            satang=row["amount_satang_sum"],
            en=site.catalogue.text(row["code"], "en"),
            th=site.catalogue.text(row["code"], "th"),
        )
        for row in counted.to_pylist()
    ]
    return sorted(rows, key=lambda row: (-row.satang, row.code))


def first_breaks(
    site: Site, business_date: date, names: dict[str, str], limit: int
) -> list[BreakRow]:
    """The first breaks of the night by file name and record, IDs masked.

    ``names`` are the (masked) names of the night's files by id.
    """
    found = breaks_of(site.ledger, business_date=business_date)
    place = {file_id: n for n, file_id in enumerate(sorted(names, key=lambda i: (names[i], i)))}
    order = pa.array([place[file_id] for file_id in found["file_id"].to_pylist()], pa.int64())
    found = found.append_column("place", order)
    found = found.sort_by([("place", "ascending"), ("record_number", "ascending")]).slice(0, limit)
    masked = mask_ids(found["national_id"].combine_chunks())
    return [
        BreakRow(
            file=names[row["file_id"]],
            file_id=row["file_id"],
            record_number=row["record_number"],
            code=row["code"],
            state=row["state"],
            person=person,
            section=row["section_code"],
            period=row["period"],
            satang=row["amount_satang"],
            expected_satang=row["expected_satang"],
            payment_date=row["payment_date"],
        )
        for row, person in zip(found.to_pylist(), masked.to_pylist(), strict=True)
    ]


def _sum(outcomes: pa.Table) -> Sum:
    return Sum(outcomes.num_rows, int(pc.sum(outcomes["amount_satang"]).as_py() or 0))
