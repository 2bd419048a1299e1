"""COBOL programs, as the mainframe would have them, read what we write of employers' files: they
move every field out of the shipped copybooks and add the amounts up for themselves."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from judge_cobol import Compiler, printed
from judge_variable import gnucobol_descriptors

from exporters.engine import Engine
from exporters.writer import FileWriter
from interfaces.model import Interface
from interfaces.registry import Registry
from parsers.arrow_types import ROW_IDENTITY, detail_schema
from parsers.codepages import code_page

DAY = date(2027, 1, 4)
CONTEXT = {"business_date": DAY, "sequence": 7, "books_from": None, "books_to": DAY}
ENGINES = pytest.mark.parametrize("engine", ["compiled", "numpy"])
THAI = code_page("cp838")
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
           SELECT JUDGED ASSIGN TO "JUDGED"
               ORGANIZATION IS SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  JUDGED
           RECORD IS VARYING FROM 1 TO 15000 DEPENDING ON SIZE-OF.
       COPY "{copybook}".
       WORKING-STORAGE SECTION.
       01  SIZE-OF           PIC 9(5) COMP-5.
       01  NO-MORE           PIC X VALUE "N".
       01  NTH               PIC 9(4) COMP-5.
       01  HASH-TOTAL        PIC 9(15) VALUE 0.
       01  WAGE-TOTAL        PIC S9(15)V99 COMP-3 VALUE 0.
       01  SHARE-TOTAL       PIC S9(15)V99 COMP-3 VALUE 0.
       01  ID-NUMBER         PIC 9(13).
       01  SHOW-AMOUNT       PIC -(15)9.99.
       01  SHOW-NUMBER       PIC -(9)9.
       01  SHOW-DAY          PIC 9(8).
       01  SHOW-BYTE         PIC 9(3).
       PROCEDURE DIVISION.
       MAIN.
           OPEN INPUT JUDGED
           PERFORM UNTIL NO-MORE = "Y"
               READ JUDGED AT END MOVE "Y" TO NO-MORE
               NOT AT END PERFORM ONE-RECORD
               END-READ
           END-PERFORM
           DISPLAY "ADDED " HASH-TOTAL
           MOVE WAGE-TOTAL TO SHOW-AMOUNT
           DISPLAY "ADDED " FUNCTION TRIM(SHOW-AMOUNT)
           MOVE SHARE-TOTAL TO SHOW-AMOUNT
           DISPLAY "ADDED " FUNCTION TRIM(SHOW-AMOUNT)
           STOP RUN.
       ONE-RECORD.
           INSPECT RECORD-TYPE CONVERTING THE-EBC TO THE-ASC
           EVALUATE RECORD-TYPE
               WHEN "H" PERFORM THE-HEADER
               WHEN "D" PERFORM A-DETAIL
               WHEN "T" PERFORM THE-TRAILER
               WHEN OTHER DISPLAY "UNKNOWN RECORD"
           END-EVALUATE.
       THE-HEADER.
           INSPECT {prefix}-HEADER-RECORD (1:39)
               CONVERTING THE-EBC TO THE-ASC
           DISPLAY "HEADER " HDR-FILE-ID " " HDR-BUSINESS-DATE " "
               HDR-SEQUENCE " " HDR-BOOKS-FROM " " HDR-BOOKS-TO.
{paragraphs}
"""
CONTRIBUTIONS = """
       A-DETAIL.
           INSPECT EMPLOYER-ACCOUNT CONVERTING THE-EBC TO THE-ASC
           INSPECT EMPLOYER-BRANCH CONVERTING THE-EBC TO THE-ASC
           INSPECT LINE-NUMBER CONVERTING THE-EBC TO THE-ASC
           MOVE PAID-PERIOD TO SHOW-DAY
           DISPLAY LINE-NUMBER "|" EMPLOYER-ACCOUNT "|"
               EMPLOYER-BRANCH "|" SHOW-DAY "|" WITH NO ADVANCING
           MOVE PART-NUMBER TO SHOW-NUMBER
           DISPLAY FUNCTION TRIM(SHOW-NUMBER) "|" WITH NO ADVANCING
           MOVE PART-COUNT TO SHOW-NUMBER
           DISPLAY FUNCTION TRIM(SHOW-NUMBER) "|" WITH NO ADVANCING
           MOVE BRANCH-PERSONS TO SHOW-NUMBER
           DISPLAY FUNCTION TRIM(SHOW-NUMBER) "|" WITH NO ADVANCING
           MOVE RECORD-WAGES TO SHOW-AMOUNT
           DISPLAY FUNCTION TRIM(SHOW-AMOUNT) "|" WITH NO ADVANCING
           MOVE RECORD-CONTRIBUTIONS TO SHOW-AMOUNT
           DISPLAY FUNCTION TRIM(SHOW-AMOUNT) "|" WITH NO ADVANCING
           MOVE PERSON-COUNT TO SHOW-NUMBER
           DISPLAY FUNCTION TRIM(SHOW-NUMBER)
           PERFORM VARYING NTH FROM 1 BY 1 UNTIL NTH > PERSON-COUNT
               INSPECT NATIONAL-ID (NTH)
                   CONVERTING THE-EBC TO THE-ASC
               MOVE NATIONAL-ID (NTH) TO ID-NUMBER
               ADD ID-NUMBER TO HASH-TOTAL
               ADD WAGE-AMOUNT (NTH) TO WAGE-TOTAL
               ADD CONTRIBUTION-AMOUNT (NTH) TO SHARE-TOTAL
               MOVE WAGE-AMOUNT (NTH) TO SHOW-AMOUNT
               DISPLAY NATIONAL-ID (NTH) "|"
                   FUNCTION TRIM(SHOW-AMOUNT) "|" WITH NO ADVANCING
               MOVE CONTRIBUTION-AMOUNT (NTH) TO SHOW-AMOUNT
               DISPLAY FUNCTION TRIM(SHOW-AMOUNT)
           END-PERFORM.
       THE-TRAILER.
           INSPECT FCT-TRAILER-RECORD (1:34)
               CONVERTING THE-EBC TO THE-ASC
           DISPLAY "TRAILER " TRL-RECORD-COUNT " " TRL-PERSON-COUNT
               " " TRL-ID-HASH
           MOVE TRL-WAGES TO SHOW-AMOUNT
           DISPLAY "TRAILER " FUNCTION TRIM(SHOW-AMOUNT)
           MOVE TRL-CONTRIBUTIONS TO SHOW-AMOUNT
           DISPLAY "TRAILER " FUNCTION TRIM(SHOW-AMOUNT).
"""
CHANGES = """
       A-DETAIL.
           INSPECT RGC-CHANGE-RECORD (2:39)
               CONVERTING THE-EBC TO THE-ASC
           INSPECT TITLE-CODE CONVERTING THE-EBC TO THE-ASC
           INSPECT ID-TYPE CONVERTING THE-EBC TO THE-ASC
           INSPECT NATIONALITY-CODE CONVERTING THE-EBC TO THE-ASC
           INSPECT SEX-CODE CONVERTING THE-EBC TO THE-ASC
           INSPECT LEAVING-REASON CONVERTING THE-EBC TO THE-ASC
           INSPECT MARITAL-STATUS CONVERTING THE-EBC TO THE-ASC
           INSPECT EMPLOYMENT-TYPE CONVERTING THE-EBC TO THE-ASC
           INSPECT ALIEN-TYPE CONVERTING THE-EBC TO THE-ASC
           INSPECT CHILD-DATA CONVERTING THE-EBC TO THE-ASC
           INSPECT SOURCE-FILE CONVERTING THE-EBC TO THE-ASC
           MOVE NATIONAL-ID TO ID-NUMBER
           ADD ID-NUMBER TO HASH-TOTAL
           DISPLAY LINE-NUMBER "|" CHANGE-KIND "|" EMPLOYER-ACCOUNT "|"
               EMPLOYER-BRANCH "|" NATIONAL-ID "|" TITLE-CODE "|"
               WITH NO ADVANCING
           PERFORM VARYING NTH FROM 1 BY 1 UNTIL NTH > 30
               MOVE FUNCTION ORD (GIVEN-NAME (NTH:1)) TO SHOW-BYTE
               DISPLAY SHOW-BYTE WITH NO ADVANCING
           END-PERFORM
           DISPLAY "|" WITH NO ADVANCING
           PERFORM VARYING NTH FROM 1 BY 1 UNTIL NTH > 35
               MOVE FUNCTION ORD (FAMILY-NAME (NTH:1)) TO SHOW-BYTE
               DISPLAY SHOW-BYTE WITH NO ADVANCING
           END-PERFORM
           DISPLAY "|" ID-TYPE "|" NATIONALITY-CODE "|" SEX-CODE "|"
               WITH NO ADVANCING
           MOVE BIRTH-DATE TO SHOW-DAY
           DISPLAY SHOW-DAY "|" WITH NO ADVANCING
           MOVE CHANGE-DATE TO SHOW-DAY
           DISPLAY SHOW-DAY "|" LEAVING-REASON "|" MARITAL-STATUS "|"
               EMPLOYMENT-TYPE "|" ALIEN-TYPE "|" CHILD-DATA "|"
               WITH NO ADVANCING
           MOVE RECEIVED-DATE TO SHOW-DAY
           DISPLAY SHOW-DAY "|" SOURCE-FILE "|" WITH NO ADVANCING
           MOVE SOURCE-RECORD TO SHOW-NUMBER
           DISPLAY FUNCTION TRIM(SHOW-NUMBER) WITH NO ADVANCING
           PERFORM VARYING NTH FROM 1 BY 1 UNTIL NTH > HOSPITAL-COUNT
               INSPECT HOSPITAL-CODE (NTH)
                   CONVERTING THE-EBC TO THE-ASC
               DISPLAY "|" HOSPITAL-CODE (NTH) WITH NO ADVANCING
           END-PERFORM
           DISPLAY "".
       THE-TRAILER.
           INSPECT RGC-TRAILER-RECORD (1:43)
               CONVERTING THE-EBC TO THE-ASC
           DISPLAY "TRAILER " TRL-RECORD-COUNT " " TRL-NEW-COUNT " "
               TRL-LEAVING-COUNT " " TRL-ID-HASH.
"""


