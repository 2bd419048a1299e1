"""Reads COBOL copybooks: text in, :class:`parsers.layout.Record` out.

lines of code → logical lines → text words, with COPY and REPLACE carried out → entries → item
trees → pictures and usages → placement. Whatever an IBM compiler would lay out differently from
what we can say is an error that names file, line, column and word; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.model import Dialect
from parsers.copybook.cache import LayoutCache
from parsers.copybook.clauses import parse_entry
from parsers.copybook.copying import expanded_words
from parsers.copybook.errors import CopybookError, Place
from parsers.copybook.library import Library, Stamp
from parsers.copybook.placement import place_record
from parsers.copybook.program import record_entries
from parsers.copybook.text_file import copybook_text
from parsers.copybook.tokens import entries
from parsers.copybook.tree import item_trees
from parsers.layout import Record

if TYPE_CHECKING:
    from interfaces.model import Interface

__all__ = ["CopybookError", "Place", "load_layout", "parse_copybook", "read_copybook"]

_DIALECT = Dialect()
_layouts = LayoutCache()


def parse_copybook(
    text: str, *, source: str, dialect: Dialect = _DIALECT, library: Sequence[Path] = ()
) -> tuple[Record, ...]:
    """Lay out every 01 level of a copybook, or of the FILE SECTION of a program, in order.

    ``source`` is the name of the copybook in errors; ``library`` the folders in which COPY finds
    its members. A program's SPECIAL-NAMES go before the ``dialect``. Raises CopybookError, whose
    message is ``source:line:column: word: what to do``.
    """
    return _laid_out(text, source, None, dialect, Library(library))


def read_copybook(
    path: Path, dialect: Dialect = _DIALECT, library: Sequence[Path] = ()
) -> tuple[Record, ...]:
    """:func:`parse_copybook` of a UTF-8 file; also CopybookError when it is not UTF-8.

    COPY finds its members in the file's own folder, and then in ``library``.
    """
    return _read(path, dialect, Library((path.parent, *library)))


def load_layout(interface: Interface) -> tuple[Record, ...]:
    """Records of an interface's copybook under its dialect; COPY looks in the copybook's folder,
    then in the interface's library. The files are read again only when one has changed."""
    path, dialect, folders = interface.copybook, interface.dialect, interface.library
    records = _layouts.get(path, dialect, folders)
    if records is None:
        library = Library((path.parent, *folders))
        stamp = Stamp.of(path)
        records = _read(path, dialect, library)
        _layouts.put(path, dialect, folders, (stamp, *library.stamps), records)
    return records


def _read(path: Path, dialect: Dialect, library: Library) -> tuple[Record, ...]:
    text = copybook_text(path.read_bytes(), source=path.name)
    return _laid_out(text, path.name, path, dialect, library)


def _laid_out(
    text: str, source: str, path: Path | None, dialect: Dialect, library: Library
) -> tuple[Record, ...]:
    words = expanded_words(text, source=source, library=library, path=path)
    dialect, items = record_entries(entries(words), dialect)
    trees = item_trees(
        (parse_entry(tokens, dialect) for tokens in items), implied=_record_name(source)
    )
    if not trees:
        raise CopybookError(Place(source, 1, 1), "copybook", "has no 01 level; add one")
    return tuple(place_record(tree, dialect) for tree in trees)


def _record_name(source: str) -> str:
    """Name of a record without an 01 level: that of its copybook, as COBOL spells names."""
    stem = source.rpartition("/")[2].partition(".")[0].upper()
    return re.sub("[^A-Z0-9]+", "-", stem).strip("-") or "RECORD"
