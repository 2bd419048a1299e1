"""Files written by a real COBOL program (GnuCOBOL), decoded and compared field by field.

GnuCOBOL stores COMP and COMP-3 as z/OS does. Its DISPLAY data is ASCII, with the sign as a
translated EBCDIC overpunch under ``-fsign=EBCDIC``: the program writes that once as it is, and
once with every DISPLAY item converted to EBCDIC (CODE-SET would convert packed bytes too).
Its variable records carry a length without the four bytes in front, so the test adds those.
"""

from __future__ import annotations

import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from declared import declare

from interfaces.model import Framing, Role
from parsers.decode import decode_whole

MISSING = "cobc is missing: run `apt-get install gnucobol3` as root, then test again"

COPYBOOK = """
       01  SAMPLE-RECORD.
           05  RECORD-TYPE        PIC X(01).
           05  PERSON-NAME        PIC X(08).
           05  ZONED-SIGNED       PIC S9(05)V99.
           05  ZONED-UNSIGNED     PIC 9(06).
           05  ZONED-LEADING      PIC S9(04) SIGN LEADING.
           05  SEPARATE-TRAILING  PIC S9(04)V9
                                  SIGN TRAILING SEPARATE.
           05  SEPARATE-LEADING   PIC S9(04)
                                  SIGN LEADING SEPARATE.
           05  PACKED-SIGNED      PIC S9(09)V99 COMP-3.
           05  PACKED-EVEN        PIC S9(06) COMP-3.
           05  PACKED-UNSIGNED    PIC 9(06) COMP-3.
           05  PACKED-LONG        PIC S9(31) COMP-3.
           05  ZONED-LONG         PIC S9(20)V9(4).
           05  HALFWORD-ITEM       PIC S9(04) COMP.
           05  FULLWORD-ITEM        PIC S9(09) COMP.
           05  DOUBLEWORD-ITEM        PIC S9(18) COMP.
           05  UNSIGNED-ITEM    PIC 9(04)V99 COMP.
           05  MONTH-COUNT        PIC S9(04) COMP.
           05  MONTH-PAID         OCCURS 0 TO 5 TIMES
                                  DEPENDING ON MONTH-COUNT.
               10  PAID-AMOUNT    PIC S9(07)V99 COMP-3.
               10  PAID-CHANNEL   PIC X(02).
"""
FIXED_PART, TABLE_PART = COPYBOOK.split("           05  MONTH-COUNT")

NUMBERS = [
    {
        "ZONED-SIGNED": "-12345.67",
        "ZONED-UNSIGNED": "000042",
        "ZONED-LEADING": "-1230",
        "SEPARATE-TRAILING": "-4321.5",
        "SEPARATE-LEADING": "77",
        "PACKED-SIGNED": "-123456789.01",
        "PACKED-EVEN": "-256811",
        "PACKED-UNSIGNED": "256811",
        "PACKED-LONG": "-1234567890123456789012345678901",
        "ZONED-LONG": "-12345678901234567890.1234",
        "HALFWORD-ITEM": "-9999",
        "FULLWORD-ITEM": "-123456789",
        "DOUBLEWORD-ITEM": "-999999999999999999",
        "UNSIGNED-ITEM": "1234.56",
    },
    {
        "ZONED-SIGNED": "0.30",
        "ZONED-UNSIGNED": "999999",
        "ZONED-LEADING": "9876",
        "SEPARATE-TRAILING": "0.1",
        "SEPARATE-LEADING": "-9999",
        "PACKED-SIGNED": "999999999.99",
        "PACKED-EVEN": "999999",
        "PACKED-UNSIGNED": "0",
        "PACKED-LONG": "9999999999999999999999999999999",
        "ZONED-LONG": "99999999999999999999.9999",
        "HALFWORD-ITEM": "258",
        "FULLWORD-ITEM": "999999999",
        "DOUBLEWORD-ITEM": "72623859790382856",
        "UNSIGNED-ITEM": "0.01",
    },
    dict.fromkeys(
        (
            "ZONED-SIGNED",
            "ZONED-UNSIGNED",
            "ZONED-LEADING",
            "SEPARATE-TRAILING",
            "SEPARATE-LEADING",
            "PACKED-SIGNED",
            "PACKED-EVEN",
            "PACKED-UNSIGNED",
            "PACKED-LONG",
            "ZONED-LONG",
            "HALFWORD-ITEM",
            "FULLWORD-ITEM",
            "DOUBLEWORD-ITEM",
            "UNSIGNED-ITEM",
        ),
        "0",
    ),
]
NAMES = ["SOMSAK", "A B", "VILAILAK"]
MONTHS = [["432.00", "-0.01"], [], ["1.10", "22.20", "333.30", "4444.40", "55555.55"]]

DISPLAY_ITEMS = (
    "RECORD-TYPE",
    "PERSON-NAME",
    "ZONED-SIGNED",
    "ZONED-UNSIGNED",
    "ZONED-LEADING",
    "SEPARATE-TRAILING",
    "SEPARATE-LEADING",
    "ZONED-LONG",
)


