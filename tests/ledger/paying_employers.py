"""Employers' payments and what they filed, each made of a few numbers, in a ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pyarrow as pa
from sqlalchemy.engine import Engine

from ledger.employer_accounts import standings
from ledger.employer_payments import EMPLOYER_OUTCOMES_SCHEMA, load_employer_payments
from ledger.filing_entry import NEW_SCHEMA, enter
from ledger.filings import DUE_SCHEMA, counting
from ledger.filings import MONTH as MONTH_NAMES
from ledger.landing import Direction, FileRecord, record_landed
from ledger.load_proof import ReturnTotals
from ledger.loading import PostingBatch
from ledger.outcomes import Outcome

BANK = "collection_bank"
CLEARING, SUSPENSE = f"clearing:{BANK}", f"suspense:{BANK}"
ACCOUNT, OTHER = "1000000012", "1000000020"
HEAD_OFFICE = "000000"
MONTH = 202701
DUE_DAY = date(2027, 2, 15)  # a Monday
DAY = date(2027, 2, 12)
NOW = datetime(2027, 2, 12, 17, 0, tzinfo=UTC)


def rows(*records: Mapping[str, object]) -> pa.Table:
    """Outcomes numbered from record 2: 1,500 baht for January, posted, but for what is given."""
    usual = {
        "employer_account": ACCOUNT,
        "employer_branch": HEAD_OFFICE,
        "period": MONTH,
        "amount_satang": 150_000,
        "payment_date": DAY,
        "outcome": Outcome.POSTED.value,
    }
    numbered = [{"record_number": n, **usual, **one} for n, one in enumerate(records, start=2)]
    return pa.Table.from_pylist(numbered, schema=EMPLOYER_OUTCOMES_SCHEMA)


def honest(table: pa.Table) -> ReturnTotals:
    """What an honest trailer says about these records."""
    debits = [r["amount_satang"] for r in table.to_pylist() if r["outcome"] == Outcome.DEBIT]
    credits = [r["amount_satang"] for r in table.to_pylist() if r["outcome"] != Outcome.DEBIT]
    return ReturnTotals(len(credits), sum(credits), len(debits), sum(debits))


def land_payments(engine: Engine, day: date = DAY, number: int = 1) -> str:
    """A file of employers' payments arrived; its id."""
    return _land(engine, "employer_payment", BANK, f"CBPAY_{day:%Y%m%d}_{number:06d}.TXT", day)


def pay(
    engine: Engine,
    *records: Mapping[str, object],
    day: date = DAY,
    number: int = 1,
    totals: ReturnTotals | None = None,
) -> PostingBatch:
    """A file of these payments is loaded."""
    table = rows(*({"payment_date": day, **one} for one in records))
    return load_employer_payments(
        engine,
        land_payments(engine, day, number),
        table,
        partner=BANK,
        totals=totals or honest(table),
        recorded_at=NOW,
        book_date=day,
    )


def file_due(
    engine: Engine, satang: int, *, account: str = ACCOUNT, period: int = MONTH, day: date = DAY
) -> None:
    """A form of an account and month is entered; so much is due now, whatever was filed before."""
    name = f"SPS110_{account}_{period}_{satang}.TXT"
    file_id = _land(engine, "form_1_10", None, name, day)
    filing = {
        "file_id": file_id,
        "record_number": 1,
        "employer_account": account,
        "employer_branch": HEAD_OFFICE,
        "period": period,
        "purpose": "replace",
        "persons": 1,
        "wages_satang": satang * 10,
        "contribution_satang": satang,
        "declared_satang": satang,
        "business_date": day,
        "interface": "form_1_10",
        "file_name": name,
    }
    enter(
        engine,
        [file_id],
        pa.Table.from_pylist([filing], schema=NEW_SCHEMA),
        _of_the_last_filing,
        business_date=day,
        recorded_at=NOW,
    )


def _of_the_last_filing(filings: pa.Table) -> pa.Table:
    """DUE_SCHEMA of months in which each filing replaces the one before."""
    return (
        counting(filings)
        .select([*MONTH_NAMES, "contribution_satang"])
        .rename_columns(DUE_SCHEMA.names)
    )


def standing(engine: Engine, account: str = ACCOUNT, period: int = MONTH) -> dict[str, int]:
    """Filed, paid, surcharge, overpaid and outstanding of an account and month, in satang."""
    found = standings(engine, accounts=[account], periods=[period]).to_pylist()
    if not found:
        return {}
    (row,) = found
    names = ("filed", "paid", "surcharge", "overpaid", "outstanding")
    return {name: row[f"{name}_satang"] for name in names}


def stands(
    filed: int = 0, paid: int = 0, surcharge: int = 0, overpaid: int = 0, outstanding: int = 0
) -> dict[str, int]:
    """What :func:`standing` is expected to be."""
    return {
        "filed": filed,
        "paid": paid,
        "surcharge": surcharge,
        "overpaid": overpaid,
        "outstanding": outstanding,
    }


def _land(engine: Engine, interface: str, partner: str | None, name: str, day: date) -> str:
    file_id = hashlib.sha256(name.encode()).hexdigest()
    file = FileRecord(file_id, interface, 1, Direction.INBOUND, partner, day, name, 1)
    record_landed(engine, [file], recorded_at=NOW)
    return file_id
