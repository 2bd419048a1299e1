"""Accepted notice lists become mails to be sent, each list once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from exchange.notices.accepted import accepted_rows
from exchange.notices.bounced_before import is_bounced_before
from exchange.notices.contacts import contacts_of, newest_register
from exchange.notices.matching import Matched, match
from exchange.parts import new_part, part_name
from exchange.site import Site
from interfaces.model import Kind
from ledger.bounced_addresses import bounced_for_good
from ledger.employer_notices import NoticeList, plan_notice, planned_lists
from ledger.files import FileStanding
from ledger.landing import FileState
from ledger.listing import files_in_state
from parsers.findings import FINDINGS_SCHEMA, findings_table

FINDINGS = "employer_notice.addresses"
"""Beside the findings of receiving the lists: what matching them with addresses found."""

_DETAIL = "NOTICE-DETAIL-RECORD"
_COLUMNS = ("employer_account", "employer_branch", "employer_type", "office_code")


@dataclass(frozen=True, slots=True)
class Planned:
    """What became of one list: records, mails to be sent, records without an address."""

    file_id: str
    notice_code: str
    business_date: date
    accounts: int
    mails: int
    unmatched: int


def plan_lists(site: Site, business_date: date) -> list[Planned]:
    """Plan every accepted list of business dates up to this one that was not planned yet.

    The register of this business date decides, once: what is planned stays, whatever register
    comes later. An address that an earlier notice came back from is not tried
    (exchange.notices.bounced_before). Findings are written before the ledger speaks of the list.
    NotArrivedError when lists wait and there is no register.
    """
    waiting = unplanned(site, business_date)
    if not waiting:
        return []
    register = newest_register(site, business_date)
    contacts = contacts_of(site, register)
    bounced = is_bounced_before(contacts, bounced_for_good(site.ledger))
    return [_plan(site, standing, contacts, bounced) for standing in waiting]


def unplanned(site: Site, business_date: date) -> list[FileStanding]:
    """Accepted lists up to a business date that nobody was assigned to a mail yet."""
    interfaces = {i.name for i in site.registry.of_kind(Kind.NOTICE, on=business_date)}
    known = {one.file_id for one in planned_lists(site.ledger, None, business_date)}
    accepted = files_in_state(site.ledger, interfaces, [FileState.ACCEPTED], up_to=business_date)
    return [standing for standing in accepted if standing.file.file_id not in known]


def _plan(
    site: Site, standing: FileStanding, contacts: pa.Table, bounced: pa.ChunkedArray
) -> Planned:
    file = standing.file
    records = accepted_rows(site, standing, ["_byte_offset", "notice_code", *_COLUMNS])
    matched = match(file.file_id, records, contacts, bounced)
    _write_findings(site, standing, records, matched)
    # An empty list, or one of which nothing was accepted, is planned too: it is done with.
    codes = pc.unique(records["notice_code"]).to_pylist()
    notice = NoticeList(file.file_id, codes[0] if codes else "", file.business_date)
    plan_notice(site.ledger, notice, matched.addressed, matched.mails, recorded_at=site.clock())
    return Planned(
        file_id=file.file_id,
        notice_code=notice.notice_code,
        business_date=file.business_date,
        accounts=matched.addressed.num_rows,
        mails=matched.mails.num_rows,
        unmatched=matched.addressed["address"].null_count,
    )


def _write_findings(
    site: Site, standing: FileStanding, records: pa.Table, matched: Matched
) -> None:
    """Records without an address as findings of the list, in a part of their own."""
    lacking = pc.is_null(matched.addressed["address"])
    rows = records.filter(lacking)
    if not rows.num_rows:
        return
    found = findings_table(
        file_id=standing.file.file_id,
        code=matched.addressed["reason"].filter(lacking).combine_chunks(),
        record_number=rows["_record_number"].to_numpy(),
        byte_offset=rows["_byte_offset"].to_numpy(),
        record_type=_DETAIL,
        field="EMPLOYER-ACCOUNT",
        raw=rows["employer_account"].cast(pa.binary()).combine_chunks(),
    )
    folder = site.home.findings(FINDINGS, standing.file.business_date)
    with new_part(folder / part_name([standing.file.file_id]), FINDINGS_SCHEMA) as part:
        for batch in found.to_batches():
            part.write(batch)
