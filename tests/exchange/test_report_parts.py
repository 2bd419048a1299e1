"""The small parts of the report: masking, bars, how amounts and days are written."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.report.charts import SEEN, Amount, stacked
from exchange.status import wording
from exchange.status.masking import hide_ids, shown_raw
from interfaces.registry import Registry
from parsers.codepages import code_page
from parsers.copybook import load_layout
from parsers.layout import Field

MASTER = Registry().get("registration_master")
FIELDS = {item.name: item for record in load_layout(MASTER) for item in record.walk()}
PAGE = code_page(MASTER.file.encoding)
IDENTITY = "1101700203451"


def shown(code: str, name: str | None, raw: bytes) -> str | None:
    """What is shown of raw bytes found in a field of the registration master."""
    item: Field | None = FIELDS[name] if name is not None else None
    return shown_raw(raw, code, item, MASTER.fields.get(name or ""), PAGE)


@given(st.text(alphabet="0123456789 -A", max_size=40))
def test_no_run_of_thirteen_digits_survives(text: str) -> None:
    hidden = hide_ids(text)
    assert re.search("[0-9]{13}", hidden) is None
    if re.search("[0-9]{13}", text.replace(" ", "").replace("-", "")) is None:
        assert hidden == text


@pytest.mark.parametrize("written", ["1-1015-00000-01-2", "1 1015 00000 01 2", "1101500000012"])
def test_an_id_is_hidden_however_it_is_written(written: str) -> None:
    assert hide_ids(f"asked by {written}.") == "asked by 1-10xx-xxxxx-xx-2."


@pytest.mark.parametrize(
    ("code", "name", "raw", "expected"),
    [
        ("ID_CHECKSUM", "NATIONAL-ID", IDENTITY.encode("cp037"), "1-10xx-xxxxx-xx-1"),
        ("ID_LENGTH", "NATIONAL-ID", IDENTITY[:12].encode("cp037") + b"\x40", "x-xxxx-xxxxx-xx-x"),
        ("TEXT_UNMAPPABLE", "GIVEN-NAME", PAGE.encode("สมชาย"), "(5 bytes)"),
        ("RECORD_TYPE", None, IDENTITY.encode("cp037") + b"\xc1" * 19, "(32 bytes)"),
        ("DATE_INVALID", "BIRTH-DATE", "25320230".encode("cp037"), "25320230"),
        ("CODE_UNKNOWN", "TITLE-CODE", "999".encode("cp037"), "999"),
        ("NUMBER_SPACES", "BALANCE-ADJUSTMENT", b"\x40" * 9, "(9 blanks)"),
        ("PACKED_SIGN", "OLD-AGE-BALANCE", bytes(6) + b"\x15", "X'0000…0015' (7 bytes)"),
        ("PACKED_DIGIT", "EFFECTIVE-DATE", b"\xc1\xc2", "X'C1C2'"),
        (
            "CONTROL_HASH",
            "TRL-ID-HASH",
            f"declared={IDENTITY} counted=0".encode(),
            "declared=1-10xx-xxxxx-xx-1 counted=0",
        ),
        ("FILE_TRUNCATED", None, IDENTITY.encode(), "(13 bytes)"),
        ("FILE_NAME_UNKNOWN", None, f"{IDENTITY}.pdf".encode(), "1-10xx-xxxxx-xx-1.pdf"),
    ],
)
def test_raw_bytes_show_what_is_wrong_and_not_who(
    code: str, name: str | None, raw: bytes, expected: str
) -> None:
    assert shown(code, name, raw) == expected


def test_no_raw_bytes_are_nothing() -> None:
    assert shown_raw(None, "VALUE_MISSING", FIELDS["FAMILY-NAME"], None, PAGE) is None


@given(st.lists(st.integers(0, 10**9), max_size=8))
@example([1, 1, 1, 1, 16770, 32048, 200965, 2131525])
def test_the_pieces_of_a_bar_fill_it_and_are_all_to_be_seen(values: list[int]) -> None:
    amounts = [Amount("good", "some", "บาง", value, str(value)) for value in values]
    pieces = stacked("all", "ทั้งหมด", amounts).pieces
    assert len(pieces) == sum(value > 0 for value in values)
    assert all(piece.width >= SEEN - 0.01 for piece in pieces)
    if pieces:
        assert pieces[-1].start + pieces[-1].width == pytest.approx(100, abs=0.1)
    for before, after in pairwise(pieces):
        assert after.start == pytest.approx(before.start + before.width, abs=0.02)


def test_a_bar_to_another_scale_is_not_stretched() -> None:
    (piece,) = stacked("x", "x", [Amount("bad", "x", "x", 25, "25")], whole=100).pieces
    assert piece.width == 25.0
    assert stacked("x", "x", []).spoken == "x: nothing"


@given(st.integers(-(10**15), 10**15))
def test_baht_loses_no_satang(satang: int) -> None:
    text = wording.baht(satang)
    whole, part = text.replace(",", "").split(".")
    assert len(part) == 2
    assert int(whole + part) == satang


def test_days_and_months_are_written_in_both_eras() -> None:
    day = date(2026, 11, 30)
    assert wording.day_in_thai(day) == "วันจันทร์ที่ 30 พฤศจิกายน 2569"
    assert wording.day_in_english(day) == "Monday 30 November 2026"
    assert wording.day_in_buddhist_era(date(2028, 2, 29)) == "2571-02-29"
    assert (wording.month(202601), wording.month(None)) == ("01/2569", "-")
