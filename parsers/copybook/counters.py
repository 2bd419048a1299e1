"""DEPENDING ON: finding the counter of a table, and what a table at its minimum leaves out."""

from __future__ import annotations

from typing import NamedTuple

from parsers.copybook.entry import Reference
from parsers.layout import Field, Occurs

Names = tuple[str, ...]
Tables = tuple[int, ...]


class _Placed(NamedTuple):
    field: Field
    above: Names  # names of the groups above, the record first
    tables: Tables  # the tables around it, the outermost first


class Counters:
    """The elementary items of a record so far, any of which may count a table behind it."""

    def __init__(self) -> None:
        self._placed: dict[str, list[_Placed]] = {}

    def add(self, field: Field, above: Names, tables: Tables) -> None:
        """Note an elementary item."""
        self._placed.setdefault(field.name, []).append(_Placed(field, above, tables))

    def find(self, reference: Reference, tables: Tables) -> Field:
        """The counter of a table that lies in ``tables``; it may lie in the same occurrence.

        Raises CopybookError when there is none before the table in its record, when the name is
        ambiguous, when it lies in another table, and when it is no whole number.
        """
        token = reference.token
        found = [
            placed
            for placed in self._placed.get(token.text, ())
            if qualifies(placed.above, reference.qualifiers)
        ]
        if not found:
            raise token.error(
                "no elementary item of this name before the table in its record; "
                "a counter outside the record cannot be read, move it there"
            )
        if len(found) > 1:
            raise token.error("several items have this name; qualify it with OF")
        [(field, _, around)] = found
        if field.kind != "number" or field.scale != 0 or field.edit is not None:
            raise token.error("a counter is a whole number; give it such a picture")
        if around != tables[: len(around)]:
            raise token.error("the counter lies inside a table that this one is not in; move it")
        return field


def qualifies(above: Names, qualifiers: Names) -> bool:
    """Whether the qualifiers, innermost first, are among the names of the groups above."""
    remaining = iter(reversed(above))
    return all(name in remaining for name in qualifiers)


def has_counter(field: Field) -> bool:
    """Whether the item or one below it has DEPENDING ON."""
    variable = field.occurs is not None and field.occurs.is_variable
    return variable or any(has_counter(child) for child in field.children)


def absent_bytes(field: Field) -> int:
    """Bytes of all occurrences that are absent when every counter is at its minimum."""
    absent = sum(absent_bytes(child) for child in field.children)
    occurs = field.occurs or Occurs(1, 1)
    return occurs.maximum * field.length - occurs.minimum * (field.length - absent)
