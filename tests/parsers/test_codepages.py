"""Code pages: what they promise to decoding and encoding."""

import codecs
import unicodedata

import numpy as np
import pytest

from parsers.codepages import CodePageError, code_page, code_page_names
from parsers.codepages.page import UNDEFINED

NAMES = code_page_names()


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


@pytest.mark.parametrize("name", ["cp037", "cp500", "cp874", "latin-1", "ascii"])
def test_pages_of_python_decode_like_python(name):
    page = code_page(name)
    for byte in range(256):
        data = bytes([byte])
        assert page.decode(data) == data.decode(name, "replace")


@pytest.mark.parametrize("name", ["utf-8", "UTF-8", "utf8", "utf_8"])
def test_utf_8_is_refused_with_the_reason(name):
    with pytest.raises(CodePageError, match=r"3 bytes.*cp874"):
        code_page(name)


def test_an_unknown_page_names_the_known_ones():
    with pytest.raises(CodePageError, match=r"'cp999'.*cp838.*cp874"):
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
