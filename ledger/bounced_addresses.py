"""Addresses that notices came back from, whichever list the mail was of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.database import reading
from ledger.detail import from_text
from ledger.employer_mail import MailState

_MAILBOX_FULL = "5.2.2"  # RFC 3463, 3.3; without such a status it is 552 (RFC 5321, 4.2.3)
_FULL = 552
_PERMANENT = range(500, 600)


def bounced_for_good(engine: Engine) -> dict[str, datetime]:
    """Addresses that came back, the last time for good, and when that was recorded.

    A mailbox that was only full is none of them, nor is an address to which a person released a
    mail since. That our server took a further one says nothing: it took the first one too.
    """
    event = schema.employer_mail_event
    telling = (MailState.BOUNCED.value, MailState.RELEASED.value)
    last = (
        sa.select(sa.func.max(event.c.event_id))
        .where(event.c.state.in_(telling))
        .group_by(event.c.address)
    )
    query = sa.select(event.c.address, event.c.detail, event.c.recorded_at).where(
        event.c.event_id.in_(last), event.c.state == MailState.BOUNCED.value
    )
    with reading(engine) as connection:
        return {
            row.address: row.recorded_at
            for row in connection.execute(query)
            if _is_permanent(from_text(row.detail))
        }


def _is_permanent(detail: Mapping[str, object]) -> bool:
    """Whether the server's answer or the report says 5yz, and more than that a box is full."""
    status, code = detail.get("status"), detail.get("code")
    if isinstance(status, str) and status:
        return status.startswith("5.") and status != _MAILBOX_FULL
    return isinstance(code, int) and code in _PERMANENT and code != _FULL
