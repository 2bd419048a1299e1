"""Sending what is due: the intent in the ledger before a mail's first byte, the outcome after it.

The outcome of one mail and the intent of the next are one transaction, so that a mail costs one
write to disk. A process that dies leaves at most one mail *sending*; the next run, which has the
lock that the dead one had, calls it *unknown* and leaves it to a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from exchange.locks import exclusive
from exchange.notices.composing import NoticeKind, compose, notice_kind
from exchange.notices.lines import ListLines
from exchange.notices.pace import Pace
from exchange.notices.planning import Planned, plan_lists, unplanned
from exchange.notices.postbox import Outcome, Postbox
from exchange.notices.settings import Sender
from exchange.site import Site
from interfaces.errors import OutsideFailure
from ledger.employer_mail import (
    EmployerMail,
    MailEvent,
    MailState,
    due_mails,
    mails_in_state,
    record_mail_events,
)
from ledger.files import find

LOCK = "employer notices"
MOST_ATTEMPTS = 5
"""Tries of a mail that the server defers; then a person looks. At one run a working day it is
about as long as mail systems try (RFC 5321, 4.5.4.1: four or five days)."""

REFUSED_IN_A_ROW = 10
"""So many refusals one after another are no matter of single mails: the run ends."""


@dataclass(slots=True)
class Sent:
    """What a run did: lists planned, mails by outcome, what the run before left *unknown*, and
    why it ended before its time."""

    planned: list[Planned] = field(default_factory=list)
    outcomes: Counter[MailState] = field(default_factory=Counter)
    left_unknown: int = 0
    waiting: int = 0
    trouble: str | None = None

    @property
    def counts(self) -> dict[str, object]:
        """Plain numbers for XCom and logs."""
        return {
            "lists": len(self.planned),
            "mails": sum(self.outcomes.values()),
            **{state.value: self.outcomes[state] for state in _OUTCOMES},
            "left_unknown": self.left_unknown,
            "waiting": self.waiting,
        }


_OUTCOMES = (
    MailState.SENT,
    MailState.DEFERRED,
    MailState.BOUNCED,
    MailState.REFUSED,
    MailState.UNKNOWN,
)


def send_notices(
    site: Site,
    business_date: date,
    sender: Sender,
    *,
    limit: int | None = None,
    pace: Pace | None = None,
    postbox: Postbox | None = None,
) -> Sent:
    """Plan what was accepted up to a business date and send what is due, at most ``limit`` mails.

    Run again as often as wanted: what was sent is not sent again. BusyError while another
    process sends. ``trouble`` in the answer says that the server takes no more now.
    """
    # A year without declared holidays is refused: a Buddhist year would send all lists to come.
    site.calendar.is_business_day(business_date)
    with exclusive(site, LOCK):
        made = Sent(left_unknown=_settle_interrupted(site))
        made.planned = plan_lists(site, business_date)
        due = due_mails(site.ledger, business_date, most_attempts=MOST_ATTEMPTS)
        chosen = due if limit is None else due[:limit]
        if chosen:
            box = postbox or Postbox(sender.server)
            try:
                _send(site, sender, chosen, made, box, pace or Pace(sender.mails_a_minute))
            finally:
                box.close()
        made.waiting = len(due) - sum(made.outcomes.values())
    return made


def nothing_to_send(site: Site, business_date: date) -> bool:
    """Whether no list waits to be planned, no mail is due and none was interrupted."""
    return not (
        unplanned(site, business_date)
        or mails_in_state(site.ledger, [MailState.SENDING])
        or due_mails(site.ledger, business_date, most_attempts=MOST_ATTEMPTS, limit=1)
    )


def done(made: Sent) -> Sent:
    """The same, when nothing ended the run early; OutsideFailure with its trouble otherwise."""
    if made.trouble is not None:
        raise OutsideFailure(made.trouble)
    return made


def _settle_interrupted(site: Site) -> int:
    """Mails of which a process died between intent and outcome: nobody knows."""
    interrupted = mails_in_state(site.ledger, [MailState.SENDING])
    detail = {"why": "the process that sent it did not end in order"}
    events = [MailEvent(mail, MailState.UNKNOWN, detail) for mail in interrupted]
    record_mail_events(site.ledger, events, recorded_at=site.clock())
    return len(events)


def _send(
    site: Site,
    sender: Sender,
    mails: Sequence[EmployerMail],
    made: Sent,
    postbox: Postbox,
    pace: Pace,
) -> None:
    pending: list[MailEvent] = []
    refused = 0
    try:
        for mail, content in _composed(site, sender, mails):
            if pace.must_wait:
                _record(site, pending)
            pace.wait()
            if not _is_open(postbox, made):
                return
            _record(site, pending, MailEvent(mail, MailState.SENDING))
            returns = sender.envelope_sender(mail.message_id)
            outcome = postbox.send(returns, mail.address, content)
            pending.append(MailEvent(mail, outcome.state, outcome.detail))
            made.outcomes[outcome.state] += 1
            refused = refused + 1 if outcome.state is MailState.REFUSED else 0
            made.trouble = _trouble(outcome, refused, sender)
            if made.trouble is not None:
                return
    finally:
        _record(site, pending)


def _is_open(postbox: Postbox, made: Sent) -> bool:
    """Whether there is a session; without one nothing is tried, and no try is counted."""
    try:
        postbox.open()
    except OutsideFailure as error:
        made.trouble = str(error)
        return False
    return True


def _record(site: Site, pending: list[MailEvent], *intent: MailEvent) -> None:
    record_mail_events(site.ledger, [*pending, *intent], recorded_at=site.clock())
    pending.clear()


def _trouble(outcome: Outcome, refused: int, sender: Sender) -> str | None:
    if refused == REFUSED_IN_A_ROW:
        return (
            f"{sender.server}: refused {refused} mails one after another; ask who runs it why, "
            "then release them with `prakan notices resend`"
        )
    return outcome.trouble


def _composed(
    site: Site, sender: Sender, mails: Sequence[EmployerMail]
) -> Iterator[tuple[EmployerMail, bytes]]:
    """Each mail with its bytes; the records of one list are in memory at a time."""
    for file_id, of_list in groupby(mails, key=lambda mail: mail.file_id):
        standing = find(site.ledger, file_id)
        if standing is None:
            raise OutsideFailure(f"the ledger has no file {file_id}, which notices were made from")
        lines = ListLines(site, standing)
        kind: NoticeKind | None = None
        for mail in of_list:
            kind = kind or notice_kind(mail.notice_code, mail.business_date)
            told = lines.of(mail.address)
            yield (
                mail,
                compose(kind, mail.business_date, mail.message_id, mail.address, told, sender),
            )
