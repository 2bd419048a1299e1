"""GnuCOBOL as the judge of edited pictures, binary sizes, SYNCHRONIZED and DEPENDING ON.

Where GnuCOBOL is not IBM, the copybooks stay away: it aligns eight-byte binaries on 8, stores
S99 COMP-5 in one byte, puts slack bytes inside a group that begins with the aligned item, and moves
the last item of a table by the slack bytes at the end of an occurrence, even off its boundary.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from copybooks import item, named, record

from interfaces.model import BinarySize, Dialect
from parsers.copybook import CopybookError, parse_copybook
from parsers.layout import Field

MISSING = "cobc is missing: run `apt-get install gnucobol3` as root, then test again"
SYMBOLS = ("9", "Z", "*", "+", "-", "CR", "DB", ",", ".", "/", "0", "B", "$", "V", "X", "A", "S")
ONCE = ("CR", "DB", "V", "S", ".")
# GnuCOBOL lets a picture float only behind the point, and a currency symbol stand last; neither
# is in IBM's manual. A single symbol before the point or before insertion characters, with others
# of its kind behind them, floats for us only.
DISPUTED = re.compile(
    r"[B0/,]*[.V][B0/,]*([-+$])[B0/,]*\1.*|.*\$(CR|DB|[-+])?|([-+$])[B0/,]*[.V][B0/,]*\3.*"
    r"|[B0/,]*\$[B0/,]+\$[B0/,]*"
)


@pytest.fixture(scope="module")
def compiler() -> str:
    """Path of ``cobc``; its absence is a failure, not a reason to skip."""
    found = shutil.which("cobc")
    if found is None:
        pytest.fail(MISSING, pytrace=False)
    return found


def program(*, data: list[str], code: list[str]) -> str:
    """A free-format program."""
    head = ["IDENTIFICATION DIVISION.", "PROGRAM-ID. JUDGE.", "DATA DIVISION."]
    return "\n".join(
        [*head, "WORKING-STORAGE SECTION.", *data, "PROCEDURE DIVISION.", *code, "STOP RUN.", ""]
    )


def compiled(source: str, folder: Path, compiler: str, *options: str) -> str:
    """What the compiler prints."""
    (folder / "judge.cob").write_text(source, encoding="ascii")
    command = [compiler, "-free", "-std=ibm", *options, "judge.cob"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return run.stderr


def printed(source: str, folder: Path, compiler: str, *options: str) -> list[str]:
    """What the program prints; items behind a table slide."""
    messages = compiled(source, folder, compiler, "-x", "-o", "judge", "-fodoslide", *options)
    assert (folder / "judge").exists(), messages
    run = subprocess.run([folder / "judge"], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def pictures(seed: int, count: int) -> Iterator[str]:
    """Random strings of picture symbols, most of them invalid."""
    rng = random.Random(seed)
    for _ in range(count):
        symbols = rng.sample(SYMBOLS, rng.randint(1, 4))
        chosen = rng.choices(symbols, k=rng.randint(1, 6))
        picture = "".join(s if s in ONCE else s * rng.choice((1, 1, 2, 3)) for s in chosen)
        if picture[-1] not in ".," and not DISPUTED.fullmatch(picture):
            yield picture


def length_of(picture: str) -> int | None:
    """Bytes of an item with that picture, None when we refuse it."""
    try:
        [laid_out] = parse_copybook(f"01 A PIC {picture} .", source="a.cpy")
    except CopybookError:
        return None
    return laid_out.length


def test_pictures(tmp_path: Path, compiler: str) -> None:
    drawn = sorted(set(pictures(seed=3, count=4000)))
    items = [f"77 A{number} PIC {picture}." for number, picture in enumerate(drawn)]
    first = program(data=[], code=[]).splitlines().index("PROCEDURE DIVISION.") + 1
    messages = compiled(
        program(data=items, code=[]), tmp_path, compiler, "-fsyntax-only", "-fmax-errors=99999"
    )
    refused = {int(line) - first for line in re.findall(r":(\d+): error:", messages)}
    ours = {picture: length_of(picture) for picture in drawn}
    theirs = [picture for number, picture in enumerate(drawn) if number not in refused]
    assert [picture for picture, length in ours.items() if length is not None] == theirs
    assert 300 < len(theirs) < len(drawn) - 300

    items = [f"77 A{number} PIC {picture}." for number, picture in enumerate(theirs)]
    code = [f"DISPLAY LENGTH OF A{number}." for number in range(len(theirs))]
    lengths = printed(program(data=items, code=code), tmp_path, compiler)
    assert [ours[picture] for picture in theirs] == [int(length) for length in lengths]


@pytest.mark.parametrize("size", BinarySize)
def test_binary_sizes(size: BinarySize, tmp_path: Path, compiler: str) -> None:
    clauses = [
        f"PIC {sign}9({digits}) {usage}"
        for digits in range(1, 19)
        for sign, usage in (("", "COMP"), ("S", "COMP"), ("", "COMP-6"),
                            ("", "COMP-X"), ("", "COMP-3"))
    ]  # fmt: skip
    items = [f"77 A{number} {clause}." for number, clause in enumerate(clauses)]
    code = [f"DISPLAY LENGTH OF A{number}." for number in range(len(items))]
    options = ("-std=default", f"-fbinary-size={size.value}")
    lengths = printed(program(data=items, code=code), tmp_path, compiler, *options)
    ours = [item(clause, Dialect(binary_size=size)).length for clause in clauses]
    assert dict(zip(clauses, ours, strict=True)) == dict(
        zip(clauses, map(int, lengths), strict=True)
    )


START = [
    "01 START-P USAGE POINTER.",
    "01 START-N REDEFINES START-P PIC 9(18) COMP-5.",
    "01 ITEM-P USAGE POINTER.",
    "01 ITEM-N REDEFINES ITEM-P PIC 9(18) COMP-5.",
    "01 DISTANCE PIC 9(9).",
]


def elementary(fields: tuple[Field, ...], subscripts: int = 0) -> Iterator[tuple[Field, int]]:
    """Elementary items and how many subscripts they need; not the last items of tables."""
    for field in fields:
        depth = subscripts + (field.occurs is not None)
        if field.is_group:
            last = -1 if field.occurs is not None else None
            yield from elementary(field.children[:last], depth)
        else:
            yield field, depth


def judged(body: str, moves: list[str], folder: Path, compiler: str) -> None:
    """Compare the offset of every item, in the first occurrences."""
    laid_out = record(body)
    code = [*moves, "SET START-P TO ADDRESS OF R."]
    for field, depth in elementary(laid_out.fields):
        subscript = f"({' '.join(['1'] * depth)})" if depth else ""
        code += [
            f"SET ITEM-P TO ADDRESS OF {field.name}{subscript}.",
            "COMPUTE DISTANCE = ITEM-N - START-N.",
            "DISPLAY DISTANCE.",
        ]
    lines = printed(program(data=["01 R.", body, *START], code=code), folder, compiler)
    ours = {field.name: field.offset for field, _ in elementary(laid_out.fields)}
    assert dict(zip(ours, map(int, lines), strict=True)) == ours, body


class SyncWriter:
    """Draws records of synchronized items in nested groups and tables."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._names = 0

    def items(self, level: int, tables: int) -> Iterator[str]:
        for _ in range(self._rng.randint(2, 4)):
            occurs = f" OCCURS {self._rng.randint(2, 4)}" if self._chance(3) and tables < 3 else ""
            if level < 20 and self._chance(3):
                yield f"{level:02} {self._name()}{occurs}."
                # GnuCOBOL counts slack bytes before a first item as part of the group.
                yield f"{level + 5:02} {self._name()} PIC X({self._rng.randint(1, 5)})."
                yield from self.items(level + 5, tables + bool(occurs))
            else:
                yield f"{level:02} {self._name()} {self._clauses()}{occurs}."

    def _clauses(self) -> str:
        digits = self._rng.randint(1, 9)
        return self._rng.choice(
            (f"PIC X({digits})", f"PIC S9({digits}) COMP SYNC", f"PIC 9({digits}) BINARY SYNC LEFT",
             "COMP-1 SYNC", f"PIC 9({digits}) COMP-3 SYNC", f"PIC S9({digits}) COMP")
        )  # fmt: skip

    def _chance(self, one_in: int) -> bool:
        return self._rng.randrange(one_in) == 0

    def _name(self) -> str:
        self._names += 1
        return f"ITEM-{self._names}"


