"""Reads COBOL copybooks: text in, :class:`parsers.layout.Record` out.

source lines → tokens → entries → item trees → pictures and usages → placement. Whatever an
IBM compiler would lay out differently from what we can say is an error that names file, line,
column and word; nothing is guessed.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from parsers.copybook.clauses import parse_entry
from parsers.copybook.errors import CopybookError, Place
from parsers.copybook.placement import place_record
from parsers.copybook.source import source_lines
from parsers.copybook.tokens import entries
from parsers.copybook.tree import item_trees
from parsers.layout import Record

if TYPE_CHECKING:
    from interfaces.model import Interface

__all__ = ["CopybookError", "Place", "load_layout", "parse_copybook", "read_copybook"]


def parse_copybook(text: str, *, source: str) -> tuple[Record, ...]:
    """Lay out every 01 level of a copybook, in order.

    ``source`` is the name of the copybook in errors. Raises CopybookError, whose message is
    ``source:line:column: word: what to do``.
    """
    items = item_trees(parse_entry(tokens) for tokens in entries(source_lines(text, source=source)))
    if not items:
        raise CopybookError(Place(source, 1, 1), "copybook", "has no 01 level; add one")
    return tuple(place_record(item) for item in items)


def read_copybook(path: Path) -> tuple[Record, ...]:
    """:func:`parse_copybook` of a UTF-8 file; also CopybookError when it is not UTF-8."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        place = Place(path.name, before.count(b"\n") + 1, column)
        word = f"byte {data[error.start]:02X}"
        raise CopybookError(place, word, "not UTF-8; save the copybook as UTF-8") from None
    return parse_copybook(text, source=path.name)


def load_layout(interface: Interface) -> tuple[Record, ...]:
    """Records of an interface's copybook; the file is read again only when it has changed."""
    stat = interface.copybook.stat()
    return _cached(interface.copybook, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _cached(path: Path, _modified_ns: int, _size: int) -> tuple[Record, ...]:
    return read_copybook(path)
