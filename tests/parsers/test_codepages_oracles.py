"""Our code pages against other people's: ICU (uconv), glibc (iconv), Java and Python.

Wherever one of them disagrees, KNOWN says at which code and what it reads there; anything else
is a mistake of ours. Control characters are compared where they matter, at the end.
"""

import shutil
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from converters import SHIFTS, Table, has_page, java_tables, measured

import parsers.codepages
from parsers.codepages import CodePage, all_code_page_names, code_page
from parsers.codepages.double_byte import FIRST_SEQUENCE
from parsers.codepages.generate import measured_tables

NAMES = [name for name in all_code_page_names() if name != "utf-8"]
TABLES = Path(parsers.codepages.__file__).with_name("tables")
GREEK_MU = {"E6": "μ"}

KNOWN: dict[tuple[str, str], dict[str, str | None]] = {
    # ICU reads the Turkish lira sign of 2012 where the others have kept the ordinal indicator
    ("uconv", "cp1026"): {"9A": "₺"},
    ("uconv", "cp1155"): {"9A": "₺"},
    # ICU's windows-874 and TIS-620 give glyph variants of the private area to unused codes
    ("uconv", "cp874"): {code: chr(0xF8C1 + place) for place, code in enumerate(
        ("DB", "DC", "DD", "DE", "FC", "FD", "FE", "FF"))},
    ("uconv", "cp1253"): {"AA": "ª"},
    ("uconv", "cp852"): {"AA": None},
    ("uconv", "cp869"): {"88": "\u0387", "EF": "´"},
    **{("uconv", f"cp{n}"): GREEK_MU for n in (437, 860, 861, 862, 863, 865)},
    ("iconv", "cp278"): {"71": "É", "E0": "\\"},
    ("iconv", "cp285"): {"A1": "\u203e"},
    ("iconv", "cp420"): {"45": None},
    ("iconv", "cp424"): {"78": "⇔", "8F": None, "B3": "·", "BC": "¯"},
    ("iconv", "cp870"): {"B0": "·"},
    ("iconv", "cp871"): {"4A": "þ", "C0": "Þ"},
    ("iconv", "cp875"): {"6A": None, "74": "∇", "DD": "·"},
    ("iconv", "cp1026"): {"9D": "˛", "BC": "—"},
    ("iconv", "cp1132"): {"70": "k"},
    ("java", "cp1122"): {"BC": "\u203e"},
    ("java", "tis-620"): {"A0": "\u00a0"},
    ("java", "cp930"): {"426A": "￤", "43A1": "～", "444A": "―", "447C": "∥"},
    ("java", "cp939"): {"4260": "－", "426A": "￤", "43A1": "～", "444A": "―", "447C": "∥"},
    ("python", "cp273"): {"BC": "\u203e"},
    ("python", "cp424"): {"B3": "·", "BC": "¯"},
}  # fmt: skip
"""(converter, page) → code → what the converter reads there, None for nothing."""

WRITTEN_OTHERWISE = {
    # glibc reads these as we do, but writes its look-alike's code
    ("iconv", "cp930"): {"~", "\\"},
    ("iconv", "cp939"): {"~", "\\"},
    ("iconv", "cp1371"): {"\\"},
}

NOT_COMPARED = {
    ("iconv", "cp838"): "glibc has no CCSID 838; see the test with 1160 below",
    ("iconv", "cp918"): "glibc reads base letters where IBM's table has presentation forms",
    ("uconv", "tis-620"): "ICU's TIS-620 is its windows-874",
    ("uconv", "iso-8859-16"): "ICU has no ISO 8859-16",
}

OTHER_NAMES = {
    ("uconv", "cp874"): "windows-874",
    ("iconv", "latin-1"): "ISO-8859-1",
    ("java", "cp874"): "x-windows-874",
    ("java", "latin-1"): "ISO-8859-1",
    ("java", "ascii"): "US-ASCII",
}


def their_name(tool: str, name: str) -> str:
    if (tool, name) in OTHER_NAMES:
        return OTHER_NAMES[tool, name]
    if name.startswith("cp125"):
        return name.replace("cp", "windows-" if tool != "iconv" else "CP")
    if not name.startswith("cp"):
        return name
    is_ebcdic = code_page(name).kind == "ebcdic"
    number = name[2:]
    return {
        "uconv": f"ibm-{number.lstrip('0')}",
        "iconv": f"IBM{number}" if is_ebcdic else f"CP{number}",
        "java": f"Cp{number}",
    }[tool]


@cache
def theirs(tool: str, name: str) -> Table | None:
    if tool == "java":
        return all_of_java().get(their_name(tool, name))
    if (tool, name) in NOT_COMPARED or not has_page(tool, their_name(tool, name)):
        return None
    separator = b"\x15" if code_page(name).kind == "ebcdic" else b"\n"
    is_mixed = code_page(name).multibyte is not None
    return measured(tool, their_name(tool, name), mixed=is_mixed, separator=separator)


