"""Dates and periods, both ways, against datetime.date."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.model import Era, FieldRule, FieldType
from parsers.codecs.fault import Fault
from parsers.dates import (
    MaskError,
    decode_dates,
    decode_periods,
    encode_dates,
    encode_periods,
    mask_parts,
)

EPOCH = date(1970, 1, 1).toordinal()


def date_rule(mask: str, era: Era, pivot_base: int | None = None) -> FieldRule:
    return FieldRule(type=FieldType.DATE, mask=mask, era=era, pivot_base=pivot_base)


def period_rule(mask: str, era: Era, pivot_base: int | None = None) -> FieldRule:
    return FieldRule(type=FieldType.PERIOD, mask=mask, era=era, pivot_base=pivot_base)


def decoded(digits: list[int], rule: FieldRule) -> list[date | None]:
    days, faults = decode_dates(np.array(digits, np.int64), rule)
    return [
        None if fault else date.fromordinal(int(day) + EPOCH)
        for day, fault in zip(days, faults, strict=True)
    ]


def written(day: date, mask: str, offset: int) -> int:
    """The digits of a date as a clerk would write them."""
    texts = {
        "yyyy": f"{day.year + offset:04}",
        "yy": f"{(day.year + offset) % 100:02}",
        "mm": f"{day.month:02}",
        "dd": f"{day.day:02}",
    }
    for run, text in texts.items():
        mask = mask.replace(run, text)
    return int(mask)


FOUR_DIGIT_MASKS = st.sampled_from(["yyyymmdd", "ddmmyyyy", "mmddyyyy", "yyyyddmm"])
TWO_DIGIT_MASKS = st.sampled_from(["yymmdd", "ddmmyy"])
DAYS = st.dates(date(1583, 1, 1), date(9456, 12, 31))


@given(st.lists(DAYS, min_size=1), FOUR_DIGIT_MASKS, st.sampled_from(Era))
def test_four_digit_years_read_and_write_back(days, mask, era):
    offset = 543 if era is Era.BE else 0
    rule = date_rule(mask, era)
    digits = [written(day, mask, offset) for day in days]
    assert decoded(digits, rule) == days
    numbers = np.array([day.toordinal() - EPOCH for day in days], np.int32)
    encoded, wrong = encode_dates(numbers, rule)
    assert encoded.tolist() == digits
    assert not wrong.any()


@given(st.lists(st.dates(date(1957, 1, 1), date(2056, 12, 31)), min_size=1), TWO_DIGIT_MASKS)
def test_two_digit_buddhist_years_follow_the_pivot(days, mask):
    rule = date_rule(mask, Era.BE, pivot_base=2500)
    digits = [written(day, mask, 543) for day in days]
    assert decoded(digits, rule) == days
    numbers = np.array([day.toordinal() - EPOCH for day in days], np.int32)
    encoded, wrong = encode_dates(numbers, rule)
    assert encoded.tolist() == digits
    assert not wrong.any()


@given(st.integers(0, 99_999_999), FOUR_DIGIT_MASKS)
def test_any_digits_agree_with_datetime(digits, mask):
    text = f"{digits:08}"
    places = {letter: mask.index(letter) for letter in "ymd"}
    year = int(text[places["y"] : places["y"] + 4])
    month = int(text[places["m"] : places["m"] + 2])
    day = int(text[places["d"] : places["d"] + 2])
    try:
        wanted = date(year, month, day) if year >= 1583 else None
    except ValueError:
        wanted = None
    assert decoded([digits], date_rule(mask, Era.CE)) == [wanted]


@pytest.mark.parametrize(
    ("digits", "wanted"),
    [
        (25690228, date(2026, 2, 28)),
        (25690229, None),
        (25670229, date(2024, 2, 29)),
        (25691300, None),
        (25690001, None),
        (25690100, None),
        (0, None),
        (20260115, None),  # a Gregorian year in a Buddhist-era field is 1483
        (99991231, date(9456, 12, 31)),
    ],
)
def test_buddhist_era_dates(digits, wanted):
    assert decoded([digits], date_rule("yyyymmdd", Era.BE)) == [wanted]


def test_faults_carry_the_code():
    _, faults = decode_dates(np.array([25690230]), date_rule("yyyymmdd", Era.BE))
    assert faults.tolist() == [Fault.DATE_INVALID]
    _, faults = decode_periods(np.array([256913]), period_rule("yyyymm", Era.BE))
    assert faults.tolist() == [Fault.PERIOD_INVALID]


@given(st.integers(1583, 9456), st.integers(1, 12), st.sampled_from(["yyyymm", "mmyyyy"]))
def test_periods_read_and_write_back(year, month, mask):
    rule = period_rule(mask, Era.BE)
    digits = int(mask.replace("yyyy", str(year + 543)).replace("mm", f"{month:02}"))
    periods, faults = decode_periods(np.array([digits]), rule)
    assert (periods.tolist(), faults.tolist()) == ([year * 100 + month], [0])
    encoded, wrong = encode_periods(periods, rule)
    assert (encoded.tolist(), wrong.tolist()) == ([digits], [False])


def test_periods_of_form_1_10():
    rule = period_rule("mmyy", Era.BE, pivot_base=2500)
    periods, faults = decode_periods(np.array([1169, 1369, 69, 1200]), rule)
    assert faults.tolist() == [0, Fault.PERIOD_INVALID, Fault.PERIOD_INVALID, 0]
    assert periods[[0, 3]].tolist() == [202611, 195712]


def test_what_a_mask_cannot_hold_is_reported():
    rule = date_rule("ddmmyy", Era.BE, pivot_base=2500)
    outside = [date(1956, 12, 31), date(2057, 1, 1), date(2026, 1, 1)]
    numbers = np.array([day.toordinal() - EPOCH for day in outside], np.int32)
    assert encode_dates(numbers, rule)[1].tolist() == [True, True, False]
    late = np.array([date(9457, 1, 1).toordinal() - EPOCH], np.int32)
    assert encode_dates(late, date_rule("yyyymmdd", Era.BE))[1].tolist() == [True]
    assert encode_periods(np.array([202613, 202600, 202612]), period_rule("yyyymm", Era.CE))[
        1
    ].tolist() == [True, True, False]


@pytest.mark.parametrize("mask", ["yyyymm", "yyymmdd", "yyyymmddd", "yymmyy", "yyyymmhh", ""])
def test_masks_that_are_no_date_are_refused(mask):
    with pytest.raises(MaskError, match=r"yyyymmdd or ddmmyy"):
        mask_parts(mask, FieldType.DATE)


def test_a_field_without_a_mask_is_no_date():
    with pytest.raises(MaskError):
        decode_dates(np.array([1]), FieldRule())
