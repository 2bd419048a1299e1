"""Table files: what is written comes back, exactly, whatever the format."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfaces.errors import WrongUse
from prakan.tables import SUFFIXES, new_table, table_batches, table_columns

MONTH = pa.struct(
    [
        pa.field("paid_period", pa.int32()),
        pa.field("paid_amount", pa.decimal128(9, 2)),
        pa.field("paid_date", pa.date32()),
    ]
)
SCHEMA = pa.schema(
    [
        pa.field("_record_number", pa.int64(), nullable=False),
        pa.field("national_id", pa.utf8()),
        pa.field("given_name", pa.utf8()),
        pa.field("amount", pa.decimal128(38, 9)),
        pa.field("birth_date", pa.date32()),
        pa.field("month_paid", pa.list_(MONTH)),
        pa.field("hospital_code", pa.list_(pa.utf8())),
    ]
)
TEXT = st.text(st.characters(codec="cp874", exclude_categories=["Cc"]), min_size=1, max_size=6)
DAY = st.dates(date(1583, 1, 1), date(9000, 1, 1))


def decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    largest = 10**digits - 1
    return st.integers(-largest, largest).map(lambda n: Decimal(f"{n}E-{scale}"))


MONTHS = st.fixed_dictionaries(
    {
        "paid_period": st.none() | st.integers(197001, 209912),
        "paid_amount": st.none() | decimals(9, 2),
        "paid_date": st.none() | DAY,
    }
)
ROW = st.fixed_dictionaries(
    {
        "_record_number": st.integers(1, 10**15),
        "national_id": st.none() | st.text("0123456789", min_size=13, max_size=13),
        "given_name": st.none() | TEXT,
        "amount": st.none() | decimals(38, 9),
        "birth_date": st.none() | DAY,
        "month_paid": st.none() | st.lists(MONTHS, max_size=2),
        "hospital_code": st.none() | st.lists(st.none() | TEXT, max_size=3),
    }
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rows_come_back_exactly(suffix: str) -> None:
    @settings(max_examples=40, deadline=None)
    @given(st.lists(ROW, min_size=1, max_size=4))
    def check(rows: list[dict[str, object]]) -> None:
        batch = pa.RecordBatch.from_pylist(rows, schema=SCHEMA)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"rows{suffix}")
            with new_table(path, SCHEMA) as write:
                write(batch.slice(0, 1))
                write(batch.slice(1))
            back = list(table_batches(path, SCHEMA))
        assert [row for part in back for row in part.to_pylist()] == batch.to_pylist()
        assert {part.schema.field(f.name).type == f.type for part in back for f in SCHEMA} == {True}

    check()


def test_a_failed_table_leaves_nothing(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        with pytest.raises(ZeroDivisionError), new_table(tmp_path / f"rows{suffix}", SCHEMA):
            raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_parquet_opens_in_another_reader(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    row = {"_record_number": 1, "amount": Decimal("432.5"), "national_id": "0012"}
    with new_table(path, SCHEMA) as write:
        write(pa.RecordBatch.from_pylist([row], schema=SCHEMA))
    query = "SELECT national_id, amount FROM read_parquet(?)"
    with duckdb.connect() as database:
        assert database.execute(query, [str(path)]).fetchall() == [("0012", Decimal("432.5"))]


def test_an_empty_line_of_a_single_column_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("given_name\na\n\nb\n")
    schema = pa.schema([pa.field("given_name", pa.utf8())])
    names = [row["given_name"] for b in table_batches(path, schema) for row in b.to_pylist()]
    assert names == ["a", None, "b"]


def test_no_lines_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n")
    assert table_columns(path) == []
    assert list(table_batches(path, SCHEMA)) == []


def test_decimals_are_texts_or_numbers_digit_by_digit(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"amount": 18446744073709551615.000000001}\n{"amount": "0.1"}\n{"amount": null}\n'
    )
    (batch,) = table_batches(path, SCHEMA)
    amounts = batch.column("amount").to_pylist()
    assert amounts == [Decimal("18446744073709551615.000000001"), Decimal("0.1"), None]


@pytest.mark.parametrize("text", ['{"amount": 1000.0}', "amount\n1000.0"])
def test_a_decimal_too_large_is_left_to_whoever_writes_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / ("rows.jsonl" if text.startswith("{") else "rows.csv")
    path.write_text(text + "\n")
    schema = pa.schema([pa.field("amount", pa.decimal128(4, 1))])
    (batch,) = table_batches(path, schema)
    assert batch.to_pylist() == [{"amount": Decimal("1000.0")}]


def test_a_value_of_another_type_is_told_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("amount\n1\n2\n2.55\n3\n")
    schema = pa.schema([pa.field("amount", pa.decimal128(4, 1))])
    with pytest.raises(WrongUse, match="column amount, row 3"):
        list(table_batches(path, schema))
