"""The partner's reading of the feeds in its drop folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulation.partner.drop import LAYOUT, NOT_EXPECTED, DropError, new_manifests, take

__all__ = ["DropError", "Listed", "Offer", "new_manifests", "read_feed"]

BUDDHIST_ERA = 543


@dataclass(frozen=True, slots=True)
class Offer:
    """One month that a person may pay: period as printed (BE yyyymm), amount in satang."""

    period: str
    amount: int
    first_day: date
    last_day: date
    reference_2: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of a feed, as the counter's screen would show them."""

    section: str
    national_id: str
    name: str
    status: str
    option: str
    return_code: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class FeedShape:
    """Line length and column positions (1-based, from the specification page)."""

    section: str
    length: int
    option: int | None
    return_code: int
    payable_count: int
    first_offer: int
    offers: int


SHAPES = {
    "S39": FeedShape("39", 280, None, 118, 127, 128, 3),
    "S40": FeedShape("40", 260, 110, 112, 140, 141, 2),
}
OFFER_LENGTH = 43


def read_feed(manifest: Path) -> Iterator[Listed]:
    """Persons of the feed that a manifest announces.

    Raises DropError when the file cannot be taken, or does not hold together.
    """
    taken = take(manifest)
    yield from _lines(taken.opened_name, taken.content)


def _lines(name: str, data: bytes) -> Iterator[Listed]:
    shape = SHAPES.get(name[:3])
    if shape is None:
        raise DropError(f"{name}: no feed that this partner knows", NOT_EXPECTED)
    lines = data.split(b"\r\n")
    if lines.pop() != b"":
        raise DropError(f"{name}: the last line is not complete", LAYOUT)
    if any(len(line) != shape.length for line in lines):
        raise DropError(f"{name}: a line is not {shape.length} bytes long", LAYOUT)
    details = [line for line in lines if line[:1] == b"D"]
    trailer = lines[-1].decode("cp874")
    if lines[0][:1] != b"H" or trailer[:1] != "T" or int(trailer[1:10]) != len(details):
        raise DropError(f"{name}: header, details and trailer do not belong together", LAYOUT)
    persons = [_person(shape, line.decode("cp874")) for line in details]
    total = sum(offer.amount for person in persons for offer in person.offers)
    if total != int(trailer[19:36]):
        told = f"{name}: offers add up to {total} satang, the trailer says otherwise"
        raise DropError(told, LAYOUT)
    yield from persons


def _person(shape: FeedShape, line: str) -> Listed:
    count = int(line[shape.payable_count - 1])
    starts = [shape.first_offer - 1 + OFFER_LENGTH * i for i in range(count)]
    title, given, family = line[23:43], line[43:73], line[73:108]
    return Listed(
        section=shape.section,
        national_id=line[10:23],
        name=f"{title.strip()}{given.strip()} {family.strip()}",
        status=line[108],
        option=line[shape.option - 1 : shape.option + 1] if shape.option else "00",
        return_code=line[shape.return_code - 1 : shape.return_code + 2],
        offers=tuple(_offer(line[start : start + OFFER_LENGTH]) for start in starts),
    )


def _offer(text: str) -> Offer:
    return Offer(
        period=text[0:6],
        amount=int(text[6:15]),
        first_day=_day(text[15:23]),
        last_day=_day(text[23:31]),
        reference_2=text[31:43],
    )


def _day(text: str) -> date:
    return date(int(text[:4]) - BUDDHIST_ERA, int(text[4:6]), int(text[6:8]))
