"""Whole records: groups, OCCURS, OCCURS DEPENDING ON, REDEFINES, dates, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from exporters.codecs.integers import ColumnTypeError
from exporters.encode import EncodedBlock, encode_batch
from exporters.engine import Engine
from exporters.rows import MissingColumnError
from interfaces.model import Interface
from parsers.copybook import load_layout

Declare = Callable[[str, str], Interface]


ENGINES: tuple[Engine, ...] = ("compiled", "numpy")


def encode(interface: Interface, **columns: object) -> EncodedBlock:
    """What the compiled encoder makes of the columns; numpy makes the same."""
    batch = pa.RecordBatch.from_pydict(columns)
    record = load_layout(interface)[0]
    compiled, numpy = (
        encode_batch(batch, record, interface, file_id="f", first_record=2, engine=engine)
        for engine in ENGINES
    )
    assert compiled.data.tobytes() == numpy.data.tobytes()
    assert compiled.findings.equals(numpy.findings)
    return compiled


def text(block: EncodedBlock) -> list[str]:
    """Records as read in code page 037, whose letters and digits are those of 838."""
    if block.lengths is None:
        return [row.tobytes().decode("cp037") for row in block.data]
    whole = block.data.tobytes().decode("cp037")
    ends = block.lengths.cumsum()
    return [whole[end - length : end] for end, length in zip(ends, block.lengths, strict=True)]


def codes(block: EncodedBlock) -> list[tuple[int, str, bytes, str]]:
    names = ["record_number", "field", "raw", "code"]
    return [tuple(row[name] for name in names) for row in block.findings.to_pylist()]


def test_filler_is_spaces_and_groups_are_flat(declare: Declare) -> None:
    interface = declare(
        """\
       01 R.
          05 A PIC X(2).
          05 FILLER PIC 9(3) COMP-3.
          05 G.
             10 B PIC 9(2).
             10 C PIC X.
""",
        "",
    )
    block = encode(interface, c=["y", None], b=[7, None], a=["x", "zz"], ignored=[1, 2])
    assert text(block) == ["x   07y", "zz  00 "]
    assert codes(block) == []


def test_short_lists_are_filled_with_nulls(declare: Declare) -> None:
    interface = declare(
        """\
       01 R.
          05 T OCCURS 3.
             10 A PIC X.
             10 N PIC 9(2).
          05 E PIC 9 OCCURS 2.
""",
        "",
    )
    kind = pa.list_(pa.struct([("a", pa.utf8()), ("n", pa.int64())]))
    tables = pa.array([[{"a": "x", "n": 5}], None, [{"a": "y", "n": 1}] * 3], kind)
    block = encode(interface, t=tables, e=pa.array([[1, 2], [3], None], pa.list_(pa.int64())))
    assert text(block) == ["x05 00 0012", " 00 00 0030", "y01y01y0100"]


def test_a_list_too_long_is_refused(declare: Declare) -> None:
    interface = declare("       01 R.\n          05 E PIC 9 OCCURS 2.\n", "")
    block = encode(interface, e=pa.array([[1], [1, 2, 3]]))
    assert codes(block) == [(3, "E", b"3", "ENCODE_OVERFLOW")]


VARIABLE = """\
       01 R.
          05 N PIC 9.
          05 T OCCURS 0 TO 3 DEPENDING ON N.
             10 A PIC X(2).
"""
ELEMENTS = pa.list_(pa.struct([("a", pa.utf8())]))


def test_a_counter_comes_from_the_list(declare: Declare) -> None:
    lists = pa.array([[{"a": "p"}, {"a": "qq"}], [], None, [{"a": "r"}] * 3], ELEMENTS)
    block = encode(declare(VARIABLE, ""), t=lists)
    assert text(block) == ["2p qq", "0", "0", "3r r r "]
    assert codes(block) == []


def test_a_counter_given_is_checked(declare: Declare) -> None:
    lists = pa.array([[{"a": "p"}], [{"a": "p"}]], ELEMENTS)
    block = encode(declare(VARIABLE, ""), t=lists, n=[1, 2])
    assert codes(block) == [(3, "N", b"2", "ODO_COUNT")]


REDEFINED = """\
       01 R.
          05 K PIC X.
          05 D PIC X(4).
          05 D1 REDEFINES D.
             10 A PIC 9(3).
          05 D2 REDEFINES D.
             10 B PIC X(2) OCCURS 2.
