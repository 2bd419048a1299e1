"""Rows of the samples of registrations and of what the mainframe is told of employers' filings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.prakan.sample_tables import DAY, NAMES, Rows, account, person

SOURCE = "51c7e2a90b3d4f68"
HOSPITALS = ["1010001", "1010002", "1010003"]


def registered(number: int, **more: Any) -> dict[str, Any]:
    """A person who begins work with the first employer in December 2026."""
    title, _, given, family = NAMES[number]
    return {
        "record_type": "103",
        "province": "10",
        "province_branch": "01",
        "acc_no": account(0),
        "branch_no": "000000",
        "sso_id": person(number),
        "id_type": "1",
        "nationality": "099",
        "sex": "1" if title == "003" else "2",
        "prefix": title,
        "fname": given,
        "lname": family,
        "birth_date": date(1985 + number, 2, 28),
        "marital_status": "1",
        "start_date": date(2026, 12, 1),
        "employment_type": "1",
        "hospital_code": list(HOSPITALS),
        **more,
    }


def leaving(number: int, **more: Any) -> dict[str, Any]:
    """A person who resigned from the first employer."""
    of_new = ("birth_date", "marital_status", "start_date", "employment_type", "hospital_code")
    person_data = {k: v for k, v in registered(number).items() if k not in of_new}
    return {
        **person_data,
        "record_type": "609",
        "leaving_date": date(2026, 11, 15),
        "leaving_reason": "1",
        "employed_since": date(2019, 7, 1),
        **more,
    }


def employee_registrations() -> Rows:
    """Three who begin, one of them with a single hospital and a child, and two who left."""
    return [
        registered(0),
        registered(1, hospital_code=["1010001", None, None], child_data="01" + 17 * "0"),
        registered(2, branch_no="000003", nationality="104", alien_type="1"),
        leaving(3),
        leaving(4, branch_no="000003", leaving_reason="6", employed_since=None),
    ]


def filed_branches() -> Rows:
    """A branch of two records, one of a single person, and one of whom nothing counts any more."""
    branches: tuple[tuple[int, str, int, tuple[int, ...]], ...] = (
        (0, "000000", 202610, (2, 1)),
        (0, "000003", 202609, (1,)),
        (1, "000000", 202610, (0,)),
    )
    rows: Rows = []
    for employer, branch, period, parts in branches:
        first = 0
        for part, count in enumerate(parts, start=1):
            persons = [_filed(first + n) for n in range(count)]
            first += count
            rows.append(
                {
                    "record_type": "D",
                    "line_number": len(rows) + 1,
                    "employer_account": account(employer),
                    "employer_branch": branch,
                    "paid_period": period,
                    "part_number": part,
                    "part_count": len(parts),
                    "branch_persons": sum(parts),
                    "record_wages": sum((p["wage_amount"] for p in persons), Decimal("0.00")),
                    "record_contributions": sum(
                        (p["contribution_amount"] for p in persons), Decimal("0.00")
                    ),
                    "person_count": count,
                    "person": persons,
                }
            )
    return rows


def _filed(number: int) -> dict[str, Any]:
    wages = (("17250.75", "863.00"), ("1650.00", "83.00"), ("0.00", "0.00"))
    wage, contribution = wages[number % 3]
    return {
        "national_id": person(number),
        "wage_amount": Decimal(wage),
        "contribution_amount": Decimal(contribution),
    }


def registration_changes() -> Rows:
    """Two who begin, one without a hospital, and one who left."""
    lines: tuple[tuple[str, int, date, str | None, list[str]], ...] = (
        ("N", 0, date(2026, 12, 1), None, HOSPITALS),
        ("N", 1, date(2026, 11, 2), None, []),
        ("L", 3, date(2026, 11, 15), "1", []),
    )
    return [
        {
            "record_type": "D",
            "line_number": number,
            "change_kind": kind,
            "employer_account": account(0),
            "employer_branch": "000000",
            "national_id": person(n),
            "title_code": NAMES[n][0],
            "given_name": NAMES[n][2],
            "family_name": NAMES[n][3],
            "sex_code": "1" if NAMES[n][0] == "003" else "2",
            "nationality_code": "099",
            "birth_date": date(1985 + n, 2, 28) if kind == "N" else None,
            "change_date": day,
            "leaving_reason": reason,
            "employment_type": "1" if kind == "N" else None,
            "received_date": DAY,
            "source_file": SOURCE,
            "source_record": number,
            "hospital_count": len(hospitals),
            "hospital": [{"hospital_code": code} for code in hospitals],
        }
        for number, (kind, n, day, reason, hospitals) in enumerate(lines, start=1)
    ]
