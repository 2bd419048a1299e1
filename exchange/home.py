"""The folder where prakan keeps what it received, made and sent (``PRAKAN_HOME``).

One place decides every path, so that what is where can be read here:

- ``inbox/mainframe``, ``inbox/employers``: where others drop files for us, ``inbox/bounces``: mails
  that came back;
- ``landing/ab/<sha256>``: every byte ever received, immutable, under its own hash;
- ``datasets/<interface>/business_date=D/<part>.parquet``: accepted records;
- ``findings/<interface>/business_date=D/<part>.parquet``: what was wrong with them;
- ``outbox/<partner>/<interface>.<sequence>/``: built feeds, waiting or delivered;
- ``reports/D/``: the night's report.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one root folder. Nothing is created until it is written to."""

    root: Path

    @property
    def ledger_file(self) -> Path:
        """SQLite file of the default ledger."""
        return self.root / "ledger.sqlite"

    @property
    def mainframe_inbox(self) -> Path:
        """Where the mainframe drops its extracts."""
        return self.root / "inbox" / "mainframe"

    @property
    def employer_inbox(self) -> Path:
        """Where employers' filings arrive."""
        return self.root / "inbox" / "employers"

    @property
    def bounces_inbox(self) -> Path:
        """Where the mail system drops mails about mails of ours that came back."""
        return self.root / "inbox" / "bounces"

    def partner_inbox(self, partner: str) -> Path:
        """Where files fetched from a partner wait until they are landed."""
        return self.root / "inbox" / "partners" / partner

    def landing(self, file_id: str) -> Path:
        """Immutable copy of a received or sent file."""
        return self.root / "landing" / file_id[:2] / file_id

    def dataset(self, name: str, business_date: date) -> Path:
        """Folder of a dataset's parts for one business date."""
        return self.root / "datasets" / name / f"business_date={business_date}"

    def findings(self, interface: str, business_date: date) -> Path:
        """Folder of the findings on one interface's files of a business date."""
        return self.root / "findings" / interface / f"business_date={business_date}"

    def outbox(self, partner: str, interface: str, sequence: int) -> Path:
        """Folder of one delivery: the file and its manifest under their names on the wire."""
        return self.root / "outbox" / partner / f"{interface}.{sequence:06d}"

    def report(self, business_date: date) -> Path:
        """Folder of the night's report."""
        return self.root / "reports" / str(business_date)

    def relative(self, path: Path) -> str:
        """Path as the ledger keeps it: relative to the root, so that the root can move."""
        return path.relative_to(self.root).as_posix()


NAME_TRIES = 100
_TEMPORARY = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def new_temporary(folder: Path, name: str = "") -> Path:
    """An empty file of our own in ``folder``, hidden and ending in ``.part``.

    The name is drawn by lot and the file made only if nobody has it: process numbers repeat
    between machines and containers that share a home. Its mode is what the umask leaves of
    0666. A crash leaves it behind; nobody reads it, and it may be removed while no prakan runs.
    """
    for _ in range(NAME_TRIES):
        path = folder / f".{name}.{secrets.token_hex(8)}.part"
        try:
            os.close(os.open(path, _TEMPORARY, 0o666))
        except FileExistsError:
            continue
        return path
    raise FileExistsError(errno.EEXIST, "no temporary name is free", str(folder))


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Write a file whole or not at all.

    Yields a temporary path in the target's folder; on success it is flushed to disk and
    renamed over ``target``, on an exception removed. A caller that removes the temporary file
    itself has changed its mind: ``target`` stays as it was. The temporary file is empty and
    of this caller alone, see :func:`new_temporary`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = new_temporary(target.parent, target.name)
    try:
        yield temporary
        if not temporary.exists():
            return
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
