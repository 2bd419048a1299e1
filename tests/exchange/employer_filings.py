"""Employers' files of contributions for tests: written, dropped, received and entered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from exchange.employers.entering import enter_filings
from exchange.inbound.arrivals import receive_paths
from exchange.inbound.receive import Received
from exchange.site import Site, open_site
from exporters.writer import FileWriter
from insurance.identifiers import employer_accounts, national_ids
from ledger import schema
from ledger.database import writing
from ledger.landing import Direction, FileRecord, record_landed
from parsers.arrow_types import detail_schema

DAY = date(2027, 1, 15)
PERIOD = 202612
RECORDED = datetime(2027, 1, 15, 13, 0, tzinfo=UTC)
GIVEN = ("สมศักดิ์", "น้ำผึ้ง", "บุญเรือน", "ก้องเกียรติ", "ปิ่นแก้ว")
FAMILY = ("ใจดีเสมอ", "แก้วกระจ่าง", "ศรีสุขสันต์", "ตั้งมั่นคง")


def person(number: int) -> str:
    """National ID of an invented person."""
    return str(national_ids(np.array([110_000_000_101 + number]))[0])


def account(number: int) -> str:
    """Account of an invented employer."""
    return str(employer_accounts(np.array([100_000_001 + number]))[0])


@dataclass(frozen=True)
class Line:
    """An employee: who, the month's wage in baht, and what replaces the right values."""

    number: int
    wage: str = "10000.00"
    paid: str | None = None
    prefix: str = "003"
    given: str | None = None
    national_id: str | None = None

    def row(self) -> dict[str, object]:
        """As a detail record; the contribution is 5 % of 1,650 to 17,500 baht, whole baht."""
        wage = Decimal(self.wage)
        base = max(min(wage, Decimal(17_500)), Decimal(1_650)) if wage else wage
        due = (base * 5 / 100).quantize(Decimal(1), ROUND_HALF_UP)
        return {
            "record_type": "2",
            "sso_id": self.national_id or person(self.number),
            "prefix": self.prefix,
            "fname": self.given or GIVEN[self.number % len(GIVEN)],
            "lname": FAMILY[self.number % len(FAMILY)],
            "wages": wage,
            "paid_amount": Decimal(self.paid) if self.paid else due.quantize(Decimal("1.00")),
        }


Block = tuple[str, Sequence[Line]]  # branch and its lines


def write_form(
    site: Site,
    path: Path,
    employer: int,
    blocks: Sequence[Block],
    *,
    period: int = PERIOD,
    override: dict[str, object] | None = None,
) -> Path:
    """A form 1-10 of one employer."""
    interface = site.registry.get("form_1_10", on=DAY)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileWriter(path, interface, {}) as writer:
        for branch, lines in blocks:
            header = {
                "acc_no": account(employer),
                "branch_no": branch,
                "paid_date": DAY,
                "paid_period": period,
                "company_name": "บริษัท ตัวอย่าง จำกัด",
                "rate": Decimal("5.00"),
            }
            rows = pa.Table.from_pylist([line.row() for line in lines], schema=_details(site))
            writer.write_block(header, rows, override=override or {})
        writer.close()
    return path


def _details(site: Site) -> pa.Schema:
    interface = site.registry.get("form_1_10", on=DAY)
    fields = detail_schema(interface)
    return pa.schema([field for field in fields if not field.name.startswith("_")])


def installation(folder: Path, *, clock: Callable[[], datetime] = lambda: RECORDED) -> Site:
    """An empty installation with an employers' inbox."""
    site = open_site({"PRAKAN_HOME": str(folder / "home")}, clock=clock)
    site.home.employer_inbox.mkdir(parents=True)
    return site


def take_in_filings(site: Site, paths: Sequence[Path], *, day: date = DAY) -> list[Received]:
    """Receive the files and enter what they make due."""
    received = receive_paths(site, day, paths)
    enter_filings(site, day)
    return received


@dataclass(frozen=True)
class Registered:
    """A branch in the employer master."""

    employer: int
    branch: str = "000000"
    office: str = "1001"
    status: str = "A"
    since: date = date(2015, 5, 1)

    def row(self) -> dict[str, object]:
        """As a detail record."""
        return {
            "record_type": "D",
            "employer_account": account(self.employer),
            "employer_branch": self.branch,
            "employer_name": f"บริษัท ที่ {self.employer} จำกัด",
            "contribution_rate": Decimal("5.00"),
            "status_code": self.status,
            "registered_date": self.since,
            "employee_count": 3,
            "office_code": self.office,
            "employer_type": "01",
        }


def receive_master(site: Site, branches: Sequence[Registered], *, day: date = DAY) -> None:
    """The employer master of a business date, received and accepted."""
    interface = site.registry.get("employer_master", on=day)
    columns = pa.schema([f for f in detail_schema(interface) if not f.name.startswith("_")])
    path = site.home.mainframe_inbox / f"EMPMAST.D{day:%Y%m%d}.S000001"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileWriter(path, interface, {"business_date": day, "sequence": 1}) as writer:
        rows = pa.Table.from_pylist([branch.row() for branch in branches], schema=columns)
        writer.write_details(rows)
        writer.close()
    (received,) = receive_paths(site, day, [path])
    if received.is_quarantined:
        raise AssertionError("the master was refused")


def pay(site: Site, employer: int, satang: int, *, period: int = PERIOD) -> None:
    """A payment of an employer for a month, entered without a return file."""
    name = f"payment of {employer} {satang} {period}"
    file_id = hashlib.sha256(name.encode()).hexdigest()
    same = {"file_id": file_id, "rule_version": 1, "recorded_at": RECORDED, "book_date": DAY}
    counts = dict.fromkeys(
        ("posted_count", "posted_satang", "broken_count", "broken_satang"), 0
    ) | dict.fromkeys(("debit_count", "debit_satang"), 0)
    record = FileRecord(file_id, None, None, Direction.INBOUND, None, DAY, name, satang)
    record_landed(site.ledger, [record], recorded_at=RECORDED)
    with writing(site.ledger, "posting") as connection:
        connection.execute(
            sa.insert(schema.posting_batch), {**same, **counts, "partner": "collection_bank"}
        )
        connection.execute(
            sa.insert(schema.posting),
            {
                **same,
                "record_number": 2,
                "leg": 1,
                "section_code": "33",
                "period": period,
                "amount_satang": satang,
                "debit_account": "clearing:collection_bank",
                "credit_account": "receivable:33",
                "effective_date": DAY,
                "employer_account": account(employer),
                "employer_branch": "000000",
            },
        )
