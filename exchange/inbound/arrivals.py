"""What has arrived in the inboxes, and receiving it: the entry points of DAGs and commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from exchange.datasets import NotArrivedError, accepted_files
from exchange.inbound.filings import receive_folder
from exchange.inbound.intake import take_in
from exchange.inbound.leftovers import sweep_leftovers
from exchange.inbound.receive import Received, receive
from exchange.inbound.references import references_for
from exchange.inbound.small_files import looks, visible_files
from exchange.remote.fetch import let_settle
from exchange.site import Site
from interfaces.errors import WrongUse
from interfaces.model import Interface, Kind
from interfaces.names import read_name

COLLECTED = (Kind.RETURN, Kind.RECEIPT, Kind.SETTLEMENT)
"""Kinds of files that are fetched from a partner's server."""


WHEN_THEY_COME = (Kind.REGISTER, Kind.NOTICE)
"""Kinds of files from our own systems that come when there is something to say."""


class QuarantinedError(WrongUse):
    """A file that a later step depends on was refused whole."""

    status = 1


def waiting_extracts(site: Site, business_date: date, interface: Interface) -> list[Path]:
    """Files of an extract interface and business date in the mainframe's inbox, by name."""
    found = []
    for path in _files(site.home.mainframe_inbox):
        parts = read_name(interface.file, path.name)
        if parts is not None and parts.business_date == business_date:
            found.append(path)
    return found


def unknown_extracts(site: Site, business_date: date) -> list[Path]:
    """Files in the mainframe's inbox whose names no extract, register or notice has."""
    kinds = (Kind.EXTRACT, *WHEN_THEY_COME)
    rules = [i.file for kind in kinds for i in site.registry.of_kind(kind, on=business_date)]
    return [
        path
        for path in _files(site.home.mainframe_inbox)
        if all(read_name(rule, path.name) is None for rule in rules)
    ]


def everything_else_waiting(site: Site, business_date: date) -> list[Path]:
    """Of the mainframe's inbox, what is whole: extracts of the business date, registers, notices,
    files of unknown name."""
    extracts = [
        path
        for interface in site.registry.of_kind(Kind.EXTRACT, on=business_date)
        for path in waiting_extracts(site, business_date, interface)
    ]
    came = [
        path
        for kind in WHEN_THEY_COME
        for interface in site.registry.of_kind(kind, on=business_date)
        for path in waiting_when_come(site, interface)
    ]
    unknown = unknown_extracts(site, business_date)
    return settled([*extracts, *came, *unknown])


def settled(paths: Sequence[Path]) -> list[Path]:
    """Those of the files that nobody is writing: the same before and after one pause.

    The others are left for the next run; half a file would be refused and its name be taken.
    """
    before = {path: _look(path) for path in paths}
    if before:
        let_settle()
    return [path for path, seen in before.items() if seen is not None and seen == _look(path)]


def receive_extract(site: Site, business_date: date, interface_name: str) -> dict[str, object]:
    """Receive an extract of the business date; counts for the caller.

    NotArrivedError while there is none or it is still being written, QuarantinedError when what
    came was refused and no other file of the day was accepted.
    """
    interface = site.registry.get(interface_name, on=business_date)
    waiting = waiting_extracts(site, business_date, interface)
    whole = settled(waiting)
    received = receive_paths(site, business_date, whole)
    if not accepted_files(site, interface, business_date):
        unfinished = [path for path in waiting if path not in whole]
        if unfinished:
            raise NotArrivedError(
                f"{unfinished[0].name} is still being written in {site.home.mainframe_inbox}: "
                "run again when the transfer has ended"
            )
        refused = [r for r in received if r.is_quarantined]
        if refused:
            raise QuarantinedError(
                f"{refused[0].name} is quarantined, nothing of it was taken: see "
                f"`prakan show {refused[0].file_id[:12]}`, have it made again under the next "
                "sequence number and run again"
            )
        raise NotArrivedError(
            f"{expected_name(interface, business_date)} is not in "
            f"{site.home.mainframe_inbox}: ask mainframe operations, then run again"
        )
    return counts(received)


