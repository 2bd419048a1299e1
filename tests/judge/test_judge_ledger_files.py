"""A COBOL program, as the mainframe would have one, reads the posting file that we write: it moves
every field out of the shipped copybook and adds the amounts up for itself."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from judge_cobol import Compiler, printed
from judge_variable import gnucobol_descriptors

from exporters.engine import Engine
from exporters.writer import FileWriter
from interfaces.registry import Registry
from parsers.arrow_types import ROW_IDENTITY, detail_schema

DAY = date(2027, 1, 4)
ENTRIES = 400
PROGRAM = """
       IDENTIFICATION DIVISION.
       PROGRAM-ID. JUDGE.
       ENVIRONMENT DIVISION.
       CONFIGURATION SECTION.
       SPECIAL-NAMES.
           ALPHABET THE-ASC IS STANDARD-1
           ALPHABET THE-EBC IS EBCDIC.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT POSTINGS ASSIGN TO "POSTINGS"
               ORGANIZATION IS SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  POSTINGS
           RECORD IS VARYING FROM 1 TO 100 DEPENDING ON SIZE-OF.
       COPY "ledger_posting.1.cpy".
       WORKING-STORAGE SECTION.
       01  SIZE-OF           PIC 9(4) COMP-5.
       01  NO-MORE           PIC X VALUE "N".
       01  CREDITED          PIC S9(15)V99 COMP-3 VALUE 0.
       01  TAKEN-BACK        PIC S9(15)V99 COMP-3 VALUE 0.
       01  HASH-TOTAL        PIC 9(15) VALUE 0.
       01  READ-ENTRIES      PIC 9(9) VALUE 0.
       01  ID-NUMBER         PIC 9(13).
       01  SHOW-AMOUNT       PIC -(15)9.99.
       01  SHOW-RECORD       PIC -(9)9.
       01  SHOW-LEG          PIC -(4)9.
       01  SHOW-NUMBER       PIC 9(8).
       PROCEDURE DIVISION.
       MAIN.
           OPEN INPUT POSTINGS
           PERFORM UNTIL NO-MORE = "Y"
               READ POSTINGS AT END MOVE "Y" TO NO-MORE
               NOT AT END PERFORM ONE-RECORD
               END-READ
           END-PERFORM
           MOVE CREDITED TO SHOW-AMOUNT
           DISPLAY "ADDED C " SHOW-AMOUNT
           MOVE TAKEN-BACK TO SHOW-AMOUNT
           DISPLAY "ADDED R " SHOW-AMOUNT
           DISPLAY "ADDED IDS " HASH-TOTAL
           DISPLAY "ENTRIES " READ-ENTRIES
           STOP RUN.
       ONE-RECORD.
           INSPECT RECORD-TYPE CONVERTING THE-EBC TO THE-ASC
           EVALUATE RECORD-TYPE
               WHEN "H" PERFORM THE-HEADER
               WHEN "D" PERFORM AN-ENTRY
               WHEN "T" PERFORM THE-TRAILER
               WHEN OTHER DISPLAY "UNKNOWN RECORD"
           END-EVALUATE.
       THE-HEADER.
           INSPECT LPG-HEADER-RECORD (1:39)
               CONVERTING THE-EBC TO THE-ASC
           DISPLAY "HEADER " HDR-FILE-ID " " HDR-BUSINESS-DATE " "
               HDR-SEQUENCE " " HDR-BOOKS-FROM " " HDR-BOOKS-TO.
       AN-ENTRY.
           ADD 1 TO READ-ENTRIES
           INSPECT NATIONAL-ID CONVERTING THE-EBC TO THE-ASC
           INSPECT SECTION-CODE CONVERTING THE-EBC TO THE-ASC
           INSPECT OPTION-CODE CONVERTING THE-EBC TO THE-ASC
           INSPECT ENTRY-KIND CONVERTING THE-EBC TO THE-ASC
           INSPECT CHANNEL-CODE CONVERTING THE-EBC TO THE-ASC
           INSPECT COLLECTOR CONVERTING THE-EBC TO THE-ASC
           INSPECT SOURCE-FILE CONVERTING THE-EBC TO THE-ASC
           IF ENTRY-CREDIT ADD ENTRY-AMOUNT TO CREDITED END-IF
           IF ENTRY-REVERSAL ADD ENTRY-AMOUNT TO TAKEN-BACK END-IF
           MOVE NATIONAL-ID TO ID-NUMBER
           ADD ID-NUMBER TO HASH-TOTAL
           DISPLAY NATIONAL-ID "|" SECTION-CODE "|" OPTION-CODE "|"
               ENTRY-KIND "|" WITH NO ADVANCING
           MOVE PAID-PERIOD TO SHOW-NUMBER
           DISPLAY SHOW-NUMBER "|" WITH NO ADVANCING
           MOVE ENTRY-AMOUNT TO SHOW-AMOUNT
           DISPLAY FUNCTION TRIM(SHOW-AMOUNT) "|" WITH NO ADVANCING
           MOVE EFFECTIVE-DATE TO SHOW-NUMBER
           DISPLAY SHOW-NUMBER "|" WITH NO ADVANCING
           MOVE BOOK-DATE TO SHOW-NUMBER
           DISPLAY SHOW-NUMBER "|" CHANNEL-CODE "|"
               FUNCTION TRIM(COLLECTOR) "|" SOURCE-FILE "|"
               WITH NO ADVANCING
           MOVE SOURCE-RECORD TO SHOW-RECORD
           MOVE SOURCE-LEG TO SHOW-LEG
           DISPLAY FUNCTION TRIM(SHOW-RECORD) "|"
               FUNCTION TRIM(SHOW-LEG).
       THE-TRAILER.
           INSPECT LPG-TRAILER-RECORD (1:43)
               CONVERTING THE-EBC TO THE-ASC
           MOVE TRL-CREDIT-AMOUNT TO SHOW-AMOUNT
           DISPLAY "TRAILER C " SHOW-AMOUNT
           MOVE TRL-REVERSAL-AMOUNT TO SHOW-AMOUNT
           DISPLAY "TRAILER R " SHOW-AMOUNT
           DISPLAY "TRAILER " TRL-RECORD-COUNT " " TRL-CREDIT-COUNT " "
               TRL-REVERSAL-COUNT " " TRL-ID-HASH.
