"""Rows of the sample files: invented people and employers with valid check digits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from insurance.identifiers import employer_accounts, national_ids
from insurance.reference import make_reference_2
from interfaces.model import Interface
from parsers.arrow_types import ROW_IDENTITY, detail_schema

DAY = date(2026, 11, 20)
Rows = list[dict[str, Any]]

NAMES = (
    ("003", "นาย", "สมศักดิ์", "ใจดีเสมอ"),
    ("004", "นางสาว", "น้ำผึ้ง", "แก้วกระจ่าง"),
    ("005", "นาง", "บุญเรือน", "ศรีสุขสันต์"),
    ("003", "นาย", "ก้องเกียรติ", "ตั้งมั่นคง"),
    ("004", "นางสาว", "ปิ่นแก้ว", "วงศ์ไพบูลย์"),
    ("003", "นาย", "ชัยวัฒน์", "เรืองฤทธิ์"),
)


def person(number: int) -> str:
    """National ID of an invented person."""
    return str(national_ids(np.array([110_000_000_101 + number]))[0])


def account(number: int) -> str:
    """Account of an invented employer."""
    return str(employer_accounts(np.array([100_000_001 + number]))[0])


def company(number: int) -> str:
    """Juristic ID of an invented company."""
    return str(national_ids(np.array([10_555_000_001 + number]))[0])


def reference_2(number: int, section: str, option: str | None, period: int) -> str:
    """Payment reference of a person and month."""
    made = make_reference_2(
        pa.array([person(number)]),
        pa.array([section]),
        pa.array([option], pa.utf8()),
        pa.array([period], pa.int32()),
    )
    return str(made[0])


def table(interface: Interface, rows: Rows) -> pa.Table:
    """Detail rows as a table without row identity."""
    identity = {field.name for field in ROW_IDENTITY}
    schema = pa.schema([f for f in detail_schema(interface) if f.name not in identity])
    unknown = {name for row in rows for name in row} - set(schema.names)
    if unknown:
        raise KeyError(f"{interface.id} has no columns {sorted(unknown)}")
    return pa.Table.from_pylist(rows, schema=schema)


def registrations() -> Rows:
    """People of all sections and of every status."""
    statuses = ("A", "A", "A", "S", "E", "D")
    sections: Rows = [
        {
            "section_code": "33",
            "employer_account": account(0),
            "employer_branch": "000000",
            "monthly_wage": Decimal("15250.75"),
        },
        {
            "section_code": "39",
            "previous_employer": account(1),
            "contribution_base": Decimal("4800.00"),
            "left_employment_date": date(2024, 2, 29),
        },
        {
            "section_code": "40",
            "option_code": "01",
            "enrolment_channel": "02",
            "occupation_code": "0417",
        },
    ]
    return [
        {
            "record_type": "D",
            "national_id": person(n),
            "title_code": NAMES[n][0],
            "given_name": NAMES[n][2],
            "family_name": NAMES[n][3],
            "birth_date": date(1970 + n, 1 + n, 28),
            "sex_code": "1" if NAMES[n][0] == "003" else "2",
            "nationality_code": "099",
            "status_code": statuses[n],
            "effective_date": date(2015, 12, 31),
            "ended_date": date(2026, 6, 30) if statuses[n] in "ED" else None,
            **sections[n % 3],
            "hospital_code": ["1010001", "1010002", None],
            "total_months_paid": 24 + n,
            "total_amount_paid": Decimal("10368.00") + n,
            "old_age_balance": Decimal("7200.50"),
            "last_period_paid": None if n == 5 else 202610,
            "office_code": "1001",
            "update_count": n,
            "updated_date": date(2026, 11, 19),
            "balance_adjustment": Decimal("-12.50") if n % 2 else Decimal("0.00"),
        }
        for n in range(len(NAMES))
    ]


def histories() -> Rows:
    """Nobody's, one and several months paid."""
    return [
        {
            "record_type": "D",
            "national_id": person(n),
            "section_code": "39" if n % 2 else "40",
            "history_from": 202508,
            "month_count": count,
            "month_paid": [
                {
                    "paid_period": 202508 + month,
                    "paid_amount": Decimal("432.00") if n % 2 else Decimal("70.00"),
                    "paid_channel": "02",
                    "paid_date": date(2025, 8 + month, 15),
                    "receipt_number": f"R{n:03d}{month:06d}",
                }
                for month in range(count)
            ],
        }
        for n, count in enumerate((0, 1, 4, 2))
    ]


