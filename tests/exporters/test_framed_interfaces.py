"""An interface in any record format: written, decoded whole and in parts, all values the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from declared import declare

from exporters.writer import FileWriter
from interfaces.container import DESCRIPTORS
from interfaces.model import FileRule, Framing, LengthRule, LineEnd, Role, SkippedBytes
from parsers.copybook import load_layout
from parsers.decode import decode_file, decode_whole
from parsers.framing.lengths import interface_measure
from parsers.framing.splits import split_by_bytes

COPYBOOK = """
       01  ITEMS.
           05  KIND     PIC X.
           05  N        PIC 9(2).
           05  A        PIC 9(5).
           05  T        PIC X(3) OCCURS 0 TO 20 DEPENDING ON N.
"""
LENGTH = 68
COUNT = 500
VB = FileRule(Framing.VB, "cp037", "SAMPLE")
STRIPPED = replace(VB, descriptor=None)
FORMS = {
    "VB": VB,
    "VB in blocks": replace(VB, block_descriptor=True, record_length=200),
    "VB around": replace(VB, skip=SkippedBytes(3, 4, 5, 6)),
    "GnuCOBOL": replace(VB, descriptor=DESCRIPTORS["gnucobol-2"]),
    "spanned": replace(VB, framing=Framing.VBS, record_length=40),
    "spanned in blocks": replace(VB, framing=Framing.VBS, record_length=40, block_descriptor=True),
    "layout": replace(STRIPPED, length=LengthRule()),
    "expression": replace(STRIPPED, length=LengthRule(expression="8 + 3 * N")),
    "map": replace(
        STRIPPED, length=LengthRule(field="N", lengths={str(n): 8 + 3 * n for n in range(21)})
    ),
    "FB": FileRule(Framing.FB, "cp037", "SAMPLE", record_length=100),
    "NEL": FileRule(Framing.TEXT, "cp037", "SAMPLE", LineEnd.NEL),
    "CRLF": FileRule(Framing.TEXT, "cp874", "SAMPLE", LineEnd.CRLF),
    "no ends": FileRule(Framing.TEXT, "cp874", "SAMPLE", LineEnd.NONE),
}
ROWS = [
    {"n": n % 21, "a": n, "t": [f"{place:03d}" for place in range(n % 21)]} for n in range(COUNT)
]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_decoded_as_it_was_written(form: str, tmp_path: Path) -> None:
    usual = declare(
        tmp_path,
        COPYBOOK,
        framing=Framing.VB,
        encoding=FORMS[form].encoding,
        records={"ITEMS": (Role.DETAIL, {"KIND": ("D",)})},
    )
    interface = replace(usual, file=FORMS[form])
    path = tmp_path / "file"
    with FileWriter(path, interface, {}) as writer:
        writer.write_details(pa.Table.from_pylist(ROWS))
        writer.close()

    decoded = decode_whole(path, interface)
    assert decoded.findings.num_rows == 0
    assert decoded.bytes_read == path.stat().st_size
    assert decoded.tables["ITEMS"].select(["n", "a", "t"]).to_pylist() == ROWS

    measure = interface_measure(interface, load_layout(interface))
    parts = split_by_bytes(path, interface.file, LENGTH, 4, measure=measure)
    assert len(parts) == 4
    found = [
        row
        for part in parts
        for block in decode_file(path, interface, file_id="", part=part)
        for row in block.batches["ITEMS"].select(["n", "a", "t"]).to_pylist()
    ]
    assert found == ROWS
