"""Column names that are unique where a decoded batch needs them to be.

Plain groups are flattened, so all elementary fields of a record (or of one repeating group)
share one table. COBOL lets a name stand twice in different groups; such columns take the names
of their groups in front: ``HOME.CITY`` and ``WORK.CITY`` become ``home_city`` and ``work_city``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from parsers.copybook.tokens import Token
from parsers.layout import Field, column_name

_Path = tuple[str, ...]


def with_columns(fields: tuple[Field, ...], record: Token) -> tuple[Field, ...]:
    """The same fields with unique columns.

    Raises CopybookError, pointing at the record, when even the groups' names do not tell two
    columns apart, and for a table that has named items but no name itself.
    """
    paths = list(_columns_of(fields, (), record))
    taken = Counter(column_name(path[-1]) for path in paths)
    names = {
        path: column_name(path[-1] if taken[column_name(path[-1])] == 1 else "-".join(path))
        for path in paths
    }
    twice = [name for name, count in Counter(names[path] for path in paths).items() if count > 1]
    if twice:
        raise record.error(f"two items of it would both be column {twice[0]}; rename one")
    return tuple(_named(item, (), names, record) for item in fields)


def _columns_of(fields: tuple[Field, ...], above: _Path, record: Token) -> Iterator[_Path]:
    for item in fields:
        path = (*above, item.name)
        if item.is_group and item.occurs is None:
            yield from _columns_of(item.children, path, record)
        elif not item.is_filler:
            yield path
        elif any(not below.is_filler for below in item.walk()):
            raise record.error(
                f"the table at offset {item.offset} has no name to be a column; name it"
            )


def _named(item: Field, above: _Path, names: dict[_Path, str], record: Token) -> Field:
    path = (*above, item.name)
    if not item.is_group:
        return replace(item, column=names.get(path, item.column))
    if item.occurs is not None:
        return replace(
            item,
            column=names.get(path, item.column),
            children=with_columns(item.children, record),
        )
    children = tuple(_named(child, path, names, record) for child in item.children)
    return replace(item, children=children)
