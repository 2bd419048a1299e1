"""Small copybooks for tests: a record ``R``, one item ``A``, every item by name, an error."""

from __future__ import annotations

import pytest

from interfaces.model import Dialect
from parsers.copybook import CopybookError, parse_copybook
from parsers.layout import Field, Record

IBM = Dialect()


def record(body: str, dialect: Dialect = IBM) -> Record:
    """The one record of a free-format copybook whose 01 level is ``R``."""
    [only] = parse_copybook(f"01 R.\n{body}", source="r.cpy", dialect=dialect)
    return only


def item(clauses: str, dialect: Dialect = IBM) -> Field:
    """An elementary item with these clauses."""
    [only] = record(f"05 A {clauses} .", dialect).fields
    return only


def every_item(fields: tuple[Field, ...]) -> list[Field]:
    """Groups and what is in them, in file order."""
    return [f for top in fields for f in (top, *every_item(top.children))]


def named(laid_out: Record, name: str) -> Field:
    """The one item of that name."""
    [found] = [f for f in every_item(laid_out.fields) if f.name == name]
    return found


def extents(laid_out: Record) -> dict[str, tuple[int, int]]:
    """Offset and length by name."""
    return {f.name: (f.offset, f.length) for f in every_item(laid_out.fields)}


def error_of(text: str, dialect: Dialect = IBM) -> str:
    """Message of a copybook that cannot be laid out."""
    with pytest.raises(CopybookError) as error:
        parse_copybook(text, source="r.cpy", dialect=dialect)
    return str(error.value)


def error_in_record(body: str, dialect: Dialect = IBM) -> str:
    """Message of a body that starts in line 2 of a free-format record."""
    return error_of(f"01 R.\n{body}", dialect)
