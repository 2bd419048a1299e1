"""Masks beyond plain digits: day of the year, century digit, separators, month names, nines."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_fields import edited, floating, made, packed, text, zoned

from exporters.codecs.dates import write_calendar
from interfaces.model import Era, FieldRule, FieldType
from parsers.codecs.fault import Fault
from parsers.codepages import code_page
from parsers.date_masks import MaskError, mask_digits, mask_parts
from parsers.fields import decode_field
from parsers.layout import Field

EBCDIC = code_page("cp838")
ASCII = code_page("cp874")
YEARS = st.dates(date(1900, 1, 1), date(2899, 12, 31))


def rule(mask: str, *, era=Era.CE, pivot=None, **meaning) -> FieldRule:
    type_ = FieldType.DATE if "d" in mask else FieldType.PERIOD
    return FieldRule(type=type_, mask=mask, era=era, pivot_base=pivot, **meaning)


def read(field: Field, declared: FieldRule, *texts: str, page=ASCII):
    encoded = b"".join(
        text.encode("utf-16-be") if field.usage == "national" else page.encode(text)
        for text in texts
    )
    matrix = np.frombuffer(encoded, np.uint8).reshape(len(texts), field.length)
    array, faults = decode_field(matrix, field, declared, page)
    return array.to_pylist(), faults.tolist()


def written(field: Field, declared: FieldRule, *values, page=ASCII) -> tuple[list[str], list[bool]]:
    kind = pa.date32() if declared.type is FieldType.DATE else pa.int32()
    out = np.zeros((len(values), field.length), np.uint8)
    wrong, overflow = write_calendar(pa.array(values, kind), field, declared, page, out)
    assert not overflow.any()
    return [page.decode(row.tobytes()) for row in out], wrong.tolist()


def clerk(day: date, mask: str) -> str:
    """A date as a clerk would write it in an English text field."""
    for run, shown in (
        ("cyy", f"{(day.year - 1900) // 100}{day.year % 100:02}"),
        ("yyyy", f"{day.year:04}"),
        ("yy", f"{day.year % 100:02}"),
        ("mon", f"{day:%b}".upper()),
        ("mm", f"{day.month:02}"),
        ("ddd", f"{day.timetuple().tm_yday:03}"),
        ("dd", f"{day.day:02}"),
    ):
        mask = mask.replace(run, shown, 1)
    return mask


@given(
    st.lists(YEARS, min_size=1),
    st.sampled_from(
        (
            *("yyyyddd", "dddyyyy", "cyymmdd", "cyyddd", "dd/mm/yyyy", "yyyy-mm-dd"),
            *("dd.mm.yyyy", "dd mm yyyy", "yyyy/ddd", "dd-mon-yyyy", "monddyyyy", "cyy.mm.dd"),
        )
    ),
    st.sampled_from([EBCDIC, ASCII]),
)
def test_masks_in_text_read_and_write_back(days, mask, page):
    field, declared = text(len(mask)), rule(mask)
    texts = [clerk(day, mask) for day in days]
    assert read(field, declared, *texts, page=page) == (days, [0] * len(days))
    assert written(field, declared, *days, page=page) == (texts, [False] * len(days))


@given(st.lists(YEARS, min_size=1), st.sampled_from(["yyyyddd", "cyymmdd", "ddmmyyyy"]))
def test_masks_in_numbers_read_and_write_back(days, mask):
    field, declared = zoned(len(mask)), rule(mask)
    texts = [clerk(day, mask) for day in days]
    assert read(field, declared, *texts) == (days, [0] * len(days))
    assert written(field, declared, *days) == (texts, [False] * len(days))


@given(st.integers(0, 9_999_999))
def test_days_of_the_year_agree_with_datetime(digits):
    year, day = divmod(digits, 1000)
    try:
        wanted = date(year, 1, 1) + timedelta(day - 1) if year >= 1583 else None
    except (ValueError, OverflowError):
        wanted = None
    if wanted is not None and (day < 1 or wanted.year != year):
        wanted = None
    values, faults = read(zoned(7), rule("yyyyddd"), f"{digits:07}")
    assert values == [wanted]
    assert faults == [0 if wanted else Fault.DATE_INVALID]


def test_century_digits_as_ibm_i_has_them():
    """0 is 19yy, 1 is 20yy and so on: SAS documents the century marker of IBM's notation with its
    informat B8601CIw.d."""
    values, _ = read(zoned(7), rule("cyymmdd"), "0980123", "1140123", "9991231")
    assert values == [date(1998, 1, 23), date(2014, 1, 23), date(2899, 12, 31)]
    days = [date(1899, 12, 31), date(1900, 1, 1), date(2900, 1, 1)]
    assert written(zoned(7), rule("cyymmdd"), *days)[1] == [True, False, True]


def test_a_century_digit_in_the_buddhist_era_is_refused():
    with pytest.raises(MaskError, match="not in era be"):
        read(zoned(7), rule("cyymmdd", era=Era.BE), "0980123")


def test_two_digit_years_with_day_of_the_year_follow_the_pivot():
    declared = rule("yyddd", pivot=1960)
    matrix = np.array([[0x60, 0x36, 0x6C], [0x00, 0x00, 0x1C], [0x61, 0x36, 0x6C]], np.uint8)
    array, faults = decode_field(matrix, packed(5, signed=True), declared, EBCDIC)
    assert array.to_pylist() == [date(2020, 12, 31), date(1960, 1, 1), None]
    assert faults.tolist() == [0, 0, Fault.DATE_INVALID]


def test_buddhist_era_in_text():
    declared = rule("dd/mm/yyyy", era=Era.BE)
    assert read(text(10), declared, "29/02/2567", "29/02/2569", page=EBCDIC) == (
        [date(2024, 2, 29), None],
        [0, Fault.DATE_INVALID],
    )


def test_dates_in_edited_pictures_and_national_text():
    assert read(edited("99/99/9999"), rule("ddmmyyyy"), "31/01/2026", "31-01-2026") == (
        [date(2026, 1, 31), None],
        [0, Fault.EDITED_PICTURE],
    )
    field = made("text", "national", 20)
    declared = rule("dd/mm/yyyy")
    assert read(field, declared, "31/01/2026") == ([date(2026, 1, 31)], [0])
    out = np.zeros((1, 20), np.uint8)
    write_calendar(pa.array([date(2026, 1, 31)]), field, declared, ASCII, out)
    assert out.tobytes().decode("utf-16-be") == "31/01/2026"


def test_periods_with_separators():
    declared = rule("mm/yyyy", era=Era.BE)
    assert read(text(7), declared, "01/2569", "13/2569", "01-2569") == (
        [202601, None, None],
        [0, Fault.PERIOD_INVALID, Fault.PERIOD_INVALID],
    )
    assert written(text(7), declared, 202601) == (["01/2569"], [False])


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        ("01/01/2026", 0),
        ("01-01/2026", Fault.DATE_INVALID),
        ("01/01/202x", Fault.NUMBER_DIGIT),
        ("31/02/2026", Fault.DATE_INVALID),
        ("          ", Fault.NUMBER_SPACES),
        ("  /  /    ", Fault.NUMBER_SPACES),
        ("  x  x    ", Fault.DATE_INVALID),
        ("00/00/0000", Fault.DATE_INVALID),
    ],
)
def test_faults_in_text(shown, fault):
    assert read(text(10), rule("dd/mm/yyyy"), shown)[1] == [fault]


def test_month_names_in_either_case_and_none():
    declared = rule("dd-mon-yyyy", zero_is_null=True)
    for page in (EBCDIC, ASCII):
        values, faults = read(
            text(11), declared, "05-Mar-2026", "05-mar-2026", "05-MRZ-2026", page=page
        )
        assert values == [date(2026, 3, 5)] * 2 + [None]
        assert faults == [0, 0, Fault.NUMBER_DIGIT]
        texts, _ = written(text(11), declared, None, page=page)
        assert texts == ["00- 00-0000"]
        assert read(text(11), declared, *texts, page=page) == ([None], [0])


def test_nines_are_no_end_where_declared():
    declared = rule("yyyymmdd", nines_is_null=True)
    assert read(zoned(8), declared, "99999999", "00000000") == ([None] * 2, [0, Fault.DATE_INVALID])
    assert written(zoned(8), declared, None, date(2026, 1, 1))[0] == ["99999999", "20260101"]
    both = rule("yyyymmdd", nines_is_null=True, zero_is_null=True)
    assert read(zoned(8), both, "99999999", "00000000") == ([None] * 2, [0, 0])
    assert written(zoned(8), both, None)[0] == ["00000000"]


@pytest.mark.parametrize(
    ("field", "mask", "message"),
    [
        (zoned(8), "dd/mm/yy", "is for text"),
        (text(8), "dd/mm/yyyy", "10 characters, .* 8"),
        (floating(4), "yyyymmdd", "holds no date"),
        (made("text", "dbcs", 8), "yyyymmdd", "holds no date"),
        (zoned(20), "yyyymmdd", "more than 18 digits"),
    ],
)
def test_fields_that_cannot_hold_a_mask_are_refused(field, mask, message):
    with pytest.raises(MaskError, match=message):
        decode_field(np.zeros((1, field.length), np.uint8), field, rule(mask), ASCII)


@pytest.mark.parametrize("mask", ["yyyymmdd", "dd/mm/yyyy", "dd-mon-yyyy", "ddmonyyyy"])
def test_digits_of_a_mask(mask):
    assert mask_digits(mask, FieldType.DATE) == 8


@pytest.mark.parametrize(
    "mask", ["yyyymmddd", "cyyyymmdd", "yyyyddmm/q", "yyyy--mmm", "ccyymmdd", "yyyydd", "yyyymon"]
)
def test_masks_that_are_no_date_are_refused(mask):
    with pytest.raises(MaskError, match=r"yyyymmdd or ddmmyy"):
        mask_parts(mask, FieldType.DATE)
