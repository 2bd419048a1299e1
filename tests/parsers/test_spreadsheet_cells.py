"""What people type into cells, and what becomes of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from interfaces.dated import CODE_LISTS, SHIPPED, read_table
from interfaces.model import Interface
from interfaces.registry import Registry
from parsers.decode import decode_whole
from tests.parsers.made_workbooks import HEADINGS, IDS, NAME, PERSON, filing, written_by_hand

DETAIL = "EMPLOYEE-RECORD"
PLACES = {"SSO-ID": 0, "PREFIX": 1, "FNAME": 2, "LNAME": 3, "WAGES": 4, "PAID-AMOUNT": 5}


@pytest.fixture(scope="module")
def form() -> Interface:
    return Registry().get("form_1_10_sheet.1")


def read(form: Interface, field: str, cell: Any) -> tuple[Any, list[str]]:
    """Value of a field whose cell is as given, and the codes of findings, all of them about it."""
    row = list(PERSON)
    row[PLACES[field]] = cell
    found = decode_whole(filing(row), form, name=NAME)
    assert set(found.findings["field"].to_pylist()) <= {field}
    assert set(found.findings["record_number"].to_pylist()) <= {2}
    (value,) = found.tables[DETAIL][field.lower().replace("-", "_")].to_pylist()
    return value, found.findings["code"].to_pylist()


@pytest.mark.parametrize(
    ("cell", "value", "codes"),
    [
        (IDS[0], IDS[0], []),
        (int(IDS[0]), IDS[0], []),
        (float(IDS[0]), IDS[0], []),
        ("1-1010-00000-01-1", IDS[0], []),
        (" 1 1010 00000 01 1\u200b", IDS[0], []),
        ("๑๑๐๑๐๐๐๐๐๐๐๑๑", IDS[0], []),
        ("'" + IDS[0], IDS[0], []),
        ("0101000000018", "0101000000018", []),
        (101000000018, "0101000000018", ["SHEET_ID_PADDED"]),
        ("101000000018", "101000000018", []),
        (10100000001, "10100000001", []),
        (11010000000119, "11010000000119", []),
        ("1.10E+12", None, ["SHEET_ID_ROUNDED"]),
        ("1.1e12", None, ["SHEET_ID_ROUNDED"]),
        ("ก1010000000X1", "ก1010000000X1", []),
        (None, None, []),
    ],
)
def test_identifiers(form: Interface, cell: Any, value: str | None, codes: list[str]) -> None:
    assert read(form, "SSO-ID", cell) == (value, codes)


@pytest.mark.parametrize("field", ["WAGES", "PAID-AMOUNT"])
@pytest.mark.parametrize(
    ("cell", "value", "codes"),
    [
        (17250.75, "17250.75", []),
        (0, "0.00", []),
        (9000, "9000.00", []),
        (0.1 + 0.2, "0.30", []),
        (1.005, "1.01", ["SHEET_AMOUNT_ROUNDED"]),
        (2.675, "2.68", ["SHEET_AMOUNT_ROUNDED"]),
        (12.344, "12.34", ["SHEET_AMOUNT_ROUNDED"]),
        (1234567890.12, "1234567890.12", []),
        ("17250.75", "17250.75", []),
        ("17,250.75", "17250.75", []),
        (" 17,250.75 บาท ", "17250.75", []),
        ("฿863", "863.00", []),
        ("863.-", "863.00", []),
        ("๘๖๓.๕๐", "863.50", []),
        ("863.", "863.00", []),
        ("-", "0.00", []),
        ("–", "0.00", []),
        ("0863", "863.00", []),
        ("12.345", "12.35", ["SHEET_AMOUNT_ROUNDED"]),
        ("17.250,75", None, ["SHEET_NUMBER"]),
        ("17250,75", None, ["SHEET_NUMBER"]),
        ("1,72,50", None, ["SHEET_NUMBER"]),
        ("เก้าพัน", None, ["SHEET_NUMBER"]),
        ("1e3", None, ["SHEET_NUMBER"]),
        ("nan", None, ["SHEET_NUMBER"]),
        (-1, None, ["SHEET_NUMBER"]),
        ("-863", None, ["SHEET_NUMBER"]),
        (True, None, ["SHEET_NUMBER"]),
        (date(2026, 11, 20), None, ["SHEET_NUMBER"]),
        (1e13, None, ["SHEET_NUMBER"]),
        (None, None, []),
    ],
)
def test_amounts(
    form: Interface, field: str, cell: Any, value: str | None, codes: list[str]
) -> None:
    expected = None if value is None else Decimal(value)
    assert read(form, field, cell) == (expected, codes)


@pytest.mark.parametrize(
    ("cell", "value", "codes"),
    [
        ("นาย", "003", []),
        (" นางสาว ", "004", []),
        ("น.ส.", "004", []),
        ("น . ส", "004", []),
        ("นาง", "005", []),
        ("MR", "003", []),
        ("ว่าที่ ร.ต.", "101", []),
        ("004", "004", ["SHEET_TITLE_CODE"]),
        (4, "004", ["SHEET_TITLE_CODE"]),
        ("0004", None, ["SHEET_TITLE"]),
        ("ท่าน", None, ["SHEET_TITLE"]),
        (None, None, []),
    ],
)
def test_titles(form: Interface, cell: Any, value: str | None, codes: list[str]) -> None:
    assert read(form, "PREFIX", cell) == (value, codes)


@pytest.mark.parametrize(
    ("cell", "value", "codes"),
    [
        ("สมศักดิ์", "สมศักดิ์", []),
        ("  สม\u200bศักดิ์\u00a0\n", "สมศักดิ์", []),
        ("John  Robert", "John Robert", []),
        ("Jose\u0301", "José", []),
        ("น้ำ", "น้ำ", []),
        (7, "7", []),
        (date(2026, 1, 2), "2026-01-02", []),
        ("ก" * 30, "ก" * 30, []),
        ("ก" * 31, "ก" * 30, ["SHEET_TEXT_CUT"]),
        (None, None, []),
    ],
)
def test_names(form: Interface, cell: Any, value: str | None, codes: list[str]) -> None:
    assert read(form, "FNAME", cell) == (value, codes)


def test_every_title_of_the_agency_is_a_word_that_is_known() -> None:
    folder = SHIPPED / "codes"
    titles = read_table(folder / "titles.csv", CODE_LISTS["titles"]).to_pylist()
    words = read_table(folder / "title_words.csv", CODE_LISTS["title_words"]).to_pylist()
    known = {row["word"]: row["code"] for row in words}
    assert {row["word"]: known.get(row["word"]) for row in titles} == {
        row["word"]: row["code"] for row in titles
    }


class TestFormulas:
    """openpyxl saves formulas without results."""

    @pytest.mark.parametrize("field", PLACES)
    def test_one_without_a_result_is_told_and_not_taken_for_blank(self, form, field):
        assert read(form, field, "=A1") == (None, ["SHEET_FORMULA"])

    def test_a_row_of_them_is_a_record_all_the_same(self, form):
        found = decode_whole(filing(PERSON, ["=A1"] * 6), form, name=NAME)
        assert found.findings["code"].to_pylist() == ["SHEET_FORMULA"] * 6
        assert found.tables[DETAIL].num_rows == 2

    @pytest.mark.parametrize(
        ("cell", "value", "codes"),
        [
            ("<f>1+1</f><v>863</v>", "863.00", []),
            ("<f>1+1</f><v></v>", None, ["SHEET_FORMULA"]),
            ("<f>1+1</f><v/>", None, ["SHEET_FORMULA"]),
            ("<f>1+1</f>", None, ["SHEET_FORMULA"]),
            ('<f t="shared" si="0"/><v>863</v>', "863.00", []),
            ('<f t="shared" si="0"/>', None, ["SHEET_FORMULA"]),
        ],
    )
    def test_a_saved_result_counts(self, form, cell, value, codes):
        found = decode_whole(sheet_xml(f'<c r="F2">{cell}</c>'), form, name=NAME)
        expected = None if value is None else Decimal(value)
        assert found.tables[DETAIL]["paid_amount"].to_pylist() == [expected]
        assert found.findings["code"].to_pylist() == codes

    def test_an_error_is_told(self, form):
        found = decode_whole(sheet_xml('<c r="F2" t="e"><v>#DIV/0!</v></c>'), form, name=NAME)
        (told,) = found.findings.to_pylist()
        assert (told["code"], told["field"]) == ("SHEET_FORMULA", "PAID-AMOUNT")


def sheet_xml(last: str) -> bytes:
    """A sheet of one person whose last cell is as given."""
    heading = "".join(f'<c t="s"><v>{place}</v></c>' for place in range(6))
    texts = "".join(f'<c r="{column}2" t="s"><v>{6 + n}</v></c>' for n, column in enumerate("ABCD"))
    row = f'{texts}<c r="E2"><v>17250.75</v></c>{last}'
    shared = [*HEADINGS, *PERSON[:4]]
    return written_by_hand(f"<row>{heading}</row><row>{row}</row>", texts=shared)
