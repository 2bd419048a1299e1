"""The mainframe, played: it loads posting files, general ledger summaries and what employers filed,
proves their totals and says in a receipt what became of each.

The layouts are typed in from the specification pages; nothing here imports prakan's own packages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from simulation.partner.drop import (
    LAYOUT,
    NOT_EXPECTED,
    DropError,
    announced_file,
    new_manifests,
    take,
)
from simulation.partner.ebcdic import (
    BUDDHIST_ERA,
    binary,
    ebcdic,
    expect_header,
    packed,
    packed_day,
    packed_period,
    text,
    to_packed,
    variable,
)
from simulation.partner.employer_files import read_changes, read_contributions
from simulation.partner.receipts import ACCEPTED, REFUSED, Receipt

ACCOUNT_LENGTH = 90
RECEIPT_LENGTH = 180


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a posting file: ``kind`` C or R, ``period`` yyyymm of the Common Era, amounts in
    satang."""

    national_id: str
    section: str
    option: str
    kind: str
    period: int
    satang: int
    effective: date
    booked: date
    collector: str
    reference: tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a summary, satang; credits are negative in the balances."""

    name: str
    opening: int
    debit: int
    credit: int
    closing: int
    entries: int


def read_postings(data: bytes) -> list[Entry]:
    """The entries of a posting file whose trailer agrees with them; DropError otherwise."""
    header, *details, trailer = variable(data)
    expect_header(header, "LGRPOST")
    entries = [_entry(record) for record in details]
    credits = [e.satang for e in entries if e.kind == "C"]
    reversals = [e.satang for e in entries if e.kind == "R"]
    ids = sum(int(entry.national_id) for entry in entries) % 10**15
    told = [int(text(trailer[a:b])) for a, b in ((1, 10), (10, 19), (19, 28), (28, 43))]
    told += [packed(trailer[43:52]), packed(trailer[52:61])]
    found = [len(entries), len(credits), len(reversals), ids, sum(credits), sum(reversals)]
    if text(trailer[:1]) != "T" or told != found:
        raise DropError(f"the trailer says {told}, the entries are {found}", LAYOUT)
    if len({entry.reference for entry in entries}) != len(entries):
        raise DropError("an entry stands twice", LAYOUT)
    return entries


def read_summary(data: bytes) -> list[Account]:
    """The accounts of a summary that balances in itself; DropError otherwise."""
    if len(data) % ACCOUNT_LENGTH or len(data) < 2 * ACCOUNT_LENGTH:
        raise DropError(f"{len(data)} bytes are no records of {ACCOUNT_LENGTH}")
    cut = range(0, len(data), ACCOUNT_LENGTH)
    header, *details, trailer = (data[at : at + ACCOUNT_LENGTH] for at in cut)
    expect_header(header, "LGRSUMM")
    accounts = [_account(record) for record in details]
    told = [int(text(trailer[1:10])), *(packed(trailer[a : a + 9]) for a in (10, 19, 28, 37))]
    columns = ("opening", "debit", "credit", "closing")
    sums = [sum(getattr(one, column) for one in accounts) for column in columns]
    if text(trailer[:1]) != "T" or told != [len(accounts), *sums]:
        raise DropError(f"the trailer says {told}, the accounts are {sums}", LAYOUT)
    opening, debit, credit, closing = sums
    leads = all(one.opening + one.debit - one.credit == one.closing for one in accounts)
    if not leads or debit != credit or opening or closing:
        raise DropError("the accounts do not balance", LAYOUT)
    return accounts


def load_ledger_files(root: Path, day: date) -> list[Receipt]:
    """Load what lies new in ``mainframe/postings`` below ``root``, try again what was refused, and
    leave a receipt in ``mainframe/receipts`` for what is not said yet; none when that is nothing.
    """
    home = root / "mainframe"
    books = home / "books"
    books.mkdir(parents=True, exist_ok=True)
    said = {path.stem: json.loads(path.read_bytes()) for path in books.glob("*.json")}
    loaded = {name for name, one in said.items() if one["result"] == ACCEPTED}
    receipts = []
    for manifest in new_manifests(home / "postings", loaded):
        receipt = _load(manifest)
        if asdict(receipt) != said.get(manifest.name):
            receipts.append(receipt)
            _write(books / f"{manifest.name}.json", json.dumps(asdict(receipt)).encode())
    if receipts:
        number = len(list((home / "receipts").rglob("LGRRCPT.*"))) + 1
        name = f"LGRRCPT.D{day:%Y%m%d}.S{number:06d}"
        _write(home / "receipts" / name, receipt_bytes(day, number, receipts))
    return receipts


def receipt_bytes(day: date, number: int, receipts: Sequence[Receipt]) -> bytes:
    """A receipt file: header, one record a file, trailer."""
    buddhist = f"{day.year + BUDDHIST_ERA:04d}{day:%m%d}"
    records = [ebcdic(f"H{'LGRRCPT':<8}{buddhist}{number:06d}")]
    for line, one in enumerate(receipts, start=1):
        told = f"D{line:06d}{one.name:<80}{one.sha256:<64}{one.result}{one.return_code:03d}"
        records.append(ebcdic(told) + to_packed(one.records) + to_packed(one.rejected))
    records.append(ebcdic(f"T{len(receipts):06d}"))
    return b"".join(record.ljust(RECEIPT_LENGTH, ebcdic(" ")) for record in records)


_READERS: Mapping[str, Callable[[bytes], Sequence[object]]] = {
    "LGRPOST": read_postings,
    "LGRSUMM": read_summary,
    "FCTFILE": read_contributions,
    "REGCHNG": read_changes,
}
"""Beginning of a file's name → what reads and proves it."""


def _load(manifest: Path) -> Receipt:
    try:
        file = take(manifest)
        reader = _READERS.get(file.opened_name[:7])
        if reader is None:
            raise DropError(f"{file.opened_name} is no file of ours", NOT_EXPECTED)
        records = len(reader(file.content))
    except DropError as error:
        return Receipt(*announced_file(manifest), REFUSED, error.code, 0)
    return Receipt(file.name, file.sha256, ACCEPTED, 0, records + 2)


def _entry(record: bytes) -> Entry:
    return Entry(
        national_id=text(record[10:23]),
        section=text(record[23:25]),
        option=text(record[25:27]).strip(),
        kind=text(record[27:28]),
        period=packed_period(record[28:32]),
        satang=packed(record[32:38]),
        effective=packed_day(record[38:43]),
        booked=packed_day(record[43:48]),
        collector=text(record[50:70]).strip(),
        reference=(
            text(record[70:86]),
            binary(record[86:90]),
            binary(record[90:92]),
        ),
    )


def _account(record: bytes) -> Account:
    return Account(
        name=text(record[1:41]).strip(),
        opening=packed(record[41:50]),
        debit=packed(record[50:59]),
        credit=packed(record[59:68]),
        closing=packed(record[68:77]),
        entries=int.from_bytes(record[77:81], "big"),
    )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
