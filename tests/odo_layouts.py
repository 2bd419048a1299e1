"""Random records with OCCURS DEPENDING ON, their copybooks, and a writer that knows no layout: it
puts one item behind the other, as a COBOL program with ODOSLIDE does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Text:
    """``PIC X``."""

    name: str
    width: int


@dataclass(frozen=True)
class Counter:
    """A whole number with a value from ``low`` to ``high``."""

    name: str
    clauses: str
    low: int
    high: int


@dataclass(frozen=True)
class Group:
    """A group that does not repeat."""

    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Table:
    """A group that repeats, or a text that does when ``width`` is set."""

    name: str
    low: int
    high: int
    counter: str | None
    items: tuple[Item, ...] = ()
    width: int = 0


Item = Text | Counter | Group | Table

DISPLAY = ("9(2)", "S9(2)", "S9(3) SIGN LEADING SEPARATE", "S9 SIGN LEADING")
USAGES = (
    *DISPLAY,
    "S9(3) COMP-3",
    "9(2) COMP-3",
    "9(3) COMP-6",
    "9(4) COMP",
    "S9(9) COMP",
    "S9(4) COMP-5",
    "9(18) COMP",
    "9(2) NATIONAL",
    "9(20)",
)


def number_bytes(clauses: str, value: int, encoding: str) -> bytes:
    """A small number, 0 to 9 without a minus, as the clauses say."""
    match clauses:
        case "9(2)" | "9(20)":
            return f"{value:0{2 if clauses == '9(2)' else 20}}".encode(encoding)
        case "S9(2)":
            return "0".encode(encoding) + "{ABCDEFGHI"[value].encode(encoding)
        case "S9 SIGN LEADING":
            return "{ABCDEFGHI"[value].encode(encoding)
        case "S9(3) SIGN LEADING SEPARATE":
            return f"+00{value}".encode(encoding)
        case "S9(3) COMP-3":
            return bytes([0, value << 4 | 0xC])
        case "9(2) COMP-3":
            return bytes([0, value << 4 | 0xF])
        case "9(3) COMP-6":
            return bytes([0, value])
        case "9(4) COMP" | "S9(4) COMP-5":
            return value.to_bytes(2, "big")
        case "S9(9) COMP":
            return value.to_bytes(4, "big")
        case "9(18) COMP":
            return value.to_bytes(8, "big")
        case "9(2) NATIONAL":
            return f"0{value}".encode("utf-16-be")
    raise AssertionError(clauses)


def copybook(items: Sequence[Item]) -> str:
    """The copybook of a record ``R``, in free format."""
    return "01 R.\n" + "".join(_lines(items, 5))


def _lines(items: Sequence[Item], level: int) -> list[str]:
    lines = []
    for item in items:
        match item:
            case Text(name, width):
                lines.append(f"{level:02} {name} PIC X({width}).\n")
            case Counter(name, clauses):
                lines.append(f"{level:02} {name} PIC {clauses}.\n")
            case Group(name, inner):
                lines += [f"{level:02} {name}.\n", *_lines(inner, level + 2)]
            case Table(name, low, high, counter, inner, width):
                occurs = f"OCCURS {high} TIMES"
                if counter is not None:
                    occurs = f"OCCURS {low} TO {high} DEPENDING ON {counter}"
                picture = f" PIC X({width})" if width else ""
                lines.append(f"{level:02} {name}{picture}\n   {occurs}.\n")
                lines += _lines(inner, level + 2)
    return lines


def write(items: Sequence[Item], dice: Random, encoding: str) -> tuple[bytes, dict[str, object]]:
    """A random record and its row of columns."""
    return _write(items, dice, encoding, {})


def _write(
    items: Sequence[Item], dice: Random, encoding: str, known: Mapping[str, int]
) -> tuple[bytes, dict[str, object]]:
    data, row, counts = b"", {}, dict(known)
    for item in items:
        column = item.name.lower()
        match item:
            case Text(_, width):
                row[column] = _text(width, dice)
                data += row[column].encode(encoding)
            case Counter(name, clauses, low, high):
                row[column] = counts[name] = dice.randint(low, high)
                data += number_bytes(clauses, counts[name], encoding)
            case Group(_, inner):
                # Its counters count what stands behind the group, too.
                more, values = _write(inner, dice, encoding, counts)
                counts |= {name: values[name.lower()] for name in _counters(inner)}
                data, row = data + more, row | values
            case Table(_, _, high, counter, inner, width):
                row[column] = elements = []
                for _ in range(high if counter is None else counts[counter]):
                    if width:
                        elements.append(_text(width, dice))
                        data += elements[-1].encode(encoding)
                    else:
                        more, values = _write(inner, dice, encoding, counts)
                        elements.append(values)
                        data += more
    return data, row


def _counters(items: Sequence[Item]) -> list[str]:
    names = [item.name for item in items if isinstance(item, Counter)]
    for item in items:
        if isinstance(item, Group):
            names += _counters(item.items)
    return names


def _text(width: int, dice: Random) -> str:
    return "".join(dice.choice(LETTERS) for _ in range(width))


def lengths(items: Sequence[Item], usages: Sequence[str] = USAGES) -> tuple[int, int]:
    """Least and greatest length of a record."""
    least = most = 0
    for item in items:
        match item:
            case Text(_, width):
                low = high = width
            case Counter(_, clauses):
                low = high = len(number_bytes(clauses, 0, "latin-1"))
            case Group(_, inner):
                low, high = lengths(inner)
            case Table(_, fewest, top, counter, inner, width):
                one = (width, width) if width else lengths(inner)
                low, high = one[0] * (top if counter is None else fewest), one[1] * top
        least, most = least + low, most + high
    return least, most


@st.composite
def records(draw: st.DrawFn, usages: Sequence[str] = USAGES) -> tuple[Item, ...]:
    """Items of a record that has at least one table with DEPENDING ON."""
    maker = _Maker(draw, usages)
    items = maker.items(0, [])
    if not maker.variable:
        items = (*items, *maker.variable_table(0, []), Text("LAST", 2))
    return items


class _Maker:
    def __init__(self, draw: st.DrawFn, usages: Sequence[str]) -> None:
        self._draw = draw
        self._usages = usages
        self._made = 0
        self.variable = False

    def items(self, depth: int, scope: list[Counter]) -> tuple[Item, ...]:
        """Items of one level; ``scope`` are the counters that stand in front of them."""
        scope = list(scope)
        made: list[Item] = []
        for _ in range(self._draw(st.integers(1, 3))):
            kind = self._draw(st.sampled_from(("text", "table", "fixed", "group", "number")))
            if kind == "number":
                made.append(self._counter())
                scope.append(made[-1])
            elif kind == "group" and depth < 3:
                made.append(Group(self._name("G"), self.items(depth + 1, scope)))
                scope += [item for item in made[-1].items if isinstance(item, Counter)]
            elif kind == "fixed" and depth < 3:
                high = self._draw(st.integers(1, 2))
                made.append(self._table(depth, scope, 0, high, None))
            elif kind == "table" and depth < 3:
                made += self.variable_table(depth, scope)
                scope += [item for item in made if isinstance(item, Counter)]
            else:
                made.append(Text(self._name("X"), self._draw(st.integers(1, 4))))
        return tuple(made)

    def variable_table(self, depth: int, scope: list[Counter]) -> list[Item]:
        """A table, with a counter of its own in front of it if it does not use another's."""
        self.variable = True
        if scope and self._draw(st.booleans()):
            counter = self._draw(st.sampled_from(scope))
            return [self._table(depth, scope, counter.low, counter.high, counter.name)]
        counter = self._counter()
        own = self._table(depth, [*scope, counter], counter.low, counter.high, counter.name)
        return [counter, own]

    def _table(
        self, depth: int, scope: list[Counter], low: int, high: int, counter: str | None
    ) -> Table:
        if self._draw(st.booleans()):
            width = self._draw(st.integers(1, 3))
            return Table(self._name("T"), low, high, counter, width=width)
        return Table(self._name("T"), low, high, counter, self.items(depth + 1, scope))

    def _counter(self) -> Counter:
        low = self._draw(st.integers(0, 1))
        high = self._draw(st.integers(max(low, 1), 3))
        return Counter(self._name("N"), self._draw(st.sampled_from(self._usages)), low, high)

    def _name(self, prefix: str) -> str:
        self._made += 1
        return f"{prefix}{self._made}"
