"""One broken payment with its state: found by the id that people are shown, read and named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from interfaces.errors import WrongUse
from ledger import schema
from ledger.breaks import OPEN, REOPENED
from ledger.database import reading
from ledger.detail import from_text
from ledger.moves import Employer, employer_in

PROPOSED = "proposed"
HELD = "held"
RESOLVED = "resolved"
"""States of events; a break without any, or with REOPENED last, is OPEN."""

SHOWN_DIGITS = 12
_PAYMENT_ID = re.compile(r"([0-9a-f]{4,64}):([0-9]{1,18})")


@dataclass(frozen=True, slots=True, order=True)
class BreakKey:
    """A broken payment: the return file and the number of its record there."""

    file_id: str
    record_number: int

    def __str__(self) -> str:
        return f"{self.file_id}:{self.record_number}"

    @property
    def shown(self) -> str:
        """The id as people see and type it."""
        return f"{self.file_id[:SHOWN_DIGITS]}:{self.record_number}"


@dataclass(frozen=True, slots=True)
class BrokenPayment:
    """A broken payment as matching found it, and its latest state.

    ``business_date``, ``interface`` and ``version`` are those of the return file. ``event_id``
    (0: nothing happened yet) and ``detail`` are of the latest event.
    """

    key: BreakKey
    partner: str
    business_date: date
    interface: str
    version: int
    code: str
    national_id: str | None
    section_code: str | None
    option_code: str | None
    period: int | None
    amount_satang: int
    payment_date: date | None
    expected_satang: int | None
    status_code: str | None
    feed_date: date | None
    ended_date: date | None
    suggestion: str | None
    state: str
    event_id: int
    detail: Mapping[str, object]

    @property
    def employer(self) -> Employer | None:
        """The employer that the references of an employer's payment name; None: they cannot be
        read, or it is a person's payment."""
        return None if self.suggestion is None else employer_in(from_text(self.suggestion))

    @property
    def paid_on(self) -> date:
        """The payment's day; that of the file where the record names none."""
        return self.payment_date or self.business_date


class ResolutionError(WrongUse):
    """A break cannot be settled so: one line that says why and what to do. Nothing was written."""


def is_payment_id(text: str) -> bool:
    """Whether this is written like the id of a broken payment (``<file>:<record>``)."""
    return _PAYMENT_ID.fullmatch(text.strip().lower()) is not None


def find_break(engine: Engine, text: str) -> BrokenPayment:
    """The broken payment of that id; ResolutionError when there is none, or more than one."""
    with reading(engine) as connection:
        return require_break(connection, key_of(connection, text))


def key_of(connection: Connection, text: str) -> BreakKey:
    """The key that an id means: of the file the first digits are enough."""
    written = _PAYMENT_ID.fullmatch(text.strip().lower())
    if written is None:
        raise ResolutionError(
            f"{text!r} is no break: write FILE:RECORD, as `prakan breaks list` shows it"
        )
    beginning, number = written[1], int(written[2])
    broken = schema.payment_break
    files = sa.select(schema.posting_batch.c.file_id).where(
        schema.posting_batch.c.file_id.startswith(beginning)
    )
    query = sa.select(broken.c.file_id).where(
        broken.c.file_id.in_(files), broken.c.record_number == number
    )
    found = list(connection.scalars(query.limit(2)))
    if not found:
        raise ResolutionError(f"no break {text} in the ledger; `prakan breaks list` shows them")
    if len(found) > 1:
        raise ResolutionError(f"more than one break {text}: write more digits of its file")
    return BreakKey(found[0], number)


def require_break(connection: Connection, key: BreakKey) -> BrokenPayment:
    """The broken payment, inside a transaction; ResolutionError when there is none."""
    broken, batch, file = schema.payment_break, schema.posting_batch, schema.file
    row = connection.execute(
        sa.select(broken, batch.c.partner, file.c.business_date, file.c.interface, file.c.version)
        .join(batch, batch.c.file_id == broken.c.file_id)
        .join(file, file.c.file_id == broken.c.file_id)
        .where(broken.c.file_id == key.file_id, broken.c.record_number == key.record_number)
    ).one_or_none()
    if row is None:
        raise ResolutionError(
            f"no break {key.shown} in the ledger; `prakan breaks list` shows them"
        )
    event = schema.payment_break_event
    latest = connection.execute(
        sa.select(event.c.event_id, event.c.state, event.c.detail)
        .where(event.c.file_id == key.file_id, event.c.record_number == key.record_number)
        .order_by(event.c.event_id.desc())
        .limit(1)
    ).one_or_none()
    return _broken(key, row, latest)


def _broken(key: BreakKey, row: Row[Any], latest: Any) -> BrokenPayment:
    state = OPEN if latest is None or latest.state == REOPENED else latest.state
    return BrokenPayment(
        key=key,
        partner=row.partner,
        business_date=row.business_date,
        interface=row.interface,
        version=row.version,
        code=row.code,
        national_id=row.national_id,
        section_code=row.section_code,
        option_code=row.option_code,
        period=row.period,
        amount_satang=row.amount_satang,
        payment_date=row.payment_date,
        expected_satang=row.expected_satang,
        status_code=row.status_code,
        feed_date=row.feed_date,
        ended_date=row.ended_date,
        suggestion=row.suggestion,
        state=state,
        event_id=0 if latest is None else latest.event_id,
        detail={} if latest is None else from_text(latest.detail),
    )