@pytest.mark.parametrize("seed", range(6))
def test_synchronized(seed: int, tmp_path: Path, compiler: str) -> None:
    judged("\n".join(SyncWriter(seed).items(5, 0)), [], tmp_path, compiler)


ODO = """
05 N PIC 9(2).
05 T OCCURS 1 TO 5 DEPENDING ON N.
   10 T-A PIC X(3).
   10 T-B PIC S9(5) COMP-3.
05 AFTER-T PIC X(4).
05 M PIC 9(4) COMP.
05 G.
   10 U PIC X(2) OCCURS 0 TO 3 DEPENDING ON M OF R.
   10 AFTER-U PIC 9(3).
05 V OCCURS 2.
   10 W PIC X OCCURS 1 TO 4 DEPENDING ON N.
   10 X1 PIC ZZ9.
05 Z PIC $$,$$9.99CR.
"""


def test_tables_with_counters_at_their_maximum(tmp_path: Path, compiler: str) -> None:
    judged(ODO.replace("1 TO 4", "1 TO 5"), ["MOVE 5 TO N.", "MOVE 3 TO M."], tmp_path, compiler)


def test_record_length_with_counters_at_their_minimum(tmp_path: Path, compiler: str) -> None:
    """The length that we say, against where the last item ends in a program that slides."""
    laid_out = record(ODO)
    code = ["MOVE 1 TO N.", "MOVE 0 TO M.", "SET START-P TO ADDRESS OF R.",
            "SET ITEM-P TO ADDRESS OF Z.", "COMPUTE DISTANCE = ITEM-N - START-N.",
            "DISPLAY DISTANCE."]  # fmt: skip
    lines = printed(program(data=["01 R.", ODO, *START], code=code), tmp_path, compiler)
    assert int(lines[0]) + named(laid_out, "Z").length == laid_out.min_length
