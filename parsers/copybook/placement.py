"""Item trees → records: byte offsets and lengths as an IBM compiler assigns them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from parsers.copybook.columns import with_columns
from parsers.copybook.conditions import conditions
from parsers.copybook.elementary import Inherited, elementary_field, inherit
from parsers.copybook.entry import OccursClause
from parsers.copybook.tokens import Token
from parsers.copybook.tree import Item
from parsers.layout import Field, Occurs, Record, column_name

LONGEST_RECORD: Final = 999_999_999


def place_record(item: Item) -> Record:
    """Lay out one 01 level; CopybookError for what the layout cannot express."""
    entry = item.entry
    if entry.occurs is not None:
        raise entry.occurs.token.error("a record cannot repeat; put OCCURS on a level below")
    placed = _Placement().place(item, 0, Inherited(), in_table=False)
    if placed.length > LONGEST_RECORD:
        raise entry.token.error(f"the record is longer than {LONGEST_RECORD} bytes; shorten it")
    return Record(
        name=entry.name,
        length=placed.length,
        min_length=placed.length - _variable_bytes(placed),
        fields=with_columns(placed.children if placed.is_group else (placed,), entry.token),
    )


class _Placement:
    """One record being laid out, with the elementary fields placed so far."""

    def __init__(self) -> None:
        self._placed: dict[str, list[Field]] = {}
        self._in_table: set[str] = set()

    def place(self, item: Item, offset: int, above: Inherited, *, in_table: bool) -> Field:
        """The item with everything below it; its bytes start at ``offset``."""
        entry = item.entry
        occurs = self._occurs(entry.occurs)
        in_table = in_table or occurs is not None
        if item.children:
            children = self._children(item, offset, inherit(above, entry), in_table)
            return _group(item, offset, occurs, children)
        placed = elementary_field(item, offset, above, occurs)
        self._placed.setdefault(entry.name, []).append(placed)
        if in_table:
            self._in_table.add(entry.name)
        return placed

    def _children(
        self, group: Item, offset: int, above: Inherited, in_table: bool
    ) -> tuple[Field, ...]:
        children: list[Field] = []
        end = offset
        original: Field | None = None
        overlaid: set[str] = set()  # names of the original and of its redefinitions
        for item in group.children:
            redefines = item.entry.redefines
            if redefines is None:
                _check_nothing_variable_before(item, original)
                placed = original = self.place(item, end, above, in_table=in_table)
                overlaid = set()
            else:
                original = _redefined(redefines, original, overlaid)
                placed = self.place(item, original.offset, above, in_table=in_table)
                placed = _redefinition(placed, original, redefines)
            overlaid.add(placed.name)
            children.append(placed)
            end = max(end, placed.offset + placed.total_length)
        return tuple(children)

    def _occurs(self, clause: OccursClause | None) -> Occurs | None:
        if clause is None:
            return None
        if clause.counter is not None:
            self._check_counter(clause.counter)
        counter = clause.counter.text if clause.counter else None
        return Occurs(clause.minimum, clause.maximum, counter)

    def _check_counter(self, counter: Token) -> None:
        fields = self._placed.get(counter.text, [])
        if not fields:
            raise counter.error("no elementary item of this name before the table; move it there")
        if len(fields) > 1:
            raise counter.error("several items have this name; rename the counter")
        if fields[0].kind != "number" or fields[0].scale != 0:
            raise counter.error("a counter is a whole number; give it such a picture")
        if counter.text in self._in_table:
            raise counter.error("a counter cannot lie inside a table; move it out")


def _group(item: Item, offset: int, occurs: Occurs | None, children: tuple[Field, ...]) -> Field:
    if occurs is not None and any(_has_counter(child) for child in children):
        raise item.entry.token.error("DEPENDING ON inside a table is not read; write OCCURS n")
    length = max(child.offset + child.total_length for child in children) - offset
    return Field(
        name=item.entry.name,
        column=column_name(item.entry.name),
        level=item.entry.level,
        offset=offset,
        length=length,
        picture=None,
        usage="group",
        kind="group",
        occurs=occurs,
        conditions=conditions(item.conditions, length=length, numeric=False),
        children=children,
    )


def _variable_bytes(item: Field) -> int:
    """Bytes that are absent when every counter is at its minimum."""
    if item.occurs is not None and item.occurs.is_variable:
        return (item.occurs.maximum - item.occurs.minimum) * item.length
    return sum(_variable_bytes(child) for child in item.children)


def _has_counter(item: Field) -> bool:
    variable = item.occurs is not None and item.occurs.is_variable
    return variable or any(_has_counter(child) for child in item.children)


def _check_nothing_variable_before(item: Item, before: Field | None) -> None:
    if before is not None and _has_counter(before):
        raise item.entry.token.error(
            f"items after a table with DEPENDING ON ({before.name}) are not read; "
            "move the table to the end"
        )


def _redefined(redefines: Token, original: Field | None, overlaid: set[str]) -> Field:
    if original is None or redefines.text not in overlaid:
        raise redefines.error(
            "not the item just before it at this level; REDEFINES follows the item it overlays"
        )
    if original.occurs is not None:
        raise redefines.error("a table cannot be redefined; redefine the group around it")
    if _has_counter(original):
        raise redefines.error("has DEPENDING ON and cannot be redefined; use a second record")
    return original


def _redefinition(placed: Field, original: Field, redefines: Token) -> Field:
    if _has_counter(placed):
        raise redefines.error("is redefined with DEPENDING ON, not read; use a second record")
    return replace(placed, redefines=original.name)
