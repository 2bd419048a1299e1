"""Rows about payers out of Parquet, against the same picked by hand in plain Python."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from exchange.parts import new_part
from exchange.returns.payer_rows import months_paid, offers_to_payers, rows_of_payers
from insurance.offers import MONTH_TYPE
from ledger.bounded import bounded_engine

IDS = [f"1{number:012d}" for number in range(1, 6)]
PAYERS = pa.table({"national_id": pa.array([IDS[0], None, IDS[2], IDS[0], "9" * 13], pa.utf8())})
PAID_TYPE = pa.list_(pa.struct([("paid_period", pa.int32()), ("receipt_number", pa.utf8())]))


def part(folder: Path, name: str, rows: pa.Table) -> Path:
    """Two row groups' worth of parts would be the same: the engine reads a list of files."""
    path = folder / f"{name}.parquet"
    with new_part(path, rows.schema) as writer:
        for batch in rows.to_batches():
            writer.write(batch)
    return path


def offered(period: int, baht: str) -> dict[str, object]:
    return {
        "period": period,
        "amount": Decimal(baht),
        "payable_from": date(2026, 11, 1),
        "payable_until": date(2026, 12, 31),
        "reference_2": "0" * 12,
    }


def claims(*rows: tuple[str | None, str | None, int | None]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    types = (pa.utf8(), pa.utf8(), pa.int32())
    names = ("national_id", "section_code", "period")
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    return pa.table(dict(zip(names, arrays, strict=True)))


def test_rows_of_payers_are_those_of_every_file_and_nobody_elses(tmp_path: Path) -> None:
    files = [
        part(tmp_path, "a", pa.table({"national_id": IDS[:2], "status_code": ["A", "E"]})),
        part(tmp_path, "b", pa.table({"national_id": IDS[2:], "status_code": ["S", "A", "A"]})),
    ]
    found = rows_of_payers(files, PAYERS, ["status_code", "national_id"])
    assert found.column_names == ["status_code", "national_id"]
    assert sorted(found.to_pylist(), key=lambda row: row["national_id"]) == [
        {"status_code": "A", "national_id": IDS[0]},
        {"status_code": "S", "national_id": IDS[2]},
    ]


def test_an_offer_is_one_row_a_month_and_a_payer_without_any_keeps_one(tmp_path: Path) -> None:
    months = [[offered(202611, "432.00"), offered(202612, "0.01")], [offered(202611, "7.00")], []]
    rows = pa.table(
        {"national_id": IDS[:3], "payable_month": pa.array(months, pa.list_(MONTH_TYPE))}
    )
    found = offers_to_payers([part(tmp_path, "feed", rows)], PAYERS, ["national_id"])
    told = {
        (row["national_id"], row["period"], row["amount_satang"], row["payable_until"])
        for row in found.to_pylist()
    }
    assert told == {
        (IDS[0], 202611, 43_200, date(2026, 12, 31)),
        (IDS[0], 202612, 1, date(2026, 12, 31)),
        (IDS[2], None, None, None),
    }
    assert found.schema.field("amount_satang").type == pa.int64()
    assert found.num_rows == len(told)


@pytest.mark.parametrize("periods", [[], [202610]])
def test_months_paid_are_those_offered_or_claimed_of_payers(
    tmp_path: Path, periods: list[int]
) -> None:
    history = [
        (IDS[0], "39", [202608, 202609, 202610]),
        (IDS[0], "40", [202609]),
        (IDS[1], "39", [202609, 202610]),  # paid, but nobody paid for him tonight
        (IDS[2], "39", []),
    ]
    ids, sections, paid = zip(*history, strict=True)
    lists = [[{"paid_period": p, "receipt_number": "1"} for p in months] for months in paid]
    rows = pa.table(
        {"national_id": ids, "section_code": sections, "month_paid": pa.array(lists, PAID_TYPE)}
    )
    asked = claims(
        (IDS[0], "39", 202609),
        (IDS[0], "39", 202609),
        (IDS[0], "39", 202701),
        (IDS[1], "39", 202609),
        (IDS[2], "39", 202609),
        (IDS[0], None, 202608),
        (None, None, None),
    )
    found = months_paid([part(tmp_path, "history", rows)], PAYERS, asked, periods)
    told = [tuple(row.values()) for row in found.to_pylist()]
    wanted = {(IDS[0], "39", 202609)}
    wanted |= {(IDS[0], "39", 202610)} if periods else set()
    assert sorted(told) == sorted(wanted)


def test_an_engine_spills_where_it_was_told_and_leaves_nothing(tmp_path: Path) -> None:
    with bounded_engine(tmp_path, most_memory="64MB") as engine:
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        query = "SELECT max(t) FROM (SELECT range::VARCHAR AS t FROM range(2000000) ORDER BY t)"
        assert engine.sql(query).fetchall() == [("999999",)]
    assert not list(tmp_path.iterdir())
