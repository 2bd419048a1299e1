"""Notice lists and registers come when they come: receiving those that wait in the inbox."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from exchange.inbound.arrivals import counts, receive_paths, settled
from exchange.site import Site
from interfaces.model import Interface, Kind
from interfaces.names import read_name

KINDS = (Kind.REGISTER, Kind.NOTICE)


def receive_notices(site: Site, business_date: date) -> dict[str, object]:
    """Receive every finished register and notice list in the mainframe's inbox; counts.

    A file that was refused stays refused and does not keep the others from being sent: what is
    wrong with it is in its findings.
    """
    return counts(receive_paths(site, business_date, settled(waiting_lists(site, business_date))))


def waiting_lists(site: Site, business_date: date) -> list[Path]:
    """Registers and notice lists in the mainframe's inbox of business dates up to this one, by
    name."""
    folder = site.home.mainframe_inbox
    if not folder.is_dir():
        return []
    known = [i for kind in KINDS for i in site.registry.of_kind(kind, on=business_date)]
    return sorted(path for path in folder.iterdir() if _is_due(path, known, business_date))


def _is_due(path: Path, known: list[Interface], business_date: date) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    for interface in known:
        parts = read_name(interface.file, path.name)
        if parts is not None:
            return parts.business_date is None or parts.business_date <= business_date
    return False
