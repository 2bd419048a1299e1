"""GnuCOBOL as the judge: it compiles the same copybooks, we compare every offset and length.

A generated program includes the copybook, sets every counter to its maximum and prints where
each named item lies and how long one occurrence is; then the record length with every counter
at its minimum. Where GnuCOBOL is not IBM, the generator stays away: an unsigned COMP-5 of one
or two digits takes one byte there, COMP-1 and COMP-2 and SYNC are not read by us either.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interfaces.registry import SHIPPED
from parsers.copybook import parse_copybook
from parsers.layout import Field, Occurs, Record

MARGIN = " " * 7
MISSING = "cobc is missing: run `apt-get install gnucobol3` as root, then test again"


@dataclass(frozen=True)
class Extent:
    """Where an item lies in its record and how long one occurrence of it is, in bytes."""

    name: str
    offset: int
    length: int


# -- our side ----------------------------------------------------------------------------------


def named_items(
    fields: tuple[Field, ...], above: tuple[str, ...] = (), subscripts: int = 0
) -> Iterator[tuple[Field, str]]:
    """Every item that COBOL can refer to, with its qualified and subscripted reference."""
    for field in fields:
        depth = subscripts + (field.occurs is not None)
        if not field.is_filler:
            qualifiers = "".join(f" OF {name}" for name in above)
            subscript = f" ({' '.join(['1'] * depth)})" if depth else ""
            yield field, f"{field.name}{qualifiers}{subscript}"
        inner = above if field.is_filler else (field.name, *above)
        yield from named_items(field.children, inner, depth)


def references(record: Record) -> list[tuple[Field, str]]:
    """Items of a record with their references; an elementary record is referred to by its name."""
    if record.fields[0].level == 1:
        return [(record.fields[0], record.name)]
    return list(named_items(record.fields, (record.name,)))


def expected(records: tuple[Record, ...]) -> list[Extent]:
    """What we say, in the order in which the program prints."""
    extents = []
    for record in records:
        extents += [Extent(ref, f.offset, f.length) for f, ref in references(record)]
        extents.append(Extent(f"{record.name} at most", 0, record.length))
        extents.append(Extent(f"{record.name} at least", 0, record.min_length))
    return extents


# -- the compiler's side -----------------------------------------------------------------------


def counted_tables(record: Record) -> list[tuple[Occurs, str]]:
    """Tables of a record that have a counter, with the reference to their first occurrence."""
    return [
        (field.occurs, reference)
        for field, reference in references(record)
        if field.occurs is not None and field.occurs.is_variable
    ]


def program(records: tuple[Record, ...], copybook: str) -> str:
    """Fixed-format program that prints one line for each :func:`expected` extent."""
    lines = [
        f"{MARGIN}IDENTIFICATION DIVISION.",
        f"{MARGIN}PROGRAM-ID. JUDGE.",
        f"{MARGIN}DATA DIVISION.",
        f"{MARGIN}WORKING-STORAGE SECTION.",
        f"{MARGIN}01  JUDGE-START          USAGE POINTER.",
        f"{MARGIN}01  JUDGE-START-N        REDEFINES JUDGE-START PIC 9(18) COMP-5.",
        f"{MARGIN}01  JUDGE-ITEM           USAGE POINTER.",
        f"{MARGIN}01  JUDGE-ITEM-N         REDEFINES JUDGE-ITEM PIC 9(18) COMP-5.",
        f"{MARGIN}01  JUDGE-NEXT           PIC 9(10).",
        f"{MARGIN}01  JUDGE-OFFSET         PIC 9(10).",
        f"{MARGIN}01  JUDGE-LENGTH         PIC 9(10).",
        copybook,
        f"{MARGIN}PROCEDURE DIVISION.",
    ]
    for record in records:
        lines += statement(f"SET JUDGE-START TO ADDRESS OF {record.name}")
        tables = counted_tables(record)
        for occurs, _ in tables:
            lines += statement(f"MOVE {occurs.maximum} TO {occurs.depending_on} OF {record.name}")
        for _, reference in references(record):
            lines += measure(reference)
        if tables:
            [(occurs, table)] = tables
            lines += measure_end(table, occurs.maximum) + measure_end(table, occurs.minimum)
        else:
            lines += measure(record.name) * 2
    return "\n".join([*lines, *statement("STOP RUN"), ""])


def measure(reference: str) -> list[str]:
    return [
        *statement(f"SET JUDGE-ITEM TO ADDRESS OF {reference}"),
        *statement("COMPUTE JUDGE-OFFSET = JUDGE-ITEM-N - JUDGE-START-N"),
        *statement(f"MOVE LENGTH OF {reference} TO JUDGE-LENGTH"),
        *statement('DISPLAY JUDGE-OFFSET "," JUDGE-LENGTH'),
    ]


def measure_end(table: str, count: int) -> list[str]:
    """Length of a record that ends with ``count`` occurrences: where the next one would start.

    LENGTH OF such a record is no help: GnuCOBOL 3.1 counts redefinitions in it twice.
    """
    return [
        *statement(f"MOVE {count + 1} TO JUDGE-NEXT"),
        *statement(f"SET JUDGE-ITEM TO ADDRESS OF {table.replace('(1)', '(JUDGE-NEXT)')}"),
        *statement("MOVE 0 TO JUDGE-OFFSET"),
        *statement("COMPUTE JUDGE-LENGTH = JUDGE-ITEM-N - JUDGE-START-N"),
        *statement('DISPLAY JUDGE-OFFSET "," JUDGE-LENGTH'),
    ]


def statement(text: str) -> list[str]:
    """One word a line, so that no reference is too long for column 72."""
    return [f"{MARGIN}    {word}" for word in text.split(" ")] + [f"{MARGIN}    ."]


@pytest.fixture(scope="module")
def compiler() -> str:
    """Path of ``cobc``; its absence is a failure, not a reason to skip."""
    found = shutil.which("cobc")
    if found is None:
        pytest.fail(MISSING, pytrace=False)
    return found


def judged(records: tuple[Record, ...], copybook: str, folder: Path, compiler: str) -> list[Extent]:
    """What GnuCOBOL says, in the order of :func:`expected`."""
    source = folder / "judge.cob"
    source.write_text(program(records, copybook), encoding="ascii")
    compiled = subprocess.run(
        [compiler, "-x", "-std=ibm", "-o", "judge", source.name],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert compiled.returncode == 0, f"{compiled.stderr}\n{copybook}"
    run = subprocess.run([folder / "judge"], capture_output=True, text=True, check=True)
    printed = [tuple(map(int, line.split(","))) for line in run.stdout.splitlines()]
    names = [extent.name for extent in expected(records)]
    return [Extent(name, *line) for name, line in zip(names, printed, strict=True)]


def assert_same(copybook: str, folder: Path, compiler: str) -> None:
    records = parse_copybook(copybook, source="judged.cpy")
    assert expected(records) == judged(records, copybook, folder, compiler), copybook


# -- copybooks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.cpy")), ids=lambda path: path.stem)
def test_shipped_copybooks(path: Path, tmp_path: Path, compiler: str) -> None:
    assert_same(path.read_text(encoding="utf-8"), tmp_path, compiler)


SIGNS = ("", "SIGN LEADING", "SIGN IS TRAILING SEPARATE", "LEADING SEPARATE CHARACTER", "TRAILING")
GROUP_SIGNS = ("", "", "SIGN IS LEADING SEPARATE CHARACTER", "SIGN TRAILING")
BINARIES = ("COMP", "USAGE IS BINARY", "usage comp-4", "COMPUTATIONAL")
PACKED = ("COMP-3", "USAGE PACKED-DECIMAL", "usage is Computational-3")
DEEPEST = 3


class CopybookWriter:
    """Draws one valid copybook; names are numbered, so that none is reserved or stands twice."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._names = 0
        self._lines: list[str] = []

    def write(self) -> str:
        for _ in range(self._integer(1, 3)):
            self._record()
        return "\n".join(self._lines)

    def _record(self) -> None:
        if self._chance(8):
            self._entry(1, self._name(), *self._number("display", ""))
            return
        self._entry(1, self._name())
        counter = self._name() if self._chance(2) else None
        if counter:
            self._entry(5, counter, "PIC 9(4)", self._one_of("COMP", "COMP-3", ""))
        self._items(5, 1, tables=0, usage="", signed=False)
        if counter:
            low = self._integer(0, 3)
            occurs = f"OCCURS {low} TO {low + self._integer(1, 9)} TIMES DEPENDING ON {counter}"
            if self._chance(2):
                self._entry(5, self._name(), occurs)
                self._items(7, 2, tables=1, usage="", signed=False)
            else:
                self._entry(5, self._name(), "PIC X(3)", occurs)

    def _items(self, level: int, depth: int, *, tables: int, usage: str, signed: bool) -> None:
        """Some siblings, a few of them redefined; ``usage`` is that of the group above."""
        for _ in range(self._integer(1, 4)):
            name = self._name()
            repeats = tables < 3 and self._chance(4)
            redefinitions = 0 if repeats or not self._chance(3) else self._integer(1, 2)
            if repeats:
                index = self._one_of("", f"INDEXED BY I-{name}")
                occurs = f"OCCURS {self._integer(1, 4)} {self._one_of('', 'TIMES')} {index}"
                self._item(level, name, occurs, depth, tables + 1, usage, signed)
                continue
            shown = name if redefinitions else self._one_of(name, name, name, "FILLER", "")
            self._item(level, shown, "", depth, tables, usage, signed)
            for _ in range(redefinitions):
                self._item(level, self._name(), f"REDEFINES {name}", depth, tables, usage, signed)

    def _item(
        self,
        level: int,
        name: str,
        clause: str,
        depth: int,
        tables: int,
        usage: str,
        signed: bool,
    ) -> None:
        """A group in one case of three, as long as it is not too deep; else an elementary item."""
        if depth == DEEPEST or not self._chance(3):
            self._entry(level, name, clause, *self._elementary(usage, signed))
            return
        group_usage = "" if usage else self._one_of("", "", "", *BINARIES, *PACKED)
        sign = "" if usage or group_usage or signed else self._one_of(*GROUP_SIGNS)
        self._entry(level, name, clause, group_usage, sign)
        self._items(
            level + self._integer(1, 5),
            depth + 1,
            tables=tables,
            usage=usage or group_usage,
            signed=signed or bool(sign),
        )

    def _elementary(self, usage: str, signed: bool) -> tuple[str, ...]:
        """Picture and clauses; under a group's ``usage`` or sign none that contradicts it."""
        if usage:
            return self._number("packed" if usage in PACKED else "binary", "")
        kind = self._one_of("text", "display", "packed", "binary", "native")
        if kind == "text":
            return (self._one_of("PIC X(7)", "pic xx", "PICTURE IS A(3)X9(2)", "Pic X(012)"),)
        if kind == "display":
            return self._number(kind, "" if signed else self._one_of(*SIGNS))
        clauses = {"packed": PACKED, "binary": BINARIES, "native": ("COMP-5",)}
        return self._number(kind, self._one_of(*clauses[kind]))

    def _number(self, kind: str, clause: str) -> tuple[str, ...]:
        most = 31 if kind in ("display", "packed") else 18
        least = 3 if kind == "native" else 1
        digits = self._integer(least, most)
        fraction = self._integer(0, digits)
        whole = digits - fraction
        body = f"9({whole})" if whole else ""
        body += f"V9({fraction})" if fraction else ""
        if digits <= most - 3:
            body = self._one_of(body, body, f"VPP9({digits})", f"P9({digits})", f"9({digits})PPP")
        sign = "S" if clause in SIGNS[1:] else self._one_of("", "S")
        return f"PIC {sign}{body}", clause

    def _entry(self, level: int, name: str, *clauses: str) -> None:
        words = [f"{level:02} {name}", *(clause for clause in clauses if clause)]
        self._lines += [f"{MARGIN}{word}" for word in words[:-1]]
        self._lines.append(f"{MARGIN}{words[-1]}.")

    def _name(self) -> str:
        self._names += 1
        return f"{self._one_of('ITEM', 'Item', 'item')}-{self._names}"

    def _one_of(self, *choices: str) -> str:
        return self._draw(st.sampled_from(choices))

    def _integer(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def _chance(self, one_in: int) -> bool:
        return self._integer(1, one_in) == one_in


@st.composite
def copybooks(draw: st.DrawFn) -> str:
    return CopybookWriter(draw).write()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(copybook=copybooks())
def test_generated_copybooks(copybook: str, tmp_path: Path, compiler: str) -> None:
    assert_same(copybook, tmp_path, compiler)
