"""GnuCOBOL as the judge of its own record descriptors: it reads what we write, we read what it
writes, in each of the forms that COB_VARSEQ_FORMAT selects."""

from __future__ import annotations

import os
import random
import shutil
import string
import subprocess
from pathlib import Path

import pytest
from framed_files import encoded, read

from exporters.framing import frame_block
from interfaces.container import DESCRIPTORS
from interfaces.model import FileRule, Framing, LineEnd

LONGEST = 300
MISSING = "cobc is missing: run `apt-get install gnucobol3` as root, then test again"
FORMS = {"gnucobol": 0, "gnucobol-4-big": 1, "gnucobol-4-little": 2, "gnucobol-2": 3}
SHARED = """
       IDENTIFICATION DIVISION.
       PROGRAM-ID. JUDGE.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT LINE-FILE ASSIGN TO "lines"
               ORGANIZATION LINE SEQUENTIAL.
           SELECT RECORD-FILE ASSIGN TO "records"
               ORGANIZATION SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  LINE-FILE.
       01  A-LINE               PIC X(310).
       FD  RECORD-FILE RECORD VARYING FROM 1 TO 300 CHARACTERS
           DEPENDING ON RECORD-SIZE.
       01  A-RECORD             PIC X(300).
       WORKING-STORAGE SECTION.
       01  RECORD-SIZE          PIC 9(5) COMP-5.
       01  SHOWN-SIZE           PIC 9(5).
       01  AT-END               PIC X VALUE "N".
       PROCEDURE DIVISION.
"""
WRITER = """
           OPEN INPUT LINE-FILE OUTPUT RECORD-FILE.
           PERFORM UNTIL AT-END = "Y"
               READ LINE-FILE
                   AT END MOVE "Y" TO AT-END
                   NOT AT END
                       MOVE A-LINE (1:5) TO SHOWN-SIZE
                       MOVE SHOWN-SIZE TO RECORD-SIZE
                       MOVE A-LINE (6:300) TO A-RECORD
                       WRITE A-RECORD
               END-READ
           END-PERFORM.
           CLOSE LINE-FILE RECORD-FILE.
           STOP RUN.
"""
READER = """
           OPEN INPUT RECORD-FILE OUTPUT LINE-FILE.
           PERFORM UNTIL AT-END = "Y"
               READ RECORD-FILE
                   AT END MOVE "Y" TO AT-END
                   NOT AT END
                       MOVE RECORD-SIZE TO SHOWN-SIZE
                       MOVE SPACES TO A-LINE
                       MOVE SHOWN-SIZE TO A-LINE (1:5)
                       MOVE A-RECORD (1:RECORD-SIZE) TO A-LINE (6:300)
                       WRITE A-LINE
               END-READ
           END-PERFORM.
           CLOSE LINE-FILE RECORD-FILE.
           STOP RUN.
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both programs, compiled; a missing compiler is a failure, not a reason to skip."""
    compiler = shutil.which("cobc")
    if compiler is None:
        pytest.fail(MISSING, pytrace=False)
    folder = tmp_path_factory.mktemp("cobol")
    for name, body in (("writer", WRITER), ("reader", READER)):
        (folder / f"{name}.cob").write_text(SHARED + body, "ascii")
        subprocess.run(
            [compiler, "-x", "-std=ibm", "-o", name, f"{name}.cob"], cwd=folder, check=True
        )
    return {name: folder / name for name in ("writer", "reader")}


@pytest.fixture
def records() -> list[bytes]:
    """Records of every length, without spaces at the end, which lines do not keep."""
    generator = random.Random(838)
    letters = string.ascii_letters + string.digits
    lengths = [*range(1, LONGEST + 1), LONGEST, 1, 255, 256, 257]
    return ["".join(generator.choices(letters, k=length)).encode() for length in lengths]


def run(program: Path, folder: Path, form: str) -> None:
    variables = {**os.environ, "COB_VARSEQ_FORMAT": str(FORMS[form])}
    subprocess.run([program], cwd=folder, env=variables, check=True)


def lines(records: list[bytes]) -> bytes:
    return b"".join(b"%05d%s\n" % (len(record), record) for record in records)


def rule(form: str) -> FileRule:
    return FileRule(Framing.V, "ascii", "X", descriptor=DESCRIPTORS[form])


@pytest.mark.parametrize("form", FORMS)
def test_we_read_what_gnucobol_writes(
    form: str, programs: dict[str, Path], records: list[bytes], tmp_path: Path
) -> None:
    (tmp_path / "lines").write_bytes(lines(records))
    run(programs["writer"], tmp_path, form)
    written = (tmp_path / "records").read_bytes()
    found, faults = read(written, rule(form), LONGEST, 1000)
    assert [record for _, _, record in found] == records
    assert faults == []
    assert frame_block(encoded(records), rule(form), LONGEST).tobytes() == written


@pytest.mark.parametrize("form", FORMS)
def test_gnucobol_reads_what_we_write(
    form: str, programs: dict[str, Path], records: list[bytes], tmp_path: Path
) -> None:
    framed = frame_block(encoded(records), rule(form), LONGEST)
    (tmp_path / "records").write_bytes(framed.tobytes())
    run(programs["reader"], tmp_path, form)
    assert (tmp_path / "lines").read_bytes() == lines(records)


def test_both_write_the_same_lines(
    programs: dict[str, Path], records: list[bytes], tmp_path: Path
) -> None:
    """LINE SEQUENTIAL is text with line feeds."""
    text = FileRule(Framing.TEXT, "ascii", "X", LineEnd.LF)
    framed = frame_block(encoded(records), rule("gnucobol"), LONGEST)
    (tmp_path / "records").write_bytes(framed.tobytes())
    run(programs["reader"], tmp_path, "gnucobol")
    sized = [b"%05d%s" % (len(record), record) for record in records]
    assert (tmp_path / "lines").read_bytes() == frame_block(encoded(sized), text, 310).tobytes()
