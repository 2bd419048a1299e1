"""Months that the mainframe's history says were paid, and by which record of which extract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from exchange.datasets import accepted_files, latest
from exchange.outbound.standing import HISTORY
from exchange.site import Site
from ledger.files import FileStanding

_MONTHS = """
SELECT section_code, _record_number, _byte_offset, history_from, unnest(month_paid) AS paid
FROM read_parquet($part) WHERE national_id = $person
"""


@dataclass(frozen=True, slots=True)
class MonthInHistory:
    """A month paid according to the mainframe, and the record of the extract that says so."""

    section_code: str
    period: int
    amount_satang: int
    channel: str
    paid_date: date | None
    receipt_number: str | None
    file_id: str
    file_name: str
    record_number: int
    byte_offset: int


@dataclass(frozen=True, slots=True)
class History:
    """What the newest history tells of a person; ``file_name`` is None when there is none.

    ``gap`` says why it could not be looked at.
    """

    business_date: date | None
    file_name: str | None
    months: tuple[MonthInHistory, ...]
    gap: str | None = None


def history_of(site: Site, person: str, on_or_before: date) -> History:
    """The person's months in the newest accepted history of a business date up to that day."""
    found = latest(site, HISTORY, on_or_before)
    if found is None:
        return History(None, None, ())
    interface, day = found
    (standing,) = accepted_files(site, interface, day)
    name = standing.file.name
    part = standing.result.part_uri if standing.result is not None else None
    if part is None or not (site.home.root / part).is_file():
        return History(day, name, (), f"the accepted rows of {name} are gone from {part}")
    try:
        with duckdb.connect() as engine:
            given = {"part": str(site.home.root / part), "person": person}
            rows = engine.execute(_MONTHS, given).fetchall()
    except duckdb.Error:
        return History(day, name, (), f"{part}, the accepted rows of {name}, cannot be read")
    months = [_month(standing, *row) for row in rows]
    return History(day, name, tuple(sorted(months, key=lambda m: (m.section_code, m.period))))


def _month(
    standing: FileStanding,
    section: str,
    number: int,
    offset: int,
    _since: int,
    paid: dict[str, object],
) -> MonthInHistory:
    day, receipt = paid["paid_date"], paid.get("receipt_number")
    return MonthInHistory(
        section_code=section,
        period=int(str(paid["paid_period"])),
        amount_satang=int(Decimal(str(paid["paid_amount"])).scaleb(2)),
        channel=str(paid["paid_channel"]),
        paid_date=day if isinstance(day, date) else None,
        receipt_number=None if receipt is None else str(receipt).strip(),
        file_id=standing.file.file_id,
        file_name=standing.file.name,
        record_number=number,
        byte_offset=offset,
    )
