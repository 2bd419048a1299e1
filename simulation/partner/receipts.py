"""The receipt file: what the partner says of the files it found in its drop folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

LENGTH = 180
BUDDHIST_ERA = 543
ACCEPTED, REFUSED = "A", "R"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is said of one file: result ``A``, ``P`` or ``R`` with a return code, records read
    and of them rejected."""

    name: str
    sha256: str
    result: str
    return_code: int
    records: int
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A receipt file as the partner's books hold it, written on the evening of ``evening`` (the
    name of its return file)."""

    name: str
    evening: str
    receipts: tuple[Receipt, ...]


def told_on(books: Path, evening: str) -> Told | None:
    """What was said on an evening that was closed before, None when nothing was."""
    return next((told for told in _all(books) if told.evening == evening), None)


def tell(books: Path, evening: str, day: date, found: Sequence[Receipt]) -> Told | None:
    """Enter into the books what was found and not said before; None when nothing is new."""
    before = _all(books)
    said = {(one.name, one.sha256, one.result) for told in before for one in told.receipts}
    new = tuple(one for one in found if (one.name, one.sha256, one.result) not in said)
    if not new:
        return None
    told = Told(f"CSRCP_{day:%Y%m%d}_{len(before) + 1:06d}.TXT", evening, new)
    book = books / f"{told.name}.json"
    temporary = book.with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(told)))
    temporary.replace(book)
    return told


def _all(books: Path) -> list[Told]:
    entries = [json.loads(path.read_bytes()) for path in sorted(books.glob("CSRCP_*.json"))]
    return [
        Told(e["name"], e["evening"], tuple(Receipt(**one) for one in e["receipts"]))
        for e in entries
    ]


def write_receipts(folder: Path, told: Told) -> Path:
    """Write the file; a temporary name first, as prakan polls the folder."""
    path = folder / told.name
    day, sequence = told.name.split("_")[1:]
    records = [f"H{int(day[:4]) + BUDDHIST_ERA:04d}{day[4:]}{sequence[:6]}"]
    records += [
        f"D{number:06d}{one.name:<80}{one.sha256:<64}{one.result}{one.return_code:03d}"
        f"{one.records:09d}{one.rejected:09d}"
        for number, one in enumerate(told.receipts, start=1)
    ]
    records.append(f"T{len(told.receipts):06d}")
    temporary = folder / f".{path.name}.tmp"
    temporary.write_bytes(b"".join(_line(record) for record in records))
    temporary.replace(path)
    return path


def _line(text: str) -> bytes:
    data = text.encode("cp874")
    if len(data) > LENGTH:
        raise ValueError(f"record of {len(data)} bytes: {text[:20]!r}")
    return data.ljust(LENGTH) + b"\r\n"
