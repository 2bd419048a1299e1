"""A program that prints where each item lies, and the compiler's own listing of their sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from judge_cobol import Compiler, printed
from judge_statements import MARGIN, statement

from interfaces.model import Dialect
from parsers.copybook import parse_copybook
from parsers.layout import Field, Occurs, Record

LISTED = re.compile(r"^(\d{5,}) \w+ +(\d\d) +([^\s,]+)", re.MULTILINE)
LISTED_NAME = 30  # characters of a name in the listing


@dataclass(frozen=True)
class Extent:
    """Where an item lies in its record and how long one occurrence of it is, in bytes."""

    name: str
    offset: int
    length: int


def assert_same_layout(
    copybooks: Sequence[str], folder: Path, compiler: Compiler, dialect: Dialect
) -> None:
    """Offsets, lengths and sizes of everything in some copybooks are those of GnuCOBOL."""
    copybook = "\n".join(copybooks)
    records = parse_copybook(copybook, source="judged.cpy", dialect=dialect)
    wanted = list(_extents(records))
    source = _program(records, copybooks, dialect)
    options = ("-t", "judge.lst", "-ftsymbols")
    lines = printed(compiler.compiled(source, folder, dialect, *options), folder)
    found = [
        Extent(extent.name, *map(int, line.split(",")))
        for extent, line in zip(wanted, lines, strict=True)
    ]
    wrong = [(ours, theirs) for ours, theirs in zip(wanted, found, strict=True) if ours != theirs]
    assert wrong == [], f"{wrong}\n{copybook}"
    listed = _listed((folder / "judge.lst").read_text("latin-1"))
    sizes = _sizes(records)
    unlike = [(ours, theirs) for ours, theirs in zip(sizes, listed, strict=True) if ours != theirs]
    assert unlike == [], f"{unlike}\n{copybook}"


# -- our side ----------------------------------------------------------------------------------


def _extents(records: tuple[Record, ...]) -> Iterator[Extent]:
    """What we say, in the order in which the program prints."""
    for record in records:
        for field, reference in _references(record):
            yield Extent(reference, field.offset, field.length)
        yield Extent(f"{record.name} at most", 0, record.length)
        yield Extent(f"{record.name} at least", 0, record.min_length)


def _references(record: Record) -> list[tuple[Field, str]]:
    """Items of a record with their references; an elementary record is referred to by its name."""
    if record.fields[0].level == 1:
        return [(record.fields[0], record.name)]
    items = list(_named_items(record.fields, (record.name,)))
    return items + [(item, f"{item.name} OF {record.name}") for item in record.renames]


def _named_items(
    fields: tuple[Field, ...], above: tuple[str, ...] = (), subscripts: int = 0
) -> Iterator[tuple[Field, str]]:
    """Every item that COBOL can refer to, with its qualified and subscripted reference."""
    for field in fields:
        depth = subscripts + (field.occurs is not None)
        has_name = field.name != "FILLER"
        if has_name:
            qualifiers = "".join(f" OF {name}" for name in above)
            subscript = f" ({' '.join(['1'] * depth)})" if depth else ""
            yield field, f"{field.name}{qualifiers}{subscript}"
        inner = (field.name, *above) if has_name else above
        yield from _named_items(field.children, inner, depth)


def _sizes(records: tuple[Record, ...]) -> Iterator[tuple[int, str, int]]:
    """Level, name and size of every entry as the listing has them: of groups and indexes all
    occurrences, of other items one."""

    def walk(fields: tuple[Field, ...]) -> Iterator[Field]:
        for field in fields:
            yield field
            yield from walk(field.children)

    for record in records:
        if record.fields[0].level != 1:
            yield 1, record.name[:LISTED_NAME], record.length
        for field in walk(record.fields):
            is_index = field.picture is None and field.usage == "binary"
            is_listed_whole = field.is_group or is_index or field.usage == "varchar"
            size = field.total_length if is_listed_whole else field.length
            yield field.level, field.name[:LISTED_NAME], size
        for field in record.renames:
            yield 66, field.name[:LISTED_NAME], field.length


# -- the compiler's side -----------------------------------------------------------------------

_ENVIRONMENT = (
    "IDENTIFICATION DIVISION.",
    "PROGRAM-ID. JUDGE.",
    "ENVIRONMENT DIVISION.",
    "CONFIGURATION SECTION.",
)
_WORK = (
    "WORKING-STORAGE SECTION.",
    "01  JUDGE-START          USAGE POINTER.",
    "01  JUDGE-START-N        REDEFINES JUDGE-START PIC 9(18) COMP-5.",
    "01  JUDGE-ITEM           USAGE POINTER.",
    "01  JUDGE-ITEM-N         REDEFINES JUDGE-ITEM PIC 9(18) COMP-5.",
    "01  JUDGE-NEXT           PIC 9(10).",
    "01  JUDGE-OFFSET         PIC 9(10).",
    "01  JUDGE-LENGTH         PIC 9(10).",
    "PROCEDURE DIVISION.",
)


def _listed(listing: str) -> list[tuple[int, str, int]]:
    """Entries of the symbol listing, the program's own and the pairs of level 49 left out."""
    return [
        (int(level), name.upper(), int(size))
        for size, level, name in LISTED.findall(listing)
        if level != "49" and not name.startswith("JUDGE-")
    ]


