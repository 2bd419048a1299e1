"""Programs that write the records of random rows, and read those that we have written.

One program has a file for each record. Started with WRITE it makes all files; started with READ
it displays every value in them: numbers as their stored digits, so that nothing is rounded.
Fields that hold characters are converted one by one in EBCDIC files.
"""

from __future__ import annotations

from collections.abc import Iterator

from judge_files import JudgedFile
from judge_items import Content, Number
from judge_rows import assignments
from judge_statements import lines, moved, shape, show, shown, statement

from interfaces.model import Dialect


def program(files: list[JudgedFile], dialect: Dialect) -> str:
    """Source in fixed format; every word of a statement has a line of its own."""
    return "\n".join([*_head(dialect), *_data(files), *_procedures(files, dialect), ""])


def _head(dialect: Dialect) -> list[str]:
    comma = ["    DECIMAL-POINT IS COMMA"] if dialect.decimal_comma else []
    return lines(
        "IDENTIFICATION DIVISION.",
        "PROGRAM-ID. JUDGE.",
        "ENVIRONMENT DIVISION.",
        "CONFIGURATION SECTION.",
        "SPECIAL-NAMES.",
        *comma,
        "    ALPHABET JUDGE-ASC IS STANDARD-1",
        "    ALPHABET JUDGE-EBC IS EBCDIC.",
        "INPUT-OUTPUT SECTION.",
        "FILE-CONTROL.",
    )


def _data(files: list[JudgedFile]) -> Iterator[str]:
    for nth, file in enumerate(files):
        yield from lines(
            f"    SELECT JUDGE-FILE-{nth}",
            f'        ASSIGN TO "{file.name}"',
            "        ORGANIZATION IS SEQUENTIAL.",
        )
    yield from lines("DATA DIVISION.", "FILE SECTION.")
    for nth, file in enumerate(files):
        yield from lines(f"FD  JUDGE-FILE-{nth}")
        if file.is_variable:
            yield from lines(
                "    RECORD IS VARYING FROM 1 TO 30000",
                "    DEPENDING ON JUDGE-SIZE.",
            )
        else:
            yield from lines("    RECORDING MODE IS F.")
        yield file.copybook
    shapes = {shape(c) for c in _contents(files) if isinstance(c, Number)}
    yield from lines(
        "WORKING-STORAGE SECTION.",
        "01  JUDGE-MODE       PIC X(5).",
        "01  JUDGE-SIZE       PIC 9(9) COMP-5.",
        "01  JUDGE-START      USAGE POINTER.",
        "01  JUDGE-START-N    REDEFINES JUDGE-START PIC 9(18) COMP-5.",
        "01  JUDGE-END        USAGE POINTER.",
        "01  JUDGE-END-N      REDEFINES JUDGE-END PIC 9(18) COMP-5.",
        "01  JUDGE-NEXT       PIC 9(9).",
        "01  JUDGE-FLOAT      COMP-2.",
        "01  JUDGE-AREA       PIC X(30000) BASED.",
        *(
            line
            for whole, places in sorted(shapes)
            for line in (f"01  {show(whole, places)}", f"    PIC {_wide(whole, places)}",
                         "    SIGN IS LEADING SEPARATE.")
        ),
    )  # fmt: skip


def _contents(files: list[JudgedFile]) -> Iterator[Content]:
    for file in files:
        yield from (item.content for item in file.record.walk() if item.content is not None)


def _wide(whole: int, places: int) -> str:
    return "S" + (f"9({whole})" if whole else "") + (f"V9({places})" if places else "")


def _procedures(files: list[JudgedFile], dialect: Dialect) -> Iterator[str]:
    yield from lines("PROCEDURE DIVISION.", "JUDGE-MAIN.")
    yield from statement("ACCEPT JUDGE-MODE FROM COMMAND-LINE")
    for nth in range(len(files)):
        yield from statement(
            f'IF JUDGE-MODE = "WRITE" PERFORM WRITE-{nth} ELSE PERFORM READ-{nth} END-IF'
        )
    yield from statement("STOP RUN")
    for nth, file in enumerate(files):
        yield from lines(f"WRITE-{nth}.")
        yield from _writing(nth, file, dialect)
        yield from lines(f"READ-{nth}.")
        yield from _reading(nth, file)


def _writing(nth: int, file: JudgedFile, dialect: Dialect) -> Iterator[str]:
    record = file.record.name
    counters = _counters(file)
    yield from statement(f"OPEN OUTPUT JUDGE-FILE-{nth}")
    for row in file.written:
        for counter, most in counters.items():
            yield from statement(f"MOVE {most} TO {counter}")
        yield from _filled(file)
        values = list(assignments([file.record], row))
        for assigned in sorted(values, key=lambda a: a.item.name not in counters):
            yield from moved(assigned, file, dialect)
        if file.is_variable:
            yield from _sized(file)
        yield from statement(f"WRITE {record}")
    yield from statement(f"CLOSE JUDGE-FILE-{nth}")


def _filled(file: JudgedFile) -> Iterator[str]:
    """Spaces wherever no value goes. GnuCOBOL counts redefinitions in the length of a variable
    record twice, so that a MOVE to it would write behind it."""
    blank = f'ALL X"{"40" if file.is_ebcdic else "20"}"'
    if not file.is_variable:
        yield from statement(f"MOVE {blank} TO {file.record.name}")
        return
    yield from _sized(file)
    yield from statement("SET ADDRESS OF JUDGE-AREA TO JUDGE-START")
    yield from statement(f"MOVE {blank} TO JUDGE-AREA (1:JUDGE-SIZE)")


def _counters(file: JudgedFile) -> dict[str, int]:
    """Counters with the largest value that each may have."""
    repeats = [item.occurs for item in file.record.walk() if item.occurs and item.occurs.counter]
    return {repeat.counter: repeat.high for repeat in repeats}


def _sized(file: JudgedFile) -> Iterator[str]:
    """Length of the record by the addresses of its start and of what would follow its last item.

    LENGTH OF the record is no help: see above.
    """
    last = file.end
    yield from statement(f"SET JUDGE-START TO ADDRESS OF {file.record.name}")
    if last.occurs and last.occurs.counter:
        yield from statement(f"COMPUTE JUDGE-NEXT = {last.occurs.counter} + 1")
        yield from statement(f"SET JUDGE-END TO ADDRESS OF {last.name} (JUDGE-NEXT)")
        yield from statement("COMPUTE JUDGE-SIZE = JUDGE-END-N - JUDGE-START-N")
    else:
        yield from statement(f"SET JUDGE-END TO ADDRESS OF {last.name}")
        yield from statement(
            f"COMPUTE JUDGE-SIZE = JUDGE-END-N - JUDGE-START-N + LENGTH OF {last.name}"
        )


def _reading(nth: int, file: JudgedFile) -> Iterator[str]:
    yield from statement(f"OPEN INPUT JUDGE-FILE-{nth}")
    for row in file.read:
        yield from statement(f"READ JUDGE-FILE-{nth}")
        for assigned in assignments([file.record], row):
            yield from shown(assigned, file)
    yield from statement(f"CLOSE JUDGE-FILE-{nth}")
