"""Single-byte code pages of mainframe and partner files.

CCSID 838 and 1160 (Thai EBCDIC) and 1047 are tables of our own (``tables/*.csv``), checked
against ICU and glibc in the tests: Python has none of them, and the PyPI package
``ebcdic`` writes two Thai tone marks to bytes that another host reads as other characters.
"""

from parsers.codepages.page import CodePage
from parsers.codepages.registry import CodePageError, code_page, code_page_names

__all__ = ["CodePage", "CodePageError", "code_page", "code_page_names"]
