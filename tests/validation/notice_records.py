"""Right files about notices to employers, of one record each, and what is wrong on request."""

from __future__ import annotations

from datetime import date
from typing import Any

from made_files import REGISTRY, TODAY, MadeFile, account, baht


def notice_list(**changed: Any) -> MadeFile:
    """A list of one employer; ``changed`` are values of its record."""
    record = {
        "record_type": "D",
        "notice_code": "N020",
        "employer_account": account(1),
        "employer_branch": "000000",
        "employer_name": "บริษัท ตัวอย่าง จำกัด",
        "employer_type": "10",
        "office_code": "1001",
        "wage_period": 202610,
        "amount": baht("100.00"),
        "deadline_date": date(2026, 12, 4),
        **changed,
    }
    header = {
        "hdr_record_type": "H",
        "hdr_file_id": "EMPNOTE",
        "hdr_business_date": TODAY,
        "hdr_sequence": 1,
        "hdr_notice_code": "N020",
    }
    trailer = {
        "trl_record_type": "T",
        "trl_record_count": 1,
        "trl_account_hash": int(account(1)),
        "trl_total_amount": baht("100.00"),
    }
    return MadeFile(
        REGISTRY.get("employer_notice"),
        [
            ("NOTICE-HEADER-RECORD", header),
            ("NOTICE-DETAIL-RECORD", record),
            ("NOTICE-TRAILER-RECORD", trailer),
        ],
    )


def contact_register(address: str) -> MadeFile:
    """A register of one employer with that address."""
    header = {
        "hdr_record_type": "H",
        "hdr_file_id": "EMPCONT",
        "hdr_business_date": TODAY,
        "hdr_sequence": 1,
    }
    record = {
        "record_type": "D",
        "employer_account": account(1),
        "employer_branch": "000000",
        "contact_name": "ฝ่ายบุคคล",
        "contact_email": address,
        "confirmed_date": date(2026, 1, 5),
    }
    trailer = {
        "trl_record_type": "T",
        "trl_record_count": 1,
        "trl_account_hash": int(account(1)),
    }
    return MadeFile(
        REGISTRY.get("employer_contact"),
        [
            ("CONTACT-HEADER-RECORD", header),
            ("CONTACT-DETAIL-RECORD", record),
            ("CONTACT-TRAILER-RECORD", trailer),
        ],
    )
