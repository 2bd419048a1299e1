"""Records whose descriptors are missing: their own bytes tell how long they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_records import cut, measure, record

from interfaces.model import LengthRule, SkippedBytes
from interfaces.toml_table import DeclarationError

BLOCK_SIZES = st.sampled_from([1, 2, 3, 7, 16, 64, 1000])

TYPES = """
       01  HEAD.
           05  KIND     PIC X.
           05  FILLER   PIC X(3).
       01  ORDERS.
           05  KIND     PIC X.
           05  N        PIC 9.
           05  T        OCCURS 0 TO 5 DEPENDING ON N.
               10  M    PIC 9.
               10  U    PIC XX OCCURS 0 TO 3 DEPENDING ON M.
           05  L        PIC 9.
           05  V        PIC X OCCURS 1 TO 4 DEPENDING ON L.
           05  END-MARK PIC X.
"""


@pytest.mark.parametrize(
    ("field", "data"),
    [("N", record(12, n=12)), ("P", record(12, p=b"\x01\x2c")), ("B", record(12, b=12))],
)
@pytest.mark.parametrize("block_bytes", [1, 9, 1000])
def test_a_field_is_the_length(field, data, block_bytes):
    assert cut(data * 3, measure(LengthRule(field=field)), block_bytes) == ([data] * 3, [])


@pytest.mark.parametrize(
    "bad",
    [
        record(12, n=0, kind=b"zero"),
        record(12).replace(b"00", b"1A"),
        record(12).replace(b"00", b"  "),
    ],
)
def test_a_length_that_is_none_ends_the_file(bad):
    good = record(12, n=12)
    assert cut(good + bad + good, measure(LengthRule(field="N"))) == (
        [good],
        [("LENGTH_INVALID", 12)],
    )


def test_a_length_beyond_any_record_ends_the_file():
    data = record(12, b=40_000)
    assert cut(data, measure(LengthRule(field="B"), truncation="bin"))[1] == [("LENGTH_INVALID", 0)]


def test_a_record_cut_short_is_truncated():
    data = record(12, n=12)
    for missing in range(1, 12):
        assert cut(data + data[:-missing], measure(LengthRule(field="N")), 5) == (
            [data],
            [("FILE_TRUNCATED", 12)],
        )


def test_values_of_text_and_numbers_stand_for_lengths():
    kinds = LengthRule(field="KIND", lengths={"A": 8, "BB": 11})
    short, long = record(8, kind=b"A "), record(11, kind=b"BB")
    assert cut(short + long + short, measure(kinds)) == ([short, long, short], [])
    assert cut(short + record(8), measure(kinds)) == ([short], [("LENGTH_INVALID", 8)])
    numbers = LengthRule(field="P", lengths={"-7": 9, "8": 10})
    minus, plus = record(9, p=b"\x00\x7d"), record(10, p=b"\x00\x8f")
    assert cut(minus + plus, measure(numbers)) == ([minus, plus], [])


WHEN = {"HEAD": {"KIND": ("H",)}, "ORDERS": {"KIND": ("O", "P")}}
HEAD = b"H..."
ORDERS = st.builds(
    lambda kind, items, tail: (
        kind
        + b"%d" % len(items)
        + b"".join(b"%d" % (len(item) // 2) + item for item in items)
        + b"%d" % len(tail)
        + tail
        + b"#"
    ),
    st.sampled_from([b"O", b"P"]),
    st.lists(st.sampled_from([b"", b"xx", b"xxyy", b"xxyyzz"]), max_size=5),
    st.binary(min_size=1, max_size=4),
)


@given(st.lists(st.one_of(st.just(HEAD), ORDERS)), BLOCK_SIZES)
def test_the_layout_tells_lengths_of_tables_within_tables(records, block_bytes):
    assert cut(b"".join(records), measure(LengthRule(), TYPES, WHEN), block_bytes) == (records, [])


@given(st.lists(ORDERS), ORDERS, st.data(), BLOCK_SIZES)
def test_a_file_cut_in_a_record_keeps_those_before(records, last, data, block_bytes):
    kept = data.draw(st.integers(1, len(last) - 1))
    found, faults = cut(
        b"".join(records) + last[:kept], measure(LengthRule(), TYPES, WHEN), block_bytes
    )
    assert (found, faults) == (records, [("FILE_TRUNCATED", sum(map(len, records)))])


@pytest.mark.parametrize(
    "bad",
    [b"X23423423", b"O6..........................", b"O1 ....................", b"O00#........"],
)
def test_an_unknown_type_or_counter_ends_the_file(bad):
    assert cut(HEAD + bad, measure(LengthRule(), TYPES, WHEN)) == ([HEAD], [("LENGTH_INVALID", 4)])


def test_bytes_around_measured_records_are_skipped():
    data = b"".join(b"<" + r + b">>" for r in (HEAD, b"O01x#", HEAD))
    skip = SkippedBytes(0, 0, 1, 2)
    found, faults = cut(data, measure(LengthRule(), TYPES, WHEN), 5, skip)
    assert (found, faults) == ([HEAD, b"O01x#", HEAD], [])


@given(st.binary(max_size=300), BLOCK_SIZES)
def test_any_bytes_are_measured_alike_in_any_block_size(noise, block_bytes):
    ruler = measure(LengthRule(), TYPES, WHEN)
    data = HEAD + noise
    assert cut(data, ruler, block_bytes) == cut(data, ruler, 4096)


def test_slack_bytes_and_redefinitions_count_as_in_the_layout():
    copybook = """
       01  R.
           05  A        PIC X(4).
           05  B        REDEFINES A.
               10  N    PIC 9.
               10  REST PIC X(7).
           05  T        PIC X(2) OCCURS 1 TO 9 DEPENDING ON N.
           05  Z        PIC X.
"""
    record_ = b"2......." + b"aabb" + b"z"
    assert cut(record_ * 2, measure(LengthRule(), copybook)) == ([record_] * 2, [])


@pytest.mark.parametrize(
    ("rule", "copybook", "said"),
    [
        (LengthRule(field="F"), "       01 R.\n          05 F PIC 9V9.\n", "whole numbers"),
        (LengthRule(field="F"), "       01 R.\n          05 F COMP-2.\n", "only a DISPLAY"),
        (LengthRule(field="F"), "       01 R.\n          05 F PIC X.\n", "text is no length"),
        (
            LengthRule(field="F", lengths={"AB": 1}),
            "       01 R.\n          05 F PIC X.\n",
            "longer",
        ),
        (
            LengthRule(field="F", lengths={"A": 1}),
            "       01 R.\n          05 F PIC 9.\n",
            "no whole",
        ),
        (
            LengthRule(field="F"),
            "       01 R.\n          05 F PIC 9.\n       01 S.\n          05 G PIC 9.\n"
            "          05 F PIC 9.\n",
            "lies elsewhere",
        ),
        (
            LengthRule(field="F"),
            "       01 R.\n          05 N PIC 9.\n          05 T PIC X OCCURS 0 TO 9 "
            "DEPENDING ON N.\n          05 F PIC 9.\n",
            "no fixed place",
        ),
    ],
)
def test_what_cannot_tell_a_length_is_refused(rule, copybook, said):
    with pytest.raises(DeclarationError, match=said):
        measure(rule, copybook)
