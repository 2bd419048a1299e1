"""OCCURS DEPENDING ON in full: several tables, nested ones, items that move, any counter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from declared import declare
from hypothesis import given, settings
from hypothesis import strategies as st
from odo_layouts import DISPLAY, USAGES, copybook, lengths, records, write

from interfaces.model import (
    Dialect,
    Filled,
    Framing,
    Interface,
    LengthRule,
    LineEnd,
    Role,
    SignRule,
)
from parsers.decode import DecodedFile, decode_whole
from parsers.recognition import RecognitionError

ENGINES = ("numpy", "compiled")


def interface_of(
    text: str, folder: Path, framing: Framing = Framing.V, **more: object
) -> Interface:
    encoding = "cp874" if framing is Framing.TEXT else "cp037"
    rules = {"records": {"R": (Role.DETAIL, {})}, **more}
    return declare(folder, text, framing=framing, encoding=encoding, **rules)


def stripped(interface: Interface) -> Interface:
    """The same without descriptors: the counters tell where a record ends."""
    return replace(interface, file=replace(interface.file, descriptor=None, length=LengthRule()))


def framed(records: list[bytes]) -> bytes:
    return b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in records)


def rows_of(whole: DecodedFile) -> list[dict[str, object]]:
    rows = whole.tables["R"].to_pylist()
    return [{k: v for k, v in row.items() if not k.startswith("_")} for row in rows]


def e(text: str) -> bytes:
    return text.encode("cp037")


def found(whole: DecodedFile) -> list[tuple[object, ...]]:
    keys = ("record_number", "byte_offset", "field", "code", "raw")
    return sorted(tuple(row[key] for key in keys) for row in whole.findings.to_pylist())


FORMS = st.sampled_from(("VB", "FB", "stripped", "text"))
STRIPPED = tuple(usage for usage in USAGES if usage not in ("9(2) NATIONAL", "9(20)"))


@given(st.data(), FORMS, st.integers(0, 1 << 32), st.sampled_from((1, 60, 1 << 20)))
@settings(max_examples=60)
def test_everything_is_read_where_it_was_written(data, form, seed, block_bytes):
    items = data.draw(records({"text": DISPLAY, "stripped": STRIPPED}.get(form, USAGES)))
    dice = Random(seed)
    _, longest = lengths(items)
    encoding = "cp874" if form == "text" else "cp037"
    written = [write(items, dice, encoding) for _ in range(dice.randint(1, 9))]
    originals = [original for original, _ in written]
    with TemporaryDirectory() as name:
        framing = {"FB": Framing.FB, "text": Framing.TEXT}.get(form, Framing.V)
        interface = interface_of(copybook(items), Path(name), framing)
        file = framed(originals)
        if form == "FB":
            file = b"".join(r.ljust(longest, bytes([dice.randrange(256)])) for r in originals)
        elif form == "text":
            interface = replace(interface, file=replace(interface.file, line_end=LineEnd.LF))
            file = b"".join(r + b"\n" for r in originals)
        elif form == "stripped":
            interface, file = stripped(interface), b"".join(originals)
        for engine in ENGINES:
            whole = decode_whole(file, interface, engine=engine, block_bytes=block_bytes)
            assert found(whole) == []
            assert rows_of(whole) == [row for _, row in written]
            whole.tables["R"].validate(full=True)


DAMAGE = (0x00, 0x40, 0xFF, 0xC1, 0xD1, 0xF1, 0xF9, 0x0C, 0x1C, 0x1D)


@given(
    records(), st.sampled_from((Framing.V, Framing.FB)), st.integers(0, 1 << 32),
    st.sampled_from(list(SignRule)), st.sampled_from(list(Filled)),
)  # fmt: skip
@settings(max_examples=60)
def test_engines_agree_about_damaged_records(items, framing, seed, signs, filled):
    dice = Random(seed)
    _, longest = lengths(items)
    originals = []
    for _ in range(dice.randint(1, 20)):
        original = bytearray(write(items, dice, "cp037")[0])
        for _ in range(dice.choice((0, 0, 1, 3))):
            original[dice.randrange(len(original))] = dice.choice(DAMAGE)
        cut = dice.choice((len(original),) * 6 + (dice.randint(0, len(original)),))
        originals.append(bytes(original[:cut] + bytes(dice.choice((0,) * 6 + (1, 4)))))
    file = framed(originals)
    if framing is Framing.FB:
        file = b"".join(original[:longest].ljust(longest) for original in originals)
    with TemporaryDirectory() as name:
        interface = interface_of(copybook(items), Path(name), framing)
        dialect = Dialect(signs=signs, spaces=filled, low_values=filled)
        interface = replace(interface, dialect=dialect)
        one, other = (decode_whole(file, interface, engine=engine) for engine in ENGINES)
    assert one.tables["R"].equals(other.tables["R"])
    assert found(one) == found(other)
    refused = [f for f in found(one) if f[3] in ("ODO_COUNT", "RECORD_LENGTH")]
    assert one.tables["R"].num_rows + len(refused) == one.records_read == len(originals)


NESTED = """
01 R.
   05 N         PIC 9.
   05 G         OCCURS 0 TO 3 DEPENDING ON N.
      10 M      PIC S9(3) COMP-3.
      10 T      PIC X OCCURS 1 TO 2 DEPENDING ON M.
      10 A      PIC 9.
   05 L         PIC 99.
   05 U         PIC X(2) OCCURS 1 TO 4 DEPENDING ON L.
   05 Z         PIC X(3).
