"""Rows of the samples of files out of closed books: invented people, made-up totals that agree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.prakan.sample_tables import DAY, NAMES, Rows, person

SOURCE = "3f9a0c12d4e7b851"


def entries() -> Rows:
    """Two months paid, one of section 40, and one of a week ago taken back."""
    lines = (
        (1, "39", None, "C", 202611, "432.00", DAY, SOURCE, 2, 1),
        (2, "40", "01", "C", 202611, "70.00", DAY, SOURCE, 3, 1),
        (4, "39", None, "C", 202612, "432.00", date(2026, 11, 19), SOURCE, 17, 2),
        (3, "40", "03", "R", 202610, "300.00", DAY, "b2b2b2b2b2b2b2b2", 1204, -1),
    )
    return [
        {
            "record_type": "D",
            "line_number": number,
            "national_id": person(n),
            "section_code": section,
            "option_code": option,
            "entry_kind": kind,
            "paid_period": period,
            "entry_amount": Decimal(amount),
            "effective_date": effective,
            "book_date": DAY,
            "channel_code": "02",
            "collector": "counter_service",
            "source_file": source,
            "source_record": record,
            "source_leg": leg,
        }
        for number, (
            n, section, option, kind, period, amount, effective, source, record, leg
        ) in enumerate(lines, start=1)
    ]  # fmt: skip


def accounts() -> Rows:
    """A day of which every account balances with the others."""
    lines = (
        ("bank:collection_bank", "998000.00", "25280.00", "432.00", 5),
        ("clearing:counter_service", "26000.00", "24380.00", "25880.00", 122),
        ("contributions:39", "-900000.00", "0.00", "21600.00", 50),
        ("contributions:40:01", "-110000.00", "70.00", "2780.00", 41),
        ("fees:counter_service", "2000.00", "600.00", "0.00", 2),
        ("refunds:payable", "-432.00", "432.00", "0.00", 1),
        ("suspense:counter_service", "-15568.00", "0.00", "70.00", 1),
    )
    return [
        {
            "record_type": "D",
            "account_name": name,
            "opening_balance": Decimal(opening),
            "debit_amount": Decimal(debit),
            "credit_amount": Decimal(credit),
            "closing_balance": Decimal(opening) + Decimal(debit) - Decimal(credit),
            "entry_count": count,
        }
        for name, opening, debit, credit, count in lines
    ]


def ledger_receipts() -> Rows:
    """The posting file loaded but for one record, the summary and earlier posting files loaded."""
    days = (*range(16, 20), *range(9, 14), *range(2, 7))
    files = [("LGRPOST.D20261120", "a1" * 32, "P", 31, 6, 1)]
    files += [("LGRSUMM.D20261120", "b2" * 32, "A", 0, 9, 0)]
    for day in days:
        files += [(f"LGRPOST.D202611{day:02d}", f"{day:064x}", "A", 0, 40 + day, 0)]
    return [
        {
            "record_type": "D",
            "line_number": line,
            "sent_file_name": f"{name}.S000001",
            "sent_file_sha256": sha256,
            "file_result": result,
            "file_return_code": code,
            "records_read": read,
            "records_rejected": rejected,
        }
        for line, (name, sha256, result, code, read, rejected) in enumerate(files, start=1)
    ]


def refunds() -> Rows:
    """Two refunds, to different banks."""
    lines = ((0, "006", "0012", "00123456789", 1204, 2), (3, "014", "0345", "06661234567", 77, 3))
    return [
        {
            "file_type": "10",
            "record_type": "2",
            "batch_number": "000001",
            "receiving_bank": bank,
            "receiving_branch": branch,
            "receiving_account": account,
            "sending_bank": "006",
            "sending_branch": "0000",
            "sending_account": "00991234567",
            "effective_date": date(2026, 11, 23),
            "service_type": "59",
            "clearing_house": "00",
            "transfer_amount": Decimal("432.00"),
            "receiver_id": "0000000000",
            "receiver_name": f"{NAMES[n][1]}{NAMES[n][2]} {NAMES[n][3]}",
            "sender_name": "สำนักงานประกันสังคม",
            "other_information_1": f"{SOURCE[:12]}:{record}:{leg}",
            "reference_2": f"{SOURCE[:8]}{record:07d}{leg:03d}",
            "line_number": number,
            "credit_status": "09",
            "receiving_sub_branch": "0000",
        }
        for number, (n, bank, branch, account, record, leg) in enumerate(lines, start=1)
    ]
