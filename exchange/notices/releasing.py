"""What a person decides about mails that are not sent by themselves any more."""

from __future__ import annotations

import re
from datetime import date

from exchange.locks import exclusive
from exchange.notices.sending import LOCK
from exchange.site import Site
from interfaces.errors import WrongUse
from ledger.acts import OperatorAct
from ledger.employer_mail import (
    EmployerMail,
    MailEvent,
    MailState,
    mails_in_state,
    mails_named,
    record_mail_events,
)
from ledger.employer_notices import planned_lists

RELEASABLE = (MailState.UNKNOWN, MailState.BOUNCED, MailState.REFUSED, MailState.DEFERRED)
"""States that a person may lift. What was sent is sent to nobody twice."""

_MESSAGE_ID = re.compile(r"[0-9a-f]{32}")
_SHORTEST = 6


def release(
    site: Site, target: str, state: MailState | None, *, who: str, reason: str
) -> list[EmployerMail]:
    """Let the next run send these mails; who and why is recorded with it.

    ``target`` is one mail by its id, or a list by the beginning of its file id; of a list those
    in ``state`` are meant. WrongUse where there are none that may be released.
    """
    return _decide(site, target, state, MailState.RELEASED, "resend", who, reason)


def arrived(
    site: Site, target: str, state: MailState | None, *, who: str, reason: str
) -> list[EmployerMail]:
    """Take these *unknown* mails for sent, on somebody's word; nothing is sent."""
    if state not in (None, MailState.UNKNOWN):
        raise WrongUse(f"only unknown mails can be taken for sent, not those that are {state}")
    return _decide(site, target, MailState.UNKNOWN, MailState.SENT, "arrived", who, reason)


def _decide(
    site: Site,
    target: str,
    state: MailState | None,
    new: MailState,
    verb: str,
    who: str,
    reason: str,
) -> list[EmployerMail]:
    with exclusive(site, LOCK):
        mails = _meant(site, target, state)
        allowed = (MailState.UNKNOWN,) if new is MailState.SENT else RELEASABLE
        wrong = [mail for mail in mails if mail.state not in allowed]
        if wrong:
            raise WrongUse(
                f"mail {wrong[0].message_id} is {wrong[0].state}: only "
                f"{' or '.join(allowed)} mails are decided by hand; nobody is mailed twice for "
                "one notice"
            )
        act = OperatorAct(f"notices.{verb}", target, who, reason, site.clock())
        detail = {"who": who, "reason": reason, "was": ""}
        events = [MailEvent(m, new, {**detail, "was": m.state.value}) for m in mails]
        record_mail_events(site.ledger, events, recorded_at=site.clock(), act=act)
    return mails


def _meant(site: Site, target: str, state: MailState | None) -> list[EmployerMail]:
    if _MESSAGE_ID.fullmatch(target):
        found = mails_named(site.ledger, [target])
        if target in found:
            return [found[target]]
    file_id = list_of(site, target)
    if state is None:
        raise WrongUse("a whole list is meant: say with --state which of its mails")
    mails = mails_in_state(site.ledger, [state], file_id=file_id)
    if not mails:
        raise WrongUse(f"list {file_id[:12]} has no mail that is {state}")
    return mails


def list_of(site: Site, beginning: str) -> str:
    """File id of the planned list that begins so; WrongUse when none or several do."""
    known = [one.file_id for one in planned_lists(site.ledger, None, date.max)]
    found = [file_id for file_id in known if file_id.startswith(beginning)]
    if len(beginning) < _SHORTEST or len(found) != 1:
        raise WrongUse(
            f"{beginning!r} is no mail and not the beginning of one list (at least "
            f"{_SHORTEST} characters); see `prakan notices status`"
        )
    return found[0]
