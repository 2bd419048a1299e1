"""Rows that are no persons: blank ones, sums, notes, headings printed again."""

from __future__ import annotations

import pytest

from interfaces.model import Interface
from interfaces.registry import Registry
from parsers.decode import decode_whole
from tests.parsers.made_workbooks import HEADINGS, IDS, NAME, PERSON, SECOND, filing

DETAIL = "EMPLOYEE-RECORD"
THIRD = (IDS[2], "นาง", "บุญเรือน", "ศรีสุข", 1650, 83)


@pytest.fixture(scope="module")
def form() -> Interface:
    return Registry().get("form_1_10_sheet.1")


def read(form: Interface, *rows) -> tuple[list[int], list[tuple[int, str]]]:
    """Numbers of the persons, and number and code of each finding."""
    found = decode_whole(filing(*rows), form, name=NAME)
    told = zip(
        found.findings["record_number"].to_pylist(),
        found.findings["code"].to_pylist(),
        strict=True,
    )
    return found.tables[DETAIL]["_record_number"].to_pylist(), list(told)


def sums(word: str | None, wages: object, paid: object, place: int = 0) -> list[object]:
    row: list[object] = [None, None, None, None, wages, paid]
    row[place] = word if word is not None else row[place]
    return row


def test_blank_rows_between_persons_are_told_once_and_counted(form: Interface) -> None:
    rows = (PERSON, [], [" ", "\u00a0"], SECOND, [], THIRD)
    assert read(form, *rows) == ([2, 5, 7], [(3, "RECORD_BLANK"), (6, "RECORD_BLANK")])


def test_blank_rows_at_the_end_are_nothing(form: Interface) -> None:
    assert read(form, PERSON, [], [" "]) == ([2], [])


@pytest.mark.parametrize("word", ["รวม", "รวมทั้งสิ้น", "ยอดรวม", "Total", "GRAND TOTAL", None])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_right_row_of_sums_is_no_person(form: Interface, word: str | None, place: int) -> None:
    total = sums(word, 26250.75, 1313, place)
    assert read(form, PERSON, SECOND, total) == ([2, 3], [(4, "SHEET_TOTALS_ROW")])


@pytest.mark.parametrize(
    ("total", "field", "raw"),
    [
        (sums("รวม", 26250.76, 1313), "WAGES", b"declared=26250.76 counted=26250.75"),
        (sums("รวม", 26250.75, 450), "PAID-AMOUNT", b"declared=450.00 counted=1313.00"),
        (sums(None, 26250.75, 0.05), "PAID-AMOUNT", b"declared=0.05 counted=1313.00"),
    ],
)
def test_wrong_sums_refuse_the_file(
    form: Interface, total: list[object], field: str, raw: bytes
) -> None:
    found = decode_whole(filing(PERSON, SECOND, total), form, name=NAME)
    told = [row for row in found.findings.to_pylist() if row["code"] == "SHEET_TOTALS_DIFFER"]
    assert [(row["record_number"], row["field"], row["raw"]) for row in told] == [(4, field, raw)]


def test_sums_of_pages_and_of_the_whole_are_both_right(form: Interface) -> None:
    rows = (
        PERSON,
        SECOND,
        sums("รวมหน้า 1", 26250.75, 1313),
        THIRD,
        sums("รวมหน้า 2", 1650, 83),
        sums("รวมทั้งหมด", 27900.75, 1396),
    )
    persons, told = read(form, *rows)
    assert persons == [2, 3, 5]
    assert told == [(number, "SHEET_TOTALS_ROW") for number in (4, 6, 7)]


def test_a_sum_over_unreadable_amounts_proves_nothing(form: Interface) -> None:
    rows = (PERSON, (*SECOND[:4], "เก้าพัน", 450), sums("รวม", 26250.75, 1313))
    assert read(form, *rows)[1] == [(3, "SHEET_NUMBER"), (4, "SHEET_TOTALS_ROW")]


@pytest.mark.parametrize(
    "note",
    [
        ["ลงชื่อ ........................ ผู้จัดทำ"],
        [None, None, "(นายสมชาย ใจดี)"],
        [None, None, None, None, None, None, "หมายเหตุ"],
        list(HEADINGS),
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        [1, 2, 3, 4, 5, 6],
    ],
)
def test_notes_and_further_headings_are_no_persons(form: Interface, note: list[object]) -> None:
    assert read(form, PERSON, note, SECOND) == ([2, 4], [(3, "SHEET_ROW_SKIPPED")])


@pytest.mark.parametrize(
    "row",
    [
        (None, *PERSON[1:]),
        (*PERSON[:4], None, None),
        (PERSON[0], None, None, None, None, None),
        (None, None, "สมศักดิ์", "ใจดี", None, None),
        ("ไม่มีบัตร", *PERSON[1:]),
        ("110100000001", None, None, None, 9000, 450),
        (None, None, "รวมพล", "ใจดี", 9000, 450),
    ],
)
def test_a_row_that_may_be_somebody_stays_a_record(form: Interface, row: tuple) -> None:
    assert 3 in read(form, SECOND, row)[0]