"""
M1, M2, M3 = b"\x00\x1c", b"\x00\x2c", b"\x00\x3c"
GOOD = e("2") + M1 + e("X7") + M2 + e("YZ8") + e("01") + e("UU") + e("END")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("record", "field", "code", "raw"),
    [
        (GOOD[:-1], None, "RECORD_LENGTH", GOOD[:-1]),
        (GOOD + b"\x40", None, "RECORD_LENGTH", GOOD + b"\x40"),
        (e("3") + GOOD[1:], "M", "ODO_COUNT", e("01")),
        (e("1") + GOOD[1:], "L", "ODO_COUNT", M2),
        (e("4") + GOOD[1:], "N", "ODO_COUNT", e("4")),
        (e("A") + GOOD[1:], "N", "ODO_COUNT", e("A")),
        (GOOD.replace(M2, M3), "M", "ODO_COUNT", M3),
        (GOOD.replace(M1, b"\x00\x0c"), "M", "ODO_COUNT", b"\x00\x0c"),
        (GOOD.replace(M1, b"\x00\x1d"), "M", "ODO_COUNT", b"\x00\x1d"),
        (GOOD.replace(M1, b"\x40\x40"), "M", "ODO_COUNT", b"\x40\x40"),
        (GOOD.replace(e("01"), e("00")), "L", "ODO_COUNT", e("00")),
        (GOOD.replace(e("01"), e("02")), None, "RECORD_LENGTH", GOOD.replace(e("01"), e("02"))),
        (e("0") + e("01UUEN"), None, "RECORD_LENGTH", e("001UUEN")),
        (e("2") + M2 + e("AB1") + M2, None, "RECORD_LENGTH", e("2") + M2 + e("AB1") + M2),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_one_finding(tmp_path, engine, record, field, code, raw):
    interface = interface_of(NESTED, tmp_path)
    whole = decode_whole(framed([GOOD, record, GOOD]), interface, engine=engine)
    assert found(whole) == [(2, len(GOOD) + 8, field, code, raw)]
    row = {
        "n": 2,
        "g": [{"m": 1, "t": ["X"], "a": 7}, {"m": 2, "t": ["Y", "Z"], "a": 8}],
        "l": 1,
        "u": ["UU"],
        "z": "END",
    }
    assert rows_of(whole) == [row, row]
    assert whole.tables["R"]["_record_number"].to_pylist() == [1, 3]


@pytest.mark.parametrize("engine", ENGINES)
def test_faults_behind_tables_name_their_bytes(tmp_path, engine):
    interface = interface_of(NESTED, tmp_path)
    bad = GOOD.replace(e("8"), e("?"))
    whole = decode_whole(framed([bad, GOOD]), interface, engine=engine)
    assert found(whole) == [(1, 4, "A", "NUMBER_DIGIT", e("?"))]
    assert [g["a"] for g in rows_of(whole)[0]["g"]] == [7, None]


@pytest.mark.parametrize("engine", ENGINES)
def test_blank_counters_mean_what_is_declared(tmp_path, engine):
    interface = interface_of(NESTED, tmp_path)
    interface = replace(interface, dialect=Dialect(spaces=Filled.ZERO))
    blank = e(" ") + e("01UUEND")
    whole = decode_whole(framed([blank, GOOD, blank]), interface, engine=engine)
    assert found(whole) == []
    assert [len(row["g"]) for row in rows_of(whole)] == [0, 2, 0]


VIEWS = """
01 R.
   05 KIND      PIC X.
   05 N         PIC 9.
   05 T         PIC X OCCURS 0 TO 4 DEPENDING ON N.
   05 KEY       PIC X.
   05 BODY      PIC X(4).
   05 DIGITS    REDEFINES BODY PIC 9(4).
   05 M         PIC 9.
   05 G         OCCURS 0 TO 2 DEPENDING ON M.
      10 K      PIC 9.
      10 W      PIC X OCCURS 0 TO 2 DEPENDING ON K.
      10 VALUE-A PIC X(2).
      10 VALUE-B REDEFINES VALUE-A PIC 9(2).
