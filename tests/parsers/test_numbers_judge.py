"""Numbers of every usage against GnuCOBOL: a program moves values to fields and writes records;
we read the values and write the same bytes.

GnuCOBOL on x86 is not z/OS: COMP-1 and COMP-2 are IEEE and, like COMP-5, little-endian; text is
ASCII. Its packed, zoned and big-endian binary forms are the mainframe's. P is
tried in DISPLAY numbers only: version 3.1 loses digits of packed ones (100 moved to S9(3)PP is
stored as 0), and never comes back from moving zero to a binary one.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from made_fields import binary, floating, packed, zoned

from exporters.codecs.values import write_value
from interfaces.model import Dialect
from parsers.codepages import code_page
from parsers.fields import decode_field
from parsers.layout import Field

PAGE = code_page("cp874")
RECORDS = 12

ITEMS = {
    "S9(5) COMP-3": packed(5, signed=True),
    "9(4) COMP-3": packed(4),
    "S9(16)V9(15) COMP-3": packed(31, scale=15, signed=True),
    "9(5) COMP-6": packed(5, sign_nibble=False),
    "9(4)V99 COMP-6": packed(6, scale=2, sign_nibble=False),
    "S9(6)": zoned(6, signed=True),
    "9(31)": zoned(31),
    "S9(4) SIGN LEADING": zoned(4, signed=True, sign_leading=True),
    "S9(4)V9 SIGN TRAILING SEPARATE": zoned(5, scale=1, signed=True, sign_separate=True),
    "S9(4) SIGN LEADING SEPARATE": zoned(4, signed=True, sign_leading=True, sign_separate=True),
    "S9(4)P(9)": zoned(4, scale=-9, signed=True),
    "VP(9)9(4)": zoned(4, scale=13),
    "9(5) BLANK WHEN ZERO": zoned(5, blank_when_zero=True),
    "S9(4) COMP": binary(2, 4, signed=True),
    "9(9) COMP": binary(4, 9),
    "S9(9)V9(9) COMP": binary(8, 18, scale=9, signed=True),
    "S9(4) COMP-5": binary(2, 4, signed=True, native=True, little_endian=True),
    "9(9) COMP-5": binary(4, 9, native=True, little_endian=True),
    "9(18) COMP-5": binary(8, 18, native=True, little_endian=True),
    "S9(18) COMP-5": binary(8, 18, signed=True, native=True, little_endian=True),
    "COMP-1": floating(4, ieee=True, little_endian=True),
    "COMP-2": floating(8, ieee=True, little_endian=True),
}
"""Clauses of an item, and the field that they make there."""


def values_of(clauses: str, field: Field) -> list[Decimal]:
    chosen = random.Random(clauses)
    if field.kind == "float":
        return [Decimal(chosen.randrange(-999_999, 999_999)) / 64 for _ in range(RECORDS)]
    top = 10**field.digits - 1
    low = -top if field.signed else 0
    sizes = (chosen.randint(1, field.digits) for _ in range(RECORDS - 4))
    values = [0, 1, top, low, *(max(low, chosen.randrange(-(10**n), 10**n)) for n in sizes)]
    return [Decimal(f"{value}E{-field.scale}") for value in values]


def program(columns: dict[str, list[Decimal]]) -> str:
    lines = [
        "IDENTIFICATION DIVISION.",
        "PROGRAM-ID. JUDGE.",
        "ENVIRONMENT DIVISION.",
        "INPUT-OUTPUT SECTION.",
        "FILE-CONTROL.",
        '    SELECT OUT-FILE ASSIGN TO "judge.dat" ORGANIZATION SEQUENTIAL.',
        "DATA DIVISION.",
        "FILE SECTION.",
        "FD OUT-FILE.",
        "01 OUT-RECORD.",
    ]
    for place, clauses in enumerate(columns):
        picture = "" if re.fullmatch(r"COMP-\d", clauses) else "PIC "
        lines.append(f"    05 N{place} {picture}{clauses}.")
    lines += ["PROCEDURE DIVISION.", "    OPEN OUTPUT OUT-FILE."]
    for row in range(RECORDS):
        for place, values in enumerate(columns.values()):
            lines.append(f"    MOVE {values[row]:f} TO N{place}.")
        lines.append("    WRITE OUT-RECORD.")
    lines += ["    CLOSE OUT-FILE.", "    STOP RUN."]
    return "\n".join([*lines, ""])


@pytest.fixture(scope="module")
def judged(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[Field, list[Decimal], np.ndarray]]:
    """Field, values and the bytes that GnuCOBOL wrote, by the clauses of each item."""
    folder: Path = tmp_path_factory.mktemp("numbers")
    columns = {clauses: values_of(clauses, field) for clauses, field in ITEMS.items()}
    (folder / "judge.cob").write_text(program(columns), "ascii")
    compiler = shutil.which("cobc")
    if compiler is None:
        pytest.fail("cobc is missing: apt install gnucobol3", pytrace=False)
    options = ["-x", "-free", "-std=ibm", "-fsign=EBCDIC"]
    subprocess.run([compiler, *options, "judge.cob"], cwd=folder, check=True)
    subprocess.run([folder / "judge"], cwd=folder, check=True, timeout=30)
    data = np.fromfile(folder / "judge.dat", np.uint8).reshape(RECORDS, -1)
    return dict(zip(columns, cut(columns, data), strict=True))


def cut(
    columns: dict[str, list[Decimal]], data: np.ndarray
) -> Iterator[tuple[Field, list[Decimal], np.ndarray]]:
    offset = 0
    for clauses, values in columns.items():
        field = ITEMS[clauses]
        yield field, values, data[:, offset : offset + field.length]
        offset += field.length
    assert offset == data.shape[1]


@pytest.mark.parametrize("clauses", ITEMS)
def test_we_read_the_values_and_write_the_bytes(judged, clauses: str) -> None:
    field, values, data = judged[clauses]
    array, faults = decode_field(data, field, None, PAGE)
    assert faults.tolist() == [0] * RECORDS
    assert array.to_pylist() == values
    out = np.zeros_like(data)
    found = write_value(array, field, None, Dialect(), PAGE, out)
    assert not any(wrong.any() for wrong in found.values())
    assert (out == data).all()
