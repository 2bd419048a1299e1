"""Entries → item trees by level number, one tree for each 01 level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from parsers.copybook.entry import (
    CONDITION_LEVEL,
    INDEPENDENT_LEVEL,
    RENAMES_LEVEL,
    Entry,
)
from parsers.layout import FILLER


@dataclass(slots=True)
class Item:
    """A data item with its subordinate items and its 88 levels, in source order.

    Only an 01 level has ``renames``, its 66 levels, and ``record_name``, which is its name or,
    without one, FILLER, FILLER-2 and so on.
    """

    entry: Entry
    children: list[Item] = field(default_factory=list)
    conditions: list[Entry] = field(default_factory=list)
    renames: list[Item] = field(default_factory=list)
    record_name: str = ""


def item_trees(entries: Iterable[Entry], *, implied: str = "RECORD") -> list[Item]:
    """The 01 levels with everything below them; 77 levels are passed over.

    Items that begin a text without an 01 level are meant to be copied below one: they become a
    record named ``implied``, up to the first 01.

    An item belongs to the last item before it whose level number is less, so that items of one
    group may have different level numbers (IBM Enterprise COBOL Language Reference,
    level-numbers). Raises CopybookError for an item outside an 01 level or below an elementary
    item, and for a record with the name of another one.
    """
    records: list[Item] = []
    open_items: list[Item] = []
    for entry in entries:
        item = Item(entry)
        if entry.level == CONDITION_LEVEL:
            _add_condition(open_items, entry)
        elif entry.level == RENAMES_LEVEL:
            _add_renames(records, open_items, item)
            open_items = [item]
        elif entry.level == INDEPENDENT_LEVEL:
            open_items = [item]
        elif entry.level == 1:
            item.record_name = _record_name(records, entry)
            records.append(item)
            open_items = [item]
        else:
            if not records and not open_items:
                record = Item(Entry(1, implied, entry.token), record_name=implied)
                records.append(record)
                open_items = [record]
            _parent(open_items, entry).children.append(item)
            open_items.append(item)
    return records


def _add_condition(open_items: list[Item], entry: Entry) -> None:
    if not open_items:
        raise entry.token.error("an 88 level belongs below an item; put one before it")
    if not entry.values or _describes_storage(entry):
        raise entry.token.error("an 88 level has a name and VALUE, nothing else; correct it")
    if entry.name == FILLER:
        raise entry.token.error("an 88 level needs a name; write one")
    open_items[-1].conditions.append(entry)


def _add_renames(records: list[Item], open_items: list[Item], item: Item) -> None:
    entry = item.entry
    if not open_items or open_items[0].entry.level == INDEPENDENT_LEVEL:
        raise entry.token.error("a 66 level belongs to the record before it; add an 01 level")
    if entry.renames is None or entry.values or _describes_storage(entry):
        raise entry.token.error("a 66 level has a name and RENAMES, nothing else; correct it")
    if entry.name == FILLER:
        raise entry.token.error("a 66 level needs a name; write one")
    records[-1].renames.append(item)


def _describes_storage(entry: Entry) -> bool:
    """Whether a clause says how bytes are laid out, which 66 and 88 levels cannot."""
    clauses = (
        entry.picture, entry.usage, entry.sign, entry.redefines, entry.occurs, entry.justified,
        entry.blank_when_zero, entry.synchronized,
    )  # fmt: skip
    return any(clause is not None for clause in clauses)


def _record_name(records: list[Item], entry: Entry) -> str:
    names = {record.record_name for record in records}
    if entry.redefines is not None and entry.redefines.text not in names:
        raise entry.redefines.error("no record of this name before it; correct the name")
    if entry.name != FILLER:
        if entry.name in names:
            raise entry.token.error("a second record of this name; rename one")
        return entry.name
    name, number = FILLER, 1
    while name in names:
        number += 1
        name = f"{FILLER}-{number}"
    return name


def _parent(open_items: list[Item], entry: Entry) -> Item:
    """The item to which the entry is subordinate; what it ends is taken from ``open_items``."""
    top = open_items[0].entry.level if open_items else INDEPENDENT_LEVEL
    if top == INDEPENDENT_LEVEL:
        raise entry.token.error("stands outside a record; add an 01 level before it")
    if top == RENAMES_LEVEL:
        raise entry.token.error("stands behind the 66 levels of its record; move it before them")
    while open_items[-1].entry.level >= entry.level:
        open_items.pop()
    parent = open_items[-1]
    if parent.entry.picture is not None:
        raise parent.entry.token.error("a group has no PICTURE; remove it or the items below")
    return parent
