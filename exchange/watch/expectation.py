"""What has to be where by when, and how that stands at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from interfaces.model import Kind

BANGKOK = ZoneInfo("Asia/Bangkok")


class Punctuality(StrEnum):
    """How an expectation stands at a moment."""

    MET = "met"
    OPEN = "open"  # not here, and not due soon
    WARNING = "warning"  # not here, and somebody should look
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One file that a business date owes us or that we owe, as the ledger stands.

    ``subject`` tells it from every other of its business date. ``name`` is the file's, or its
    pattern while there is none; of a receipt or an answer it is the name of the file that it is
    about. Names show no ID. ``warn_at`` and ``due_at`` are moments in Bangkok. ``met_at`` is when
    it was met, ``settled_by`` what made it needless (a newer extract or feed); with neither it is
    not met. ``hindrance`` is the state of what is there instead: ``quarantined``, or that of a
    delivery. ``delivery_id`` is the delivery that is to arrive, or that a receipt is about.
    """

    subject: str
    kind: Kind
    interface: str
    partner: str | None
    business_date: date
    name: str
    warn_at: datetime
    due_at: datetime
    met_at: datetime | None = None
    settled_by: str | None = None
    hindrance: str | None = None
    delivery_id: str | None = None

    @property
    def is_met(self) -> bool:
        """Whether nothing is to be waited for any more."""
        return self.met_at is not None or self.settled_by is not None


@dataclass(frozen=True, slots=True)
class Judged:
    """An expectation, and how it stands at the moment that was asked for."""

    expectation: Expectation
    punctuality: Punctuality


def judged(expectation: Expectation, now: datetime) -> Punctuality:
    """How an expectation stands at the moment ``now``, which must have a time zone.

    At ``warn_at`` it is time for a warning, at ``due_at`` it is late: a deadline is the first
    moment that is too late. What the ledger says is met stays met, whatever the clock says.
    """
    if now.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be compared with a deadline")
    if expectation.is_met:
        return Punctuality.MET
    if now >= expectation.due_at:
        return Punctuality.LATE
    return Punctuality.WARNING if now >= expectation.warn_at else Punctuality.OPEN
