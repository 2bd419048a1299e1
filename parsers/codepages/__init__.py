"""Code pages of mainframe and partner files: single-byte, mixed with double bytes, and UTF-8.

The EBCDIC pages are tables of our own (``tables/*.csv``), measured with ICU and checked against
glibc, Java and Python in the tests: Python has few of them, and the PyPI package ``ebcdic``
writes two Thai tone marks to bytes that another host reads as other characters.
"""

from parsers.codepages.multibyte import Multibyte
from parsers.codepages.page import CodePage
from parsers.codepages.registry import (
    CodePageError,
    all_code_page_names,
    code_page,
    code_page_names,
)

__all__ = [
    "CodePage",
    "CodePageError",
    "Multibyte",
    "all_code_page_names",
    "code_page",
    "code_page_names",
]
