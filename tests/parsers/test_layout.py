"""Layouts of the shipped copybooks, column names, and what ``prakan describe`` shows."""

from __future__ import annotations

import json
import subprocess
import sys

import pyarrow as pa
import pytest

from interfaces.model import Dialect, FloatFormat, Interface
from interfaces.registry import Registry
from parsers.arrow_types import column_type
from parsers.copybook import load_layout, parse_copybook
from parsers.describe import arrow_type_text, describe, describe_markdown, describe_text
from parsers.layout import Field, Record, column_name

LENGTHS = {
    "contribution_history": {
        "CTB-HEADER-RECORD": (23, 23),
        "CTB-HISTORY-RECORD": (24, 24 + 60 * 26),
        "CTB-TRAILER-RECORD": (40, 40),
    },
    "counter_acknowledgement": 160,
    "counter_feed_s39": 280,
    "counter_feed_s40": 260,
    "counter_return": 256,
    "employer_master": 240,
    "form_1_10": 135,
    "registration_master": 220,
}


@pytest.mark.parametrize(("name", "lengths"), LENGTHS.items())
def test_shipped_layouts_have_their_declared_length(
    name: str, lengths: int | dict[str, tuple[int, int]]
) -> None:
    records = load_layout(Registry().get(f"{name}.1"))
    found = {record.name: (record.min_length, record.length) for record in records}
    if isinstance(lengths, int):
        lengths = dict.fromkeys(found, (lengths, lengths))
    assert found == lengths


def test_layout_is_read_once() -> None:
    interface = Registry().get("registration_master")
    assert load_layout(interface) is load_layout(interface)


def test_walk_gives_elementary_fields_in_file_order() -> None:
    [record] = parse_copybook(
        "01 R. 05 A. 10 B PIC X. 10 FILLER PIC X. 05 C REDEFINES A PIC XX. 05 D PIC 9.",
        source="r.cpy",
    )
    assert [field.name for field in record.walk()] == ["B", "FILLER", "C", "D"]


def test_column_name() -> None:
    assert column_name("NATIONAL-ID") == "national_id"


def columns(body: str) -> list[str]:
    [record] = parse_copybook(f"01 R. {body}", source="r.cpy")
    return [field.column for field in record.walk() if not field.is_filler]


def test_a_name_in_two_groups_is_told_apart_by_the_group() -> None:
    body = "05 HOME. 10 CITY PIC X. 10 ZIP PIC 9. 05 WORK. 10 CITY PIC X."
    assert columns(body) == ["home_city", "zip", "work_city"]


def test_a_table_has_columns_of_its_own() -> None:
    body = "05 AMOUNT PIC 9. 05 MONTHS OCCURS 2. 10 AMOUNT PIC 9. 10 PERIOD PIC 9(6)."
    assert columns(body) == ["amount", "amount", "period"]


def item(clauses: str) -> Field:
    [record] = parse_copybook(f"01 R. 05 A {clauses}.", source="r.cpy")
    return record.fields[0]


@pytest.mark.parametrize(
    ("clauses", "arrow"),
    [
        ("PIC X(3)", pa.string()),
        ("PIC 9(18)", pa.int64()),
        ("PIC S9(4) COMP", pa.int64()),
        ("PIC 9(19)", pa.decimal128(19, 0)),
        ("PIC S9(7)V99 COMP-3", pa.decimal128(9, 2)),
        ("PIC 9(3)PP", pa.int64()),
        ("PIC 9(17)PP", pa.decimal128(19, 0)),
        ("PIC VPP9(3)", pa.decimal128(5, 5)),
        ("PIC X(7) OCCURS 3", pa.list_(pa.string())),
        ("PIC 9V9 OCCURS 3", pa.list_(pa.decimal128(2, 1))),
        ("PIC S9(4) COMP-5", pa.int64()),
        ("PIC S9(4)V99 COMP-5", pa.decimal128(10, 2)),
        ("PIC 9(18) COMP-5", pa.decimal128(20, 0)),
        ("PIC S9(18) COMP-5", pa.int64()),
        ("PIC S9(16)PP COMP-5", pa.decimal128(21, 0)),
        ("PIC VP(5)9(2) COMP-5", pa.decimal128(7, 7)),
        ("PIC 9(6) COMP-X", pa.int64()),
        ("PIC X(8) COMP-X", pa.decimal128(20, 0)),
        ("PIC Z,ZZ9.99-", pa.decimal128(6, 2)),
        ("PIC 99/99/9999", pa.int64()),
        ("PIC Z(18)9", pa.decimal128(19, 0)),
        ("PIC 9(4) COMP-6", pa.int64()),
        ("PIC 9(5) NATIONAL", pa.int64()),
        ("PIC N(5)", pa.string()),
        ("PIC G(5)", pa.string()),
        ("INDEX", pa.int64()),
        ("PROCEDURE-POINTER", pa.decimal128(20, 0)),
        ("COMP-1", pa.float64()),
        ("COMP-2 OCCURS 2", pa.list_(pa.float64())),
    ],
)
def test_type_is_what_arrow_calls_it(clauses: str, arrow: pa.DataType) -> None:
    assert arrow_type_text(item(clauses)) == str(arrow)
    assert column_type(item(clauses), Registry().get("form_1_10")) == arrow


