"""Breaks of whole returns: refused ones, and copies of such as are posted already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from exchange.returns.acknowledge import is_refused
from exchange.returns.refusal import refusing_code
from exchange.site import Site
from interfaces.model import Kind
from interfaces.partners import Partner
from ledger.breaks import OPEN
from ledger.file_breaks import (
    FileBreak,
    FileBreakCode,
    file_breaks,
    record_file_break,
    record_file_break_event,
)
from ledger.files import FileStanding
from ledger.sightings import PostedCopy, posted_copies

RESOLVED, REOPENED = "resolved", "reopened"
WHO = "prakan"
_TOTAL = "TOTAL-CREDIT-AMOUNT"


def record_return_breaks(
    site: Site, business_date: date, partner: Partner, standings: Sequence[FileStanding]
) -> None:
    """Record what is wrong with whole returns, each once.

    Of ``standings`` the refused ones are breaks of their totals, until they are accepted after
    all. Copies are looked for among all returns up to the business date.
    """
    for standing in standings:
        if is_refused(standing):
            _record_refused(site, partner, standing)
        else:
            _resolve_accepted(site, standing)
    names = {
        i.name for i in site.registry.all() if i.kind is Kind.RETURN and i.partner == partner.name
    }
    _record_copies(site, partner, posted_copies(site.ledger, names, partner.name, business_date))


def _record_refused(site: Site, partner: Partner, standing: FileStanding) -> None:
    break_id = f"total.{standing.file.file_id[:12]}"
    if file_breaks(site.ledger, break_id=break_id):
        return
    found = FileBreak(
        break_id=break_id,
        code=FileBreakCode.TOTAL_DIFFERS,
        partner=partner.name,
        business_date=standing.file.business_date,
        file_id=standing.file.file_id,
        amount_satang=_declared_satang(standing),
        detail={"name": standing.file.name, "reason": refusing_code(site, standing)},
    )
    record_file_break(site.ledger, found, recorded_at=site.clock())


def _resolve_accepted(site: Site, standing: FileStanding) -> None:
    """A file that was refused and counts now is no break any more."""
    for found in file_breaks(site.ledger, break_id=f"total.{standing.file.file_id[:12]}"):
        if found.state in (OPEN, REOPENED):
            detail = {"who": WHO, "reason": "accepted after all", "resolution": "close"}
            record_file_break_event(
                site.ledger, found.break_id, RESOLVED, recorded_at=site.clock(), detail=detail
            )


def _record_copies(site: Site, partner: Partner, copies: Iterable[PostedCopy]) -> None:
    for copy in copies:
        found = FileBreak(
            break_id=f"duplicate.{copy.file_id[:12]}.{copy.number}",
            code=FileBreakCode.DUPLICATE_FILE,
            partner=partner.name,
            business_date=copy.business_date,
            file_id=copy.file_id,
            amount_satang=copy.credit_satang,
            detail={"name": copy.name, "first_name": copy.first_name},
        )
        if not file_breaks(site.ledger, break_id=found.break_id):
            record_file_break(site.ledger, found, recorded_at=site.clock())


def _declared_satang(standing: FileStanding) -> int:
    """What the payments of a refused return come to by its own trailer, 0 where it was not read
    or its trailer cannot be."""
    declared = standing.result.controls.get(_TOTAL) if standing.result is not None else None
    return int(Decimal(declared) * 100) if declared else 0
