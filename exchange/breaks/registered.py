"""What the register says of a person: in which section, since when, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from exchange.breaks.terms import rows_of
from exchange.datasets import latest, scan
from exchange.inbound.references import PERSONS
from exchange.site import Site

_COLUMNS = ("section_code", "option_code", "status_code", "effective_date", "ended_date")


@dataclass(frozen=True, slots=True)
class Registered:
    """A row of the register of ``register_date``."""

    register_date: date
    section: str
    option: str | None
    status: str | None
    since: date | None
    ended: date | None


def registered_as(site: Site, person: str, business_date: date) -> tuple[Registered, ...]:
    """The person's rows in the newest register up to a day; none where nobody is registered so,
    or no register has been received."""
    found = latest(site, PERSONS, business_date)
    if found is None:
        return ()
    rows = rows_of([person], scan(site, *found), _COLUMNS).to_pylist()
    return tuple(
        Registered(
            register_date=found[1],
            section=row["section_code"],
            option=row["option_code"],
            status=row["status_code"],
            since=row["effective_date"],
            ended=row["ended_date"],
        )
        for row in sorted(rows, key=lambda row: str(row["section_code"]))
    )
