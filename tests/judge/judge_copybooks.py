"""Draws records: groups, redefinitions, tables, counters, with elementary items in them."""

from __future__ import annotations

from judge_choices import Choices
from judge_contents import BINARIES, GROUP_SIGNS, PACKED, ContentWriter
from judge_items import Item, Number, Repeat, Text

from interfaces.model import BinarySize, ByteOrder, Dialect, FloatFormat, Truncation

DEEPEST = 3
SELECTED = "AB"
SYNCHRONIZED = (
    ("PIC S9(4) COMP SYNC", Number(-9999, 9999, 4)),
    ("PIC 9(7) BINARY SYNCHRONIZED", Number(0, 9_999_999, 7)),
    ("PIC 9(5)V99 USAGE COMP SYNC LEFT", Number(0, 9_999_999, 7, 2)),
)


def some_dialect(choices: Choices) -> Dialect:
    """A dialect that GnuCOBOL has options for."""
    little = choices.chance(2)
    return Dialect(
        truncation=choices.one_of(Truncation.STD, Truncation.BIN),
        binary_size=choices.one_of(*BinarySize),
        byte_order=ByteOrder.LITTLE if little else ByteOrder.BIG,
        floats=FloatFormat.IEEE if little else FloatFormat.IBM,
        decimal_comma=choices.chance(3),
    )


