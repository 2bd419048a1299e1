"""Check digits against an independent oracle, and every fault by name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.th import pin

from insurance.identifiers import (
    ALIEN,
    ALIEN_CHECKSUM,
    CHARACTER,
    CHECKSUM,
    LENGTH,
    NOT_JURISTIC,
    OK,
    employer_account_faults,
    employer_accounts,
    juristic_id_faults,
    mask_id,
    mask_ids,
    national_id_check_digits,
    national_id_faults,
    national_ids,
)

TWELVE_DIGITS = st.integers(0, 10**12 - 1)


def faults(*texts: str | None) -> list[int]:
    return national_id_faults(pa.array(texts, pa.utf8())).tolist()


@given(st.lists(TWELVE_DIGITS, max_size=20))
def test_check_digits_agree_with_the_oracle(numbers: list[int]) -> None:
    expected = [int(pin.calc_check_digit(f"{number:012d}0")) for number in numbers]
    assert national_id_check_digits(np.array(numbers, np.int64)).tolist() == expected


@given(st.lists(st.text("0123456789", min_size=13, max_size=13), min_size=1, max_size=20))
def test_checksum_faults_agree_with_the_oracle(texts: list[str]) -> None:
    found = national_id_faults(pa.array(texts))
    for text, fault in zip(texts, found, strict=True):
        sound = text[-1] == pin.calc_check_digit(text)
        if text[0] in "09":
            expected = ALIEN if sound else ALIEN_CHECKSUM if len(set(text)) > 1 else CHECKSUM
        else:
            expected = OK if sound else CHECKSUM
        assert fault == expected


@given(st.lists(st.integers(10**11, 9 * 10**11 - 1), max_size=20))
def test_made_ids_are_sound(numbers: list[int]) -> None:
    made = national_ids(np.array(numbers, np.int64))
    assert all(pin.is_valid(text) for text in made.to_pylist())
    assert (national_id_faults(made) == OK).all()


def test_each_fault_by_example() -> None:
    sound = national_ids(np.array([110012345678], np.int64))[0].as_py()
    wrong_check = sound[:-1] + str((int(sound[-1]) + 1) % 10)
    thai_digits = "๑๒๓๔๕๖๗๘๙๐๑๒๓"
    assert faults(sound) == [OK]
    assert faults("", sound[:-1], sound + "1", "1-1001-23456-78-9") == [LENGTH] * 4
    assert faults(thai_digits, sound[:-1] + "A", sound[:6] + " " + sound[7:]) == [CHARACTER] * 3
    assert faults("กขคง1") == [LENGTH]  # 13 bytes, but not 13 characters
    assert faults(wrong_check) == [CHECKSUM]
    assert faults(None) == [OK]


def test_registered_aliens_have_their_own_code() -> None:
    made = national_ids(np.array([11234567890, 912345678901], np.int64))
    assert [text[0] for text in made.to_pylist()] == ["0", "9"]
    assert national_id_faults(made).tolist() == [ALIEN, ALIEN]


def test_a_wrong_check_digit_of_an_alien_is_doubtful_and_a_filler_is_no_number() -> None:
    made = national_ids(np.array([11234567890, 912345678901], np.int64)).to_pylist()
    wrong = [text[:-1] + str((int(text[-1]) + 1) % 10) for text in made]
    assert faults(*wrong) == [ALIEN_CHECKSUM] * 2
    assert faults("0" * 13, "9" * 13) == [CHECKSUM] * 2
    assert juristic_id_faults(pa.array([wrong[0], wrong[1]])).tolist() == [CHECKSUM] * 2


def test_slices_nulls_and_chunks_are_judged_row_by_row() -> None:
    sound = national_ids(np.arange(110012345670, 110012345680, dtype=np.int64)).to_pylist()
    texts = pa.array(["x", *sound[:4], None, "๑" * 13, *sound[4:]])
    assert national_id_faults(texts.slice(1, 7)).tolist() == [OK] * 5 + [CHARACTER, OK]
    chunked = pa.chunked_array([texts.slice(0, 3), texts.slice(3)])
    assert national_id_faults(chunked).tolist() == national_id_faults(texts).tolist()
    assert national_id_faults(pa.chunked_array([], pa.utf8())).tolist() == []


def test_juristic_ids_begin_with_zero() -> None:
    made = national_ids(np.array([10555000012, 310012345678], np.int64))
    assert juristic_id_faults(made).tolist() == [OK, NOT_JURISTIC]


@given(st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=20))
def test_employer_accounts_carry_the_weighted_check_digit(numbers: list[int]) -> None:
    made = employer_accounts(np.array(numbers, np.int64)).to_pylist()
    for text in made:
        total = sum(int(digit) * (10 - place) for place, digit in enumerate(text[:9]))
        assert int(text[9]) == (11 - total % 11) % 10
    assert (employer_account_faults(pa.array(made)) == OK).all()


def test_employer_account_faults() -> None:
    sound = employer_accounts(np.array([100000012], np.int64))[0].as_py()
    wrong = sound[:-1] + str((int(sound[-1]) + 1) % 10)
    texts = pa.array([sound, wrong, "12", "12345X7890"])
    assert employer_account_faults(texts).tolist() == [OK, CHECKSUM, LENGTH, CHARACTER]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1101234567890", "1-10xx-xxxxx-xx-0"),
        ("", "x-xxxx-xxxxx-xx-x"),
        ("12345", "x-xxxx-xxxxx-xx-x"),
        ("11012345678901", "x-xxxx-xxxxx-xx-x"),
    ],
)
def test_masked_ids_show_the_first_three_digits_and_the_last(text: str, shown: str) -> None:
    assert mask_id(text) == shown


def test_masking_a_column_keeps_nulls() -> None:
    assert mask_ids(pa.array(["1101234567890", None])).to_pylist() == ["1-10xx-xxxxx-xx-0", None]
