"""One evening at the counter: load the drop, take payments, leave the return file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from simulation.partner.drop import DropError, announced_file, new_manifests
from simulation.partner.feed import Listed, read_feed
from simulation.partner.payments import Payment, WalkIn, take_payments
from simulation.partner.receipts import (
    ACCEPTED,
    REFUSED,
    Receipt,
    tell,
    told_on,
    write_receipts,
)
from simulation.partner.returns import return_name, write_return


@dataclass(frozen=True, slots=True)
class Evening:
    """What happened: persons loaded, payments by intent, and the return file's name.

    ``receipts`` is what the receipt file says of the files in the drop, empty where there was
    nothing new and so no such file. ``repeated`` is true when the evening had been closed
    before; nothing was written then.
    """

    persons: int
    payments: int
    satang: int
    intents: dict[str, int]
    return_file: str
    receipt_file: str | None
    receipts: tuple[Receipt, ...]
    repeated: bool


def close_evening(
    root: Path,
    day: date,
    seed: int,
    *,
    walk_ins: Sequence[WalkIn] = (),
    sequence: int | None = None,
) -> Evening:
    """Take one evening's payments under the partner's folder, write receipts for what lies in
    the drop and the return file, each once.

    The payments and what is said in receipts are written first, in the partner's own books, so
    that an evening that broke off is closed with the same files.
    ``sequence`` is the number of the return file: that of the day's last one, which is closed
    again, else the next number; given, it closes a further evening of the day.
    """
    books, said = root / "books", root / "said"
    for folder in (books, said):
        folder.mkdir(exist_ok=True)
    name = return_name(day, _number(books, day) if sequence is None else sequence)
    book = books / f"{name}.json"
    repeated = book.is_file()
    listed: list[Listed] = []
    if repeated:
        payments = [_payment(entry) for entry in json.loads(book.read_bytes())]
        told = told_on(said, name)
    else:
        listed, receipts = _load(root / "drop")
        payments = take_payments(listed, walk_ins, day, seed)
        told = told_on(said, name) or tell(said, name, day, receipts)
        temporary = book.with_suffix(".tmp")
        temporary.write_text(json.dumps([asdict(p) for p in payments], default=str))
        temporary.replace(book)
    if told is not None and not _is_there(root, told.name):
        write_receipts(root / "returns", told)
    if not _is_there(root, name):
        write_return(root / "returns", payments, day, int(name[-10:-4]))
    intents: dict[str, int] = {}
    for payment in payments:
        intents[payment.intent] = intents.get(payment.intent, 0) + 1
    return Evening(
        persons=len(listed),
        payments=len(payments),
        satang=sum(payment.amount for payment in payments),
        intents=dict(sorted(intents.items())),
        return_file=name,
        receipt_file=told.name if told else None,
        receipts=told.receipts if told else (),
        repeated=repeated,
    )


def _load(drop: Path) -> tuple[list[Listed], list[Receipt]]:
    """Persons of the feeds that can be loaded, and what is to be said of every feed."""
    listed: list[Listed] = []
    receipts: list[Receipt] = []
    for manifest in new_manifests(drop, set()):
        name, sha256 = announced_file(manifest)
        try:
            persons = list(read_feed(manifest))
        except DropError as error:
            receipts.append(Receipt(name, sha256, REFUSED, error.code, 0))
            continue
        listed += persons
        receipts.append(Receipt(name, sha256, ACCEPTED, 0, len(persons)))
    return listed, receipts


def _number(books: Path, day: date) -> int:
    """The number of the day's last return file, else the one after the last of all."""
    names = sorted(path.name for path in books.glob("CSPAY_*.json"))
    of_day = [name for name in names if f"_{day:%Y%m%d}_" in name]
    last = max((int(name.split("_")[2][:6]) for name in of_day or names), default=0)
    return last if of_day else last + 1


def _is_there(root: Path, name: str) -> bool:
    return any((folder / name).exists() for folder in (root / "returns", root / "returns/done"))


def _payment(entry: dict[str, object]) -> Payment:
    texts = {name: str(entry[name]) for name in ("intent", "name", "time")}
    references = {name: str(entry[name]) for name in ("reference_1", "reference_2")}
    day = date.fromisoformat(str(entry["day"]))
    return Payment(**texts, **references, amount=int(str(entry["amount"])), day=day)