def read_by_cobol(
    compiler: Compiler, interface: Interface, rows: list[dict[str, Any]], engine: Engine, at: Path
) -> list[str]:
    """What the program of that interface displays of a file with these rows."""
    identity = {field.name for field in ROW_IDENTITY}
    columns = [field for field in detail_schema(interface) if field.name not in identity]
    table = pa.Table.from_pylist(rows, schema=pa.schema(columns))
    with FileWriter(at / "ours", interface, CONTEXT, engine=engine) as writer:
        writer.write_details(table)
        writer.close()
    (at / "JUDGED").write_bytes(gnucobol_descriptors((at / "ours").read_bytes()))
    (at / interface.copybook.name).write_bytes(interface.copybook.read_bytes())
    is_changes = interface.name == "registration_changes"
    source = PROGRAM.format(
        copybook=interface.copybook.name,
        prefix="RGC" if is_changes else "FCT",
        paragraphs=(CHANGES if is_changes else CONTRIBUTIONS).strip("\n"),
    )
    return printed(compiler.compiled(source, at, interface.dialect), at)


def some_branches(rng: random.Random) -> list[dict[str, Any]]:
    """Records without persons, with one, and with as many as fit; with the largest amounts."""
    counts = [0, 1, 500, 499, 0, *(rng.randrange(1, 40) for _ in range(20))]
    rows = []
    for number, count in enumerate(counts, start=1):
        persons = [
            {
                "national_id": f"{rng.randrange(10**13):013d}",
                "wage_amount": Decimal(rng.choice((0, 1_725_075, 10**14 - 1))) / 100,
                "contribution_amount": Decimal(rng.choice((0, 86_300, 10**12 - 1))) / 100,
            }
            for _ in range(count)
        ]
        rows.append(
            {
                "record_type": "D",
                "line_number": number,
                "employer_account": f"{rng.randrange(10**10):010d}",
                "employer_branch": rng.choice(("000000", "000123", "999999")),
                "paid_period": rng.choice((202612, 202701)),
                "part_number": rng.choice((1, 2, 9_999)),
                "part_count": 9_999,
                "branch_persons": rng.choice((count, 999_999_999)),
                "record_wages": sum((p["wage_amount"] for p in persons), Decimal("0.00")),
                "record_contributions": sum(
                    (p["contribution_amount"] for p in persons), Decimal("0.00")
                ),
                "person_count": count,
                "person": persons,
            }
        )
    return rows


