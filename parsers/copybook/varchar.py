"""Level-49 pairs: a length and the text behind it, which Db2 programs declare for VARCHAR."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from parsers.copybook.entry import Reference
from parsers.copybook.tree import Item
from parsers.layout import Field

PAIR_LEVEL: Final = 49
_LENGTH_BYTES = 2


def as_varchar(group: Field, item: Item, referenced: frozenset[str]) -> Field:
    """One field of usage ``varchar`` for such a pair, any other group as it is.

    The pair is S9(4) binary and PIC X(n), both at level 49 and alone in their group. It stays a
    group when one of the two is in ``referenced``, the names that other items refer to.
    """
    if not _is_pair(group, item) or referenced & {child.name for child in group.children}:
        return group
    size, text = group.children
    return replace(
        group,
        picture=text.picture,
        usage="varchar",
        kind="text",
        little_endian=size.little_endian,
        conditions=(*group.conditions, *text.conditions),
        children=(),
    )


def references(item: Item) -> Iterator[str]:
    """Names that DEPENDING ON and RENAMES in a record refer to."""
    found: list[Reference | None] = [item.entry.occurs.counter if item.entry.occurs else None]
    for renames in item.renames:
        if renames.entry.renames is not None:
            found += [renames.entry.renames.first, renames.entry.renames.last]
    yield from (reference.token.text for reference in found if reference is not None)
    for child in item.children:
        yield from references(child)


def _is_pair(group: Field, item: Item) -> bool:
    if len(group.children) != 2 or any(child.level != PAIR_LEVEL for child in group.children):
        return False
    if any(child.occurs is not None or child.redefines is not None for child in group.children):
        return False
    size, text = group.children
    picture = item.children[0].entry.picture
    return (
        size.usage == "binary"
        and size.length == _LENGTH_BYTES
        and picture is not None
        and picture.kind == "number"
        and (picture.digits, picture.scale, picture.signed) == (4, 0, True)
        and (text.kind, text.usage) == ("text", "display")
        and group.length == _LENGTH_BYTES + text.length
    )
