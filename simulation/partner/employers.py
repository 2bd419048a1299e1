"""The employers who pay at the bank on one day, rightly and wrongly, and the bank's file of it.

References and layout are typed in from the specification page of employers' payments; nothing
here imports prakan's own packages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

LENGTH = 256
BANK = "099"
ACCOUNT = "0991234567"
COMPANY = "กองทุนประกันสังคม"
FOLDER = "bank/payments"  # the bank's own books of what employers paid
STRANGER = "9999999990"  # an account that nobody has
CREDIT, DEBIT = "C", "D"

#: Every n-th employer does this, so that each kind is seen on a small day too.
MISTAKES = ("short", "over", "twice", "unknown", "garbled_reference", "in_parts")
MISTAKE_EVERY = 3
MISSING = 10_000  # satang that a short payment lacks, or one of too much exceeds


@dataclass(frozen=True, slots=True)
class Slip:
    """What an employer wants to pay: ``period`` is the wage month (Gregorian yyyymm), ``amount``
    satang."""

    account: str
    branch: str
    name: str
    period: int
    amount: int


@dataclass(frozen=True, slots=True)
class EmployerPayment:
    """One line of the day, ``day`` in ISO; ``intent`` is what the employer did, for comparing
    afterwards."""

    intent: str
    name: str
    reference_1: str
    reference_2: str
    amount: int
    day: str
    time: str
    kind: str = CREDIT


def pay_for_employers(
    root: Path,
    day: date,
    slips: Sequence[Slip],
    seed: int,
    *,
    mistakes: bool = True,
    bounced: Sequence[EmployerPayment] = (),
) -> list[EmployerPayment]:
    """Take one day's payments and leave the file in ``bank/returns``, once; asked again for a
    day, it leaves the same one. ``bounced`` are payments of earlier days that are taken back.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(folder.glob(f"CBPAY_{day:%Y%m%d}_*.json"))
    if found:
        book = found[0]
        payments = read_payments(book)
    else:
        number = len(list(folder.glob("CBPAY_*.json"))) + 1
        book = folder / f"CBPAY_{day:%Y%m%d}_{number:06d}.json"
        payments = _taken(slips, day, seed, mistakes=mistakes)
        payments += [replace(one, kind=DEBIT, day=str(day), time="083000") for one in bounced]
        _write(book, json.dumps([asdict(one) for one in payments]).encode())
    name = f"{book.stem}.TXT"
    returns = root / "bank" / "returns"
    if not any((at / name).exists() for at in (returns, returns / "done")):
        _write(returns / name, payment_file(payments, day))
    return payments


def read_payments(book: Path) -> list[EmployerPayment]:
    """The payments of one day as the bank's books hold them."""
    return [EmployerPayment(**entry) for entry in json.loads(book.read_bytes())]


def payment_file(payments: Sequence[EmployerPayment], day: date) -> bytes:
    """The file: header, one record a payment, trailer."""
    records = [f"H{1:06d}{BANK}{ACCOUNT}{COMPANY:<40}{day:%d%m%Y}{'SSOPAY':<8}"]
    records += [_detail(number, one) for number, one in enumerate(payments, start=2)]
    credits = [one.amount for one in payments if one.kind == CREDIT]
    debits = [one.amount for one in payments if one.kind == DEBIT]
    records.append(
        f"T{len(payments) + 2:06d}{BANK}{ACCOUNT}{sum(debits):013d}{len(debits):06d}"
        f"{sum(credits):013d}{len(credits):06d}"
    )
    return b"".join(record.encode("cp874").ljust(LENGTH) + b"\n" for record in records)


def references(account: str, branch: str, period: int) -> tuple[str, str]:
    """Both references with their check digits, ISO 7064 MOD 97-10."""
    employer, body = f"{account}{branch}", f"33{period}"
    return f"{employer}{_check(employer)}", f"{body}{_check(employer + body)}"


def _check(digits: str) -> str:
    return f"{98 - int(digits) * 100 % 97:02d}"


def _taken(slips: Sequence[Slip], day: date, seed: int, *, mistakes: bool) -> list[EmployerPayment]:
    payments: list[EmployerPayment] = []
    for turn, slip in enumerate(slips, start=1):
        wrong, at = divmod(turn, MISTAKE_EVERY)
        if at or not mistakes:
            payments.append(_payment("right", slip, day, seed))
        else:
            payments += _mistaken(MISTAKES[(wrong - 1) % len(MISTAKES)], slip, day, seed)
    return sorted(payments, key=lambda p: (p.time, p.reference_1, p.reference_2))


def _mistaken(mistake: str, slip: Slip, day: date, seed: int) -> Iterator[EmployerPayment]:
    payment = _payment(mistake, slip, day, seed)
    if mistake == "short":
        yield replace(payment, amount=max(slip.amount - MISSING, 1))
    elif mistake == "over":
        yield replace(payment, amount=slip.amount + MISSING)
    elif mistake == "twice":
        yield from (payment, replace(payment, time=f"{payment.time[:4]}59"))
    elif mistake == "unknown":
        yield _payment(mistake, replace(slip, account=STRANGER), day, seed)
    elif mistake == "garbled_reference":
        digit = (int(payment.reference_2[6]) + 1) % 10
        garbled = f"{payment.reference_2[:6]}{digit}{payment.reference_2[7:]}"
        yield replace(payment, reference_2=garbled)
    else:
        first = slip.amount // 2
        yield replace(payment, amount=first)
        yield replace(payment, amount=slip.amount - first, time=f"{payment.time[:4]}59")


def _payment(intent: str, slip: Slip, day: date, seed: int) -> EmployerPayment:
    first, second = references(slip.account, slip.branch, slip.period)
    mixed = hashlib.blake2b(f"{seed}|{day}|{first}|{second}".encode(), digest_size=8).digest()
    minute = 8 * 60 + 30 + int.from_bytes(mixed, "big") % (7 * 60)
    time = f"{minute // 60:02d}{minute % 60:02d}00"
    return EmployerPayment(intent, slip.name, first, second, slip.amount, str(day), time)


def _detail(number: int, p: EmployerPayment) -> str:
    day = date.fromisoformat(p.day)
    return (
        f"D{number:06d}{BANK}{ACCOUNT}{day:%d%m%Y}{p.time}{p.name[:50]:<50}"
        f"{p.reference_1:<20}{p.reference_2:<20}{'':<20}0001T042{p.kind}CSH{'':<7}"
        f"{p.amount:013d}{'':<3}"
    )


def _write(path: Path, data: bytes) -> None:
    """A temporary name first, as prakan polls the folder."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
