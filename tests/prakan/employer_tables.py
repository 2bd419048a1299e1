"""Rows of the sample files of employers' payments and their acknowledgement."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from insurance.employer_reference import make_references
from tests.prakan.sample_tables import DAY, Rows, account

_PAID = (
    ("000000", 202610, "C", "10500.00"),
    ("000003", 202610, "C", "1500.00"),
    ("000000", 202609, "D", "10500.00"),
)


def references(branch: str, period: int) -> tuple[str, str]:
    """Both references of the invented employer for a branch and wage month."""
    made = make_references(
        pa.array([account(0)]), pa.array([branch]), pa.array([period], pa.int32())
    ).to_pylist()[0]
    return made["reference_1"], made["reference_2"]


def employer_payments() -> Rows:
    """Two payments of an employer's branches, and a cheque that was taken back."""
    rows: Rows = []
    for place, (branch, period, kind, amount) in enumerate(_PAID):
        first, second = references(branch, period)
        rows.append(
            {
                "record_type": "D",
                "sequence_number": place + 2,
                "bank_code": "099",
                "company_account": "0991234567",
                "payment_date": DAY,
                "payment_time": 93005 + place,
                "payer_name": "บริษัท ตัวอย่างการค้า จำกัด",
                "reference_1": first,
                "reference_2": second,
                "branch_code": "0001",
                "teller_code": "T042",
                "transaction_kind": kind,
                "transaction_code": "CHQ" if kind == "D" else "CSH",
                "amount": Decimal(amount),
            }
        )
    return rows


def employer_answers() -> Rows:
    """A posted record and one of an employer that is not registered."""
    texts = ((0, "บันทึกรายการเรียบร้อย"), (65, "ไม่พบเลขที่บัญชีนายจ้างในทะเบียน"))
    rows: Rows = []
    for place, (code, text) in enumerate(texts):
        branch, period, _, amount = _PAID[place]
        first, second = references(branch, period)
        rows.append(
            {
                "record_type": "D",
                "sequence_number": place + 2,
                "reference_1": first,
                "reference_2": second,
                "amount": Decimal(amount),
                "record_return_code": code,
                "return_text": text,
            }
        )
    return rows
