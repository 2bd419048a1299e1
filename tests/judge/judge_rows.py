"""Rows of random values for a record, and what decoding and encoding see of them.

A row has a value for each visible item by column: whole numbers in units of the item's scale,
texts, None for blank text, lists for tables. Items of redefinitions that another one overlays
are HIDDEN; those whose declared condition does not hold, too.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from judge_items import Content, Float, Item, Number, Text, families

CHARACTERS = string.ascii_letters + string.digits + " .<(+*);-/,%_>?:'="
NO_VIEW = " "


class Hidden(Enum):
    """Why there is no value: bytes of another view stand there, or a condition does not hold."""

    OVERLAID = "overlaid"
    EXCLUDED = "excluded"


class Assignment(NamedTuple):
    """A value and the item, or the occurrence of it, that gets it."""

    item: Item
    content: Content
    reference: str
    value: object


class RowWriter:
    """Random rows of one record."""

    def __init__(self, record: Item, seed: int) -> None:
        self._record = record
        self._rng = random.Random(seed)

    def row(self) -> dict[str, object]:
        """A value for every visible item."""
        row: dict[str, object] = {}
        self._counts = dict(self._drawn_counts())
        self._group([self._record], row, in_view=False)
        return row

    def _drawn_counts(self) -> Iterator[tuple[str, int]]:
        """A value for each counter that suits every table that depends on it."""
        repeats = [item.occurs for item in self._record.walk() if item.occurs]
        for counter in {repeat.counter: None for repeat in repeats if repeat.counter}:
            mine = [repeat for repeat in repeats if repeat.counter == counter]
            low, high = max(r.low for r in mine), min(r.high for r in mine)
            yield counter, self._rng.randint(low, high)

    def _group(self, items: list[Item], row: dict[str, object], *, in_view: bool) -> None:
        for family in families(items):
            if len(family) == 1:
                self._item(family[0], row, in_view=in_view)
                continue
            live = self._live(family, row)
            for view in family:
                if view is live:
                    self._item(view, row, in_view=True)
                else:
                    hidden = Hidden.EXCLUDED if view.selector else Hidden.OVERLAID
                    hide(view, row, hidden)

    def _live(self, family: list[Item], row: dict[str, object]) -> Item:
        """The view that holds; the selector's value says which, where one is declared."""
        if not family[1].selector:
            seen = [item for item in family if item.is_column]
            return self._rng.choice(seen or family)
        view = self._rng.choice(family[1:])
        row[column_of(view.selector)] = view.selected
        return view

    def _item(self, item: Item, row: dict[str, object], *, in_view: bool) -> None:
        if not item.is_column:
            return
        if item.occurs is None:
            self._once(item, row, in_view=in_view)
            return
        count = self._counts.get(item.occurs.counter, item.occurs.high)
        found: list[object] = []
        for _ in range(count):
            inner: dict[str, object] = {}
            self._once(item, inner, in_view=in_view)
            found.append(inner if is_group(item) else inner[item.column])
        row[item.column] = found

    def _once(self, item: Item, row: dict[str, object], *, in_view: bool) -> None:
        if is_group(item):
            self._group(item.children, row, in_view=in_view)
        elif item.is_column and item.content is not None:
            value = self._counts.get(item.name)
            drawn = self._value(item.content, never_blank=in_view)
            row[item.column] = drawn if value is None else value

    def _value(self, content: Content, *, never_blank: bool) -> object:
        if isinstance(content, Text):
            return self._text(content, never_blank)
        if isinstance(content, Float):
            return self._rng.choice((0, 1, -1, self._rng.randint(-content.most, content.most)))
        low, high = content.low, content.high
        size = 10 ** self._rng.randint(1, content.digits)
        inner = self._rng.randint(max(low, -size), min(high, size))
        return self._rng.choice((low, high, 0, min(1, high), inner, inner, inner, inner))

    def _text(self, content: Text, never_blank: bool) -> str | None:
        length = self._rng.choice((0, 1, content.width, self._rng.randint(0, content.width)))
        text = "".join(self._rng.choices(CHARACTERS, k=length))
        if not content.varchar:
            text = text.strip() if content.justified else text.rstrip()
        return text or ("x" if never_blank else None)


def is_group(item: Item) -> bool:
    """Whether the item has items in it that are seen on their own."""
    return item.content is None and bool(item.children)


def column_of(name: str) -> str:
    """Column of an item's name."""
    return name.lower().replace("-", "_")


def hide(item: Item, row: dict[str, object], hidden: Hidden) -> None:
    """Say of every column of an item that it has no value."""
    if is_group(item) and item.occurs is None:
        for child in item.children:
            hide(child, row, hidden)
    elif item.is_column:
        row[item.column] = hidden


def assignments(
    items: list[Item], row: dict[str, object], places: tuple[int, ...] = ()
) -> Iterator[Assignment]:
    """Every value of a row with a reference to where it goes, in file order."""
    for item in items:
        if is_group(item) and item.occurs is None:
            yield from assignments(item.children, row, places)
            continue
        value = row.get(item.column)
        if not item.is_column or isinstance(value, Hidden):
            continue
        if item.occurs is None:
            yield from _assigned(item, value, places)
            continue
        assert isinstance(value, list)
        for place, inner in enumerate(value, start=1):
            if is_group(item):
                yield from assignments(item.children, inner, (*places, place))
            else:
                yield from _assigned(item, inner, (*places, place))


def _assigned(item: Item, value: object, places: tuple[int, ...]) -> Iterator[Assignment]:
    assert item.content is not None
    subscript = f" ({' '.join(map(str, places))})" if places else ""
    yield Assignment(item, item.content, f"{item.name}{subscript}", value)


def columns(items: list[Item], row: dict[str, object]) -> dict[str, object]:
    """A row in the values of a decoded table: exact decimals, floats, texts."""
    found: dict[str, object] = {}
    for item in items:
        if is_group(item) and item.occurs is None:
            found |= columns(item.children, row)
        elif item.is_column and item.column in row:
            found[item.column] = _decoded(item, row[item.column])
    return found


def _decoded(item: Item, value: object) -> object:
    if isinstance(value, list):
        if is_group(item):
            return [columns(item.children, inner) for inner in value]
        assert item.content is not None
        return [exact(item.content, inner) for inner in value]
    return value if item.content is None else exact(item.content, value)


def overlaid(items: list[Item], row: dict[str, object]) -> Iterator[str]:
    """Columns, at any depth, whose bytes belong to another view."""
    for item in items:
        value = row.get(item.column)
        if value is Hidden.OVERLAID:
            yield from (below.column for below in item.walk())
        elif is_group(item) and isinstance(value, list):
            for inner in value:
                yield from overlaid(item.children, inner)
        elif is_group(item):
            yield from overlaid(item.children, row)


def exact(content: Content, value: object) -> object:
    """What a value stands for: a Decimal, a float, a text."""
    if isinstance(value, int) and isinstance(content, Number):
        return Decimal(f"{value}E{-content.scale}")
    if isinstance(value, int) and isinstance(content, Float):
        return value / content.divisor
    return value