def employers() -> Rows:
    """A company with a branch, and a natural person."""
    return [
        {
            "record_type": "D",
            "employer_account": account(n // 2),
            "employer_branch": f"{n % 2:06d}",
            "employer_name": name,
            "juristic_id": juristic,
            "contribution_rate": Decimal("5.00"),
            "status_code": "A",
            "registered_date": date(2015, 1, 5),
            "employee_count": 12 + n,
            "office_code": "1001",
            "employer_type": "01",
            "contact_email": f"payroll{n}@example.com",
        }
        for n, (name, juristic) in enumerate(
            (
                ("บริษัท ตัวอย่างการค้า จำกัด", company(0)),
                ("บริษัท ตัวอย่างการค้า จำกัด สาขา 1", company(0)),
                ("ร้านสมมติพาณิชย์", person(0)),
            )
        )
    ]


def employees(count: int, first: int = 0) -> Rows:
    """Employees of one branch from person ``first`` on, the third without a wage."""
    wages = (Decimal("17250.75"), Decimal("1650.00"), Decimal("0.00"), Decimal("9000.00"))
    paid = (Decimal("863.00"), Decimal("83.00"), Decimal("0.00"), Decimal("450.00"))
    return [
        {
            "record_type": "2",
            "sso_id": person(first + n),
            "prefix": NAMES[first + n][0],
            "fname": NAMES[first + n][2],
            "lname": NAMES[first + n][3],
            "wages": wages[n],
            "paid_amount": paid[n],
        }
        for n in range(count)
    ]


def payments() -> Rows:
    """Two payments at the counter and one debit."""
    kinds = ("C", "C", "D")
    references = (
        reference_2(1, "39", None, 202611),
        reference_2(2, "40", "01", 202611),
        reference_2(4, "39", None, 202610),
    )
    return [
        {
            "record_type": "D",
            "sequence_number": place + 2,
            "bank_code": "099",
            "company_account": "0991234567",
            "payment_date": DAY,
            "payment_time": 93005 + place,
            "payer_name": f"{NAMES[n][1]}{NAMES[n][2]} {NAMES[n][3]}",
            "reference_1": person(n),
            "reference_2": references[place],
            "branch_code": "0001",
            "teller_code": "T042",
            "transaction_kind": kinds[place],
            "transaction_code": "CSH",
            "amount": Decimal("70.00") if n == 2 else Decimal("432.00"),
        }
        for place, n in enumerate((1, 2, 4))
    ]


def offers(section: str) -> Rows:
    """Persons of a feed: with all months offered, with one, with none."""
    places = 3 if section == "39" else 2
    amount = Decimal("432.00") if section == "39" else Decimal("70.00")
    rows = []
    for line, (n, count) in enumerate(((0, places - 1), (2, 1), (4, 0)), start=1):
        months = [
            {
                "period": 202611 - month,
                "amount": amount,
                "payable_from": DAY,
                "payable_until": date(2026, 11, 23),
                "reference_2": reference_2(n, section, _option(section), 202611 - month),
            }
            for month in range(count)
        ]
        nothing = {
            "period": None,
            "amount": Decimal("0.00"),
            "payable_from": None,
            "payable_until": None,
            "reference_2": None,
        }
        own: dict[str, Any] = (
            {"effective_date": date(2019, 5, 1)}
            if section == "39"
            else {
                "option_code": "01",
                "last_payment_method": "02" if count else None,
                "last_payment_date": date(2026, 10, 9) if count else None,
                "last_payment_amount": amount if count else Decimal("0.00"),
            }
        )
        rows.append(
            {
                "record_type": "D",
                "line_number": line,
                "national_id": person(n),
                "title_word": NAMES[n][1],
                "given_name": NAMES[n][2],
                "family_name": NAMES[n][3],
                "status_code": "A" if count else "E",
                "person_return_code": 0 if count else 21,
                "last_period_paid": 202610 if count else None,
                "payable_count": count,
                "payable_month": months + [nothing] * (places - count),
                **own,
            }
        )
    return rows


def answers() -> Rows:
    """A posted record and one that was not."""
    return [
        {
            "record_type": "D",
            "sequence_number": place + 2,
            "reference_1": person(place + 1),
            "reference_2": reference_2(place + 1, "39", None, 202611),
            "amount": Decimal("432.00"),
            "record_return_code": code,
            "return_text": text,
        }
        for place, (code, text) in enumerate(((0, "บันทึกรายการเรียบร้อย"), (55, "งวดเดือนนี้ชำระแล้ว")))
    ]


def receipts() -> Rows:
    """Two feeds: one loaded, one refused."""
    return [
        {
            "record_type": "D",
            "line_number": line,
            "sent_file_name": f"{name}_20261120_{line + 6:06d}.TXT",
            "sent_file_sha256": sha256,
            "file_result": result,
            "file_return_code": code,
            "records_read": read,
            "records_rejected": 0,
        }
        for line, (name, sha256, result, code, read) in enumerate(
            (("S39", "a1" * 32, "A", 0, 4321), ("S40", "b2" * 32, "R", 70, 0)), start=1
        )
    ]


def credits() -> Rows:
    """An advice: what was taken after the cut-off of the day before, and before that of the day."""
    lines = (
        (date(2026, 11, 19), 5, "2160.00", "25.00"),
        (DAY, 115, "23720.00", "575.00"),
    )
    return [
        {
            "record_type": "D",
            "line_number": number,
            "collector_code": "CS01",
            "collection_date": day,
            "value_date": DAY,
            "payment_count": count,
            "gross_amount": Decimal(gross),
            "fee_amount": Decimal(fee),
            "net_amount": Decimal(gross) - Decimal(fee),
            "bank_reference": f"CR26112000000{number}",
        }
        for number, (day, count, gross, fee) in enumerate(lines, start=1)
    ]


def _option(section: str) -> str | None:
    return None if section == "39" else "01"
