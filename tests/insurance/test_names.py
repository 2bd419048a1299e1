"""Match keys of names: one for every way to type a name, and none for two names."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.names import TITLES, name_keys, person_keys_of_names, without_title
from interfaces.dated import code_list

GIVEN = ("สมชาย", "น้ำฝน", "กำพล", "แดง", "นงลักษณ์", "พรพิมล", "John")
FAMILY = ("ใจดี", "คำแก้ว", "แซ่ลิ้ม", "ทองดี", "Smith")
NOISE = st.sampled_from(["", " ", "  ", "\u200b", "\u00a0", ".", "\ufeff", "\u200d", "\t"])


def key(name: str | None) -> str | None:
    return name_keys(pa.array([name], pa.utf8()))[0].as_py()


def plain(name: str) -> str | None:
    return without_title(name_keys(pa.array([name], pa.utf8())))[0].as_py()


def person(given: str | None, family: str | None) -> str | None:
    keys = person_keys_of_names(pa.array([given], pa.utf8()), pa.array([family], pa.utf8()))
    return keys[0].as_py()


@given(st.sampled_from(GIVEN), st.sampled_from(FAMILY), st.sampled_from(TITLES), NOISE, NOISE)
def test_a_name_is_found_whatever_title_and_spaces_it_is_typed_with(
    given: str, family: str, title: str, one: str, other: str
) -> None:
    typed = f"{one}{title}{other}{given}{one} {other}{family}{one}"
    assert plain(typed) == person(given, family) is not None


@given(
    st.sampled_from(GIVEN), st.sampled_from(FAMILY), st.sampled_from(GIVEN), st.sampled_from(FAMILY)
)
def test_two_names_have_two_keys(a: str, b: str, c: str, d: str) -> None:
    assert (person(a, b) == person(c, d)) is ((a, b) == (c, d))


@given(st.text(st.characters(min_codepoint=0x0E01, max_codepoint=0x0E4D), max_size=12))
def test_a_key_is_its_own_key_and_composed(name: str) -> None:
    made = key(name)
    assert made is None or (key(made) == made and unicodedata.is_normalized("NFC", made))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("น้ำฝน", "น\u0e49\u0e4d\u0e32ฝน".replace("\u0e49\u0e4d", "\u0e4d\u0e49")),
        ("กำพล", "ก\u0e4d\u0e32พล"),
        ("แดง", "เเดง"),
        ("JOHN", "john"),
        ("José", "Jose\u0301"),
    ],
)
def test_letters_that_look_the_same_are_the_same(one: str, other: str) -> None:
    assert one != other
    assert key(one) == key(other)


def test_sara_am_stays_one_letter() -> None:
    """NFKC would take it apart, and the key would be another than the stored name's."""
    assert key("กำ") == "กำ"


@pytest.mark.parametrize("given", ["นางนวล", "พระพาย", "คุณากร", "นายิกา"])
def test_a_given_name_that_begins_like_a_title_is_found_by_its_whole_key(given: str) -> None:
    assert key(f"{given} ใจดี") == person(given, "ใจดี")


def test_the_longest_title_goes_not_a_part_of_it() -> None:
    assert plain("นางสาว สมศรี") == plain("น.ส.สมศรี") == plain("นาง สมศรี") == "สมศรี"


def test_every_title_of_the_code_list_is_one() -> None:
    words = set(name_keys(code_list("titles", None)["word"].combine_chunks()).to_pylist())
    assert words <= set(name_keys(pa.array(TITLES)).to_pylist())


@pytest.mark.parametrize("nothing", [None, "", "   ", ".", "\u200b"])
def test_nothing_has_no_key(nothing: str | None) -> None:
    assert key(nothing) is None


def test_a_title_alone_stays_and_half_a_name_has_no_person_key() -> None:
    assert plain("นาย") == "นาย"
    assert person("สมชาย", None) is None
    assert person(None, "ใจดี") is None


def test_marks_parted_by_a_space_are_put_in_order_all_the_same() -> None:
    tone_first = "ก\N{THAI CHARACTER MAI EK} \N{THAI CHARACTER SARA U}ง"
    assert key(tone_first) == key("ก\N{THAI CHARACTER SARA U}\N{THAI CHARACTER MAI EK}ง")
