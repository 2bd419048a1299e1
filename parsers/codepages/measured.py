"""EBCDIC pages that are tables of this project, and what was decided where converters disagree.

Every page was measured with ICU and compared with glibc, Java and Python as far as they have
it. ICU is followed, being the one whose tables come from IBM's own (CDRA), unless the others
are of one mind against it.
"""

from __future__ import annotations

SINGLE_BYTE_PAGES = (
    838, 1160, 37, 500, 1047,
    273, 277, 278, 280, 284, 285, 297, 420, 424, 870, 871, 875, 918,
    1025, 1026, 1112, 1122, 1123, 1130, 1132,
    1140, 1141, 1142, 1143, 1144, 1145, 1146, 1147, 1148, 1149,
    1153, 1154, 1155, 1156, 1157, 1158, 1164,
)  # fmt: skip
"""CCSIDs of the single-byte pages; the most usual first."""

MIXED_PAGES = {
    930: "japan-double",
    933: "korea-double",
    935: "china-double",
    937: "taiwan-double",
    939: "japan-double",
    1364: "korea-full-double",
    1371: "taiwan-euro-double",
    1388: "china-gb18030-double",
    1390: "japan-jis2004-double",
    1399: "japan-jis2004-double",
}
"""CCSIDs of the mixed pages, and the table of each one's double-byte set."""

DOUBLE_BYTE_SETS = {
    "japan-double": 939,
    "korea-double": 933,
    "china-double": 935,
    "taiwan-double": 937,
    "korea-full-double": 1364,
    "taiwan-euro-double": 1371,
    "china-gb18030-double": 1388,
    "japan-jis2004-double": 1399,
}
"""Tables of double-byte sets, and the page they were measured with."""

OVERRULED = {1026: {0x9A: "ª"}, 1155: {0x9A: "ª"}}
"""Bytes at which the others are of one mind against ICU."""

_NEW_LINE = "15 is a next line (NEL) and 25 a line feed, as in ICU and glibc; Java reads 15 as LF."
REMARKS: dict[int, tuple[str, ...]] = {
    **dict.fromkeys(SINGLE_BYTE_PAGES, (_NEW_LINE,)),
    **dict.fromkeys(MIXED_PAGES, (_NEW_LINE,)),
    273: (_NEW_LINE, "BC is a macron, as in ICU, glibc and Java; Python reads an overline."),
    278: (_NEW_LINE, "71 is a backslash and E0 an É, as in ICU and Java; glibc swaps them."),
    285: (_NEW_LINE, "A1 is a macron, as in ICU and Java; glibc reads an overline."),
    420: (
        _NEW_LINE,
        "45 is a zero-width space, as in ICU and Java; glibc has no character there.",
    ),
    424: (
        _NEW_LINE,
        "78, 8F, B3 and BC as in ICU and Java; glibc and Python read other signs there.",
    ),
    870: (_NEW_LINE, "B0 is a dot above, as in ICU and Java; glibc reads a middle dot."),
    871: (_NEW_LINE, "4A is Þ and C0 is þ, as in ICU and Java; glibc swaps them."),
    875: (
        _NEW_LINE,
        "6A, 74 and DD as in ICU, Java and Python; glibc differs there. DC, E1, EC, ED, FC and FD",
        "are no characters, as in ICU, glibc and Java; Python reads control characters.",
    ),
    918: (_NEW_LINE, "Arabic presentation forms, as in ICU and Java; glibc reads base letters."),
    1026: (
        _NEW_LINE,
        "9A is ª, as in glibc, Java and Python; ICU reads the Turkish lira sign of 2012.",
        "9D and BC as in ICU, Java and Python; glibc differs there.",
    ),
    1122: (_NEW_LINE, "BC is a macron, as in ICU and glibc; Java reads an overline."),
    1132: (_NEW_LINE, "70 is the kip sign, as in ICU; glibc reads the letter k, which is at 92."),
    1155: (
        _NEW_LINE,
        "9A is ª, as in glibc and in CCSID 1026, of which this is the page with the euro; ICU",
        "reads the Turkish lira sign of 2012.",
    ),
    1160: (_NEW_LINE, "As CCSID 838 but for the euro sign at FE."),
}
"""Notes that go into the header of a page's table."""
DOUBLE_BYTE_REMARKS: dict[str, tuple[str, ...]] = {
    "japan-double": (
        "426A, 43A1, 444A and 447C (4260 too) are as in ICU and glibc; Java's 930 (939) reads",
        "signs that look alike: U+FFE4, U+FF5E, U+2015 and U+2225 (U+FF0D).",
    ),
}
"""Notes that go into the header of a double-byte set's table."""