def expected_name(interface: Interface, business_date: date) -> str:
    """Name of a file as an operator would look for it, with question marks for its number."""
    name = interface.file.name.replace("{date}", f"{business_date:%Y%m%d}")
    return name.replace("{sequence}", "??????")


def receive_filings(
    site: Site, business_date: date, folder: Path | None = None
) -> dict[str, object]:
    """Receive every finished file in the employers' inbox, or in ``folder``; counts for the caller.

    The inbox is emptied of what the ledger has the result of; another folder belongs to whoever
    gave it and stays as it is. A refused filing is the employer's to mend and does not fail the
    night; a file that cannot be read is counted as ``unreadable`` and stays.
    """
    inbox = site.home.employer_inbox
    place = folder or inbox
    if folder is not None and not folder.is_dir():
        raise WrongUse(f"{folder} is no folder; give one that holds employers' files")
    names = _settled_names(place, visible_files(place))
    return receive_folder(site, business_date, place, names, empties=place == inbox)


def _settled_names(folder: Path, names: Sequence[str]) -> list[str]:
    """As :func:`settled`, for the very many files of one folder."""
    before = looks(folder, names)
    if before:
        let_settle()
    after = looks(folder, before) if before else {}
    return [name for name, seen in before.items() if after.get(name) == seen]


def receive_when_come(site: Site, business_date: date) -> dict[str, object]:
    """Receive the registers and notices that have come into the mainframe's inbox; counts.

    Nobody waits for them: they come when they change. A refused one is counted, and the one of
    before stays in force.
    """
    came = [
        path
        for kind in WHEN_THEY_COME
        for interface in site.registry.of_kind(kind, on=business_date)
        for path in waiting_when_come(site, interface)
    ]
    return counts(receive_paths(site, business_date, settled(came)))


def waiting_when_come(site: Site, interface: Interface) -> list[Path]:
    """Files of a register or notice interface in the mainframe's inbox, by name."""
    return [
        path
        for path in _files(site.home.mainframe_inbox)
        if read_name(interface.file, path.name) is not None
    ]


def receive_paths(
    site: Site, business_date: date, paths: Sequence[Path], *, partner: str | None = None
) -> list[Received]:
    """Land, open, decode, validate and store the given files.

    The manifest and the signature of a partner's file are those beside it.
    """
    sweep_leftovers(site)
    arrivals = take_in(site, business_date, paths, partner=partner)
    interfaces = {a.interface.name: a.interface for a in arrivals if a.interface is not None}
    references = references_for(site, business_date, tuple(interfaces.values()))
    return receive(site, business_date, arrivals, references)


def returning_partners(site: Site, business_date: date) -> list[str]:
    """Names of the partners that have an interface in force of which we collect files."""
    found = [i for kind in COLLECTED for i in site.registry.of_kind(kind, on=business_date)]
    return sorted({i.partner for i in found if i.partner is not None})


def counts(received: Sequence[Received]) -> dict[str, object]:
    """Numbers of files by outcome and of records; plain, for XCom and logs.

    Every file is accepted, quarantined or a duplicate, whatever became of its original.
    """
    return {
        "files": len(received),
        "accepted": sum(not r.is_quarantined and r.duplicate_of is None for r in received),
        "quarantined": sum(r.is_quarantined and r.duplicate_of is None for r in received),
        "duplicates": sum(r.duplicate_of is not None for r in received),
        "already_received": sum(r.repeated and r.duplicate_of is None for r in received),
        "records_read": sum(r.read for r in received),
        "records_accepted": sum(r.accepted for r in received),
        "records_rejected": sum(r.rejected for r in received),
    }


def _look(path: Path) -> tuple[int, int, int] | None:
    """What changes while a file is being written; None when it is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _files(folder: Path) -> list[Path]:
    """Regular files of a folder by name; names with a leading dot are still being written."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    )