def branch_lines(row: dict[str, Any]) -> list[str]:
    """What the program displays of a record and of its persons."""
    head = (
        f"{row['line_number']:09d}|{row['employer_account']}|{row['employer_branch']}|"
        f"{row['paid_period'] + 54_300:08d}|{row['part_number']}|{row['part_count']}|"
        f"{row['branch_persons']}|{row['record_wages']:.2f}|{row['record_contributions']:.2f}|"
        f"{row['person_count']}"
    )
    persons = [
        f"{p['national_id']}|{p['wage_amount']:.2f}|{p['contribution_amount']:.2f}"
        for p in row["person"]
    ]
    return [head, *persons]


@ENGINES
def test_a_cobol_program_reads_every_branch_and_every_person_of_it(
    compiler: Compiler, tmp_path: Path, engine: Engine
) -> None:
    interface = Registry().get("filed_contributions.1")
    rows = some_branches(random.Random(20270104))
    displayed = read_by_cobol(compiler, interface, rows, engine, tmp_path)

    expected = [line for row in rows for line in branch_lines(row)]
    assert displayed[0] == "HEADER FCTFILE  25700104 000007 00000000 25700104"
    assert displayed[1 : 1 + len(expected)] == expected
    people = [person for row in rows for person in row["person"]]
    ids = f"{sum(int(p['national_id']) for p in people) % 10**15:015d}"
    sums = [
        f"{sum(p[name] for p in people):.2f}" for name in ("wage_amount", "contribution_amount")
    ]
    assert displayed[1 + len(expected) :] == [
        f"TRAILER {len(rows):09d} {len(people):09d} {ids}",
        *(f"TRAILER {amount}" for amount in sums),
        f"ADDED {ids}",
        *(f"ADDED {amount}" for amount in sums),
    ]


