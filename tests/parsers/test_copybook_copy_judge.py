"""GnuCOBOL as the judge of COPY, REPLACE and continuation: ``cobc -E`` prints the text it makes.

Blanks around parentheses and quotation marks are not compared: GnuCOBOL sets some between the
words of an operand. Left out is where GnuCOBOL 3.1 is not IBM: REPLACING within a member copied
with REPLACING, which IBM refuses; REPLACE in effect over COPY with REPLACING, where it carries
out REPLACE first; and operands of several words beside others, where it goes on behind a match
that broke off instead of behind its first word.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.copybook.copying import expanded_words
from parsers.copybook.library import Library
from parsers.copybook.tokens import Token, entries

MISSING = "cobc is missing: run `apt-get install gnucobol3` as root, then test again"
MARGIN = " " * 7


@pytest.fixture(scope="module")
def compiler() -> str:
    """Path of ``cobc``; its absence is a failure, not a reason to skip."""
    found = shutil.which("cobc")
    if found is None:
        pytest.fail(MISSING, pytrace=False)
    return found


def judged(folder: Path, compiler: str) -> str:
    """The text that GnuCOBOL makes of ``main.cob``, in upper case with single blanks."""
    run = subprocess.run(
        [compiler, "-E", "-std=ibm", "main.cob"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    lines = [line for line in run.stdout.splitlines() if not line.startswith("#")]
    return even(" ".join(lines).upper())


def ours(folder: Path) -> str:
    text = (folder / "main.cob").read_text(encoding="ascii")
    words = expanded_words(text, source="main.cob", library=Library([folder]))
    return even(" ".join(" ".join(map(written, entry)) + "." for entry in entries(words)))


def written(token: Token) -> str:
    quoted = token.text.replace("'", "''")
    return f"'{quoted}'" if token.kind == "literal" else token.text


def even(text: str) -> str:
    return re.sub(r" ?([().']) ?", r"\1", re.sub(r"\s+", " ", text)).strip()


NAMES = ("OLD", "OLD-A", "A-OLD", "OLD-OLD", ":TAG:-A", "A-:TAG:", ":TAG:", "A-:TAG:-B", "old-b")
CLAUSES = ("PIC X(LEN)", "PIC X(5)", "PIC 9(4) COMP", "pic  x(len)", "VALUE 'A'", "VALUE 'OLD'",
           "PIC X", "COMP-3, VALUE 5", "PIC S9(LEN)V99")  # fmt: skip
OLD_WORDS = (
    "==OLD==",
    "OLD",
    "LEN",
    "'A'",
    "5",
    "==05==",
    "==TAG==",
    "OLD-A",
    "LEADING ==OLD==",
    "TRAILING ==OLD==",
    "LEADING ==A-==",
    "TRAILING ==-A==",
)
OLD_TEXTS = ("==:TAG:==", "==(LEN)==", "==PIC X==", "==A-:TAG:==", "==:tag:-A==", "==X(5)==",
             "== PIC  9 ( 4 ) COMP ==", "==OLD-A PIC==")  # fmt: skip
NEW_TEXTS = ("==NEW==", "====", "NEW", "==9==", "==A B==", "==:TAG:==", "'B'", "==OLD==")
NEW_PARTS = ("==NEW==", "==-X==", "====")


def pseudo(operand: str) -> str:
    """REPLACE has no other operands than pseudo-text."""
    return operand if "==" in operand else f"=={operand}=="


class TextWriter:
    """Draws a library of two members and a program that copies them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def write(self) -> dict[str, str]:
        inner = self._items()
        outer = [*self._items(), "COPY INNER.", *self._items()]
        main = []
        for _ in range(self._integer(1, 3)):
            member = self._one_of("INNER", "OUTER", "'OUTER.cpy'")
            if self._integer(1, 3) == 1:
                main += self._statement("REPLACE")
                main += [*self._items(), f"COPY {member}.", *self._items(), "REPLACE OFF."]
            else:
                main += [*self._items(), *self._statement(f"COPY {member} REPLACING")]
        files = {"INNER.cpy": inner, "OUTER.cpy": outer, "main.cob": main}
        return {
            name: "".join(f"{MARGIN}{line}\n" for line in lines) for name, lines in files.items()
        }

    def _items(self) -> list[str]:
        return [
            f"05 {self._one_of(*NAMES)} {self._one_of(*CLAUSES)}."
            for _ in range(self._integer(1, 4))
        ]

    def _statement(self, opening: str) -> list[str]:
        lines = [opening]
        olds = [self._one_of(*OLD_WORDS) for _ in range(self._integer(0, 3))]
        for old in olds or [self._one_of(*OLD_TEXTS)]:
            new = self._one_of(*(NEW_PARTS if "ING" in old else NEW_TEXTS))
            operands = (old, new) if opening != "REPLACE" else map(pseudo, (old, new))
            lines.append("    " + " BY ".join(operands))
        return [*lines, "    ."]

    def _one_of(self, *choices: str) -> str:
        return self._draw(st.sampled_from(choices))

    def _integer(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))


@st.composite
def texts(draw: st.DrawFn) -> dict[str, str]:
    return TextWriter(draw).write()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(files=texts())
def test_generated_texts(files: dict[str, str], tmp_path: Path, compiler: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="ascii")
    assert ours(tmp_path) == judged(tmp_path, compiler)


@pytest.mark.parametrize(
    "lines",
    [
        [" 01 CUST", "", "*    A COMMENT", "-       OMER PIC 9(", "-   5)."],
        [" 01 A PIC X(99) VALUE 'AB", "-    'CD'."],
        [" 01 A VALUE '" + "X" * 53, "-    'Y'."],
        [" 01 A VALUE '" + "X" * 52 + "'", "-    ''Y'."],
        [" 01 A VALUE 'IT''S", "-  '" + "Z" * 62, "-  'END'."],
        [" 01 A PIC ZZ", "-    9,9", "-    9."],
    ],
)
def test_continuation(lines: list[str], tmp_path: Path, compiler: str) -> None:
    text = "".join(f"000100{line}\n" for line in [*lines, " 01 Z PIC X."])
    (tmp_path / "main.cob").write_text(text, encoding="ascii")
    assert ours(tmp_path) == judged(tmp_path, compiler)