class CopybookWriter:
    """Draws valid records; names are numbered, so that none is reserved or stands twice.

    ``names_from``: a number below all of them. ``sliding``: tables with counters stand anywhere,
    in one another too, and what follows them moves.
    """

    def __init__(
        self, seed: int, dialect: Dialect, *, names_from: int = 0, sliding: bool = False
    ) -> None:
        self._choices = Choices(seed)
        self._contents = ContentWriter(self._choices, dialect)
        self._one_of = self._choices.one_of
        self._integer = self._choices.integer
        self._chance = self._choices.chance
        self._dialect = dialect
        self._names = names_from
        self._sliding = sliding
        self._redefines = True
        self._repeats: dict[str, Repeat] = {}

    def record(self) -> Item:
        """One 01 level."""
        if self._chance(8):
            clauses, content = self._contents.number("display", "")
            return Item(1, self._name(), clauses, content)
        record = Item(1, self._name())
        if self._sliding and self._chance(2):
            record.children = self._slide()
            return self._finished(record)
        counter = self._counter() if self._chance(2) else None
        if counter:
            record.children.append(counter)
        record.children += self._items(5, 1, tables=0, usage="", signed=False)
        if counter:
            record.children.append(self._counted_table(counter))
        elif self._chance(2) and self._dialect.binary_size is BinarySize.IBM:
            width = self._integer(1, 5)
            record.children.append(Item(5, self._name(), (f"PIC X({width})",), Text(width)))
            record.children.append(self._synchronized())
            record.children += self._items(5, 1, tables=0, usage="", signed=False)
        return self._finished(record)

    def _finished(self, record: Item) -> Item:
        """The record with something to see in it and perhaps a 66 level."""
        if not record.is_column:
            record.children.append(Item(5, self._name(), ("PIC X(2)",), Text(2)))
        within = [
            item
            for item in record.children
            if not item.is_nameless and not item.occurs and not item.redefines
        ]
        variable = any(item.occurs and item.occurs.counter for item in record.walk())
        if within and not variable and self._chance(3):
            first = self._integer(0, len(within) - 1)
            last = self._integer(first, len(within) - 1)
            clause = f"RENAMES {within[first].name}"
            clause += f" {self._one_of('THRU', 'THROUGH')} {within[last].name}" * (last > first)
            record.children.append(Item(66, self._name(), (clause,)))
        return record

    def _slide(self) -> list[Item]:
        """Tables with counters, items before, between and behind them.

        Without redefinitions: GnuCOBOL counts those before an item that slides twice.
        """
        self._redefines = False
        counters = [self._counter() for _ in range(self._integer(1, 2))]
        found = [*counters, *self._items(5, 1, tables=0, usage="", signed=False)]
        for _ in range(self._integer(1, 2)):
            counter = self._one_of(*counters)
            nested = self._chance(3)
            outer = self._one_of(None, *counters)
            found.append(self._nest(outer, counter) if nested else self._counted_table(counter))
            found += self._items(5, 1, tables=0, usage="", signed=False)
        self._redefines = True
        return [*found, Item(5, self._name(), ("PIC X",), Text(1))]

    def _repeat(self, counter: Item) -> Repeat:
        """How often tables with that counter occur, the same for all of them."""
        low = self._integer(0, 3)
        drawn = Repeat(low, low + self._integer(1, 4), counter.name)
        return self._repeats.setdefault(counter.name, drawn)

    def _nest(self, outer: Item | None, counter: Item) -> Item:
        """A table with or without a counter, each occurrence of which has a counted table in it."""
        times = self._integer(1, 3)
        repeat = self._repeat(outer) if outer else Repeat(times, times)
        before = Item(7, self._name(), ("PIC X(2)",), Text(2))
        behind = Item(7, self._name(), ("PIC 9(3)",), Number(0, 999, 3, is_display=True))
        children = [before, self._counted_table(counter, level=7), behind]
        return Item(5, self._name(), occurs=repeat, children=children)

    def _counter(self) -> Item:
        clause = self._one_of(*BINARIES, *PACKED)
        return Item(5, self._name(), ("PIC 9(4)", clause), Number(0, 9999, 4))

    def _counted_table(self, counter: Item, level: int = 5) -> Item:
        table = Item(level, self._name(), occurs=self._repeat(counter))
        if self._chance(2):
            below = level + 2
            table.children = self._items(below, 2, tables=level // 3, usage="", signed=False)
            table.children.append(Item(below, self._name(), ("PIC X(2)",), Text(2)))
        else:
            table.clauses, table.content = ("PIC X(3)",), Text(3)
        return table

    def _synchronized(self) -> Item:
        """An item behind slack bytes, which IBM counts to the group in front if there is one."""
        clause, content = self._one_of(*SYNCHRONIZED)
        if self._dialect.truncation is not Truncation.STD:
            bytes_ = 2 if content.digits == 4 else 4
            signed = content.low < 0
            low = -(2 ** (8 * bytes_ - 1)) if signed else 0
            high = 2 ** (8 * bytes_ - signed) - 1
            content = Number(low, high, len(str(high)), content.scale, "native")
        return Item(5, self._name(), (clause,), content)

    def _items(
        self, level: int, depth: int, *, tables: int, usage: str, signed: bool
    ) -> list[Item]:
        """Some siblings, a few of them redefined; ``usage`` is that of the group above."""
        found: list[Item] = []
        for _ in range(self._integer(1, 4)):
            if tables < 3 and self._chance(4):
                table = self._item(level, self._name(), depth, tables + 1, usage, signed)
                times = self._integer(1, 3)
                table.occurs = Repeat(times, times)
                found.append(table)
            elif self._redefines and self._chance(4):
                found += self._redefined(level, depth, tables, usage, signed)
            else:
                name = self._name()
                shown = self._one_of(name, name, name, name, "FILLER", "")
                found.append(self._item(level, shown, depth, tables, usage, signed))
        return found

    def _redefined(
        self, level: int, depth: int, tables: int, usage: str, signed: bool
    ) -> list[Item]:
        """An original and its redefinitions; with declared conditions a selector before them."""
        declared = not usage and self._chance(2)
        views = [
            self._item(level, self._name(), depth, tables, usage, signed)
            for _ in range(self._integer(1, 2))
        ]
        if not declared:
            original = self._item(level, self._name(), depth, tables, usage, signed)
        else:
            original = Item(level, self._name(), ("PIC X",), Text(1))
        for view in views:
            view.redefines = original.name
        if not declared:
            return [original, *views]
        selector = Item(level, self._name(), ("PIC X",), Text(1))
        for view, value in zip(views, SELECTED, strict=False):
            view.selector, view.selected = selector.name, value
        return [selector, original, *views]

    def _item(
        self, level: int, name: str, depth: int, tables: int, usage: str, signed: bool
    ) -> Item:
        """A group in one case of three, as long as it is not too deep; else an elementary item."""
        if depth == DEEPEST or not self._chance(3):
            if not usage and name not in ("", "FILLER") and level < 40 and self._chance(8):
                return self._varchar(level, name)
            clauses, content = self._contents.elementary(usage, signed=signed)
            return Item(level, name, clauses, content)
        group_usage = "" if usage else self._one_of("", "", "", *BINARIES, *PACKED)
        sign = "" if usage or group_usage or signed else self._one_of(*GROUP_SIGNS)
        children = self._items(
            level + self._integer(1, 5),
            depth + 1,
            tables=tables,
            usage=usage or group_usage,
            signed=signed or bool(sign),
        )
        return Item(level, name, tuple(filter(None, (group_usage, sign))), children=children)

    def _varchar(self, level: int, name: str) -> Item:
        """A length and the text behind it, both of level 49."""
        width = self._integer(1, 9)
        pair = [
            Item(49, f"{name}-L", ("PIC S9(4)", self._one_of(*BINARIES))),
            Item(49, f"{name}-T", (f"PIC X({width})",)),
        ]
        return Item(level, name, content=Text(width, varchar=True), children=pair)

    def _name(self) -> str:
        self._names += 1
        styles = ("ITEM-{}", "Item-{}", "item-{}", "{}-ITEM", "DATE-{}", "A{}", "SUM-OF-{}")
        return self._one_of(*styles).format(self._names)
