"""Tables and values that the ledger takes, made from those of the plain model of its books."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from interfaces.catalogue import load_catalogue
from interfaces.model import MatchingRule
from ledger.legs import Leg
from ledger.matching import (
    FEEDS_SCHEMA,
    PAYMENTS_SCHEMA,
    PERSONS_SCHEMA,
    SENT_SCHEMA,
)
from ledger.moves import Move, MoveKind, Payee
from ledger.outcomes import Outcome
from ledger.postings import ReturnTotals
from ledger.resolution_terms import Terms
from tests.ledger.model_of_books import (
    ACTIVE,
    DUE,
    ENDED,
    OFFERED,
    OPTION,
    PEOPLE,
    Entry,
    Month,
    Payment,
)

FIRST_DAY = date(2026, 11, 16)
PARTNERS = ("counter_service", "thai_post")
PERIODS = (*OFFERED, 202612, 202701)
EXACT = MatchingRule()
EVER = date(2100, 1, 1)
TO = Payee("006", "0001", "1234567890", "สมชาย ใจดี")
CATALOGUE = load_catalogue()
KINDS = {o.value: list(CATALOGUE[o.value].resolutions) for o in Outcome if o != Outcome.POSTED}
TERMS_OF_ANY = {
    "approve_above_satang": 100_000,
    "hold_sections": ("39", "40"),
    "due": lambda section, _option, _period: DUE.get(section),
}
NEVER = 10_000
"""More statements than any transaction has: no crash."""


def satang(person: str, wanted: str) -> int:
    due = DUE[PEOPLE.get(person, ("39", ""))[0]]
    return {"due": due, "over": due + 100, "short": due - 100, "nothing": 0}[wanted]


def moment(step: int) -> datetime:
    return datetime(2026, 11, 16, tzinfo=UTC) + timedelta(minutes=step)


def totals(payments: list[Payment]) -> ReturnTotals:
    credit = [p.amount for p in payments if not p.is_debit]
    debit = [p.amount for p in payments if p.is_debit]
    return ReturnTotals(len(credit), sum(credit), len(debit), sum(debit))


def terms(code: str) -> Terms:
    return Terms(kinds=KINDS[code], **TERMS_OF_ANY)  # type: ignore[arg-type]


def real_moves(moves: list[tuple[str, int, Month | None]]) -> list[Move]:
    made = []
    for kind, amount, month in moves:
        payee = TO if kind == "refund" else None
        person, section, period = month or (None, None, None)
        option = OPTION[section] if section else None
        made.append(Move(MoveKind(kind), amount, person, section, option, period, payee))
    return made


def leg_of(entry: Entry, book: date) -> Leg:
    return Leg(
        file_id=entry.file,
        record_number=entry.record,
        national_id=entry.person,
        section_code=entry.section,
        option_code=OPTION[str(entry.section)],
        period=entry.period,
        amount_satang=entry.amount,
        debit_account=entry.debit,
        credit_account=entry.credit,
        effective_date=entry.effective,
        book_date=book,
        pass_name="resolution.reverse.1",
    )


def balance(table: pa.Table) -> dict[str, int]:
    return {row["account"]: row["balance_satang"] for row in table.to_pylist()}


def without_zeros(told: dict[str, int]) -> dict[str, int]:
    return {name: satang for name, satang in told.items() if satang}


def months_of(table: pa.Table) -> dict[Month, int]:
    return {
        (row["national_id"], row["section_code"], row["period"]): row["amount_satang"]
        for row in table.to_pylist()
    }


_TOLD = ("file_id", "record_number", "leg", "national_id", "section_code", "period")
_TOLD_TOO = ("amount_satang", "debit_account", "credit_account", "effective_date", "book_date")


def as_model(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in (*_TOLD, *_TOLD_TOO))


def as_told(e: Entry) -> tuple[object, ...]:
    about = (e.file, e.record, e.leg, e.person, e.section, e.period)
    return (*about, e.amount, e.debit, e.credit, e.effective, e.book)


def payments_table(file: str, payments: list[Payment]) -> pa.Table:
    rows = []
    for number, payment in enumerate(payments, start=2):
        row: dict[str, object] = {
            "file_id": file,
            "record_number": number,
            "reference_valid": payment.readable,
            "is_rejected": False,
            "amount_satang": payment.amount,
            "payment_date": payment.day,
            "transaction_kind": "D" if payment.is_debit else "C",
        }
        if payment.readable:
            row |= {"national_id": payment.person, "section_code": payment.section}
            row |= {"option_code": OPTION[payment.section], "period": payment.period}
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=PAYMENTS_SCHEMA)


SENT = pa.Table.from_pylist(
    [
        {
            "delivery_id": section,
            "business_date": date(2026, 10, 1),
            "national_id": person,
            "section_code": section,
            "option_code": OPTION[section],
            "status_code": "E" if standing == ENDED else "A",
            "period": period,
            "amount_satang": DUE[section] if period else None,
            "payable_from": date(2026, 10, 1) if period else None,
            "payable_until": EVER if period else None,
        }
        for person, (section, standing) in PEOPLE.items()
        if standing in (ACTIVE, ENDED)
        for period in (OFFERED if standing == ACTIVE else (None,))
    ],
    schema=SENT_SCHEMA,
)
FEEDS = pa.Table.from_pylist(
    [
        {
            "delivery_id": section,
            "section_code": section,
            "business_date": date(2026, 10, 1),
            "valid_until": EVER,
            "sequence": 1,
        }
        for section in DUE
    ],
    schema=FEEDS_SCHEMA,
)
REGISTER = pa.Table.from_pylist(
    [
        {"national_id": person, "section_code": section, "status_code": "A"}
        for person, (section, _) in PEOPLE.items()
    ],
    schema=PERSONS_SCHEMA,
)
