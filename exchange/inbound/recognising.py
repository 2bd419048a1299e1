"""File names: which declared interface they belong to, and how they are written down."""

from __future__ import annotations

from datetime import date

from exchange.inbound.opening import plain_name
from exchange.remote.names import printable
from exchange.site import Site
from interfaces.model import Interface, Kind
from interfaces.names import NameParts, read_name

INBOUND = (
    Kind.EXTRACT,
    Kind.FILING,
    Kind.RETURN,
    Kind.RECEIPT,
    Kind.SETTLEMENT,
    Kind.REGISTER,
    Kind.NOTICE,
)
"""Kinds of files that come to us."""


def recognise(site: Site, name: str, business_date: date) -> tuple[Interface | None, NameParts]:
    """The inbound interface in force whose name template the file name fits, with or without
    what its partner's seal adds to a name."""
    for kind in INBOUND:
        for interface in site.registry.of_kind(kind, on=business_date):
            parts = read_name(interface.file, name)
            partner = site.partners.get(interface.partner or "")
            if parts is None and partner is not None:
                parts = read_name(interface.file, plain_name(partner, name))
            if parts is not None and has_declared_mark(interface, parts):
                return interface, parts
    return None, NameParts()


def has_declared_mark(interface: Interface, parts: NameParts) -> bool:
    """Whether the mark in a filing's name, if there is one, says something that we know: what is
    not known to correct must not count as a first filing."""
    if parts.mark is None or interface.filing is None:
        return True
    return parts.mark in interface.filing.marks


def says_the_same(interface: Interface, name: NameParts, first_name: str) -> bool:
    """Whether two names say the same employer and month, as far as names of the interface do."""
    first = read_name(interface.file, first_name)
    return first is None or (first.account, first.period) == (name.account, name.period)


def recorded_name(name: str) -> str:
    """A file name as the ledger, findings and people see it: text of one line.

    Bytes that are no UTF-8 and unprintable letters are escaped, backslashes doubled: the name
    itself can be told from it.
    """
    return printable(name.replace("\\", "\\\\"), cut=False)