"""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("field", ["KIND", "KEY"])
def test_redefinitions_behind_tables(tmp_path, engine, field):
    """The field that tells them may stand in front of the table, behind it, or levels above."""
    rules = {"DIGITS": {field: ("D",)}, "VALUE-B": {field: ("D",)}}
    interface = interface_of(VIEWS, tmp_path, redefines=rules)
    file = framed([e("D3abcD123410" + "45"), e("X0XWORD22ab" + "xy0zz"), e("D1aD00010")])
    whole = decode_whole(file, interface, engine=engine)
    assert found(whole) == []
    rows = rows_of(whole)
    assert [row["digits"] for row in rows] == [1234, None, 1]
    assert [row["g"] for row in rows] == [
        [{"k": 0, "w": [], "value_b": 45}],
        [{"k": 2, "w": ["a", "b"], "value_b": None}, {"k": 0, "w": [], "value_b": None}],
        [],
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_counters_of_one_name_are_told_apart(tmp_path, engine):
    text = """
01 R.
   05 HEAD. 10 N PIC 9.
   05 BODY. 10 N PIC 9.
   05 T PIC X OCCURS 0 TO 5 DEPENDING ON N OF HEAD.
   05 U PIC X OCCURS 0 TO 5 DEPENDING ON N OF BODY.
   05 Z PIC X.
"""
    interface = interface_of(text, tmp_path)
    for each, file in ((interface, framed([e("12abcz")])), (stripped(interface), e("12abcz"))):
        [row] = rows_of(decode_whole(file, each, engine=engine))
        assert (row["t"], row["u"], row["z"]) == (["a"], ["b", "c"], "z")


@pytest.mark.parametrize("engine", ENGINES)
def test_only_the_columns_asked_for(tmp_path, engine):
    from parsers.decode import decode_file

    interface = interface_of(NESTED, tmp_path)
    path = tmp_path / "file"
    path.write_bytes(framed([GOOD]))
    [block] = decode_file(path, interface, file_id="", columns=("z",), engine=engine)
    assert block.batches["R"].to_pylist() == [{"_record_number": 1, "_byte_offset": 4, "z": "END"}]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_record_type_is_not_told_by_what_moves(tmp_path, engine):
    interface = interface_of(NESTED, tmp_path, records={"R": (Role.DETAIL, {"Z": ("END",)})})
    with pytest.raises(RecognitionError, match="Z: it stands behind a table with DEPENDING ON"):
        decode_whole(framed([GOOD]), interface, engine=engine)