def test_ieee_floats_of_four_bytes_are_float32() -> None:
    dialect = Dialect(floats=FloatFormat.IEEE)
    [record] = parse_copybook("01 R. 05 A COMP-1. 05 B COMP-2.", source="r.cpy", dialect=dialect)
    assert [arrow_type_text(field) for field in record.fields] == ["float", "double"]
    decoded = [column_type(field, Registry().get("form_1_10")) for field in record.fields]
    assert decoded == [pa.float32(), pa.float64()]


@pytest.mark.parametrize("interface", Registry().all(), ids=lambda interface: interface.id)
def test_described_types_are_those_that_decoding_gives(interface: Interface) -> None:
    for record in load_layout(interface):
        for field in record.walk():
            decoded = str(column_type(field, interface))
            assert arrow_type_text(field, interface.fields) == decoded, field.name


def test_declared_dates_and_periods_have_their_type() -> None:
    interface = Registry().get("contribution_history")
    [_, history, _] = describe(load_layout(interface), interface.fields)["records"]
    types = {field["path"]: field["type"] for field in history["fields"]}
    assert types["MONTH-PAID.PAID-DATE"] == str(pa.date32())
    assert types["MONTH-PAID.PAID-PERIOD"] == str(pa.int32())
    assert types["MONTH-PAID"] == "group"


def sample() -> tuple[Record, ...]:
    return parse_copybook(
        """
        01 R.
           05 N          PIC 9(2).
           05 OLD        PIC X(4).
           05 NEW REDEFINES OLD PIC S9(5)V99 COMP-3.
           05 T OCCURS 0 TO 9 TIMES DEPENDING ON N.
              10 CODE-OF PIC X(2).
        """,
        source="r.cpy",
    )


def test_describe_is_plain_data() -> None:
    described = json.loads(json.dumps(describe(sample())))
    common = {"level": 5, "occurs": None, "redefines": None, "usage": "display"}
    assert described == {
        "records": [
            {
                "name": "R",
                "length": 24,
                "min_length": 6,
                "fields": [
                    common
                    | {"path": "N", "offset": 0, "length": 2, "picture": "9(2)", "type": "int64"},
                    common
                    | {"path": "OLD", "offset": 2, "length": 4, "picture": "X(4)"}
                    | {"type": "string"},
                    common
                    | {"path": "NEW", "offset": 2, "length": 4, "picture": "S9(5)V99"}
                    | {"usage": "packed", "redefines": "OLD", "type": "decimal128(7, 2)"},
                    common
                    | {"path": "T", "offset": 6, "length": 2, "picture": None, "usage": "group"}
                    | {"occurs": {"min": 0, "max": 9, "depending_on": "N"}, "type": "group"},
                    common
                    | {"path": "T.CODE-OF", "level": 10, "offset": 6, "length": 2}
                    | {"picture": "X(2)", "type": "string"},
                ],
            }
        ]
    }


def test_described_usages_and_views() -> None:
    [record] = describe(
        parse_copybook(
            """
            01 R.
               05 PRICE PIC Z,ZZ9.99.
               05 NAME.
                  49 NAME-LENGTH PIC S9(4) COMP.
                  49 NAME-TEXT PIC X(20).
               05 RATE COMP-2.
               66 BOTH RENAMES PRICE THRU NAME.
            """,
            source="r.cpy",
        )
    )["records"]
    assert record["length"] == record["min_length"] == 38
    common = {"occurs": None, "redefines": None}
    assert record["fields"] == [
        common
        | {"path": "PRICE", "level": 5, "offset": 0, "length": 8, "picture": "Z,ZZ9.99"}
        | {"usage": "display", "type": "decimal128(6, 2)"},
        common
        | {"path": "NAME", "level": 5, "offset": 8, "length": 22, "picture": "X(20)"}
        | {"usage": "varchar", "type": "string"},
        common
        | {"path": "RATE", "level": 5, "offset": 30, "length": 8, "picture": None}
        | {"usage": "float", "type": "double"},
        common
        | {"path": "BOTH", "level": 66, "offset": 0, "length": 30, "picture": None}
        | {"usage": "display", "redefines": "PRICE", "type": "string"},
    ]


def test_describe_text() -> None:
    assert describe_text(sample()).splitlines() == [
        "R  6 to 24 bytes",
        "",
        "Position  Length  Level  Name       Picture   Usage    Occurs       Redefines  Type",
        "       1       2  05     N          9(2)      display                          int64",
        "       3       4  05     OLD        X(4)      display                          string",
        "       3       4  05     NEW        S9(5)V99  packed                OLD        "
        "decimal128(7, 2)",
        "       7       2  05     T                             0 to 9 by N             group",
        "       7       2  10     T.CODE-OF  X(2)      display                          string",
    ]


def test_describe_markdown() -> None:
    [record] = parse_copybook("01 R. 05 A PIC X(7) OCCURS 3. 05 B PIC 9V9.", source="r.cpy")
    assert describe_markdown([record]) == (
        "## R\n\n23 bytes\n\n"
        "| Position | Length | Level | Name | Picture | Usage | Occurs | Redefines | Type |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        "| 1 | 7 | 05 | A | X(7) | display | 3 |  | list\\<item: string> |\n"
        "| 22 | 2 | 05 | B | 9V9 | display |  |  | decimal128(2, 1) |\n"
    )


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, parsers.copybook, parsers.describe, parsers.layout, interfaces.registry;"
        "print(sorted({'numpy', 'pyarrow', 'pandas', 'polars', 'numba'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