def _program(records: tuple[Record, ...], copybooks: Sequence[str], dialect: Dialect) -> str:
    """Fixed-format program that prints one line for each of our extents."""
    comma = "SPECIAL-NAMES. DECIMAL-POINT IS COMMA." if dialect.decimal_comma else ""
    lines = [f"{MARGIN}{line}" for line in [*_ENVIRONMENT, comma, *_file_control(copybooks)]]
    for nth, copybook in enumerate(copybooks):
        lines += [f"{MARGIN}FD  JUDGE-FILE-{nth}.", copybook]
    lines += [f"{MARGIN}{line}" for line in _WORK]
    for record in records:
        lines += statement(f"SET JUDGE-START TO ADDRESS OF {record.name}")
        lines += _counters(record, at_most=True)
        for _, reference in _references(record):
            lines += _measure(reference)
        lines += _measure_record(record)
        lines += _counters(record, at_most=False) + _measure_record(record)
    return "\n".join([*lines, *statement("STOP RUN"), ""])


def _file_control(copybooks: Sequence[str]) -> Iterator[str]:
    """A file for each copybook. In WORKING-STORAGE the compiler breaks down over the initial values
    of some records; in one file items that slide lie nowhere if they are not in its first record.
    """
    yield from ("INPUT-OUTPUT SECTION.", "FILE-CONTROL.")
    for nth in range(len(copybooks)):
        yield f'    SELECT JUDGE-FILE-{nth} ASSIGN TO "JUDGE.DAT".'
    yield from ("DATA DIVISION.", "FILE SECTION.")


def _counted(record: Record) -> list[tuple[Occurs, str]]:
    """Tables of a record that have a counter, with the reference to their first occurrence."""
    return [
        (field.occurs, reference)
        for field, reference in _references(record)
        if field.occurs is not None and field.occurs.is_variable
    ]


def _counters(record: Record, *, at_most: bool) -> list[str]:
    return [
        line
        for occurs, _ in _counted(record)
        for line in statement(
            f"MOVE {occurs.maximum if at_most else occurs.minimum} "
            f"TO {occurs.depending_on} OF {record.name}"
        )
    ]


def _measure(reference: str) -> list[str]:
    return [
        *statement(f"SET JUDGE-ITEM TO ADDRESS OF {reference}"),
        *statement("COMPUTE JUDGE-OFFSET = JUDGE-ITEM-N - JUDGE-START-N"),
        *statement(f"MOVE LENGTH OF {reference} TO JUDGE-LENGTH"),
        *statement('DISPLAY JUDGE-OFFSET "," JUDGE-LENGTH'),
    ]


def _measure_record(record: Record) -> list[str]:
    """Length of a record; of a variable one by where its last item ends.

    LENGTH OF a variable record is no help: GnuCOBOL 3.1 counts redefinitions in it twice.
    """
    if not _counted(record):
        return _measure(record.name)
    last = next(field for field in reversed(record.fields) if field.redefines is None)
    if last.occurs is None:
        end = statement(f"SET JUDGE-ITEM TO ADDRESS OF {last.name} OF {record.name}")
        more = f"+ LENGTH OF {last.name} OF {record.name}"
    else:
        end = [
            *statement(f"COMPUTE JUDGE-NEXT = {last.occurs.depending_on} OF {record.name} + 1"),
            *statement(f"SET JUDGE-ITEM TO ADDRESS OF {last.name} OF {record.name} (JUDGE-NEXT)"),
        ]
        more = ""
    return [
        *end,
        *statement("MOVE 0 TO JUDGE-OFFSET"),
        *statement(f"COMPUTE JUDGE-LENGTH = JUDGE-ITEM-N - JUDGE-START-N {more}".rstrip()),
        *statement('DISPLAY JUDGE-OFFSET "," JUDGE-LENGTH'),
    ]
