"""Code pages: what they promise to decoding and encoding."""

import codecs
import subprocess
import sys
import unicodedata

import numpy as np
import pytest

from parsers.codepages import (
    CodePageError,
    all_code_page_names,
    code_page,
    code_page_names,
)
from parsers.codepages.measured import MIXED_PAGES
from parsers.codepages.page import UNDEFINED

NAMES = all_code_page_names()


@pytest.mark.parametrize("name", NAMES)
def test_every_page_has_256_places_and_derived_tables_agree(name):
    page = code_page(name)
    assert len(page.decode_table) == 256
    for byte, character in enumerate(page.decode_table):
        is_text = character != UNDEFINED and unicodedata.category(character) != "Cc"
        assert page.is_text[byte] == is_text
        assert page.utf8_length[byte] == (len(character.encode()) if is_text else 0)
    assert page.decode_table[page.space] == " "
    assert page.decode_table[page.digit_zero] == "0"


@pytest.mark.parametrize("name", NAMES)
def test_text_survives_the_page_and_canonical_bytes_survive_text(name):
    page = code_page(name)
    for byte in np.flatnonzero(page.is_text):
        assert page.is_text[page.encode_map[ord(page.decode_table[byte])]]
        data = bytes([byte])
        written = page.encode(page.decode(data))
        assert page.decode(written) == page.decode(data)
        assert (written == data) == (not page.ambiguous[byte])


@pytest.mark.parametrize("name", NAMES)
def test_control_characters_are_never_written(name):
    with pytest.raises(UnicodeEncodeError):
        code_page(name).encode("a\nb")


@pytest.mark.parametrize("name", ["cp838", "cp1160"])
def test_thai_tone_marks_are_written_as_every_host_reads_them(name):
    page = code_page(name)
    assert page.encode("สมศักดิ์")[-1] == 0xFB
    assert page.encode("\u0e4b") == b"\xfa"


def test_ambiguous_bytes_are_the_five_measured_ones():
    assert np.flatnonzero(code_page("cp838").ambiguous).tolist() == [0x51, 0xCA, 0xE1, 0xFD, 0xFE]
    assert np.flatnonzero(code_page("cp1160").ambiguous).tolist() == [0x51, 0xCA, 0xE1, 0xFD]


def test_1160_differs_from_838_in_the_euro_only():
    thai, euro = code_page("cp838").decode_table, code_page("cp1160").decode_table
    assert [(place, euro[place]) for place in range(256) if thai[place] != euro[place]] == [
        (0xFE, "€")
    ]


def test_tis_620_is_strict_where_pythons_is_not():
    page = code_page("tis-620")
    assert not page.is_text[0x80:0xA1].any()
    assert page.decode(b"\x80") == "\ufffd"
    assert b"\x80".decode("tis-620") == "\x80"
    thai = bytes(range(0xA1, 0xDB)) + bytes(range(0xDF, 0xFC))
    assert page.decode(thai) == code_page("cp874").decode(thai)


@pytest.mark.parametrize("name", ["cp037", "cp500", "cp874", "latin-1", "ascii", "cp1252"])
def test_pages_of_python_decode_like_python(name):
    page = code_page(name)
    for byte in range(256):
        data = bytes([byte])
        assert page.decode(data) == data.decode(name, "replace")


def test_utf_8_is_ascii_and_the_rest_in_several_bytes():
    page = code_page("utf-8")
    assert page.kind == "ascii"
    assert page.encode("ก A€") == "ก A€".encode()
    assert page.decode("ก A€".encode() + b"\xff") == "ก A€\ufffd"
    assert not page.is_text[0x80:].any()


def test_an_unknown_page_names_the_known_ones():
    with pytest.raises(CodePageError, match=r"'cp999'.*near it: cp939.*cp838.*cp874"):
        code_page("cp999")


def test_pages_are_shared_and_read_only():
    page = code_page("cp838")
    assert code_page("cp838") is page
    with pytest.raises(ValueError, match="read-only"):
        page.utf8_length[0] = 9


