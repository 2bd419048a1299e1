"""Lines of an employer's registration file, right ones, to be spoilt by tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from made_files import (
    REGISTERED,
    REGISTRY,
    TODAY,
    MadeFile,
    Row,
    account,
    person,
    references,
    register_row,
    registered,
)

from validation.references import References

RECORD = "EMPLOYEE-REGISTRATION-RECORD"
NEWCOMER = REGISTERED + 10_000
"""A person whom the register does not know."""
LATEST = TODAY + timedelta(days=31)
Change = dict[str, Any]


def new(number: int = NEWCOMER, **changes: Any) -> Row:
    """A right line of somebody who begins work."""
    return (
        RECORD,
        {
            "record_type": "103",
            "province": "10",
            "province_branch": "01",
            "acc_no": account(1),
            "branch_no": "000000",
            "sso_id": person(number),
            "id_type": "1",
            "nationality": "099",
            "sex": "1",
            "prefix": "003",
            "fname": "สมชาย",
            "lname": "ใจดี",
            "birth_date": date(1990, 6, 15),
            "start_date": TODAY,
            "hospital_code": ["1010001", None, None],
            **changes,
        },
    )


def left(number: int = 0, **changes: Any) -> Row:
    """A right line of somebody who left."""
    of_new = ("birth_date", "start_date", "hospital_code")
    values = {name: value for name, value in new(number)[1].items() if name not in of_new}
    leaving = {
        "record_type": "609",
        "leaving_date": TODAY,
        "leaving_reason": "1",
        "employed_since": date(2019, 7, 1),
    }
    return (RECORD, {**values, **leaving, **changes})


def unread(kind: str) -> Row:
    """A line of a type of which only the beginning is known."""
    known = ("province", "acc_no", "branch_no")
    return (RECORD, {"record_type": kind, **{name: new()[1][name] for name in known}})


def registration(*rows: Row) -> MadeFile:
    """A registration file of these lines."""
    return MadeFile(REGISTRY.get("employee_registration.1"), list(rows))


def aged(*, age: int, days: int = 0) -> Change:
    """Born so that the person has that age, and some days, when beginning work."""
    born = TODAY.replace(year=TODAY.year - age) - timedelta(days=days)
    return {"birth_date": born}


def others(number: int, **changes: Any) -> References:
    """A register in which one person stands otherwise."""
    rows = [register_row(n) for n in range(REGISTERED) if n != number]
    return references(persons=registered([*rows, register_row(number, **changes)]))
