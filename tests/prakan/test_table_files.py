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

from prakan.tables import SUFFIXES, new_table, table_batches

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
