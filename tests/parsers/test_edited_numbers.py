"""Numeric-edited pictures: what they show, what is read back, and what none of them produces."""

import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_fields import edited

from interfaces.errors import WrongUse
from parsers.codecs.digits import digits_to_integers
from parsers.codecs.edited import decode_edited, edit_digits
from parsers.codecs.fault import Fault
from parsers.codepages import CodePage, code_page
from parsers.layout import Field

EBCDIC = code_page("cp838")
ASCII = code_page("cp874")


def shown(field: Field, value: int, page: CodePage = ASCII) -> str:
    """Characters of one unscaled value."""
    digits = np.array([[int(d)] for d in str(abs(value)).zfill(field.digits)], np.uint8)
    data = edit_digits(
        digits,
        np.array([value < 0]),
        field.edit,
        field.scale,
        page,
        blank_when_zero=field.blank_when_zero,
    )
    return page.decode(data.tobytes())


def read(field: Field, *texts: str, page: CodePage = ASCII) -> list[tuple[int | None, int]]:
    data = b"".join(page.encode(text) for text in texts)
    matrix = np.frombuffer(data, np.uint8).reshape(len(texts), -1)
    values, faults = decode_edited(
        matrix, field.edit, field.scale, page, blank_when_zero=field.blank_when_zero
    )
    return [
        (None if fault else value, fault)
        for value, fault in zip(values.tolist(), faults.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("picture", "value", "result"),
    [
        # Enterprise COBOL Language Reference, "Zero suppression and replacement editing"
        ("****.**", "0000.00", "****.**"),
        ("ZZZZ.ZZ", "0000.00", "       "),
        ("ZZZZ.99", "0000.00", "    .00"),
        ("****.99", "0000.00", "****.00"),
        ("ZZ99.99", "0000.00", "  00.00"),
        ("Z,ZZZ.ZZ+", "+123.45", "  123.45+"),
        ("*,***.**+", "-123.45", "**123.45-"),
        ("**,***,***.**+", "+12345678.90", "12,345,678.90+"),
        ("$Z,ZZZ,ZZZ.ZZCR", "+12345.67", "$   12,345.67  "),
        ("$B*,***,***.**BBDB", "-12345.67", "$ ***12,345.67  DB"),
        # HP COBOL Manual for TNS/E Programs, "PICTURE Clause", floating insertion
        ("+++99", "-23", "  -23"),
        ("+++99", "4", "  +04"),
        ("------9", "123", "    123"),
        ("------9", "-123", "   -123"),
        ("$$$9.99", "1.23", "  $1.23"),
        ("$$$9.99", "0.03", "  $0.03"),
        ("$$$$.$$", "1.23", "  $1.23"),
        ("$$$$.$$", "0.03", "   $.03"),
        ("---9.99", "-0.03", "  -0.03"),
        ("----.--", "-1.23", "  -1.23"),
        ("----.--", "0.03", "    .03"),
    ],
)
def test_published_examples(picture, value, result):
    field = edited(picture)
    unscaled = int(Decimal(value).scaleb(field.scale))
    assert shown(field, unscaled) == result
    assert read(field, result) == [(unscaled, 0)]


@pytest.mark.parametrize(
    ("picture", "value", "result"),
    [
        ("99/99/9999", 25122026, "25/12/2026"),
        ("999B999", 123456, "123 456"),
        ("9990", 123, "1230"),
        ("0099", 7, "0007"),
        ("$,ZZ9", 5, "$,  5"),  # an insertion left of the string always shows
        ("ZZ,999", 5, "   005"),  # one right of it is suppressed with it
        ("ZZ/99", 5, "   05"),
        ("ZZ099", 5, "   05"),
        ("**B99", 5, "***05"),
        ("$$,$$9.99", 12345, "  $123.45"),  # the floating character takes the comma's place
        ("$$$,999.99", 500, "   $005.00"),
        ("+$$$9", -37, "- $37"),
        ("-$$$9", 37, "  $37"),
        ("ZZZV99", 5, "   05"),
        ("ZZVZZ", 5, "  05"),  # suppression ends at the assumed point too
        ("ZZVZZ", 0, "    "),
        ("**V**CR", 0, "******"),  # all of the item, the sign included
        ("$**.**-", 0, "***.***"),
        ("-ZZZ", 0, "    "),
        ("-99", 0, " 00"),
        ("99DB", -5, "05DB"),
        ("99DB", 5, "05  "),
        ("$99.99", 1234, "$12.34"),
        (".99", 5, ".05"),
    ],
)
def test_rules(picture, value, result):
    field = edited(picture)
    assert shown(field, value) == result
    assert read(field, result) == [(value, 0)]


def test_comma_and_point_change_places():
    field = edited("Z.ZZZ.ZZ9,99-", comma=True)
    assert field.scale == 2
    assert shown(field, -123456) == "    1.234,56-"
    assert read(field, "    1.234,56-", "    1,234.56-") == [
        (-123456, 0),
        (None, Fault.EDITED_PICTURE),
    ]


def test_another_currency():
    field = edited("$$$9", currency="฿")
    assert shown(field, 42) == " ฿42"
    assert read(field, " ฿42", " $42") == [(42, 0), (None, Fault.EDITED_PICTURE)]


def test_a_currency_that_the_page_lacks_is_refused():
    with pytest.raises(WrongUse, match=r"'฿'.*cp037"):
        shown(edited("$$9", currency="฿"), 1, code_page("cp037"))


def test_blank_when_zero():
    field = edited("ZZ9.99", blank_when_zero=True)
    assert shown(field, 0) == "      "
    assert read(field, "      ", "  0.00", "  0.01") == [
        (0, 0),
        (None, Fault.EDITED_PICTURE),
        (1, 0),
    ]


@pytest.mark.parametrize(
    ("picture", "wrong"),
    [
        ("ZZ9", "0 5"),
        ("ZZ9", "005"),  # a leading zero would have been suppressed
        ("ZZ9", "5  "),
        ("ZZ9", "A12"),
        ("ZZ9.99", "12,345"[:6]),
        ("***9", "  12"),
        ("Z,ZZ9", "0,012"),
        ("Z,ZZ9", "1 234"),
        ("--9", "- 5"),
        ("--9", " -0"),  # zero has no sign
        ("ZZ9-", "  5+"),
        ("ZZ9CR", "  5DB"),
        ("ZZ9CR", "  5C "),
        ("$$9", "$ 5"),
        ("99/99", "12-34"),
    ],
)
def test_what_the_picture_cannot_produce_is_a_fault(picture, wrong):
    assert read(edited(picture), wrong) == [(None, Fault.EDITED_PICTURE)]


def test_fillings_have_their_own_names():
    field = edited("ZZ9")
    matrix = np.array([[0x40] * 3, [0] * 3, [0xFF] * 3], np.uint8)
    _, faults = decode_edited(matrix, field.edit, 0, EBCDIC)
    assert faults.tolist() == [
        Fault.NUMBER_SPACES,
        Fault.NUMBER_LOW_VALUES,
        Fault.NUMBER_HIGH_VALUES,
    ]


def test_31_digits():
    field = edited("-(10)9(20).9")
    value = -(10**30 - 7)
    assert field.digits == 30
    digits = np.array([[int(d)] for d in str(abs(value)).zfill(30)], np.uint8)
    assert digits_to_integers(digits).shape == (1, 2)
    matrix = np.frombuffer(shown(field, value, EBCDIC).encode("cp037"), np.uint8)[None]
    values, faults = decode_edited(matrix, field.edit, field.scale, EBCDIC)
    low, high = (int(half) for half in values[0])
    assert ((high << 64) | (low % 2**64), faults.tolist()) == (value, [0])


@st.composite
def pictures(draw: st.DrawFn) -> str:
    """Edited pictures of every form: a sign and a currency that stand still or float, suppression,
    insertions among the digits, a fraction."""
    suppression = draw(st.sampled_from(["", "Z", "*", "$", "+", "-"]))
    leading = draw(st.integers(1, 6)) if suppression else 0
    body = suppression * (leading + (suppression in ("$", "+", "-")))
    body += "9" * draw(st.integers(0 if leading else 1, 6))
    body = re.sub(
        "(?<=.)(?=.)", lambda _: draw(st.sampled_from(["", "", "", ",", "B", "/", "0"])), body
    )
    if body.endswith("9"):
        body += draw(st.sampled_from(["", ".9", ".99", "V99"]))
    elif suppression and draw(st.booleans()):
        body += "." + suppression * draw(st.integers(1, 3))
    if suppression != "$":
        body = draw(st.sampled_from(["", "$"])) + body
    if suppression not in ("+", "-"):
        lead, trail = draw(
            st.sampled_from(
                [("", ""), ("+", ""), ("-", ""), ("", "+"), ("", "-"), ("", "CR"), ("", "DB")]
            )
        )
        body = lead + body + trail
    return body


@given(pictures(), st.data(), st.sampled_from([EBCDIC, ASCII]))
def test_every_value_is_read_back(picture, data, page):
    field = edited(picture)
    top = 10**field.digits - 1
    values = data.draw(st.lists(st.integers(-top if field.signed else 0, top), min_size=1))
    texts = [shown(field, value, page) for value in values]
    assert read(field, *texts, page=page) == [(value, 0) for value in values]


@given(pictures(), st.data())
def test_whatever_is_accepted_is_what_is_written(picture, data):
    field = edited(picture)
    likely = st.text(" *$+-0123459,./CRDB", min_size=field.length, max_size=field.length)
    shown_text = data.draw(likely)
    [(value, fault)] = read(field, shown_text)
    if fault == 0:
        assert shown(field, value) == shown_text
