"""The mainframe, played: it loads posting files and general ledger summaries, proves their totals
and says in a receipt what became of each.

The layouts are typed in from the specification pages; nothing here imports prakan's own packages.
These files hold letters, digits and signs that have the same place in every EBCDIC page, so
Python's page 037 reads Thai page 838 too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from simulation.partner.drop import (
    DAMAGED,
    LAYOUT,
    DropError,
    announced_file,
    new_manifests,
    take,
)
from simulation.partner.receipts import ACCEPTED, REFUSED, Receipt

PAGE = "cp037"
BUDDHIST_ERA = 543
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
    header, *details, trailer = _variable(data)
    _expect(header, "H", "LGRPOST")
    entries = [_entry(record) for record in details]
    credits = [e.satang for e in entries if e.kind == "C"]
    reversals = [e.satang for e in entries if e.kind == "R"]
    ids = sum(int(entry.national_id) for entry in entries) % 10**15
    told = [int(_text(trailer[a:b])) for a, b in ((1, 10), (10, 19), (19, 28), (28, 43))]
    told += [_packed(trailer[43:52]), _packed(trailer[52:61])]
    found = [len(entries), len(credits), len(reversals), ids, sum(credits), sum(reversals)]
    if _text(trailer[:1]) != "T" or told != found:
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
    _expect(header, "H", "LGRSUMM")
    accounts = [_account(record) for record in details]
    told = [int(_text(trailer[1:10])), *(_packed(trailer[a : a + 9]) for a in (10, 19, 28, 37))]
    columns = ("opening", "debit", "credit", "closing")
    sums = [sum(getattr(one, column) for one in accounts) for column in columns]
    if _text(trailer[:1]) != "T" or told != [len(accounts), *sums]:
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
    records = [_ebcdic(f"H{'LGRRCPT':<8}{buddhist}{number:06d}")]
    for line, one in enumerate(receipts, start=1):
        told = f"D{line:06d}{one.name:<80}{one.sha256:<64}{one.result}{one.return_code:03d}"
        records.append(_ebcdic(told) + _to_packed(one.records) + _to_packed(one.rejected))
    records.append(_ebcdic(f"T{len(receipts):06d}"))
    return b"".join(record.ljust(RECEIPT_LENGTH, _ebcdic(" ")) for record in records)


def _load(manifest: Path) -> Receipt:
    try:
        file = take(manifest)
        is_posting = file.opened_name.startswith("LGRPOST")
        records = len(read_postings(file.content) if is_posting else read_summary(file.content))
    except DropError as error:
        return Receipt(*announced_file(manifest), REFUSED, error.code, 0)
    return Receipt(file.name, file.sha256, ACCEPTED, 0, records + 2)


def _variable(data: bytes) -> Iterator[bytes]:
    """Records of RECFM=V: each after its descriptor word, which counts itself."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 5 or data[at + 2 : at + 4] != b"\0\0" or at + length > len(data):
            raise DropError(f"no record descriptor at byte {at}", DAMAGED)
        yield data[at + 4 : at + length]
        at += length


def _entry(record: bytes) -> Entry:
    period = _packed(record[28:32])
    return Entry(
        national_id=_text(record[10:23]),
        section=_text(record[23:25]),
        option=_text(record[25:27]).strip(),
        kind=_text(record[27:28]),
        period=period - BUDDHIST_ERA * 100,
        satang=_packed(record[32:38]),
        effective=_day(_packed(record[38:43])),
        booked=_day(_packed(record[43:48])),
        collector=_text(record[50:70]).strip(),
        reference=(
            _text(record[70:86]),
            int.from_bytes(record[86:90], "big", signed=True),
            int.from_bytes(record[90:92], "big", signed=True),
        ),
    )


def _account(record: bytes) -> Account:
    return Account(
        name=_text(record[1:41]).strip(),
        opening=_packed(record[41:50]),
        debit=_packed(record[50:59]),
        credit=_packed(record[59:68]),
        closing=_packed(record[68:77]),
        entries=int.from_bytes(record[77:81], "big"),
    )


def _expect(record: bytes, kind: str, name: str) -> None:
    if _text(record[:1]) != kind or _text(record[1:9]).strip() != name:
        raise DropError(f"the first record is no header of {name}", LAYOUT)


def _text(data: bytes) -> str:
    return data.decode(PAGE)


def _ebcdic(text: str) -> bytes:
    return text.encode(PAGE)


def _packed(data: bytes) -> int:
    """A COMP-3 number without its point: two digits a byte, the sign in the last half."""
    digits, sign = data.hex()[:-1], data.hex()[-1]
    if not digits.isdigit() or sign not in "cdf":
        raise DropError(f"{data.hex()} is no packed number", LAYOUT)
    return -int(digits) if sign == "d" else int(digits)


def _to_packed(number: int) -> bytes:
    """PIC S9(09) COMP-3."""
    return bytes.fromhex(f"{number:09d}c")


def _day(number: int) -> date:
    year, rest = divmod(number, 10_000)
    return date(year - BUDDHIST_ERA, *divmod(rest, 100))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
