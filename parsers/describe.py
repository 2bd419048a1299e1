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
NATIVE_DIGITS = {2: 5, 4: 10, 8: 19}  # decimal digits that a binary of so many bytes can hold

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
    """The layout as plain data; groups are included, before their items.

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
    else:
        text = _number_type_text(item)
    return text if item.occurs is None else f"list<item: {text}>"


def _number_type_text(item: Field) -> str:
    if item.scale <= 0 and (item.native or item.precision <= MOST_INT64_DIGITS):
        return "int64"
    precision = NATIVE_DIGITS[item.length] if item.native else item.precision
    return f"decimal128({precision}, {max(item.scale, 0)})"


def _record(record: Record, rules: Rules) -> RecordDescription:
    return {
        "name": record.name,
        "length": record.length,
        "min_length": record.min_length,
        "fields": list(_fields(record.fields, "", rules)),
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
