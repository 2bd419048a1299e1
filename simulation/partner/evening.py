"""One evening at the counter: load the drop, take payments, leave the return file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from simulation.partner.feed import new_manifests, read_feed
from simulation.partner.payments import Payment, WalkIn, take_payments
from simulation.partner.returns import return_name, write_return


@dataclass(frozen=True, slots=True)
class Evening:
    """What happened: persons loaded, payments by intent, and the return file's name.

    ``repeated`` is true when the evening had been closed before; nothing was written then.
    """

    persons: int
    payments: int
    satang: int
    intents: dict[str, int]
    return_file: str
    repeated: bool


def close_evening(
    root: Path, day: date, seed: int, *, walk_ins: Sequence[WalkIn] = (), sequence: int = 1
) -> Evening:
    """Take one evening's payments under the partner's folder and write the return file once.

    The payments are written beside the returns first, in the partner's own books, so that an
    evening that broke off is closed with the same payments.
    """
    books = root / "books"
    books.mkdir(exist_ok=True)
    name = return_name(day, sequence)
    book = books / f"{name}.json"
    repeated = book.is_file()
    persons = 0
    if repeated:
        payments = [_payment(entry) for entry in json.loads(book.read_bytes())]
    else:
        listed = [p for m in new_manifests(root / "drop", set()) for p in read_feed(m)]
        persons = len(listed)
        payments = take_payments(listed, walk_ins, day, seed)
        temporary = book.with_suffix(".tmp")
        temporary.write_text(json.dumps([asdict(p) for p in payments], default=str))
        temporary.replace(book)
    if not any((folder / name).exists() for folder in (root / "returns", root / "returns/done")):
        write_return(root / "returns", payments, day, sequence)
    intents: dict[str, int] = {}
    for payment in payments:
        intents[payment.intent] = intents.get(payment.intent, 0) + 1
    return Evening(
        persons=persons,
        payments=len(payments),
        satang=sum(payment.amount for payment in payments),
        intents=dict(sorted(intents.items())),
        return_file=name,
        repeated=repeated,
    )


def _payment(entry: dict[str, object]) -> Payment:
    texts = {name: str(entry[name]) for name in ("intent", "name", "time")}
    references = {name: str(entry[name]) for name in ("reference_1", "reference_2")}
    day = date.fromisoformat(str(entry["day"]))
    return Payment(**texts, **references, amount=int(str(entry["amount"])), day=day)
