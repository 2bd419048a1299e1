"""A layout for people and programs: plain data for JSON, a text table, a Markdown page.

Nothing heavy is imported, so that ``prakan describe`` answers at once; Arrow types are therefore
named here, in Arrow's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from parsers.layout import Field, Occurs, Record

if TYPE_CHECKING:
    from interfaces.model import FieldRule

MOST_INT64_DIGITS = 18

_MARKUP = re.compile(r"[\\|*<]")

Rules = Mapping[str, "FieldRule"]


class OccursDescription(TypedDict):
    """How often an item repeats."""

    min: int
    max: int
    depending_on: str | None


class FieldDescription(TypedDict):
    """One item. ``offset`` counts from 0 and is that of the first occurrence; ``length`` is one
    occurrence in bytes; ``type`` is the Arrow type of the column, or ``group``."""

    path: str
    level: int
    offset: int
    length: int
    picture: str | None
    usage: str
    occurs: OccursDescription | None
    redefines: str | None
    type: str


class RecordDescription(TypedDict):
    """One 01 level, lengths in bytes."""

    name: str
    length: int
    min_length: int
    fields: list[FieldDescription]


class LayoutDescription(TypedDict):
    """A copybook."""

    records: list[RecordDescription]


def describe(records: Sequence[Record], rules: Rules | None = None) -> LayoutDescription:
    """The layout as plain data; groups are included, before their items, 66 levels at the end.

    ``rules`` are an interface's declared field rules, which turn digits into dates and periods.
    """
    return {"records": [_record(record, rules or {}) for record in records]}


def describe_text(records: Sequence[Record], rules: Rules | None = None) -> str:
    """A table for a terminal, one for each record."""
    return "\n\n".join(
        f"{record['name']}  {_length_text(record)}\n\n{_aligned(_rows(record))}"
        for record in describe(records, rules)["records"]
    )


def describe_markdown(records: Sequence[Record], rules: Rules | None = None) -> str:
    """A section with a table for each record, for a partner's specification page."""
    sections = []
    for record in describe(records, rules)["records"]:
        heading, *rows = _rows(record)
        lines = [heading, ["---"] * len(heading), *(_escaped(row) for row in rows)]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        sections.append(f"## {record['name']}\n\n{_length_text(record)}\n\n{table}\n")
    return "\n".join(sections)


def arrow_type_text(item: Field, rules: Rules | None = None) -> str:
    """Name of the Arrow type of an item's column, as Arrow prints it; ``group`` for a group."""
    if item.is_group:
        return "group"
    rule = (rules or {}).get(item.name)
    if rule is not None and rule.type is not None:
        text = {"date": "date32[day]", "period": "int32"}[rule.type.value]
    elif item.kind == "text":
        text = "string"
    elif item.kind == "float":
        text = "float" if item.ieee and item.length == 4 else "double"
    else:
        text = _number_type_text(item)
    return text if item.occurs is None else f"list<item: {text}>"


def _number_type_text(item: Field) -> str:
    digits = _value_digits(item)
    if item.scale > 0:
        return f"decimal128({digits}, {item.scale})"
    doubleword = item.native and item.signed and item.length == 8 and item.scale == 0
    fits = digits <= MOST_INT64_DIGITS or doubleword  # 19 digits, yet an int64 as they stand
    return "int64" if fits else f"decimal128({digits}, 0)"


def _value_digits(item: Field) -> int:
    """Most decimal digits of a number's values: those of its picture, positions of P counted, or
    those that its bytes can hold (COMP-5)."""
    if not item.native:
        return item.precision
    stored = len(str(1 << (8 * item.length - item.signed)))
    return stored - item.scale if item.scale < 0 else max(stored, item.scale)


def _record(record: Record, rules: Rules) -> RecordDescription:
    return {
        "name": record.name,
        "length": record.length,
        "min_length": record.min_length,
        "fields": list(_fields((*record.fields, *record.renames), "", rules)),
    }


def _fields(items: Sequence[Field], above: str, rules: Rules) -> Iterator[FieldDescription]:
    for item in items:
        path = above + item.name
        yield {
            "path": path,
            "level": item.level,
            "offset": item.offset,
            "length": item.length,
            "picture": item.picture,
            "usage": item.usage,
            "occurs": _occurs(item.occurs),
            "redefines": item.redefines,
            "type": arrow_type_text(item, rules),
        }
        yield from _fields(item.children, f"{path}.", rules)


def _occurs(occurs: Occurs | None) -> OccursDescription | None:
    if occurs is None:
        return None
    return {"min": occurs.minimum, "max": occurs.maximum, "depending_on": occurs.depending_on}


def _length_text(record: RecordDescription) -> str:
    if record["min_length"] == record["length"]:
        return f"{record['length']} bytes"
    return f"{record['min_length']} to {record['length']} bytes"


def _rows(record: RecordDescription) -> list[list[str]]:
    """Heading and one row for each field; positions count from 1, as on a partner's page."""
    heading = ["Position", "Length", "Level", "Name", "Picture", "Usage", "Occurs", "Redefines"]
    rows = [[*heading, "Type"]]
    for item in record["fields"]:
        rows.append(
            [
                str(item["offset"] + 1),
                str(item["length"]),
                f"{item['level']:02}",
                item["path"],
                item["picture"] or "",
                "" if item["usage"] == "group" else item["usage"],
                _occurs_text(item["occurs"]),
                item["redefines"] or "",
                item["type"],
            ]
        )
    return rows


def _occurs_text(occurs: OccursDescription | None) -> str:
    if occurs is None:
        return ""
    if occurs["depending_on"] is None:
        return str(occurs["max"])
    return f"{occurs['min']} to {occurs['max']} by {occurs['depending_on']}"


def _aligned(rows: list[list[str]]) -> str:
    """Columns padded to the widest cell; empty columns are left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    padded = [
        [cell.rjust(width) if column[0] in ("Position", "Length") else cell.ljust(width)
         for cell in column]
        for column in columns
        for width in [max(map(len, column))]
    ]  # fmt: skip
    return "\n".join("  ".join(cells).rstrip() for cells in zip(*padded, strict=True))


def _escaped(row: list[str]) -> list[str]:
    return [_MARKUP.sub(r"\\\g<0>", cell) for cell in row]
