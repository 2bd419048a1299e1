"""The bank that holds the account of collections, played: it credits what the counters took and
what employers paid at itself, and says so in one advice a banking day.

What was taken after its cut-off is credited with the next advice. The layout is typed in from the
specification page of settlement advices; nothing here imports prakan's own packages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from simulation.partner.employers import DEBIT, FOLDER

LENGTH = 160
BANK = "099"
ACCOUNT = "0991234567"
ACCOUNT_NAME = "กองทุนประกันสังคม"
COLLECTOR = "CS01"  # the counters
OWN = "CB01"  # the bank itself, for employers
CUT_OFF = "220000"  # HHMMSS
FEE = 500  # satang a payment


@dataclass(frozen=True, slots=True)
class Credit:
    """One line of an advice: what was taken on ``day`` (ISO), amounts in satang."""

    day: str
    payments: int
    gross: int
    fee: int
    reference: str
    collector: str = COLLECTOR


@dataclass(frozen=True, slots=True)
class Advice:
    """An advice as the bank's books hold it, left or not."""

    name: str
    day: str
    credits: tuple[Credit, ...]

    @property
    def gross(self) -> int:
        """What all its lines come to before fees, in satang."""
        return sum(credit.gross for credit in self.credits)


@dataclass(frozen=True, slots=True)
class Correction:
    """Satang that the bank owes for a day that it credited too low."""

    day: date
    satang: int


def advise(
    root: Path,
    day: date,
    *,
    cut_off: str = CUT_OFF,
    fee: int = FEE,
    short: int = 0,
    missing: bool = False,
    corrections: Sequence[Correction] = (),
) -> Advice:
    """Credit what the counters below ``root``, and the bank for employers, took until the cut-off
    of ``day`` and leave the advice in ``bank/returns``, once; asked again for a day, it leaves the
    same one.

    ``short`` satang are kept back from the last line without a word. A ``missing`` advice stands
    in the books and is not left.
    """
    books = root / "bank" / "books"
    books.mkdir(parents=True, exist_ok=True)
    book = books / f"{day}.json"
    if book.is_file():
        advice = _advice(book)
    else:
        before = [_advice(path) for path in sorted(books.glob("*.json"))]
        found = [*_credits(root, day, cut_off, fee, before), *_corrections(corrections)]
        numbered = tuple(
            replace(credit, reference=f"CR{day:%y%m%d}{number:06d}")
            for number, credit in enumerate(found, start=1)
        )
        if short:
            numbered = (*numbered[:-1], replace(numbered[-1], gross=numbered[-1].gross - short))
        name = f"CBSTL_{day:%Y%m%d}_{len(before) + 1:06d}.TXT"
        advice = Advice(name, str(day), numbered)
        _write(book, json.dumps(asdict(advice)).encode())
    folder = root / "bank" / "returns"
    is_there = any((at / advice.name).exists() for at in (folder, folder / "done"))
    if not missing and not is_there:
        _write(folder / advice.name, advice_bytes(advice))
    return advice


def advice_bytes(advice: Advice) -> bytes:
    """The file: header, one record a credit, trailer."""
    fees = sum(credit.fee for credit in advice.credits)
    day = date.fromisoformat(advice.day)
    sequence = advice.name[-10:-4]
    records = [f"H{sequence}{BANK}{ACCOUNT}{ACCOUNT_NAME:<40}{day:%d%m%Y}"]
    for number, credit in enumerate(advice.credits, start=1):
        taken = date.fromisoformat(credit.day)
        records.append(
            f"D{number:06d}{credit.collector}{taken:%d%m%Y}{day:%d%m%Y}{credit.payments:07d}"
            f"{credit.gross:015d}{credit.fee:013d}{credit.gross - credit.fee:015d}"
            f"{credit.reference:<20}"
        )
    records.append(
        f"T{len(advice.credits):06d}{advice.gross:015d}{fees:015d}{advice.gross - fees:015d}"
    )
    return b"".join(record.encode("cp874").ljust(LENGTH) + b"\n" for record in records)


def _credits(
    root: Path, day: date, cut_off: str, fee: int, before: Sequence[Advice]
) -> Iterator[Credit]:
    """What is to be credited on a day, a line for each collector and day of collection."""
    for (taken, collector), payments in sorted(_taken(root).items(), key=_place):
        if taken > day:
            continue
        in_time = [amount for time, amount in payments if taken < day or time <= cut_off]
        credited = sum(
            credit.payments
            for advice in before
            for credit in advice.credits
            if (credit.day, credit.collector) == (str(taken), collector)
        )
        due = in_time[credited:]
        if due:
            gross = sum(due)
            kept = min(fee * len(due), max(gross, 0))
            yield Credit(str(taken), len(due), gross, kept, "", collector)


def _place(taken: tuple[tuple[date, str], list[tuple[str, int]]]) -> tuple[date, bool]:
    """By day, the counters first."""
    (day, collector), _ = taken
    return day, collector != COLLECTOR


def _corrections(corrections: Sequence[Correction]) -> Iterator[Credit]:
    for correction in corrections:
        yield Credit(str(correction.day), 0, correction.satang, 0, "")


def _taken(root: Path) -> dict[tuple[date, str], list[tuple[str, int]]]:
    """Time and amount of every payment in the counters' own books and in the bank's, by day and
    collector, in order of time; what was taken back is less."""
    found: dict[tuple[date, str], list[tuple[str, int]]] = {}
    counters = sorted((root / "books").glob("CSPAY_*.json"))
    own = sorted((root / FOLDER).glob("CBPAY_*.json"))
    for path, collector in [*((p, COLLECTOR) for p in counters), *((p, OWN) for p in own)]:
        stamp = path.name.split("_")[1]
        day = date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:]))
        entries = json.loads(path.read_bytes())
        payments = found.setdefault((day, collector), [])
        payments.extend((e["time"], _signed(e)) for e in entries)
    return {key: sorted(payments) for key, payments in found.items()}


def _signed(entry: dict[str, object]) -> int:
    amount = int(str(entry["amount"]))
    return -amount if entry.get("kind") == DEBIT else amount


def _advice(book: Path) -> Advice:
    entry = json.loads(book.read_bytes())
    return Advice(entry["name"], entry["day"], tuple(Credit(**one) for one in entry["credits"]))


def _write(path: Path, data: bytes) -> None:
    """A temporary name first, as prakan polls the folder."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