def some_changes(rng: random.Random) -> list[dict[str, Any]]:
    """People of both kinds with no hospital to three, and all that may be blank."""
    names = ("สมศักดิ์", "น้ำผึ้ง", "ก้องเกียรติ", "ปู่", "เก๋า")
    rows = []
    for number in range(1, 121):
        kind = rng.choice("NNL")
        hospitals = [f"{rng.randrange(10**7):07d}" for _ in range(rng.randrange(4))]
        rows.append(
            {
                "record_type": "D",
                "line_number": number,
                "change_kind": kind,
                "employer_account": f"{rng.randrange(10**10):010d}",
                "employer_branch": f"{rng.randrange(10**6):06d}",
                "national_id": f"{rng.randrange(10**13):013d}",
                "title_code": rng.choice(("003", "101", None)),
                "given_name": rng.choice(names),
                "family_name": "ใจดีเสมอ",
                "id_type": rng.choice(("1", None)),
                "nationality_code": rng.choice(("099", None)),
                "sex_code": rng.choice(("1", "2", None)),
                "birth_date": DAY - timedelta(days=rng.randrange(20_000)) if kind == "N" else None,
                "change_date": DAY - timedelta(days=rng.randrange(30)),
                "leaving_reason": "1" if kind == "L" else None,
                "marital_status": rng.choice(("1", None)),
                "employment_type": rng.choice(("1", None)),
                "alien_type": rng.choice(("1", None)),
                "child_data": rng.choice(("01" + 17 * "0", None)),
                "received_date": DAY,
                "source_file": f"{rng.randrange(16**16):016x}",
                "source_record": rng.choice((1, 999_999_999)),
                "hospital_count": len(hospitals),
                "hospital": [{"hospital_code": code} for code in hospitals],
            }
        )
    return rows


def change_line(row: dict[str, Any]) -> str:
    """What the program displays of a change; names as the bytes of the Thai page."""

    def day(value: date | None) -> str:
        return "00000000" if value is None else f"{value.year + 543}{value:%m%d}"

    def blank(name: str, width: int) -> str:
        return str(row[name] or "").ljust(width)

    def ordinals(name: str, width: int) -> str:
        return "".join(f"{byte + 1:03d}" for byte in THAI.encode(row[name]).ljust(width, b"\x40"))

    fields = [
        f"{row['line_number']:09d}",
        row["change_kind"],
        row["employer_account"],
        row["employer_branch"],
        row["national_id"],
        blank("title_code", 3),
        ordinals("given_name", 30),
        ordinals("family_name", 35),
        blank("id_type", 1),
        blank("nationality_code", 3),
        blank("sex_code", 1),
        day(row["birth_date"]),
        day(row["change_date"]),
        *(
            blank(name, 1)
            for name in ("leaving_reason", "marital_status", "employment_type", "alien_type")
        ),
        blank("child_data", 19),
        day(row["received_date"]),
        row["source_file"],
        str(row["source_record"]),
        *(hospital["hospital_code"] for hospital in row["hospital"]),
    ]
    return "|".join(fields)


@ENGINES
def test_a_cobol_program_reads_every_field_of_a_change(
    compiler: Compiler, tmp_path: Path, engine: Engine
) -> None:
    interface = Registry().get("registration_changes.1")
    rows = some_changes(random.Random(20270104))
    displayed = read_by_cobol(compiler, interface, rows, engine, tmp_path)

    assert displayed[0] == "HEADER REGCHNG  25700104 000007 00000000 25700104"
    assert [line.rstrip() for line in displayed[1:121]] == [change_line(row) for row in rows]
    kinds = [row["change_kind"] for row in rows]
    ids = f"{sum(int(row['national_id']) for row in rows) % 10**15:015d}"
    counts = f"{120:09d} {kinds.count('N'):09d} {kinds.count('L'):09d}"
    assert displayed[121] == f"TRAILER {counts} {ids}"
    assert displayed[122] == f"ADDED {ids}"
