"""The compiled encoder gives the bytes and the findings of the numpy encoder: values."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporters.compiled import CompiledEncoding
from exporters.encode import RecordEncoder
from exporters.kernels import compile_all, fields
from interfaces.model import Interface, Role
from interfaces.registry import Registry
from parsers.arrow_types import record_named
from parsers.copybook import load_layout
from tests.exporters.random_tables import tables_of
from tests.exporters.two_encoders import (
    COPYBOOK,
    RULES,
    assert_both_same,
    assert_same,
    batches,
    both,
    texts,
)

Declare = Callable[[str, str], Interface]

# Spreadsheets are only read.
INTERFACES = [i for i in Registry().all() if i.sheet is None]
SETTINGS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
DAYS_COPYBOOK = """\
       01 R.
          05 D8 PIC 9(8).
          05 DX PIC X(6).
          05 DP PIC S9(8) COMP-3.
          05 M6 PIC 9(6).
"""


@pytest.mark.parametrize("interface", INTERFACES, ids=[i.id for i in INTERFACES])
def test_shipped_interfaces(interface: Interface) -> None:
    name = interface.record(Role.DETAIL).record
    record = record_named(load_layout(interface), name)

    @settings(SETTINGS, max_examples=10)
    @given(tables_of(record, interface))
    def check(batch: pa.RecordBatch) -> None:
        compiled, numpy = both(batch, interface, name)
        assert_same(compiled, numpy)
        encoder = RecordEncoder(record, interface, engine="compiled")
        assert CompiledEncoding(batch, encoder).left == ()

    check()


def test_right_and_wrong_values_of_every_kind(declare: Declare) -> None:
    interface = declare(COPYBOOK, RULES)

    @settings(SETTINGS, max_examples=60)
    @given(batches())
    def check(batch: pa.RecordBatch) -> None:
        assert_both_same(batch, interface)

    check()


def column_of(values: st.SearchStrategy[Any], kind: pa.DataType) -> st.SearchStrategy[pa.Array]:
    return st.lists(st.none() | values, min_size=1, max_size=30).map(lambda v: pa.array(v, kind))


@SETTINGS
@given(column_of(texts(12), pa.utf8()))
@pytest.mark.parametrize("encoding", ["cp838", "cp037", "cp874", "ascii"])
def test_texts_alone(declare: Declare, encoding: str, column: pa.Array) -> None:
    file = f'file = {{ framing = "FB", encoding = "{encoding}", name = "S" }}\n'
    interface = declare("       01 R.\n          05 A PIC X(12).\n          05 B PIC X.\n", file)
    assert_both_same(pa.record_batch({"a": column, "b": column}), interface)


@pytest.mark.parametrize("length", range(1, 20))
def test_digits_letters_and_thai_of_every_length(declare: Declare, length: int) -> None:
    interface = declare(f"       01 R.\n          05 A PIC X({length}).\n", "")
    made = [
        "1234567890123456789"[: length - cut] + end
        for cut in range(min(length, 3) + 1)
        for end in ("", "/", ":", "Z", "é", "ก", "กข", "กa", "กขคง")
    ]
    made += ["ก" * length, "ก" * (length + 1), "ab" * length, "é" * length]
    assert_both_same(pa.record_batch({"a": pa.array(made)}), interface)


@pytest.mark.parametrize("usage", ["", " COMP-3", " COMP", " COMP-5"])
@pytest.mark.parametrize("digits", range(1, 19))
def test_numbers_of_every_width(declare: Declare, usage: str, digits: int) -> None:
    interface = declare(
        f"       01 R.\n          05 A PIC S9({digits}){usage}.\n"
        f"          05 B PIC 9({digits}){usage}.\n",
        "",
    )
    edge = 10**digits
    values = [0, 1, -1, edge - 1, 1 - edge, edge // 3, -(edge // 7), None]
    wrong = [edge, -edge, 2**63 - 1, -(2**63)]
    right = pa.array(values, pa.int64())
    positive = pa.array([None if value is None else abs(value) for value in values], pa.int64())
    good = assert_both_same(pa.record_batch({"a": right, "b": positive}), interface)
    assert good.findings.num_rows == 0
    assert_both_same(pa.record_batch({"a": wrong, "b": wrong}), interface)


@pytest.mark.parametrize(
    ("first", "last", "step"),
    [
        (date(1957, 1, 1), date(2056, 12, 31), 1),
        (date(1890, 1, 1), date(2110, 12, 31), 3),
        (date(1583, 1, 1), date(9999, 12, 31), 61),
    ],
)
def test_days_of_the_calendar(declare: Declare, first: date, last: date, step: int) -> None:
    interface = declare(DAYS_COPYBOOK, RULES.split("[redefines]")[0])
    days = np.arange(first.toordinal(), last.toordinal() + 1, step) - date(1970, 1, 1).toordinal()
    column = pa.array(days.astype(np.int32), pa.date32())
    nothing = pa.nulls(len(days))
    block = assert_both_same(
        pa.record_batch({"d8": column, "dx": column, "dp": column, "m6": nothing}), interface
    )
    assert (block.findings.num_rows > 0) == (step > 1)


def test_months_of_the_calendar(declare: Declare) -> None:
    interface = declare(DAYS_COPYBOOK, RULES.split("[redefines]")[0])
    months = np.arange(20 * 10_000)
    nothing = pa.nulls(len(months))
    periods = pa.array(months % 20 + months // 20 * 100)
    columns = {"d8": nothing, "dx": nothing, "dp": nothing, "m6": periods}
    block = assert_both_same(pa.record_batch(columns), interface)
    assert block.findings.num_rows == 20 * 10_000 - 12 * (9_999 - 543 - 1_582)


def test_tables_live_as_long_as_the_encoding(
    declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads that fill a cache at once leave one of the tables to its encoding alone."""
    handed: list[weakref.ref[np.ndarray[Any, Any]]] = []

    def nobody_keeps(table: Any) -> Callable[[Any], Any]:
        def made(key: Any) -> Any:
            array = table.__wrapped__(key)
            handed.append(weakref.ref(array))
            return array

        return made

    for name in ("code_point_table", "date_table", "sign_table"):
        monkeypatch.setattr(fields, name, nobody_keeps(getattr(fields, name)))
    items = ("T PIC X(4)", "D PIC 9(8)", "N PIC S9(3)")
    layout = "".join(f"          05 {item}.\n" for item in items)
    interface = declare(
        "       01 R.\n" + layout, 'dates = [{ mask = "yyyymmdd", era = "be", fields = ["D"] }]\n'
    )
    columns = {"t": ["กข"], "d": [date(2026, 11, 22)], "n": [-12]}
    encoder = RecordEncoder(load_layout(interface)[0], interface, engine="compiled")
    encoding = CompiledEncoding(pa.record_batch(columns), encoder)
    gc.collect()
    assert encoding.left == ()
    assert len(handed) >= 3
    assert all(table() is not None for table in handed)


