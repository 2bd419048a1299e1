"""66 levels: other views of the bytes of a record.

Rules: IBM Enterprise COBOL for z/OS, Language Reference, RENAMES clause.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from parsers.copybook.conditions import conditions
from parsers.copybook.counters import Names, qualifies
from parsers.copybook.entry import Reference
from parsers.copybook.tree import Item
from parsers.layout import Field, column_name


class _Found(NamedTuple):
    field: Field
    above: Names
    in_table: bool


def renamed_fields(record: Item, placed: Field) -> tuple[Field, ...]:
    """The 66 levels of a record that is laid out as ``placed``, its 01 level.

    A single elementary item keeps its type; a group or a range (THRU) is the text of its bytes.
    Raises CopybookError for items that are not there, lie in tables or stand in the wrong order.
    """
    items = list(_items(placed.children, (record.record_name,), in_table=False))
    return tuple(_renamed(item, items) for item in record.renames)


def _items(fields: tuple[Field, ...], above: Names, *, in_table: bool) -> Iterator[_Found]:
    for field in fields:
        inside = in_table or field.occurs is not None
        yield _Found(field, above, inside)
        yield from _items(field.children, (*above, field.name), in_table=inside)


def _renamed(item: Item, items: list[_Found]) -> Field:
    entry = item.entry
    clause = entry.renames
    if clause is None:
        raise entry.token.error("a 66 level has a name and RENAMES; add RENAMES")
    first = _find(clause.first, items)
    last = first if clause.last is None else _find(clause.last, items)
    start, end = first.offset, last.offset + last.length
    if clause.last is not None and (
        last is first or last.offset < start or end < start + first.length
    ):
        raise clause.last.token.error("does not end behind the first renamed item; correct it")
    token = (clause.last or clause.first).token
    for found in items:
        occurs, offset = found.field.occurs, found.field.offset
        if occurs is not None and occurs.is_variable and start <= offset < end:
            raise token.error("a table with DEPENDING ON cannot be renamed; rename other items")
    single = clause.last is None and not first.is_group
    view = first if single else _text(first, end - start)
    return replace(
        view,
        name=entry.name,
        column=column_name(entry.name),
        level=entry.level,
        redefines=first.name,
        conditions=conditions(
            item.conditions,
            characters=first.digits or view.length,
            length=view.length,
            numeric=view.kind == "number",
        ),
    )


def _text(first: Field, length: int) -> Field:
    return Field(
        name=first.name,
        column=first.column,
        level=first.level,
        offset=first.offset,
        length=length,
        picture=None,
        usage="display",
        kind="text",
    )


def _find(reference: Reference, items: list[_Found]) -> Field:
    token = reference.token
    found = [
        item
        for item in items
        if item.field.name == token.text and qualifies(item.above, reference.qualifiers)
    ]
    if not found:
        raise token.error("no item of this name in the record; correct the name")
    if len(found) > 1:
        raise token.error("several items have this name; qualify it with OF")
    if found[0].in_table:
        raise token.error("lies in a table and cannot be renamed; rename other items")
    return found[0].field
