"""The ``[sheet]`` table of a declaration against the copybook and the code lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interfaces.dated import CODE_LISTS
from interfaces.model import Interface, Role
from parsers.layout import Record


def sheet_problems(interface: Interface, records: Mapping[str, Record]) -> Iterator[str]:
    """Fields and code lists that the table names and that do not exist."""
    sheet = interface.sheet
    if sheet is None:
        return
    header, detail = (
        {item.name for item in records[interface.record(role).record].walk()}
        for role in (Role.HEADER, Role.DETAIL)
    )
    named = (
        ("headings", sheet.headings.values(), detail),
        ("words", sheet.words.keys(), detail),
        ("from_name", sheet.from_name.values(), header),
        ("sheet_name", (sheet.sheet_name,), header),
    )
    for key, fields, known in named:
        for name in sorted(set(fields) - known):
            has = ", ".join(sorted(known))
            yield f"[sheet] {key}: its record has no field {name!r}; it has {has}"
    for name in sorted(set(sheet.words.values()) - set(CODE_LISTS)):
        yield f"[sheet] words: no code list {name!r}; known: {', '.join(CODE_LISTS)}"
