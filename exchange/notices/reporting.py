"""The delivery report: what became of the notices, by business date, notice and employer type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from exchange.notices.matching import (
    NOTICE_ADDRESS_BOUNCED,
    NOTICE_ADDRESS_INVALID,
    NOTICE_NO_ADDRESS,
)
from exchange.site import Site
from interfaces.dated import code_list
from ledger.employer_mail import MailState
from ledger.employer_mail_counts import account_counts, undelivered

TYPE, OFFICE = "type", "office"
"""What the report is by, beside date and notice."""

_COLUMN = {
    NOTICE_NO_ADDRESS: "no_address",
    NOTICE_ADDRESS_INVALID: "address_invalid",
    NOTICE_ADDRESS_BOUNCED: "bounced",  # by an earlier notice, and not tried again
    MailState.SENT.value: "sent",
    MailState.BOUNCED.value: "bounced",
    MailState.REFUSED.value: "refused",
    MailState.UNKNOWN.value: "unknown",
    MailState.SENDING.value: "unknown",
    MailState.WAITING.value: "waiting",
    MailState.DEFERRED.value: "waiting",
    MailState.RELEASED.value: "waiting",
}


@dataclass(frozen=True, slots=True)
class ReportLine:
    """Accounts (records of lists) of one group, each in one of the columns after ``accounts``.

    ``group`` is the employer type or the office code, ``group_th`` its name where there is one.
    """

    business_date: date
    notice_code: str
    notice_th: str
    group: str
    group_th: str
    accounts: int
    sent: int
    waiting: int
    unknown: int
    bounced: int
    refused: int
    no_address: int
    address_invalid: int


@dataclass(frozen=True, slots=True)
class Untold:
    """A record of which nobody was told by mail, and the finding code or state that says why."""

    business_date: date
    list_id: str
    record_number: int
    employer_account: str
    employer_branch: str
    employer_type: str
    office_code: str
    why: str


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """Notices of business dates from ``since`` (None: the first) to ``until``. It holds no
    addresses."""

    since: date | None
    until: date
    by: str
    lines: tuple[ReportLine, ...]
    untold: tuple[Untold, ...]

    @property
    def needs_people(self) -> bool:
        """Whether somebody has to be told by other means, or a mail waits for a decision."""
        return bool(self.untold) or any(line.unknown for line in self.lines)


def delivery_report(
    site: Site, since: date | None, until: date, *, by: str = TYPE
) -> DeliveryReport:
    """Count every account of the lists of these business dates where it stands now."""
    return DeliveryReport(
        since,
        until,
        by,
        tuple(_lines(site, since, until, by)),
        tuple(_untold(site, since, until)),
    )


def _lines(site: Site, since: date | None, until: date, by: str) -> Iterator[ReportLine]:
    names = _names("employer_types", until) if by == TYPE else _names("provinces", until)
    kinds = _names("notice_kinds", until)
    groups: dict[tuple[date, str, str], Counter[str]] = {}
    for row in account_counts(site.ledger, since, until).to_pylist():
        group = row["employer_type"] if by == TYPE else row["office_code"]
        counter = groups.setdefault((row["business_date"], row["notice_code"], group), Counter())
        counter[_COLUMN[row["reason"] or row["state"]]] += row["accounts"]
    for (day, code, group), counter in sorted(groups.items()):
        known = group if by == TYPE else group[:2]  # an office code is province and office
        yield ReportLine(
            business_date=day,
            notice_code=code,
            notice_th=kinds.get(code, ""),
            group=group,
            group_th=names.get(known, ""),
            accounts=sum(counter.values()),
            **{column: counter[column] for column in dict.fromkeys(_COLUMN.values())},
        )


def _untold(site: Site, since: date | None, until: date) -> Iterator[Untold]:
    for row in undelivered(site.ledger, since, until).to_pylist():
        yield Untold(
            business_date=row["business_date"],
            list_id=row["file_id"][:12],
            record_number=row["record_number"],
            employer_account=row["employer_account"],
            employer_branch=row["employer_branch"],
            employer_type=row["employer_type"],
            office_code=row["office_code"],
            why=row["reason"] or _WHY[MailState(row["state"])],
        )


_WHY = {MailState.BOUNCED: "NOTICE_BOUNCED", MailState.REFUSED: "refused"}


def _names(name: str, on: date) -> dict[str, str]:
    return {row["code"]: row["th"] for row in code_list(name, on).to_pylist()}