"""


def test_the_redefinition_whose_condition_holds_is_written(declare: Declare) -> None:
    interface = declare(REDEFINED, '[redefines]\nD1 = { K = "1" }\nD2 = { K = ["2", "3"] }\n')
    block = encode(
        interface,
        k=["1", "2", "3", "9"],
        a=[7, 999, None, 5],
        b=pa.array([None, ["x"], ["yy", "z"], ["no"]], pa.list_(pa.utf8())),
    )
    assert text(block) == ["1007 ", "2x   ", "3yyz ", "9    "]


def test_values_outside_their_redefinition_are_not_judged(declare: Declare) -> None:
    interface = declare(REDEFINED, '[redefines]\nD1 = { K = "1" }\nD2 = { K = "2" }\n')
    block = encode(
        interface, k=["1", "2"], a=[1, 10**6], b=pa.array([["long"], []], pa.list_(pa.utf8()))
    )
    assert codes(block) == []


def test_an_undeclared_redefinition_is_a_view_of_what_the_original_says(declare: Declare) -> None:
    block = encode(declare(REDEFINED, ""), k=["1"], d=["abcd"])
    assert text(block) == ["1abcd"]


CHOSEN = """\
       01 R.
          05 K PIC X.
          05 D PIC X(4).
          05 N REDEFINES D PIC S9(4).
          05 G REDEFINES D.
             10 P PIC S9(3) COMP-3.
             10 Q PIC X OCCURS 2.
          05 S REDEFINES D PIC X(2).
          05 E PIC X.
"""
LETTERS_OF_Q = pa.list_(pa.utf8())


def test_a_redefinition_is_written_where_the_original_is_null(declare: Declare) -> None:
    block = encode(
        declare(CHOSEN, ""),
        k=["1", "2", "3", "4"],
        d=["text", None, None, None],
        n=[1, -2, None, None],
        p=[None, 3, 4, None],
        q=pa.array([["x"], None, ["y"], []], LETTERS_OF_Q),
        e=["!"] * 4,
    )
    assert text(block)[:2] == ["1text!", "2000K!"]
    assert block.data[2].tobytes() == b"\xf3\x00\x4c\xa8\x40\x5a"
    assert text(block)[3] == "4    !"
    assert codes(block) == []


def test_a_redefinition_is_written_where_the_original_has_no_column(declare: Declare) -> None:
    block = encode(declare(CHOSEN, ""), k=["1", "2"], n=[7, None], e=["!", "!"])
    assert text(block) == ["1000G!", "2    !"]


def test_an_original_or_one_of_its_redefinitions_must_have_a_column(declare: Declare) -> None:
    with pytest.raises(MissingColumnError, match="'d'"):
        encode(declare(CHOSEN, ""), k=["1"], e=["!"])


def test_a_condition_comes_before_a_choice(declare: Declare) -> None:
    interface = declare(CHOSEN, '[redefines]\nS = { K = "1" }\n')
    block = encode(
        interface,
        k=["1", "2", "1"],
        d=[None, None, "orig"],
        s=["sh", "no", "s"],
        p=[5, 5, 5],
        q=pa.array([["x", "y"]] * 3, LETTERS_OF_Q),
        e=["!"] * 3,
    )
    assert text(block)[0] == "1sh  !"
    assert block.data[1].tobytes() == b"\xf2\x00\x5c\xa7\xa8\x5a"
    assert text(block)[2] == "1s ig!"


def test_a_choice_within_a_table(declare: Declare) -> None:
    interface = declare(
        """\
       01 R.
          05 T OCCURS 2.
             10 D PIC X(2).
             10 N REDEFINES D PIC 9(2).
""",
        "",
    )
    kind = pa.list_(pa.struct([("d", pa.utf8()), ("n", pa.int64())]))
    tables = pa.array(
        [[{"d": "ab", "n": 1}, {"d": None, "n": 2}], [{"d": None, "n": None}], None], kind
    )
    assert text(encode(interface, t=tables)) == ["ab02", "    ", "    "]


DATES = """\
       01 R.
          05 B PIC 9(8).
          05 S PIC X(6).
          05 P PIC S9(6) COMP-3.
