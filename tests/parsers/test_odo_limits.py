"""OCCURS DEPENDING ON at its limits: maxima that no record comes near, elements without a byte."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from declared import declare

from interfaces.errors import WrongUse
from interfaces.model import Framing, Interface, Role
from parsers.decode import decode_whole

ENGINES = ("numpy", "compiled")


def interface_of(text: str, folder: Path) -> Interface:
    return declare(
        folder, text, framing=Framing.V, encoding="cp037", records={"R": (Role.DETAIL, {})}
    )


def framed(records: list[bytes]) -> bytes:
    return b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in records)


def e(text: str) -> bytes:
    return text.encode("cp037")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_huge_maximum_costs_nothing(tmp_path, engine):
    """Records of at most 30 megabytes, each of which has 20 bytes."""
    text = """
01 R.
   05 N      PIC S9(4) COMP-5.
   05 G      OCCURS 0 TO 30000 DEPENDING ON N.
      10 M   PIC S9(4) COMP-5.
      10 T   PIC X OCCURS 0 TO 1000 DEPENDING ON M.
   05 Z      PIC X(5).
"""
    interface = interface_of(text, tmp_path)
    one = b"\x00\x02" + b"\x00\x03" + e("abc") + b"\x00\x01" + e("d") + e("LAST!")
    file = framed([one] * 20_000)
    decode_whole(framed([one]), interface, engine=engine)  # compiles
    tracemalloc.start()
    whole = decode_whole(file, interface, engine=engine, block_bytes=1 << 16)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * len(file)
    assert whole.findings.num_rows == 0
    rows = whole.tables["R"].to_pylist()
    assert len(rows) == 20_000
    assert rows[-1]["g"] == [{"m": 3, "t": ["a", "b", "c"]}, {"m": 1, "t": ["d"]}]


@pytest.mark.parametrize("engine", ENGINES)
def test_elements_without_a_byte(tmp_path, engine):
    """As many as the counters say, but not without end."""
    text = """
01 R.
   05 ROW-COUNT  PIC 9(6).
   05 CELL-COUNT PIC 9.
   05 LINES-OF   OCCURS 0 TO 999999 DEPENDING ON ROW-COUNT.
      10 CELL    PIC X OCCURS 0 TO 9 DEPENDING ON CELL-COUNT.
"""
    interface = interface_of(text, tmp_path)
    table = decode_whole(framed([e("0000030")]), interface, engine=engine).tables["R"]
    assert table["lines_of"].to_pylist() == [[{"cell": []}] * 3]
    with pytest.raises(WrongUse, match="too many elements without a byte"):
        decode_whole(framed([e("9999990")] * 1000), interface, engine=engine)
