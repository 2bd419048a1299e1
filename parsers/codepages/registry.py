"""Code pages by the name that an interface declares."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import cache
from importlib import resources

from interfaces.errors import WrongUse
from parsers.codepages.measured import MIXED_PAGES, SINGLE_BYTE_PAGES
from parsers.codepages.multibyte import Multibyte
from parsers.codepages.names import canonical_name
from parsers.codepages.page import UNDEFINED, CodePage, PageKind, build_code_page

_USUAL_PAGES = (
    "cp838",
    "cp1160",
    "cp037",
    "cp500",
    "cp1047",
    "cp874",
    "tis-620",
    "latin-1",
    "ascii",
)


class CodePageError(WrongUse):
    """A declared encoding that cannot be used; the message says which can."""


@cache
def code_page(name: str) -> CodePage:
    """The code page ``name``: one of :func:`all_code_page_names` or another spelling of it
    (``IBM-838``, ``CCSID 838``, ``838``, ``ebcdic-cp-us``). CodePageError for an unknown one.

    A page that says ``utf-8`` counts columns in bytes all the same: a Thai letter takes three of
    them, and text is cut between characters only.
    """
    canonical = canonical_name(name)
    if canonical in _PAGES:
        return _page(canonical)
    close = difflib.get_close_matches(canonical, _PAGES, n=3)
    hint = f" (near it: {', '.join(close)})" if close else ""
    raise CodePageError(
        f"unknown encoding {name!r}{hint}; declare e.g. {', '.join(_USUAL_PAGES)}, utf-8 or one of "
        f"the other {len(_PAGES) - len(_USUAL_PAGES) - 1} of docs/decisions/"
        "0012-own-code-page-tables.md"
    )


def code_page_names() -> tuple[str, ...]:
    """Names of the pages to think of when a file's own is not known, mainframe pages first."""
    return _USUAL_PAGES


def all_code_page_names() -> tuple[str, ...]:
    """Names of all code pages, the usual ones first."""
    return tuple(_PAGES)


@cache
def _page(name: str) -> CodePage:
    return _PAGES[name](name)


def _own(name: str) -> CodePage:
    return build_code_page(name, "ebcdic", *_read_table(name))


def _mixed(source: str) -> Callable[[str], CodePage]:
    """Single bytes and, read when first needed, the double-byte set ``source``."""

    def build(name: str) -> CodePage:
        return build_code_page(name, "ebcdic", *_read_table(name), Multibyte("shift", source))

    return build


def _read_table(name: str) -> tuple[str, dict[int, int]]:
    """``tables/<name>.csv``: 256 characters, and the bytes that are not canonical."""
    path = resources.files("parsers.codepages").joinpath("tables", f"{name}.csv")
    lines = [line for line in path.read_text("utf-8").split("\n") if line and line[0] != "#"]
    rows = [line.split(",") for line in lines[1:]]
    table = "".join(chr(int(row[1], 16)) for row in rows)
    return table, {int(row[0], 16): int(row[2], 16) for row in rows if row[0] != row[2]}


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


def _utf_8(name: str) -> CodePage:
    """ASCII as single bytes, all other characters as UTF-8."""
    table = "".join(map(chr, range(0x80))) + UNDEFINED * 0x80
    return build_code_page(name, "ascii", table, {}, Multibyte("utf-8"))


_PYTHON_PAGES = (
    *(f"iso-8859-{part}" for part in (*range(2, 12), *range(13, 17))),
    *(f"cp{number}" for number in range(1250, 1259)),
    *(f"cp{n}" for n in (437, 737, 775, 850, 852, 855, 857, 858, *range(860, 864), 865, 866, 869)),
    "koi8-r",
    "koi8-u",
)
_OWN_PAGES = [f"cp{ccsid:03}" for ccsid in SINGLE_BYTE_PAGES]
_PAGES: dict[str, Callable[[str], CodePage]] = {
    **dict.fromkeys(_OWN_PAGES[:5], _own),
    "cp874": _from_python("ascii"),
    "tis-620": _tis_620,
    "latin-1": _from_python("ascii"),
    "ascii": _from_python("ascii"),
    **dict.fromkeys(_OWN_PAGES[5:], _own),
    **{f"cp{ccsid:03}": _mixed(source) for ccsid, source in MIXED_PAGES.items()},
    "utf-8": _utf_8,
    **dict.fromkeys(_PYTHON_PAGES, _from_python("ascii")),
}