"""


def some_entries(rng: random.Random) -> list[dict[str, object]]:
    """Entries of every kind, with the largest and the smallest values that fields hold."""
    rows: list[dict[str, object]] = []
    for number in range(1, ENTRIES + 1):
        section = rng.choice(("39", "40"))
        kind = rng.choice("CCCR")
        leg = rng.choice((1, 2, 9_999))
        rows.append(
            {
                "record_type": "D",
                "line_number": number,
                "national_id": f"{rng.randrange(10**13):013d}",
                "section_code": section,
                "option_code": None if section == "39" else rng.choice(("01", "02", "03")),
                "entry_kind": kind,
                "paid_period": rng.choice((202612, 202701, 203512)),
                "entry_amount": Decimal(rng.choice((1, 43_200, rng.randrange(1, 10**11)))) / 100,
                "effective_date": DAY - timedelta(days=rng.randrange(400)),
                "book_date": DAY,
                "channel_code": "02",
                "collector": rng.choice(("counter_service", "x" * 20)),
                "source_file": f"{rng.randrange(16**16):016x}",
                "source_record": rng.choice((2, 999_999_999, rng.randrange(2, 10**9))),
                "source_leg": leg if kind == "C" else -leg,
            }
        )
    return rows


def line_of(row: dict[str, object]) -> str:
    """What the program displays of an entry; years of the Buddhist era."""
    period, effective, booked = row["paid_period"], row["effective_date"], row["book_date"]
    assert isinstance(period, int) and isinstance(effective, date) and isinstance(booked, date)
    shown = [
        row["national_id"],
        row["section_code"],
        row["option_code"] or "  ",
        row["entry_kind"],
        f"{period + 54_300:08d}",
        f"{row['entry_amount']:.2f}",
        f"{effective.year + 543}{effective:%m%d}",
        f"{booked.year + 543}{booked:%m%d}",
        row["channel_code"],
        row["collector"],
        row["source_file"],
        row["source_record"],
        row["source_leg"],
    ]
    return "|".join(map(str, shown))


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_a_cobol_program_reads_every_field_and_finds_the_same_totals(
    compiler: Compiler, tmp_path: Path, engine: Engine
) -> None:
    interface = Registry().get("ledger_posting.1")
    rows = some_entries(random.Random(20270104))
    identity = {field.name for field in ROW_IDENTITY}
    columns = [field for field in detail_schema(interface) if field.name not in identity]
    table = pa.Table.from_pylist(rows, schema=pa.schema(columns))
    context = {"business_date": DAY, "sequence": 7, "books_from": None, "books_to": DAY}
    with FileWriter(tmp_path / "ours", interface, context, engine=engine) as writer:
        writer.write_details(table)
        writer.close()
    (tmp_path / "POSTINGS").write_bytes(gnucobol_descriptors((tmp_path / "ours").read_bytes()))
    (tmp_path / interface.copybook.name).write_bytes(interface.copybook.read_bytes())
    built = compiler.compiled(PROGRAM, tmp_path, interface.dialect)

    header, *displayed = printed(built, tmp_path)

    assert header == "HEADER LGRPOST  25700104 000007 00000000 25700104"
    assert displayed[:ENTRIES] == [line_of(row) for row in rows]
    of_kind = {k: [r["entry_amount"] for r in rows if r["entry_kind"] == k] for k in "CR"}
    sums = {kind: sum(map(Decimal, map(str, found))) for kind, found in of_kind.items()}
    ids = sum(int(str(row["national_id"])) for row in rows) % 10**15
    assert [" ".join(line.split()) for line in displayed[ENTRIES:]] == [
        f"TRAILER C {sums['C']}",
        f"TRAILER R {sums['R']}",
        f"TRAILER {ENTRIES:09d} {len(of_kind['C']):09d} {len(of_kind['R']):09d} {ids:015d}",
        f"ADDED C {sums['C']}",
        f"ADDED R {sums['R']}",
        f"ADDED IDS {ids:015d}",
        f"ENTRIES {ENTRIES:09d}",
    ]
