"""Form 1-10 files that are wrong in one way each: a sample for every finding a filing can have.

A filing lists ten people, so that one refused line does not refuse the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from exporters.writer import FileWriter
from insurance.identifiers import national_ids
from interfaces.registry import Registry
from tests.prakan import sample_tables as made

Edit = Callable[[bytes], bytes]
Maker = Callable[[Path], None]

INTERFACE = Registry().get("form_1_10")
PEOPLE = 10
HEAD_OFFICE, BRANCH, UNANNOUNCED, CLOSED = "000000", "000003", "000004", "000009"
INSURED_39, INSURED_40_AGED, FORMERLY_40_YOUNG = 6, 7, 8
"""People (numbers of :func:`tests.prakan.sample_tables.person`) who are not employed yet."""
EMPLOYED = (0, 1, 2, 3, 4, 5, 10, 11, 12, 13)
SPARE = 14
"""Employed too, and not among the ten."""
STRANGER = 99
"""Nobody of that number is registered."""


@dataclass(frozen=True, slots=True)
class Block:
    """A branch's part of a filing; ``header`` are values other than usual, ``lie`` totals."""

    rows: made.Rows
    header: Mapping[str, object] = field(default_factory=dict)
    lie: Mapping[str, object] = field(default_factory=dict)


def employee(number: int, **changes: Any) -> dict[str, Any]:
    """A right line for a person under the registered name."""
    title, _, given, family = made.NAMES[number % len(made.NAMES)]
    return {
        "record_type": "2",
        "sso_id": made.person(number),
        "prefix": title,
        "fname": given,
        "lname": family,
        "wages": Decimal("17250.75"),
        "paid_amount": Decimal("863.00"),
        **changes,
    }


def staff(*others: Mapping[str, Any]) -> made.Rows:
    """Ten people; ``others`` come first, in the place of as many of those who are employed."""
    return [*(dict(row) for row in others), *(employee(number) for number in EMPLOYED)][:PEOPLE]


def filing(*blocks: Block, edit: Edit | None = None) -> Maker:
    """Writes the file of these blocks, then puts bytes over it."""

    def make(path: Path) -> None:
        with FileWriter(path, INTERFACE, {}) as writer:
            for block in blocks:
                rows = made.table(INTERFACE, block.rows)
                header = {**_HEADER, **block.header}
                writer.write_block(header, rows, override=dict(block.lie))
            writer.close()
        if edit is not None:
            path.write_bytes(edit(path.read_bytes()))

    return make


def line(**changes: Any) -> Maker:
    """A filing whose first line (person 0) has other values."""
    return filing(Block([employee(0, **changes), *staff()[1:]]))


def header(**changes: object) -> Maker:
    """A filing whose header has other values."""
    return filing(Block(staff(), changes))


def lies(**totals: object) -> Maker:
    """A filing whose header has other totals than its lines."""
    return filing(Block(staff(), lie=totals))


def spoilt(number: int, position: int, data: bytes) -> Maker:
    """A filing with bytes put over a line: line number from 0, position from 1 as in the layout."""

    def edit(content: bytes) -> bytes:
        lines = content.split(b"\r\n")
        start = position - 1
        lines[number] = lines[number][:start] + data + lines[number][start + len(data) :]
        return b"\r\n".join(lines)

    return filing(Block(staff()), edit=edit)


def without_header(content: bytes) -> bytes:
    return content.split(b"\r\n", 1)[1]


def alien(first_twelve: int, *, wrong: int = 0) -> str:
    """An alien's number, its check digit that much too high."""
    text = str(national_ids(np.array([first_twelve]))[0])
    return text[:-1] + str((int(text[-1]) + wrong) % 10)


def wrong_check_digit(text: str) -> str:
    return text[:-1] + str((int(text[-1]) + 1) % 10)


def two_people(first: Sequence[Any], second: Sequence[Any]) -> Maker:
    """A head office and a branch, each with these people."""
    return filing(Block([*first]), Block([*second], {"branch_no": BRANCH}))


_HEADER: Mapping[str, object] = {
    "acc_no": made.account(0),
    "branch_no": HEAD_OFFICE,
    "paid_date": date(2026, 11, 13),
    "paid_period": 202610,
    "company_name": "บริษัท ตัวอย่างการค้า จำกัด",
    "rate": Decimal("5.00"),
}
_BELOW = {"wages": Decimal("1649.99"), "paid_amount": Decimal("83.00")}

FORM_CASES: Mapping[str, Maker] = {
    "right": filing(Block(staff())),
    "wage_zero": line(wages=Decimal("0.00"), paid_amount=Decimal("0.00")),
    "wage_below_floor": line(**_BELOW),
    "wage_capped": line(wages=Decimal("17500.00"), paid_amount=Decimal("875.00")),
    "wage_unreadable": spoilt(1, 83, b"00000001725O75"),
    "contribution": line(paid_amount=Decimal("862.53")),
    "year_gregorian": spoilt(0, 18, b"1311261026"),
    "period_future": header(paid_period=202612),
    "period_invalid": spoilt(0, 24, b"1369"),
    "paid_date_future": header(paid_date=date(2026, 11, 21)),
    "paid_date_invalid": spoilt(0, 18, b"311169"),
    "rate": header(rate=Decimal("4.00")),
    "count": lies(total_employee=11),
    "sum_of_wages": lies(total_wages=Decimal("172507.49")),
    "sum_of_both_sides": lies(total_paid=Decimal("17259.00")),
    "sum_of_employees": lies(paid_by_employee=Decimal("8631.00")),
    "sum_of_employer": lies(paid_by_employer=Decimal("8629.00")),
    "header_missing": filing(Block(staff()), edit=without_header),
    "record_type": spoilt(10, 1, b"3"),
    "account_checksum": header(acc_no="1000000013"),
    "employer_unknown": header(acc_no=made.account(7)),
    "employer_closed": header(branch_no=CLOSED),
    "branch_unannounced": filing(
        Block(staff()), Block([employee(SPARE)], {"branch_no": UNANNOUNCED})
    ),
    "title_scheme": line(prefix="001"),
    "title_scheme_registered": filing(
        Block([employee(1, prefix="003"), *staff()[2:], employee(SPARE)])
    ),
    "title_registered": line(prefix="101"),
    "title_unknown": line(prefix="999"),
    "name_given": line(fname="สมชาย"),
    "name_family": line(lname="ใจดี"),
    "name_missing": line(lname=None),
    "name_typed_otherwise": line(fname="นาย สมศักดิ์.", lname="ใจดี เสมอ"),
    "person_unknown": filing(Block(staff(employee(STRANGER)))),
    "person_twice": filing(Block([*staff()[:9], employee(0)])),
    "person_two_branches": two_people(staff(), [employee(0)]),
    "age": filing(Block(staff(employee(INSURED_40_AGED), employee(FORMERLY_40_YOUNG)))),
    "changes_section": filing(Block(staff(employee(INSURED_39)))),
    "id_checksum": line(sso_id=wrong_check_digit(made.person(0))),
    "id_letters": line(sso_id=made.person(0)[:-1] + "X"),
    "id_length": line(sso_id=made.person(0)[:-1]),
    "id_alien": line(sso_id=alien(11_234_567_890)),
    "id_alien_checksum": line(sso_id=alien(912_345_678_901, wrong=1)),
}
"""How each sample is made, by the name of its folder."""