NULLS = """\
       01 R.
          05 A PIC 9(3).
          05 B PIC S9(3) COMP-3.
          05 D PIC 9(8).
          05 N PIC 9.
          05 T OCCURS 0 TO 2 DEPENDING ON N.
             10 C PIC 9(2).
"""


@pytest.mark.parametrize(
    ("toml", "first"),
    [
        ('dialect = { spaces = "null" }\n', "F0F0F1 4040 4040404040404040"),
        ('dialect = { low_values = "null" }\n', "F0F0F1 0000 0000000000000000"),
        ("", "F0F0F1 000C F9F9F9F9F9F9F9F9"),
    ],
)
def test_null_is_what_the_declaration_says(declare: Declare, toml: str, first: str) -> None:
    dates = 'dates = [{ mask = "yyyymmdd", era = "ce", open_ended = ["D"] }]\n'
    interface = declare(NULLS, toml + dates)
    cells = pa.list_(pa.struct([("c", pa.int64())]))
    batch = pa.record_batch(
        {
            "a": pa.array([1, None]),
            "b": pa.array([None, 2]),
            "d": pa.array([None, date(2026, 1, 2)]),
            "t": pa.array([[{"c": 7}, {"c": None}], [{"c": None}]], cells),
        }
    )
    block = assert_both_same(batch, interface)
    assert block.data.tobytes()[:13] == bytes.fromhex(first)
    assert block.findings.num_rows == 0
    encoder = RecordEncoder(load_layout(interface)[0], interface, engine="compiled")
    assert CompiledEncoding(batch, encoder).left == ()


def test_few_rows_need_no_compiler() -> None:
    program = (
        "import sys\n"
        "from interfaces.registry import Registry\n"
        "from parsers.copybook import load_layout\n"
        "from exporters.encode import encode_batch\n"
        "import exporters.writer\n"
        "import pyarrow as pa\n"
        "interface = Registry().get('counter_feed_s40')\n"
        "trailer = load_layout(interface)[-1]\n"
        "columns = {item.column: pa.nulls(3) for item in trailer.walk()}\n"
        "encode_batch(pa.record_batch(columns), trailer, interface)\n"
        "sys.exit('numba' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_everything_can_be_compiled_beforehand() -> None:
    compile_all()
    from exporters.kernels.driver import encoder

    assert encoder() is encoder()
    assert len(encoder().signatures) == 1  # type: ignore[attr-defined]
