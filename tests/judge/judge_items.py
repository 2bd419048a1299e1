"""A copybook as the generator knows it: items, what values they may have, and rows of values.

Nothing here comes from the product's own reading of the copybook: what a value is and where it is
seen follow from how the item was drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

NumberForm = Literal["plain", "native", "index", "edited"]


@dataclass(frozen=True)
class Text:
    """Characters; ``varchar`` has a length of two bytes before them."""

    width: int
    justified: bool = False
    varchar: bool = False
    is_display: bool = True


@dataclass(frozen=True)
class Number:
    """Whole numbers ``low`` … ``high``, counted in units of 10 ** -``scale``.

    ``digits`` are those of the widest value. ``is_display``: stored as characters. ``native``:
    COMP-5. ``symbols``: an edited picture, a character each.
    """

    low: int
    high: int
    digits: int
    scale: int = 0
    form: NumberForm = "plain"
    is_display: bool = False
    symbols: str = ""


@dataclass(frozen=True)
class Float:
    """Floating point; values are whole numbers up to ``most`` divided by ``divisor``."""

    most: int
    divisor: int
    is_display: bool = False


Content = Text | Number | Float


@dataclass(frozen=True)
class Repeat:
    """OCCURS; with a ``counter`` from ``low`` to ``high`` times, else ``high`` times."""

    low: int
    high: int
    counter: str = ""


@dataclass
class Item:
    """An entry of a copybook; groups have no content but children.

    ``clauses`` may stand in any order. ``selector``: the item whose value says that this
    redefinition holds (declared), and ``selected`` that value.
    """

    level: int
    name: str
    clauses: tuple[str, ...] = ()
    content: Content | None = None
    children: list[Item] = field(default_factory=list)
    occurs: Repeat | None = None
    redefines: str = ""
    selector: str = ""
    selected: str = ""

    @property
    def column(self) -> str:
        """Name of the item's column in a decoded table."""
        return self.name.lower().replace("-", "_")

    @property
    def is_nameless(self) -> bool:
        """Whether nothing can refer to it."""
        return self.name in ("", "FILLER")

    @property
    def is_column(self) -> bool:
        """Whether the item, or anything in it, is seen in a decoded table."""
        if self.content is None:
            return any(child.is_column for child in self.children)
        return not self.is_nameless

    def walk(self) -> Iterator[Item]:
        """This item and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def families(items: list[Item]) -> list[list[Item]]:
    """Siblings that share bytes: an original and its redefinitions, or one alone."""
    found: list[list[Item]] = []
    for item in items:
        if item.redefines:
            found[-1].append(item)
        else:
            found.append([item])
    return found
