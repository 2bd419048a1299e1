"""Match keys of persons' names: equal for one name however a counter typed it.

A key is only compared, never stored or shown: names are kept as they came. Keys are made from
the canonical composition (NFC), in small letters, without spaces, dots and characters of no
width; a sara am typed in two parts and a sara ae typed as two sara e become the one letter
they look like. NFKC would do the opposite to sara am and break the name, so it is not used.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

TITLES = (
    "นาย",
    "นางสาว",
    "น.ส.",
    "นาง",
    "เด็กชาย",
    "ด.ช.",
    "เด็กหญิง",
    "ด.ญ.",
    "คุณ",
    "พระ",
    "สามเณร",
    "ว่าที่ ร.ต.",
    "ว่าที่ร้อยตรี",
    "ส.ต.ต.",
    "จ.ส.อ.",
    "Mr.",
    "Mrs.",
    "Ms.",
    "Miss",
)
"""Words before a name that a counter prints with it: those of the code list ``titles`` and what
they are short for, the spoken ``คุณ`` and the English ones."""

# Spaces of any kind, dots, soft hyphen, zero-width characters, marks of direction, joiners, BOM.
_NOTHING = r"[\s\p{Z}.\x{00AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]+"
_SARA_AM_IN_PARTS = r"\x{0E4D}([\x{0E48}-\x{0E4B}]?)\x{0E32}"
_SARA_AM = "\\1\N{THAI CHARACTER SARA AM}"
# Anything but Thai letters, vowels and marks; the parts of sara am and two sara e; marks that NFC
# puts in another order (a tone before a vowel below); nothing at all.
_DIFFERS = (
    r"[^\x{0E01}-\x{0E3A}\x{0E40}-\x{0E4C}]|\x{0E40}\x{0E40}"
    r"|[\x{0E48}-\x{0E4B}][\x{0E38}-\x{0E3A}]|^$"
)
_TWO_SARA_E = "\N{THAI CHARACTER SARA E}" * 2
_SARA_AE = "\N{THAI CHARACTER SARA AE}"


def name_keys(names: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Match key of each whole name, a title included; utf8[n].

    Null where nothing is left of the name.
    """
    if isinstance(names, pa.ChunkedArray):
        return pa.chunked_array([name_keys(chunk) for chunk in names.chunks], names.type)
    # Most Thai names are their own keys; one look says so many times faster than making them.
    differs = pc.fill_null(pc.match_substring_regex(names, _DIFFERS), False)
    if not pc.any(differs, min_count=0).as_py():
        return names
    return pc.replace_with_mask(names, differs, _made_keys(names.filter(differs)))


def _made_keys(names: pa.Array) -> pa.Array:
    # First what parts marks from each other, so that NFC can put them in order.
    keys = pc.replace_substring_regex(names, _NOTHING, "")
    keys = pc.utf8_lower(pc.utf8_normalize(keys, form="NFC"))
    keys = pc.replace_substring_regex(keys, _SARA_AM_IN_PARTS, _SARA_AM)
    keys = pc.replace_substring(keys, _TWO_SARA_E, _SARA_AE)
    return pc.if_else(pc.equal(keys, ""), pa.scalar(None, pa.utf8()), keys)


def person_keys_of_names(
    given: pa.Array | pa.ChunkedArray, family: pa.Array | pa.ChunkedArray
) -> pa.Array | pa.ChunkedArray:
    """Match key of given and family name together; utf8[n], null where one of them is missing."""
    return name_keys(pc.binary_join_element_wise(given, family, " "))


def without_title(keys: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Keys of :func:`name_keys` without the title they begin with; utf8[n].

    A key without one, or that is nothing but one, stays. A given name may begin with the
    letters of a title (``นางนวล``): compare with both, this and the whole key.
    """
    return pc.replace_substring_regex(keys, _TITLE, "\\1")


def _title_pattern() -> str:
    words: list[str] = name_keys(pa.array(TITLES)).to_pylist()
    longest_first = sorted(words, key=len, reverse=True)
    return f"^(?:{'|'.join(longest_first)})(.)"


_TITLE = _title_pattern()
