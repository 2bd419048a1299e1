"""Rows of the sample files about notices to employers: invented employers and addresses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.prakan.sample_tables import Rows, account


def notices() -> Rows:
    """Two branches of one employer, a partnership, and a record about no wage month."""
    common = {"notice_code": "N020", "deadline_date": date(2026, 12, 4), "office_code": "1001"}
    company = {
        **common,
        "employer_account": account(0),
        "employer_name": "บริษัท ตัวอย่างการค้า จำกัด",
        "employer_type": "10",
        "wage_period": 202610,
    }
    return [
        {**company, "employer_branch": "000000", "amount": Decimal("15250.00")},
        {**company, "employer_branch": "000003", "amount": Decimal("830.50")},
        {
            **common,
            "employer_account": account(1),
            "employer_branch": "000000",
            "employer_name": "ห้างหุ้นส่วนจำกัด ตัวอย่าง ก่อสร้าง",
            "employer_type": "20",
            "amount": Decimal("0.00"),
            "deadline_date": None,
            "wage_period": None,
            "remark": "โปรดติดต่อสำนักงาน",
        },
    ]


def contacts() -> Rows:
    """An address for a head office and for one of its branches, one that was never given."""
    return [
        {
            "employer_account": account(0),
            "employer_branch": "000000",
            "contact_name": "ฝ่ายบุคคล",
            "contact_email": "hr@trading.example",
            "confirmed_date": date(2025, 2, 28),
        },
        {
            "employer_account": account(0),
            "employer_branch": "000003",
            "contact_name": "สาขาเชียงใหม่",
            "contact_email": "chiangmai.branch@trading.example",
            "confirmed_date": None,
        },
        {
            "employer_account": account(1),
            "employer_branch": "000000",
            "contact_name": None,
            "contact_email": None,
            "confirmed_date": None,
        },
    ]