"""
DATE_RULES = """\
dates = [
  { mask = "yyyymmdd", era = "be", nullable = ["B"] },
  { mask = "ddmmyy", era = "be", pivot_base = 2500, fields = ["S"] },
]
periods = [{ mask = "mmyyyy", era = "ce", fields = ["P"] }]
"""


def test_dates_take_mask_and_era_of_the_file(declare: Declare) -> None:
    days = pa.array([date(2024, 2, 29), None, date(1957, 1, 1)])
    block = encode(declare(DATES, DATE_RULES), b=days, s=days, p=[202611, None, 199901])
    rows = [row.tobytes() for row in block.data]
    assert rows[0] == "25670229290267".encode("cp037") + bytes.fromhex("0112026C")
    assert rows[1] == "00000000000000".encode("cp037") + bytes.fromhex("0000000C")
    assert rows[2] == "25000101010100".encode("cp037") + bytes.fromhex("0011999C")


def test_days_that_no_two_digits_can_say_are_refused(declare: Declare) -> None:
    days = pa.array([date(1956, 12, 31), date(2057, 1, 1), date(2056, 12, 31)])
    block = encode(declare(DATES, DATE_RULES), b=days, s=days, p=[202613, 202600, 202612])
    assert codes(block) == [
        (2, "S", b"1956-12-31", "ENCODE_OVERFLOW"),
        (2, "P", b"202613", "PERIOD_INVALID"),
        (3, "S", b"2057-01-01", "ENCODE_OVERFLOW"),
        (3, "P", b"202600", "PERIOD_INVALID"),
    ]


def test_each_refused_value_is_named(declare: Declare) -> None:
    interface = declare("       01 R.\n          05 A PIC X(2).\n          05 N PIC 9V9.\n", "")
    block = encode(
        interface,
        a=["ab", "abc", "é"],
        n=pa.array([Decimal("9.9"), Decimal("-1.0"), Decimal("10.0")]),
    )
    assert codes(block) == [
        (3, "A", b"abc", "ENCODE_TRUNCATED"),
        (3, "N", b"-1.0", "ENCODE_OVERFLOW"),
        (4, "A", "é".encode(), "ENCODE_UNMAPPABLE"),
        (4, "N", b"10.0", "ENCODE_OVERFLOW"),
    ]
    row = block.findings.to_pylist()[0]
    assert (row["file_id"], row["record_type"], row["byte_offset"]) == ("f", "R", 0)


def test_the_record_type_is_filled_in(declare: Declare) -> None:
    interface = declare(
        "       01 R.\n          05 K PIC X.\n          05 M PIC 9(2).\n          05 A PIC X.\n",
        '[records]\nR = { role = "detail", when = { K = "D", M = "7" } }\n',
    )
    assert text(encode(interface, a=["x", "y"])) == ["D07x", "D07y"]


def test_a_table_that_does_not_match_the_layout_raises(declare: Declare) -> None:
    interface = declare("       01 R.\n          05 A PIC X.\n", "")
    with pytest.raises(MissingColumnError, match="'a'"):
        encode(interface, b=["x"])
    with pytest.raises(ColumnTypeError):
        encode(interface, a=[1])


def test_more_rows_than_are_worked_on_at_once(declare: Declare) -> None:
    count = 20_001
    lists = pa.array([[{"a": "x"}] * (n % 4) for n in range(count)], ELEMENTS)
    block = encode(declare(VARIABLE, ""), t=lists)
    assert text(block) == [f"{n % 4}" + "x " * (n % 4) for n in range(count)]
    late = encode(
        declare(VARIABLE, ""), t=lists, n=pa.array([n % 4 for n in range(count - 1)] + [3])
    )
    assert codes(late) == [(count + 1, "N", b"3", "ODO_COUNT")]


def test_no_rows_at_all(declare: Declare) -> None:
    empty = encode(declare(VARIABLE, ""), t=pa.array([], ELEMENTS))
    assert (len(empty.data), empty.lengths is not None and len(empty.lengths)) == (0, 0)
    fixed = encode(declare("       01 R.\n          05 A PIC X.\n", ""), a=pa.array([], pa.utf8()))
    assert fixed.data.shape == (0, 1)
