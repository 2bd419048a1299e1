"""Edited pictures against GnuCOBOL: one program moves values to many pictures and prints them.

Left out is what GnuCOBOL 3.1 does otherwise than IBM: it shows ``/`` and ``0`` within suppressed
digits, where the Language Reference counts them to the suppressed string; it gives a fixed sign
beside a floating currency the sign's positive form; and a comma left of all digits becomes a
space (its bug 1278).
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from made_fields import edited

from parsers.codecs.edited import decode_edited, edit_digits
from parsers.codepages import code_page
from parsers.layout import Field

MARGIN = " " * 7
SWAPPED = str.maketrans(",.", ".,")
PAGE = code_page("cp874")
PICTURES = re.findall(
    r"\S+",
    """
    9(15) 9,999 99/99/9999 999B999 9990 0099 9B9B9 .99 $9.99 +99.99 99CR 999.99+ 999V99-
    ZZ9 ZZZ Z(18) Z,ZZ9 ZZ,ZZZ ZZZ,999 ZZZ.ZZ ZZZ.99 ZZ9.99 ZZB99 ZZB,ZZ9 Z,Z,Z.Z ZZVZZ ZZZV99
    $ZZ9 $ZZ,ZZ9.99DB $BZZ9 $0ZZ9 0ZZ9 /ZZ9 ZZZB ZZZ/ ZZZ, $ZZZ
    +ZZ9 -ZZ9 ZZ9+ ZZ9- ZZ9CR ZZ9DB ZZZCR ZZ,ZZ9.99CR ZZZ- ZZZ+ +ZZZ -ZZZ Z(5)9V9(2)-
    ***9 *** **,**9.99 ***.** *,***,***.99 $**,**9.99 *(3)B99 **B** ***,999 ***V**
    $B*,***,***.**BBDB *,***.**+ **,***,***.**+
    $$$9 $$,$$9.99 $$$.$$ $$$,999.99 $,$$9 B$$9 $$B$$9 $$$$V99 $$9CR
    +++9 ---9 +++ --- --,--9.99 ++,+++.++ ---.-- --V-- +,++9 -(12)9.9(4) $---9 $++9.99
    """,
)


def values_of(field: Field) -> list[int]:
    """Edges of a picture and some values of every length between them."""
    chosen = random.Random(field.edit.symbols)
    top = 10**field.digits - 1
    values = {0, 1, top, (top + 1) // 10, min(10**field.scale, top)}
    values |= {chosen.randrange(10 ** chosen.randint(1, field.digits)) for _ in range(8)}
    return sorted(values | {-value for value in values if field.signed})


def literal(value: int, scale: int, point: str) -> str:
    digits = str(abs(value)).zfill(scale + 1)
    whole, fraction = digits[: len(digits) - scale], digits[len(digits) - scale :]
    return "-" * (value < 0) + whole + (f"{point}{fraction}" if fraction else "")


def program(pictures: list[str], moves: list[tuple[Field, int]], *, comma: bool) -> str:
    lines = ["IDENTIFICATION DIVISION.", "PROGRAM-ID. JUDGE."]
    if comma:
        lines += ["ENVIRONMENT DIVISION.", "CONFIGURATION SECTION.", "SPECIAL-NAMES."]
        lines += ["    DECIMAL-POINT IS COMMA."]
    lines += ["DATA DIVISION.", "WORKING-STORAGE SECTION."]
    lines += [f"01 E{place} PIC {picture}." for place, picture in enumerate(pictures)]
    lines.append("PROCEDURE DIVISION.")
    for field, value in moves:
        lines.append(
            f"    MOVE {literal(value, field.scale, ',' if comma else '.')} TO {field.name}"
        )
        lines.append(f'    DISPLAY "[" {field.name} "]"')
    return "\n".join([*(MARGIN + line for line in lines), f"{MARGIN}    STOP RUN.", ""])


@pytest.fixture(scope="module", params=[False, True], ids=["point", "comma"])
def judged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, Field, int, str]]:
    """Picture, field, value and what GnuCOBOL makes of it."""
    folder: Path = tmp_path_factory.mktemp("edited")
    pictures = PICTURES
    if request.param:  # a period that ends a picture would end the sentence
        pictures = [p.translate(SWAPPED) for p in PICTURES if not p.endswith(",")]
    fields = [
        edited(picture, comma=request.param, name=f"E{place}")
        for place, picture in enumerate(pictures)
    ]
    moves = [(field, value) for field in fields for value in values_of(field)]
    (folder / "judge.cob").write_text(program(pictures, moves, comma=request.param), "ascii")
    compiler = shutil.which("cobc")
    if compiler is None:
        pytest.fail("cobc is missing: apt install gnucobol3", pytrace=False)
    subprocess.run([compiler, "-x", "-std=ibm", "judge.cob"], cwd=folder, check=True)
    run = subprocess.run([folder / "judge"], capture_output=True, text=True, check=True, timeout=30)
    lines = [line[1:-1] for line in run.stdout.splitlines()]
    names = [pictures[int(field.name[1:])] for field, _ in moves]
    return [
        (name, field, value, line)
        for name, (field, value), line in zip(names, moves, lines, strict=True)
    ]


def test_we_write_what_cobol_writes(judged: list[tuple[str, Field, int, str]]) -> None:
    for picture, field, value, wanted in judged:
        digits = np.array([[int(d)] for d in str(abs(value)).zfill(field.digits)], np.uint8)
        data = edit_digits(digits, np.array([value < 0]), field.edit, field.scale, PAGE)
        assert (picture, value, PAGE.decode(data.tobytes())) == (picture, value, wanted)


def test_we_read_what_cobol_writes(judged: list[tuple[str, Field, int, str]]) -> None:
    for picture, field, value, text in judged:
        matrix = np.frombuffer(text.encode("ascii"), np.uint8)[None]
        values, faults = decode_edited(matrix, field.edit, field.scale, PAGE)
        assert (picture, values.tolist(), faults.tolist()) == (picture, [value], [0])
