"""Looking into one delivery for a person: by its rows, by the file, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.account.sent_bytes import holds, records_of
from exchange.account.sent_rows import PERSON_COLUMN, RowsFound, values_of
from exchange.outbound.outbox import outbox_folder, sha256_of
from exchange.site import Site
from interfaces.model import Interface, Role
from ledger.delivery import Delivery
from parsers.arrow_types import record_named
from parsers.copybook import load_layout
from parsers.layout import Record

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be looked at, or does not agree. ``answered``: whether the answer
    is complete nevertheless."""

    delivery_id: str
    problem: str
    answered: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: of whom; whether values are wanted; whether each sent file is read; and which
    records of answers the ledger says are this person's, by the file that they answer."""

    person: str
    values: bool
    verify: bool
    answered: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Found:
    """What one delivery holds of the person."""

    rows: tuple[Row, ...] = ()
    records: int = 0
    found_in: str = "rows"


def look_into(
    site: Site, delivery: Delivery, rows: RowsFound, asked: Asked
) -> tuple[Found, list[Gap]]:
    """By the rows kept with the delivery, else by the file that was sent."""
    path = rows_path(site, delivery)
    if path is None or path in rows.nameless:
        return _in_file(site, delivery, asked)
    if path in rows.missing:
        return _instead_of_rows(site, delivery, path, asked)
    count = rows.counts.get(path, 0)
    if not count or not asked.values:
        return Found((), count), []
    fields = _columns(interface_of_delivery(site, delivery))
    told = values_of(path, asked.person)
    return Found(
        tuple({name: row[name] for name in fields if name in row} for row in told), count
    ), []


def _instead_of_rows(
    site: Site, delivery: Delivery, path: Path, asked: Asked
) -> tuple[Found, list[Gap]]:
    """In the sent file, whose rows are gone: a complete answer where the file itself has IDs."""
    held, gaps = _in_file(site, delivery, asked)
    problem, answered = f"its rows ({site.home.relative(path)}) are gone or damaged", False
    if gaps:
        problem += f"; {gaps[0].problem}"
    elif not _names_by_id(interface_of_delivery(site, delivery)):
        problem += "; the file itself names people otherwise than by ID"
    else:
        problem, answered = f"{problem}; the sent file was searched", True
    return held, [Gap(delivery.delivery_id, problem, answered)]


def _in_file(site: Site, delivery: Delivery, asked: Asked) -> tuple[Found, list[Gap]]:
    """In the file as it was built, which lies in the outbox."""
    path = _sent_file(site, delivery)
    problem = _wrong_with(path, delivery)
    if problem is not None or path is None:
        text = f"{problem}: nobody can tell whether it carried this person"
        return Found(), [Gap(delivery.delivery_id, text, answered=False)]
    interface = interface_of_delivery(site, delivery)
    places = asked.answered.get(delivery.answers or "", frozenset())
    if not places and not holds(path, interface, asked.person):
        return Found(), []
    rows = records_of(path, interface, asked.person, places)
    return Found(tuple(rows) if asked.values else (), len(rows), "file"), []


def verify_delivery(
    site: Site, delivery: Delivery, held: Found, asked: Asked
) -> tuple[bool | None, list[Gap]]:
    """Whether the file is the one that the ledger recorded, and says what its rows say."""
    path = _sent_file(site, delivery)
    name, content = delivery.delivery_id, delivery.content
    problem = _wrong_with(path, delivery)
    if problem is not None or path is None or content is None:
        return False, [Gap(name, f"{problem}: not verified", answered=bool(held.records))]
    if sha256_of(path) != content.file_id:
        text = f"{path.name} no longer has the recorded SHA-256 {content.file_id[:12]}…"
        return False, [Gap(name, text, answered=False)]
    sealed = delivery.sealed
    if sealed is not None and sealed.name != content.name:
        wire = path.with_name(sealed.name)
        if not wire.is_file() or sha256_of(wire) != sealed.sha256:
            text = f"{wire.name}, as it went over the wire, is gone or has another SHA-256"
            return False, [Gap(name, text, answered=True)]
    interface = interface_of_delivery(site, delivery)
    if held.found_in == "rows" and not _names_by_id(interface):
        return True, []  # kept beside what is written: the bytes name the person otherwise
    stands = held.found_in == "file" and held.records > 0  # found in these very bytes
    if not stands and holds(path, interface, asked.person):
        stands = bool(records_of(path, interface, asked.person))
    if stands is bool(held.records):
        return True, []
    what = "names the person, its rows do not" if stands else "does not name the person of its rows"
    return False, [Gap(name, f"{path.name} {what}", answered=False)]


def rows_path(site: Site, delivery: Delivery) -> Path | None:
    """Where the rows of a delivery are kept, None for one that keeps none."""
    content = delivery.content
    return (
        None if content is None or content.rows_uri is None else site.home.root / content.rows_uri
    )


def _sent_file(site: Site, delivery: Delivery) -> Path | None:
    content = delivery.content
    return None if content is None else outbox_folder(site, delivery) / content.name


def _wrong_with(path: Path | None, delivery: Delivery) -> str | None:
    if path is None or delivery.content is None:
        return "the ledger holds no content of it"
    if not path.is_file():
        return f"{path.name} is gone from the outbox"
    if path.stat().st_size != delivery.content.size_bytes:
        return f"{path.name} in the outbox is not of the recorded size"
    return None


def interface_of_delivery(site: Site, delivery: Delivery) -> Interface:
    """The interface version by which a delivery was written."""
    return site.registry.get(f"{delivery.interface}.{delivery.version}")


def _columns(interface: Interface) -> Sequence[str]:
    return [item.column for item in _detail(interface).fields if not item.is_filler]


def _names_by_id(interface: Interface) -> bool:
    """Whether the detail record has the ID of a person, or of several."""
    return any(item.column == PERSON_COLUMN for item in _detail(interface).walk())


def _detail(interface: Interface) -> Record:
    return record_named(load_layout(interface), interface.record(Role.DETAIL).record)
