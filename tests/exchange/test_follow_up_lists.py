"""Lists as CSV and workbooks: amounts in baht, no formulas, the same bytes each time."""

from __future__ import annotations

import csv
import time
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.employers.lists import defused, write_list
from interfaces.errors import WrongUse

HOSTILE = ("=1+1", "+66", "-1", "@SUM(A1)", "\tx", "\rx", "plain", "a=b", "", None)


def table() -> pa.Table:
    return pa.table(
        {
            "employer_account": pa.array(["0012345678"] * len(HOSTILE)),
            "name": pa.array(HOSTILE, pa.utf8()),
            "due_satang": pa.array([-5, None, 100, 12_345_678, 0, 1, 2, 3, 4, 5], pa.int64()),
            "persons": pa.array(range(len(HOSTILE)), pa.int64()),
        }
    )


def test_a_workbook_holds_text_amounts_and_no_formula(tmp_path: Path) -> None:
    write_list(tmp_path / "l.xlsx", {"first": table(), "second": table().slice(0, 1)})
    book = openpyxl.load_workbook(tmp_path / "l.xlsx")
    assert book.sheetnames == ["first", "second"]
    rows = list(book["first"].iter_rows())
    assert [cell.value for cell in rows[0]] == [
        "employer_account",
        "name",
        "due_baht",
        "persons",
    ]
    assert all(cell.data_type != "f" for row in rows for cell in row)
    assert rows[1][0].value == "0012345678"
    assert rows[1][1].value == "'=1+1"
    assert [row[1].value for row in rows[7:9]] == ["plain", "a=b"]
    assert Decimal(str(rows[4][2].value)) == Decimal("123456.78")
    assert rows[1][2].number_format == "#,##0.00"
    assert rows[2][2].value is None


def test_a_csv_is_read_as_thai_by_spreadsheet_programs(tmp_path: Path) -> None:
    thai = table().set_column(1, "name", pa.array(["บริษัท, จำกัด"] * len(HOSTILE)))
    write_list(tmp_path / "l.csv", {"first": thai, "second": table()})
    data = (tmp_path / "l.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    with (tmp_path / "l.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["due_baht"] for row in rows[:4]] == ["-0.05", "", "1.00", "123456.78"]
    assert rows[0]["name"] == "บริษัท, จำกัด"
    assert rows[0]["employer_account"] == "0012345678"


@given(st.text(min_size=1))
def test_no_text_begins_like_a_formula(text: str) -> None:
    (shown,) = defused(pa.array([text])).to_pylist()
    assert shown[0] not in "=+-@\t\r"
    assert shown in (text, f"'{text}")


@pytest.mark.parametrize("name", ["l.xlsx", "l.csv"])
def test_the_same_list_is_the_same_bytes(tmp_path: Path, name: str) -> None:
    written = []
    for again in (False, True):
        if again:
            time.sleep(2.1)  # a zip archive counts in twos
        write_list(tmp_path / name, {"first": table()})
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


def test_another_ending_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"\.csv or \.xlsx"):
        write_list(tmp_path / "l.pdf", {"first": table()})
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.employers.lists._MOST_ROWS", 9)
    with pytest.raises(WrongUse, match="do not fit"):
        write_list(tmp_path / "l.xlsx", {"first": table()})
    write_list(tmp_path / "l.csv", {"first": table()})
    assert [path.name for path in tmp_path.iterdir()] == ["l.csv"]
