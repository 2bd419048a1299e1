"""How the notices stand: each list with its mails, and what a person has to do about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from exchange.notices.planning import unplanned
from exchange.notices.sending import MOST_ATTEMPTS
from exchange.site import Site
from ledger.employer_mail import MailState, mails_in_state
from ledger.employer_mail_counts import account_counts, mail_counts
from ledger.employer_notices import planned_lists

PEOPLES = (MailState.UNKNOWN, MailState.SENDING, MailState.REFUSED, MailState.BOUNCED)
"""States of mails that nothing but a person's decision changes."""


@dataclass(frozen=True, slots=True)
class ListStanding:
    """One list: records, records without an address, mails by their state."""

    file_id: str
    notice_code: str
    business_date: date
    accounts: int
    unmatched: int
    mails: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A mail that a person decides about. ``address`` is masked."""

    message_id: str
    list_id: str
    address: str
    state: str
    attempt: int
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NoticeStanding:
    """Lists up to a business date; ``unplanned`` were accepted and are matched by the next run."""

    lists: tuple[ListStanding, ...]
    unplanned: tuple[str, ...]
    waiting_for_people: tuple[WaitingMail, ...]

    @property
    def in_order(self) -> bool:
        """Whether nobody has to do anything but let the next run come."""
        return not self.waiting_for_people and not any(one.unmatched for one in self.lists)


def notice_standing(site: Site, since: date | None, until: date) -> NoticeStanding:
    """Look at the lists of these business dates; nothing is changed."""
    counts = account_counts(site.ledger, since, until).to_pylist()
    lists = []
    for one in planned_lists(site.ledger, since, until):
        rows = [row for row in counts if row["file_id"] == one.file_id]
        lists.append(
            ListStanding(
                one.file_id,
                one.notice_code,
                one.business_date,
                accounts=sum(row["accounts"] for row in rows),
                unmatched=sum(row["accounts"] for row in rows if row["reason"]),
                mails={s.value: n for s, n in mail_counts(site.ledger, one.file_id).items()},
            )
        )
    known = {one.file_id for one in lists}
    return NoticeStanding(
        tuple(lists),
        tuple(standing.file.name for standing in unplanned(site, until)),
        tuple(one for one in _for_people(site) if one.list_id in {f[:12] for f in known}),
    )


def masked(address: str) -> str:
    """``n…@host.example``: enough to tell mails apart, not enough to write to anybody."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}…@{host}"


def _for_people(site: Site) -> list[WaitingMail]:
    found = mails_in_state(site.ledger, PEOPLES)
    deferred = mails_in_state(site.ledger, [MailState.DEFERRED])
    found += [mail for mail in deferred if mail.attempt >= MOST_ATTEMPTS]
    return [
        WaitingMail(
            mail.message_id,
            mail.file_id[:12],
            masked(mail.address),
            mail.state.value,
            mail.attempt,
            mail.detail,
        )
        for mail in found
    ]
