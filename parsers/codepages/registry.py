"""Code pages by the name that an interface declares."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from importlib import resources

from interfaces.errors import WrongUse
from parsers.codepages.page import UNDEFINED, CodePage, PageKind, build_code_page


class CodePageError(WrongUse):
    """A declared encoding that cannot be used; the message says which can."""


@cache
def code_page(name: str) -> CodePage:
    """The code page ``name`` (one of :func:`code_page_names`).

    CodePageError for an unknown name, and for UTF-8: there a Thai letter takes three bytes,
    so that columns counted in bytes would cut letters and move with the text.
    """
    if name.lower().replace("-", "").replace("_", "") == "utf8":
        raise CodePageError(
            "utf-8 has no fixed width (a Thai letter takes 3 bytes), so it cannot fill fixed "
            "columns; declare the partner's code page, e.g. cp874"
        )
    if name not in _PAGES:
        raise CodePageError(
            f"unknown encoding {name!r}; declare one of: {', '.join(code_page_names())}"
        )
    return _PAGES[name](name)


def code_page_names() -> tuple[str, ...]:
    """Names that :func:`code_page` knows, mainframe pages first."""
    return tuple(_PAGES)


def _from_table(name: str) -> CodePage:
    """Read ``tables/<name>.csv``: byte, unicode and canonical byte in hexadecimal."""
    text = resources.files("parsers.codepages").joinpath("tables", f"{name}.csv").read_text("utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    table = "".join(chr(int(row["unicode"], 16)) for row in rows)
    canonical = {
        int(row["byte"], 16): int(row["canonical"], 16)
        for row in rows
        if row["byte"] != row["canonical"]
    }
    return build_code_page(name, "ebcdic", table, canonical)


def _from_python(kind: PageKind) -> Callable[[str], CodePage]:
    """Pages that Python's own codecs get right."""

    def build(name: str) -> CodePage:
        characters = (bytes([byte]).decode(name, "replace") for byte in range(256))
        table = "".join(UNDEFINED if c == "\ufffd" else c for c in characters)
        return build_code_page(name, kind, table, {})

    return build


def _tis_620(name: str) -> CodePage:
    """TIS 620-2533: ASCII and A1-DA, DF-FB, nothing else.

    Python's ``tis-620`` also reads 80-9F as control characters; the Thai part is the same
    as in cp874.
    """
    thai = code_page("cp874").decode_table
    table = thai[:0x80] + UNDEFINED * 0x21 + thai[0xA1:]
    return build_code_page(name, "ascii", table, {})


_PAGES: dict[str, Callable[[str], CodePage]] = {
    "cp838": _from_table,
    "cp1160": _from_table,
    "cp037": _from_python("ebcdic"),
    "cp500": _from_python("ebcdic"),
    "cp1047": _from_table,
    "cp874": _from_python("ascii"),
    "tis-620": _tis_620,
    "latin-1": _from_python("ascii"),
    "ascii": _from_python("ascii"),
}
