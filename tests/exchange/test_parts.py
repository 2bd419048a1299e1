"""Parts: whole or not at all, and readable by engines other than the one that wrote them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from exchange.footers import take_apart
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


def _rows(count: int) -> pa.Table:
    numbers = pa.array(range(count), pa.int64())
    return pa.table(
        {
            "record": numbers,
            "sex": pa.array(["1", "2", None]).take(pc.bit_wise_and(numbers, 1)),
            "name": numbers.cast(pa.utf8()),
            "amount": pc.if_else(pc.equal(pc.bit_wise_and(numbers, 7), 0), None, numbers)
            .cast(pa.int32())
            .cast(pa.decimal128(12, 2)),
            "codes": pa.ListArray.from_arrays(
                pa.array(range(0, 2 * count + 1, 2), pa.int32()),
                pa.repeat(pa.scalar("0001"), 2 * count),
            ),
        }
    )


def _write_rows(target: Path, table: pa.Table, batch_rows: int) -> None:
    with new_part(target, table.schema) as part:
        for batch in table.to_batches(max_chunksize=batch_rows):
            part.write(batch)


@pytest.mark.parametrize("rows", [0, 1, 999, 1000, 1001, 2000, 3500])
def test_row_groups_encoded_apart_read_back_as_one_file(
    rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.parts.ROW_GROUP", 1000)
    table = _rows(rows)
    target = tmp_path / "part.parquet"
    _write_rows(target, table, 300)
    assert pq.read_table(target).equals(table)
    metadata = pq.ParquetFile(target).metadata
    groups = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
    assert groups == [1000] * (rows // 1000) + [rows % 1000] * bool(rows % 1000)
    assert pl.read_parquet(target)["name"].to_list() == table["name"].to_pylist()
    counted = duckdb.sql(f"SELECT count(*), sum(record) FROM '{target}'").fetchall()
    assert counted == [(rows, sum(range(rows)) if rows else None)]


def test_the_bytes_depend_neither_on_threads_nor_on_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.parts.ROW_GROUP", 1000)
    table = _rows(5_200)
    written = set()
    for processors in (1, 2, 7):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, n=processors: set(range(n)))
        for batch_rows in (250, 5_200):
            target = tmp_path / f"{processors}.{batch_rows}"
            _write_rows(target, table, batch_rows)
            written.add(target.read_bytes())
    assert len(written) == 1


def test_rows_of_long_tables_make_small_groups(tmp_path: Path) -> None:
    long = pa.table({"months": pa.array([list(range(1_000))] * 20_000, pa.list_(pa.int64()))})
    written = set()
    for batch_rows in (700, 20_000):
        target = tmp_path / f"long.{batch_rows}"
        _write_rows(target, long, batch_rows)
        written.add(target.read_bytes())
        metadata = pq.ParquetFile(target).metadata
        assert metadata.row_group(0).num_rows == 4_096  # of 8,000 bytes each, 32 MiB at most
        assert metadata.num_rows == 20_000
    assert len(written) == 1


def test_bounds_let_a_reader_skip_row_groups_by_rising_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.parts.ROW_GROUP", 1000)
    target = tmp_path / "part.parquet"
    _write_rows(target, _rows(3000), 1000)
    bounds = pq.ParquetFile(target).metadata.row_group(1).column(0).statistics
    assert (bounds.min, bounds.max) == (1000, 1999)


def test_an_error_while_encoding_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.parts.ROW_GROUP", 1000)

    def fail(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("exchange.parts.take_apart", fail)
    with pytest.raises(OSError, match="No space"):
        _write_rows(tmp_path / "part.parquet", _rows(3000), 500)
    assert list(tmp_path.iterdir()) == []


def test_a_footer_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="no Parquet"):
        take_apart(b"PAR0 and so on PAR1")
