"""The ways in which a code page is named, and the one name that this project gives it."""

from __future__ import annotations

import re

_NUMBERED = re.compile(r"(?:ccsid|cp|ibm|x-?ibm|cs-?ibm|ebcdic|windows|codepage)?0*([1-9][0-9]*)")

_CCSID_NAMES = {
    "367": "ascii",
    "813": "iso-8859-7",
    "819": "latin-1",
    "878": "koi8-r",
    "912": "iso-8859-2",
    "913": "iso-8859-3",
    "914": "iso-8859-4",
    "915": "iso-8859-5",
    "916": "iso-8859-8",
    "920": "iso-8859-9",
    "921": "iso-8859-13",
    "923": "iso-8859-15",
    "1089": "iso-8859-6",
    "1168": "koi8-u",
    "1208": "utf-8",
    "5026": "cp930",
    "5035": "cp939",
}
"""CCSIDs of pages that are known under another name (IBM CDRA, "CCSID repository"); 5026 and
5035 are 930 and 939 with fewer user-defined characters."""

_COUNTRIES = {
    "ar1": 420,
    "ar2": 918,
    "be": 500,
    "ca": 37,
    "ch": 500,
    "dk": 277,
    "es": 284,
    "fi": 278,
    "fr": 297,
    "gb": 285,
    "he": 424,
    "is": 871,
    "it": 280,
    "nl": 37,
    "no": 277,
    "roece": 870,
    "se": 278,
    "us": 37,
    "wt": 37,
    "yu": 870,
}
"""Endings of ``ebcdic-cp-…`` (IANA, "Character Sets")."""

_OTHERS = {
    "ibmthai": "cp838",
    "xibmthai": "cp838",
    "latin1": "latin-1",
    "l1": "latin-1",
    "iso88591": "latin-1",
    "iso885911": "iso-8859-11",
    "ascii": "ascii",
    "usascii": "ascii",
    "tis620": "tis-620",
    "utf8": "utf-8",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
}


def canonical_name(name: str) -> str:
    """``name`` as :func:`parsers.codepages.all_code_page_names` spells it: ``IBM-037``,
    ``CCSID 37``, ``37`` and ``ebcdic-cp-us`` are all ``cp037``. A name of no known kind comes
    back in small letters."""
    lowered = name.strip().lower()
    squeezed = re.sub(r"[\s_-]+", "", lowered)
    if squeezed in _OTHERS:
        return _OTHERS[squeezed]
    if squeezed.startswith("ebcdiccp") and squeezed[8:] in _COUNTRIES:
        return f"cp{_COUNTRIES[squeezed[8:]]:03}"
    part = re.fullmatch(r"(?:iso8859|latin)([0-9]+)", squeezed)
    if part:
        return _latin(int(part[1]), squeezed.startswith("latin"))
    number = _NUMBERED.fullmatch(squeezed)
    if number:
        return _CCSID_NAMES.get(number[1], f"cp{int(number[1]):03}")
    return lowered


def _latin(number: int, is_latin: bool) -> str:
    """ISO 8859 counts its parts and the Latin alphabets apart: Latin-5 is part 9."""
    parts = {5: 9, 6: 10, 7: 13, 8: 14, 9: 15, 10: 16}
    return f"iso-8859-{parts.get(number, number) if is_latin else number}"