def test_the_tables_drive_the_charmap_codecs():
    page = code_page("cp874")
    data = codecs.charmap_encode("ก€ข", "strict", page.encode_map)[0]
    assert codecs.charmap_decode(data, "strict", page.decode_table)[0] == "ก€ข"


MIXED = [f"cp{ccsid}" for ccsid in MIXED_PAGES]


@pytest.mark.parametrize("name", MIXED)
def test_every_double_byte_character_survives_the_page(name):
    page = code_page(name)
    table = page.multibyte
    assert table.points[0x4040] == 0x3000
    for pair in np.flatnonzero(table.points):
        data = b"\x0e" + int(pair).to_bytes(2, "big") + b"\x0f"
        text = page.decode(data)
        assert page.decode(page.encode(text)) == text


@pytest.mark.parametrize("name", MIXED)
def test_pairs_that_read_alike_have_one_that_is_written(name):
    table = code_page(name).multibyte
    pairs = np.flatnonzero((table.points > 0) & (table.points < 0x110000))
    written = table.pairs[table.points[pairs]]
    assert (table.points[written] == table.points[pairs]).all()
    twins = {"cp937": 189, "cp1371": 189}
    assert (written != pairs).sum() == twins.get(name, 0)


def test_characters_of_two_code_points_are_one_pair():
    page = code_page("cp1399")
    assert page.encode("か\u309a") == b"\x0e\xec\xb5\x0f"
    assert page.decode(b"\x0e\xec\xb5\x0f") == "か\u309a"
    assert page.encode("か") != page.encode("か\u309a")


def test_shifts_stand_around_each_run_of_double_bytes():
    page = code_page("cp939")
    assert page.encode("A漢字B") == b"\xc1\x0e\x4f\x58\x48\xf2\x0f\xc2"
    with pytest.raises(UnicodeEncodeError):
        page.encode("ก")


def test_double_byte_tables_are_read_when_they_are_needed():
    """Naming a page, as the list of all pages does, must not cost its table."""
    program = (
        "from parsers.codepages import code_page, all_code_page_names\n"
        "from parsers.codepages.double_byte import read_double_byte_table as read\n"
        "pages = [code_page(name) for name in all_code_page_names()]\n"
        "assert read.cache_info().misses == 0\n"
        "code_page('cp939').multibyte.points, code_page('cp930').multibyte.points\n"
        "assert read.cache_info().misses == 1\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("ibm-838", "cp838"),
        ("IBM838", "cp838"),
        ("CCSID 838", "cp838"),
        ("838", "cp838"),
        ("IBM-Thai", "cp838"),
        ("IBM037", "cp037"),
        ("CP37", "cp037"),
        ("ebcdic-cp-us", "cp037"),
        ("ebcdic-cp-be", "cp500"),
        ("EBCDIC-1047", "cp1047"),
        ("IBM01140", "cp1140"),
        ("x-IBM930", "cp930"),
        ("ccsid_5035", "cp939"),
        ("windows-874", "cp874"),
        ("Windows-1252", "cp1252"),
        ("TIS620", "tis-620"),
        ("ISO-8859-1", "latin-1"),
        ("ISO8859_15", "iso-8859-15"),
        ("latin2", "iso-8859-2"),
        ("Latin-5", "iso-8859-9"),
        ("819", "latin-1"),
        ("US-ASCII", "ascii"),
        ("UTF8", "utf-8"),
        ("utf_8", "utf-8"),
        ("CCSID 1208", "utf-8"),
    ],
)
def test_other_spellings_are_the_same_page(spelling, name):
    assert code_page(spelling) is code_page(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_found_under_its_own_name(name):
    assert code_page(name).name == name
    assert code_page(name.upper()) is code_page(name)


@pytest.mark.parametrize("name", ["", "cp", "ebcdic", "0", "cp0", "ebcdic-cp-xx", "-1", "cp1161"])
def test_what_is_no_page_is_refused_in_one_line(name):
    with pytest.raises(CodePageError) as error:
        code_page(name)
    assert "\n" not in str(error.value)


def test_the_usual_pages_are_the_first_of_all_and_read_no_other_tables():
    usual = code_page_names()
    assert NAMES[: len(usual)] == usual
    assert all(code_page(name).multibyte is None for name in usual)
