"""Entries → item trees by level number, one tree for each 01 level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from parsers.copybook.entry import CONDITION_LEVEL, Entry
from parsers.layout import FILLER


@dataclass(slots=True)
class Item:
    """A data item with its subordinate items and its 88 levels, in source order."""

    entry: Entry
    children: list[Item] = field(default_factory=list)
    conditions: list[Entry] = field(default_factory=list)


def item_trees(entries: Iterable[Entry]) -> list[Item]:
    """The 01 levels with everything below them.

    Raises CopybookError for an item outside an 01 level, below an elementary item, or at a
    level that no open group has; and for a record without name or with that of another one.
    """
    records: list[Item] = []
    open_items: list[Item] = []
    for entry in entries:
        if entry.level == CONDITION_LEVEL:
            _add_condition(open_items, entry)
            continue
        item = Item(entry)
        if entry.level == 1:
            _check_record(records, entry)
            records.append(item)
            open_items = [item]
        else:
            _parent(open_items, entry).children.append(item)
            open_items.append(item)
    return records


def _add_condition(open_items: list[Item], entry: Entry) -> None:
    if not open_items:
        raise entry.token.error("an 88 level belongs below an item; put one before it")
    others = (entry.picture, entry.usage, entry.sign, entry.redefines, entry.occurs)
    if not entry.values or any(clause is not None for clause in others):
        raise entry.token.error("an 88 level has a name and VALUE, nothing else; correct it")
    if entry.name == FILLER:
        raise entry.token.error("an 88 level needs a name; write one")
    open_items[-1].conditions.append(entry)


def _check_record(records: list[Item], entry: Entry) -> None:
    if entry.name == FILLER:
        raise entry.token.error("a record needs a name; write one after 01")
    names = {record.entry.name for record in records}
    if entry.name in names:
        raise entry.token.error("a second record of this name; rename one")
    if entry.redefines is not None and entry.redefines.text not in names:
        raise entry.redefines.error("no record of this name before it; correct the name")


def _parent(open_items: list[Item], entry: Entry) -> Item:
    """The item to which the entry is subordinate; what it ends is taken from ``open_items``."""
    if not open_items:
        raise entry.token.error("stands outside a record; add an 01 level before it")
    closed: Item | None = None
    while open_items[-1].entry.level >= entry.level:
        closed = open_items.pop()
    if closed is not None and closed.entry.level != entry.level:
        raise entry.token.error(
            f"level {entry.level:02} has no sibling here, the group goes on at "
            f"{closed.entry.level:02}; use that level"
        )
    parent = open_items[-1]
    if parent.entry.picture is not None:
        raise parent.entry.token.error("a group has no PICTURE; remove it or the items below")
    return parent
