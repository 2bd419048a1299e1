"""COBOL statements that give an item a value, and that display the value of one."""

from __future__ import annotations

from collections.abc import Iterator

from judge_files import JudgedFile
from judge_items import Content, Float, Number, Text
from judge_rows import Assignment

from interfaces.model import Dialect

MARGIN = " " * 7
TO_EBCDIC = "JUDGE-ASC TO JUDGE-EBC"
FROM_EBCDIC = "JUDGE-EBC TO JUDGE-ASC"


def shape(content: Number) -> tuple[int, int]:
    """Digits before and behind the point that values may have."""
    return max(content.digits - content.scale, 0), max(content.scale, 0)


def show(whole: int, places: int) -> str:
    """Name of the item in which numbers of that shape are displayed."""
    return f"SHOW-{whole}-{places}"


def moved(assigned: Assignment, file: JudgedFile, dialect: Dialect) -> Iterator[str]:
    content, reference, value = assigned.content, assigned.reference, assigned.value
    if isinstance(content, Text):
        text = str(value or "")
        literal = f'X"{text.encode("ascii").hex()}"' if text else "SPACES"
        if content.varchar:
            yield from statement(f"MOVE {len(text)} TO {_part(reference, 'L')}")
            reference = _part(reference, "T")
        yield from statement(f"MOVE {literal} TO {reference}")
    elif isinstance(content, Number) and content.form == "index":
        yield from statement(f"SET {reference} TO {value}")
    else:
        yield from statement(f"MOVE {_literal(content, value, dialect)} TO {reference}")
    if file.is_ebcdic and content.is_display:
        yield from statement(f"INSPECT {reference} (1:) CONVERTING {TO_EBCDIC}")


def _part(reference: str, part: str) -> str:
    """The length or the text of a pair of level-49 items."""
    name, _, subscript = reference.partition(" ")
    return f"{name}-{part} {subscript}".rstrip()


def _literal(content: Content, value: object, dialect: Dialect) -> str:
    assert isinstance(value, int)
    if isinstance(content, Float):
        text = f"{value / content.divisor:.10f}".rstrip("0").rstrip(".")
    else:
        assert isinstance(content, Number)
        whole = str(abs(value)) + "0" * -min(content.scale, 0)
        places = max(content.scale, 0)
        whole = whole.zfill(places)
        text = "-" * (value < 0) + whole[: len(whole) - places]
        text += f".{whole[len(whole) - places :]}" if places else ""
    return text.replace(".", ",") if dialect.decimal_comma else text


def shown(assigned: Assignment, file: JudgedFile) -> Iterator[str]:
    content, reference = assigned.content, assigned.reference
    if isinstance(content, Text) and content.varchar:
        yield from statement(f'DISPLAY {_part(reference, "L")} ":" WITH NO ADVANCING')
        reference = _part(reference, "T")
    if file.is_ebcdic and content.is_display:
        yield from statement(f"INSPECT {reference} (1:) CONVERTING {FROM_EBCDIC}")
    if isinstance(content, Number) and content.form not in ("index", "edited"):
        yield from statement(f"MOVE {reference} TO {show(*shape(content))}")
        reference = show(*shape(content))
    elif isinstance(content, Float):
        yield from statement(f"MOVE {reference} TO JUDGE-FLOAT")
        reference = "JUDGE-FLOAT"
    yield from statement(f'DISPLAY "[" {reference} "]"')


def lines(*lines: str) -> list[str]:
    return [f"{MARGIN}{line}" for line in lines]


def statement(text: str) -> list[str]:
    """One word a line, so that no reference is too long for column 72."""
    return [f"{MARGIN}    {word}" for word in text.split(" ")] + [f"{MARGIN}    ."]
