"""Column names that are unique where a decoded batch needs them to be.

Plain groups are flattened, so all elementary fields of a record (or of one repeating group)
share one table. COBOL lets a name stand twice in different groups; such columns take the names
of their groups in front: ``HOME.CITY`` and ``WORK.CITY`` become ``home_city`` and ``work_city``.
Where even that does not tell them apart, the later ones are numbered: ``g_a``, ``g_a_2``. A table
without a name that has named items is ``filler``, the next one ``filler_2`` and so on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from parsers.layout import FILLER, Field, column_name

_Path = tuple[str, ...]


def with_columns(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The same fields with unique columns."""
    names = iter(_unique(list(_paths(fields, ()))))
    return tuple(_named(item, names) for item in fields)


def _paths(fields: tuple[Field, ...], above: _Path) -> Iterator[_Path]:
    """Names that lead to each column, in order."""
    for item in fields:
        path = (*above, item.name)
        if item.is_group and item.occurs is None:
            yield from _paths(item.children, path)
        elif not item.is_filler:
            yield path


def _unique(paths: list[_Path]) -> list[str]:
    taken = Counter(column_name(path[-1]) for path in paths)
    wanted: list[str] = []
    for path in paths:
        name = column_name(path[-1])
        if taken[name] > 1 and path[-1] != FILLER:
            name = column_name("-".join(path))
        wanted.append(name)
    return _numbered(wanted)


def _numbered(wanted: list[str]) -> list[str]:
    """The same names, later ones of the same name with a number that no other one has."""
    reserved = set(wanted)
    following: dict[str, int] = {}
    columns: list[str] = []
    for name in wanted:
        number = following.get(name, 1)
        column = name
        while number > 1 and column in reserved:
            column = f"{name}_{number}"
            number += 1
        reserved.add(column)
        following[name] = max(number, 2)
        columns.append(column)
    return columns


def _named(item: Field, names: Iterator[str]) -> Field:
    if item.is_group and item.occurs is None:
        return replace(item, children=tuple(_named(child, names) for child in item.children))
    column = item.column if item.is_filler else next(names)
    if item.is_group:
        return replace(item, column=column, children=with_columns(item.children))
    return item if column == item.column else replace(item, column=column)