@cache
def all_of_java() -> dict[str, Table]:
    return java_tables(their_name("java", name) for name in NAMES)


@cache
def ours(name: str) -> Table:
    page = code_page(name)
    texts = {bytes([byte]): page.decode_table[byte] for byte in np.flatnonzero(page.is_text)}
    texts |= pairs_of(page)
    codes = {chr(point): bytes([byte]) for point, byte in page.encode_map.items()}
    for text in set(texts.values()) - codes.keys():
        codes[text] = page.encode(text).strip(SHIFTS)
    return Table(texts, codes)


def pairs_of(page: CodePage) -> dict[bytes, str]:
    if page.multibyte is None:
        return {}
    found = {}
    for pair in np.flatnonzero(page.multibyte.points):
        point = int(page.multibyte.points[pair])
        is_one = point < FIRST_SEQUENCE
        points = [point] if is_one else page.multibyte.sequences[point - FIRST_SEQUENCE]
        found[int(pair).to_bytes(2, "big")] = "".join(map(chr, points))
    return found


def is_control(text: str) -> bool:
    return len(text) == 1 and unicodedata.category(text) == "Cc"


def differences(name: str, table: Table) -> dict[str, str | None]:
    """Codes at which ``table`` reads another text than we do, and what it reads."""
    texts = {code: text for code, text in table.texts.items() if not is_control(text)}
    own = ours(name).texts
    return {
        code.hex().upper(): texts.get(code)
        for code in own.keys() | texts.keys()
        if own.get(code) != texts.get(code)
    }


CONVERTERS = [
    pytest.param(
        tool,
        marks=pytest.mark.skipif(
            tool == "java" and shutil.which("java") is None,
            reason="java is missing: `apt-get install default-jre-headless` as root to compare",
        ),
    )
    for tool in ("uconv", "iconv", "java")
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tool", CONVERTERS)
class TestAgainstConverters:
    def test_every_code_reads_alike(self, tool, name):
        table = theirs(tool, name)
        if table is None:
            pytest.skip(NOT_COMPARED.get((tool, name), f"{tool} does not have {name}"))
        known = KNOWN.get((tool, name), {})
        unknown = differences(name, table).items() - known.items()
        assert not unknown

    def test_every_character_is_written_alike(self, tool, name):
        table = theirs(tool, name)
        if table is None:
            pytest.skip(NOT_COMPARED.get((tool, name), f"{tool} does not have {name}"))
        excused = WRITTEN_OTHERWISE.get((tool, name), set())
        own = ours(name)
        agreed = {own.texts[code] for code in own.texts.keys() & table.texts.keys()
                  if own.texts[code] == table.texts[code]} - excused  # fmt: skip
        assert {text: own.codes[text] for text in agreed} == {
            text: table.codes.get(text) for text in agreed
        }


def test_the_tables_are_what_the_generator_measures():
    """Headers apart, which name the release of ICU; and no table is without its page."""
    names = set()
    for name, lines in measured_tables():
        names.add(f"{name}.csv")
        kept = (TABLES / f"{name}.csv").read_text("utf-8").removesuffix("\n").split("\n")
        assert without_header(kept) == without_header(lines)
    assert names == {path.name for path in TABLES.iterdir()}


def without_header(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("name", ["cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140"])
def test_ebcdic_pages_that_python_has_read_alike(name):
    texts = {bytes([b]): bytes([b]).decode(name, "replace") for b in range(256)}
    table = Table({code: text for code, text in texts.items() if text != "\ufffd"}, {})
    assert differences(name, table) == KNOWN.get(("python", name), {})


@pytest.mark.skipif(shutil.which("java") is None, reason="java is missing: one witness fewer")
def test_every_character_of_an_ebcdic_page_has_two_witnesses():
    """The two exceptions have one each, and one against: see the headers of their tables."""
    alone = set()
    for name in NAMES:
        tables = [theirs(tool, name) for tool in ("uconv", "iconv", "java")]
        if code_page(name).kind == "ebcdic":
            for code, text in ours(name).texts.items():
                if sum(table is not None and table.texts.get(code) == text for table in tables) < 2:
                    alone.add((name, code.hex().upper(), text))
    assert alone <= {("cp1132", "70", "₭"), ("cp1155", "9A", "ª")}


@pytest.mark.parametrize("name", [n for n in NAMES if code_page(n).kind == "ebcdic"])
def test_next_line_and_line_feed_are_where_icu_and_glibc_have_them(name):
    """Java reads 15 as a line feed (and in 1047 also 25 as a next line)."""
    table = code_page(name).decode_table
    assert (table[0x15], table[0x25]) == ("\x85", "\n")
    by_glibc = theirs("iconv", name)
    if by_glibc is not None:
        assert by_glibc.texts[b"\x25"] == "\n"


def test_838_is_1160_of_glibc_with_thanthakhat_for_the_euro():
    """glibc has no 838; the two differ at FE only."""
    table = theirs("iconv", "cp1160")
    assert table is not None
    assert differences("cp838", table) == {"FE": "€"}
