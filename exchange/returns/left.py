"""What lies in a partner's folder for us and cannot be taken, for the name says nothing to us.

Nobody can answer such a file. It stays where it is, and status tells of it until it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.engine import Engine

from exchange.inbound.recognising import recognise
from exchange.remote.fetch import Reason, Refused
from exchange.site import Site
from exchange.status.masking import hide_ids
from interfaces.partners import Partner
from ledger.audit import entries_of, record_movement

KIND = "left"
MOST_NAMES = 50
"""Names that are recorded: what is recorded stays for ever, and a folder may hold any number."""

_OTHERS = frozenset({Reason.IN_PROGRESS, Reason.WAITING, Reason.NOT_WANTED})


def record_left(
    site: Site, business_date: date, partner: Partner, refused: Iterable[Refused]
) -> tuple[str, ...]:
    """Record which entries of the partner's folder nobody can take, when they are others than at
    the last look; their names, fit to be shown, the first of them where there are very many."""
    found = sorted(
        hide_ids(one.name)
        for one in refused
        if one.reason not in _OTHERS
        or (one.reason is Reason.NOT_WANTED and not _is_known(site, business_date, partner, one))
    )
    names = tuple(found[:MOST_NAMES])
    if names != left_at(site.ledger, partner.name):
        record_movement(
            site.ledger, KIND, partner.name, {"names": list(names)}, recorded_at=site.clock()
        )
    return names


def left_at(engine: Engine, partner: str) -> tuple[str, ...]:
    """Names of what was left in the partner's folder at the last look, masked."""
    looks = [entry for entry in entries_of(engine, partner) if entry.kind == KIND]
    names = looks[-1].detail["names"] if looks else []
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def _is_known(site: Site, business_date: date, partner: Partner, one: Refused) -> bool:
    """Whether a name is of an interface, or goes with a file of such a name."""
    name = one.name
    for suffix in (partner.collect.signature_suffix, partner.collect.manifest_suffix):
        name = name.removesuffix(suffix or "")
    return recognise(site, name, business_date)[0] is not None
