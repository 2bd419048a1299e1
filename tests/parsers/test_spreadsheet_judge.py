"""A form as a spreadsheet and the same form as lines of text are the same records."""

from __future__ import annotations

import tempfile
import unicodedata
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporters.writer import FileWriter
from interfaces.registry import Registry
from parsers.arrow_types import detail_schema
from parsers.decode import decode_whole
from tests.parsers.made_workbooks import HEADINGS, NAME, workbook

DETAIL, HEADER = "EMPLOYEE-RECORD", "EMPLOYER-RECORD"
TEXT = Registry().get("form_1_10.1")
SHEET = Registry().get("form_1_10_sheet.1")
WORDS = {"003": "นาย", "004": "นางสาว", "005": "นาง", "101": "ว่าที่ ร.ต."}
TOTALS = ("total_employee", "total_wages", "total_paid", "paid_by_employee", "paid_by_employer")

LETTERS = "กขคงจฉชญณตถทนบปพภมยรลวสหอะาิีึืุูเแโใไ่้็์ABCabc"
# Sheets are read in NFC, which puts the marks of a letter in one order.
letters = st.text(st.sampled_from(LETTERS), min_size=1, max_size=30).map(
    lambda text: unicodedata.normalize("NFC", text)
)
baht = st.integers(0, 99_999_999).map(lambda satang: Decimal(satang) / 100)
persons = st.lists(
    st.fixed_dictionaries(
        {
            "record_type": st.just("2"),
            "sso_id": st.integers(10**12, 10**13 - 1).map(str),
            "prefix": st.sampled_from(sorted(WORDS)),
            "fname": letters,
            "lname": letters,
            "wages": baht,
            "paid_amount": baht,
        }
    ),
    max_size=5,
)
branches = st.dictionaries(
    st.integers(0, 999_999).map(lambda n: f"{n:06d}"), persons, min_size=1, max_size=3
)
typed = st.sampled_from(["text", "number", "grouped"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(branches, typed)
def test_both_forms_are_read_as_the_same_records(
    filed: dict[str, list[dict[str, object]]], how: str
) -> None:
    as_text = written_as_text(filed)
    data = workbook(
        {
            branch: [HEADINGS, *([*cells(person, how)] for person in rows)]
            for branch, rows in filed.items()
        }
    )
    as_sheet = decode_whole(data, SHEET, name=NAME)
    assert as_sheet.findings.num_rows == 0
    # Rows and lines are numbered alike: a header, its persons, the next header.
    assert rows_of(as_sheet.tables[DETAIL]) == rows_of(as_text[DETAIL])
    for column in ("_record_number", "record_type", "acc_no", "branch_no", "paid_period", *TOTALS):
        assert as_sheet.tables[HEADER][column].equals(as_text[HEADER][column]), column


def rows_of(table: pa.Table) -> list[dict[str, object]]:
    return table.drop_columns(["_byte_offset"]).to_pylist()


def written_as_text(filed: dict[str, list[dict[str, object]]]) -> dict[str, pa.Table]:
    schema = pa.schema([f for f in detail_schema(TEXT) if not f.name.startswith("_")])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "form")
        with FileWriter(path, TEXT, {}) as writer:
            for branch, rows in filed.items():
                header = {
                    "acc_no": "1000000012",
                    "branch_no": branch,
                    "paid_date": date(2026, 12, 10),
                    "paid_period": 202611,
                    "company_name": "บริษัท",
                    "rate": Decimal("5.00"),
                }
                writer.write_block(header, pa.Table.from_pylist(rows, schema=schema))
            writer.close()
        found = decode_whole(path, TEXT)
    assert found.findings.num_rows == 0
    return dict(found.tables)


def cells(person: dict[str, object], how: str) -> tuple[object, ...]:
    """The same person typed in different ways."""
    wages, paid = person["wages"], person["paid_amount"]
    identifier = str(person["sso_id"])
    word = WORDS[str(person["prefix"])]
    if how == "number":
        return int(identifier), word, person["fname"], person["lname"], float(wages), float(paid)
    if how == "grouped":
        dashed = "-".join([identifier[0], identifier[1:5], identifier[5:10], identifier[10:]])
        return (
            dashed,
            f" {word} ",
            person["fname"],
            person["lname"],
            f"{wages:,.2f}",
            f"{paid:,} บาท",
        )
    return identifier, word, person["fname"], person["lname"], f"{wages:.2f}", str(paid)