def statements(*, ebcdic: bool, table: bool) -> str:
    """PROCEDURE DIVISION: fill and write each record."""
    lines = ["OPEN OUTPUT OUT-FILE."]
    for name, numbers, months in zip(NAMES, NUMBERS, MONTHS, strict=True):
        lines += ["MOVE 'D' TO RECORD-TYPE.", f"MOVE '{name}' TO PERSON-NAME."]
        for item, value in numbers.items():
            lines += [f"MOVE {value}", f"  TO {item}."]
        if table:
            lines.append(f"MOVE {len(months)} TO MONTH-COUNT.")
            for place, amount in enumerate(months, start=1):
                lines += [
                    f"MOVE {amount} TO PAID-AMOUNT ({place}).",
                    f"MOVE 'C{place}' TO PAID-CHANNEL ({place}).",
                ]
                if ebcdic:
                    lines += converting(f"PAID-CHANNEL ({place})")
        if ebcdic:
            for item in DISPLAY_ITEMS:
                lines += converting(f"{item} (1:)")
        lines.append("WRITE SAMPLE-RECORD.")
    lines += ["CLOSE OUT-FILE.", "STOP RUN."]
    return "\n".join("           " + line for line in lines)


def converting(item: str) -> list[str]:
    return [f"INSPECT {item}", "  CONVERTING ASC TO EBC."]


def program(copybook: str, *, ebcdic: bool, table: bool) -> str:
    mode = "V" if table else "F"
    return f"""       IDENTIFICATION DIVISION.
       PROGRAM-ID. WRITER.
       ENVIRONMENT DIVISION.
       CONFIGURATION SECTION.
       SPECIAL-NAMES.
           ALPHABET ASC IS STANDARD-1
           ALPHABET EBC IS EBCDIC.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT OUT-FILE ASSIGN TO "out.dat"
           ORGANIZATION IS SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  OUT-FILE RECORDING MODE IS {mode}.
{copybook}
       PROCEDURE DIVISION.
{statements(ebcdic=ebcdic, table=table)}
"""


def written_by_cobol(folder: Path, source: str) -> bytes:
    """Compile and run the program; the bytes of the file it wrote."""
    compiler = shutil.which("cobc")
    if compiler is None:
        pytest.fail(MISSING)
    (folder / "writer.cob").write_text(source)
    command = [compiler, "-x", "-std=ibm", "-fsign=EBCDIC", "-o", "writer", "writer.cob"]
    compiled = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert compiled.returncode == 0, compiled.stderr
    subprocess.run([folder / "writer"], cwd=folder, check=True)
    return (folder / "out.dat").read_bytes()


def expected(*, table: bool) -> list[dict[str, object]]:
    rows = []
    for name, numbers, months in zip(NAMES, NUMBERS, MONTHS, strict=True):
        row: dict[str, object] = {"record_type": "D", "person_name": name}
        for item, value in numbers.items():
            row[item.lower().replace("-", "_")] = Decimal(value)
        if table:
            row["month_count"] = len(months)
            row["month_paid"] = [
                {"paid_amount": Decimal(amount), "paid_channel": f"C{place}"}
                for place, amount in enumerate(months, start=1)
            ]
        rows.append(row)
    return rows


def assert_decoded(
    data: bytes, folder: Path, copybook: str, framing: Framing, encoding: str, *, table: bool
) -> None:
    """Either engine reads every value, and finds nothing wrong."""
    when = {"RECORD-TYPE": ("D",)}
    interface = declare(
        folder,
        copybook,
        framing=framing,
        encoding=encoding,
        records={"SAMPLE-RECORD": (Role.DETAIL, when)},
    )
    for engine in ("compiled", "numpy"):
        whole = decode_whole(data, interface, engine=engine)
        assert whole.findings.to_pylist() == []
        rows = whole.tables["SAMPLE-RECORD"].drop_columns(["_record_number", "_byte_offset"])
        assert rows.to_pylist() == expected(table=table)


@pytest.mark.parametrize(("ebcdic", "encoding"), [(False, "cp874"), (True, "cp037")])
def test_fixed_records(tmp_path, ebcdic, encoding):
    data = written_by_cobol(tmp_path, program(FIXED_PART, ebcdic=ebcdic, table=False))
    assert_decoded(data, tmp_path, FIXED_PART, Framing.FB, encoding, table=False)


@pytest.mark.parametrize(("ebcdic", "encoding"), [(False, "cp874"), (True, "cp838")])
def test_variable_records_with_a_counted_table(tmp_path, ebcdic, encoding):
    data = written_by_cobol(tmp_path, program(COPYBOOK, ebcdic=ebcdic, table=True))
    data = with_lengths_that_count_themselves(data)
    assert_decoded(data, tmp_path, COPYBOOK, Framing.VB, encoding, table=True)


def with_lengths_that_count_themselves(data: bytes) -> bytes:
    """The RDWs of z/OS instead of GnuCOBOL's, which leave their own four bytes out."""
    out = b""
    while data:
        length = int.from_bytes(data[:2], "big")
        out += (length + 4).to_bytes(2, "big") + b"\0\0" + data[4 : 4 + length]
        data = data[4 + length :]
    return out
