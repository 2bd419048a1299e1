"""Mails that came back are taken from their inbox and told to the mails that they are about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from exchange.home import sync_folder
from exchange.inbound.arrivals import settled
from exchange.inbound.landing import land
from exchange.locks import exclusive
from exchange.notices.delivery_status import LARGEST, DeliveryStatus, read_delivery_status
from exchange.notices.sending import LOCK
from exchange.site import Site
from interfaces.errors import OutsideFailure
from ledger.employer_mail import (
    EmployerMail,
    MailEvent,
    MailState,
    mails_named,
    record_mail_events,
)

NOTICE_BOUNCED = "NOTICE_BOUNCED"
DONE, OTHER = "done", "other"
"""Folders in the inbox that a mail is moved to: it was a delivery report about a mail of ours,
or it was not and a person reads it."""

UNREADABLE = "unreadable"
_BATCH = 200
_MAY_BOUNCE = (MailState.SENT, MailState.UNKNOWN)


@dataclass(slots=True)
class Bounces:
    """Numbers of mails by what they were: ``bounced``; ``again`` (of a mail that is not *sent* any
    more); ``delayed`` and ``confirmed`` change nothing; ``other`` is for people;
    ``unreadable`` ones stay in the inbox."""

    files: int = 0
    found: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> dict[str, object]:
        """Plain numbers for XCom and logs."""
        kinds = ("bounced", "again", "delayed", "confirmed", OTHER, UNREADABLE)
        return {"files": self.files, **{kind: self.found[kind] for kind in kinds}}


def take_bounces(site: Site) -> Bounces:
    """Read every finished file in the inbox of returned mails, in batches.

    Its bytes are landed under their hash, its mail becomes *bounced*, then the file is moved. A
    crash in between leaves it in the inbox, and it changes nothing the second time. BusyError
    while notices are sent.
    """
    made = Bounces()
    with exclusive(site, LOCK):
        paths = settled(_waiting(site.home.bounces_inbox))
        for start in range(0, len(paths), _BATCH):
            _take(site, paths[start : start + _BATCH], made)
    return made


def _take(site: Site, paths: list[Path], made: Bounces) -> None:
    told = []
    for path in paths:
        try:
            kept = land(path, site.home)
        except OutsideFailure:  # left where it is; the others are no worse for it
            made.found[UNREADABLE] += 1
            continue
        told.append((path, kept.file_id, _read(kept.path)))
    ids = {one for _, _, status in told if status is not None for one in status.candidates}
    mails = mails_named(site.ledger, ids)
    events: dict[str, MailEvent] = {}
    moves: list[tuple[Path, str]] = []
    for path, file_id, status in told:
        mail = _mail_of(status, mails)
        kind = _kind(status, mail, events)
        if kind == "bounced" and mail is not None and status is not None:
            detail = {"code": NOTICE_BOUNCED, "status": status.status, "report": file_id}
            events[mail.message_id] = MailEvent(mail, MailState.BOUNCED, detail)
        made.files += 1
        made.found[kind] += 1
        moves.append((path, OTHER if kind == OTHER else DONE))
    record_mail_events(site.ledger, list(events.values()), recorded_at=site.clock())
    _move(site.home.bounces_inbox, moves)


def _read(path: Path) -> DeliveryStatus | None:
    with path.open("rb") as handle:
        return read_delivery_status(handle.read(LARGEST))


def _mail_of(status: DeliveryStatus | None, mails: dict[str, EmployerMail]) -> EmployerMail | None:
    candidates = status.candidates if status is not None else ()
    return next((mails[one] for one in candidates if one in mails), None)


def _kind(
    status: DeliveryStatus | None, mail: EmployerMail | None, events: dict[str, MailEvent]
) -> str:
    if status is None or mail is None:
        return OTHER
    if status.action == "delayed":
        return "delayed"
    if status.action != "failed":
        return "confirmed"
    is_new = mail.state in _MAY_BOUNCE and mail.message_id not in events
    return "bounced" if is_new else "again"


def _move(inbox: Path, moves: list[tuple[Path, str]]) -> None:
    """Out of the inbox; one of the same name that was there before is replaced: its bytes are
    landed under their own hash."""
    for path, folder in moves:
        target = inbox / folder
        target.mkdir(exist_ok=True)
        path.replace(target / path.name)
    for folder in {folder for _, folder in moves}:
        sync_folder(inbox / folder)


def _waiting(inbox: Path) -> list[Path]:
    """Regular files by name; names with a leading dot are still being written."""
    if not inbox.is_dir():
        return []
    return sorted(
        path
        for path in inbox.iterdir()
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    )
