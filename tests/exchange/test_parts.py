"""Parts: whole or not at all, and readable by engines other than the one that wrote them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchange.parts import new_part, part_name

TABLE = pa.table(
    {
        "national_id": ["1000000000009", None],
        "status_code": ["A", "E"],
        "count": pa.array([1, -2], pa.int64()),
        "period": pa.array([202611, None], pa.int32()),
        "amount": pa.array([Decimal("432.00"), None], pa.decimal128(9, 2)),
        "total": pa.array([Decimal("1.05"), Decimal("-9.99")], pa.decimal128(25, 2)),
        "months": pa.array(
            [[{"period": 202611}], []], pa.list_(pa.struct([("period", pa.int32())]))
        ),
    }
)


def _write(target: Path) -> None:
    with new_part(target, TABLE.schema) as part:
        for batch in TABLE.to_batches():
            part.write(batch)


def test_a_part_reads_back_in_arrow_duckdb_and_polars(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "part.parquet"
    _write(target)
    assert pq.read_table(target).equals(TABLE)
    assert duckdb.sql(f"SELECT * FROM '{target}'").fetchall()[0][4] == Decimal("432.00")
    assert pl.read_parquet(target)["total"].to_list() == [Decimal("1.05"), Decimal("-9.99")]


def test_an_abandoned_part_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "part.parquet"
    _write(target)
    before = target.read_bytes()
    with new_part(target, TABLE.schema) as part:
        part.abandon()
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), new_part(tmp_path / "part.parquet", TABLE.schema):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_the_same_files_in_any_order_make_the_same_name() -> None:
    assert part_name(["b", "a"]) == part_name(["a", "b"]) != part_name(["a"])
