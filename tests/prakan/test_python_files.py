"""``prakan.open`` and ``prakan.create``: mainframe files from Python."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import prakan
from interfaces.errors import WrongUse
from tests.prakan.sample_cases import SAMPLES

GOOD = SAMPLES / "registration_master" / "good" / "REGMAST.D20261120.S000001"
BAD = SAMPLES / "registration_master" / "bad" / "REGMAST.D20261120.S000001"
COPYBOOK = """
01 HEAD.
   05 KIND      PIC X.
   05 DAY       PIC 9(8).
   05 FILLER    PIC X(3).
01 ITEM.
   05 KIND-2    PIC X.
   05 NAME.
      10 FIRST-NAME PIC X(3).
      10 LAST-NAME  PIC X(3).
   05 PAID      PIC S9(3)V99 COMP-3.
   05 CODES     PIC 9 OCCURS 2.
"""
SAID = {
    "encoding": "cp037",
    "framing": "FB",
    "records": {
        "HEAD": {"role": "header", "when": {"KIND": "H"}},
        "ITEM": {"when": {"KIND-2": "D"}},
    },
    "dates": [{"mask": "yyyymmdd", "era": "ce", "fields": ["DAY"]}],
}


@pytest.fixture
def copybook(tmp_path: Path) -> Path:
    path = tmp_path / "items.cpy"
    path.write_text(COPYBOOK, "ascii")
    return path


def items() -> pa.Table:
    return pa.table(
        {
            "name": [
                {"first_name": "ANN", "last_name": "LEE"},
                {"first_name": "BO", "last_name": None},
            ],
            "paid": pa.array([Decimal("1.50"), Decimal("-999.99")], pa.decimal128(5, 2)),
            "codes": [[1, 2], [3, 4]],
        }
    )


def test_what_is_created_is_read_back(tmp_path: Path, copybook: Path) -> None:
    path = tmp_path / "ITEMS"
    with prakan.create(path, copybook=copybook, context={"day": date(2026, 11, 20)}, **SAID) as new:
        new.write(items())
    assert new.written is not None and new.written.records == 3
    file = prakan.open(path, copybook=copybook, **SAID)
    table = file.to_table()
    assert table.select(["name", "paid", "codes"]).to_pylist() == items().to_pylist()
    assert file.findings.num_rows == 0
    head = prakan.open(path, copybook=copybook, record="HEAD", **SAID).to_table()
    assert head.column("day").to_pylist() == [date(2026, 11, 20)]


def test_batches_stream_with_the_schema_that_is_announced() -> None:
    file = prakan.open(GOOD, "registration_master")
    batches = list(file)
    assert sum(batch.num_rows for batch in batches) == 6
    assert all(batch.schema.equals(file.schema) for batch in batches)
    assert file.schema.field("section_33_data").type.get_field_index("monthly_wage") >= 0


@pytest.mark.parametrize("shape", ["nested", "lists", "flat"])
def test_only_the_columns_asked_for(shape: str) -> None:
    file = prakan.open(GOOD, "registration_master", shape=shape)  # type: ignore[arg-type]
    table = file.to_table(["national_id"])
    assert table.schema.names == ["_record_number", "_byte_offset", "national_id"]
    everything = file.to_table().column("national_id")
    assert table.column("national_id").equals(everything)


def test_a_column_is_found_by_its_path_and_by_its_number() -> None:
    nested = prakan.open(GOOD, "registration_master")
    [wage] = (
        nested.to_table(["section_33_data.monthly_wage"]).column("section_33_data").to_pylist()[:1]
    )
    assert wage == {"monthly_wage": Decimal("15250.75")}
    flat = prakan.open(GOOD, "registration_master", shape="flat")
    assert "hospital_code_2" in flat.to_table(["hospital_code_2"]).schema.names


def test_a_scan_projects_and_filters() -> None:
    file = prakan.open(GOOD, "registration_master")
    found = file.scan(["national_id"], pc.field("section_code") == "33").to_table()
    sections = file.to_table().column("section_code").to_pylist()
    assert found.schema.names == ["national_id"]
    assert found.num_rows == sections.count("33") > 0


def test_findings_are_kept_or_handed_over() -> None:
    file = prakan.open(BAD, "registration_master")
    file.to_table()
    handed: list[pa.Table] = []
    list(file.batches(on_findings=handed.append))
    assert file.findings.num_rows > 0
    assert pa.concat_tables(handed).equals(file.findings)


def test_a_frame_has_arrow_types_and_goes_back(tmp_path: Path, copybook: Path) -> None:
    path, again = tmp_path / "ITEMS", tmp_path / "AGAIN"
    context = {"day": date(2026, 11, 20)}
    with prakan.create(path, copybook=copybook, context=context, **SAID) as new:
        new.write(items())
    frame = prakan.open(path, copybook=copybook, shape="flat", **SAID).to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert str(frame.dtypes["paid"]) == "decimal128(5, 2)[pyarrow]"
    with prakan.create(again, copybook=copybook, context=context, **SAID) as new:
        new.write(frame)
    assert again.read_bytes() == path.read_bytes()


def test_a_reader_is_taken_by_other_engines() -> None:
    reader = prakan.open(GOOD, "registration_master", shape="lists").reader(["national_id"])
    assert reader.read_all().num_rows == 6


def test_nothing_remains_of_a_file_that_failed(tmp_path: Path, copybook: Path) -> None:
    path = tmp_path / "ITEMS"
    with (
        pytest.raises(WrongUse, match="no column"),
        prakan.create(path, copybook=copybook, context={"day": date(2026, 1, 1)}, **SAID) as new,
    ):
        new.write(pa.table({"name": [{"first_name": "A", "last_name": "B"}]}))
    assert not path.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["items.cpy"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either interface= or copybook="),
        (
            {"interface": "registration_master", "encoding": "cp037"},
            "interface declares its own",
        ),
        ({"interface": "nothing_such"}, "no interface"),
        ({"interface": "registration_master", "record": "NONE"}, "has no record"),
        ({"copybook": "missing.cpy", "encoding": "cp037", "framing": "F"}, "no such file"),
    ],
)
def test_wrong_use_is_one_line(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(WrongUse, match=message) as error:
        prakan.open(GOOD, **arguments)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_an_unknown_column_is_named_with_the_known_ones() -> None:
    with pytest.raises(WrongUse, match="no column 'colour'; it has: _record_number"):
        prakan.open(GOOD, "registration_master").to_table(["colour"])


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, prakan; print(sorted({'numpy', 'pyarrow', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_another_shape_is_refused_at_once() -> None:
    with pytest.raises(WrongUse, match="shape 'tree' is not one of: nested, lists, flat"):
        prakan.open(GOOD, "registration_master", shape="tree")  # type: ignore[arg-type]


def test_a_column_that_would_be_lost_is_refused(tmp_path: Path, copybook: Path) -> None:
    rows = items().append_column("codes_3", pa.array([1, 2]))
    context = {"business_date": date(2026, 11, 20)}
    with (
        pytest.raises(WrongUse, match="ITEM has no column 'codes_3'"),
        prakan.create(
            tmp_path / "out", copybook=copybook, record="ITEM", context=context, **SAID
        ) as new,
    ):
        new.write(rows)
    assert not (tmp_path / "out").exists()
