"""File names from templates and back."""

from __future__ import annotations

import re
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.model import FileRule, Framing
from interfaces.names import NameParts, make_name, marks_in_names, read_name
from interfaces.registry import Registry
from interfaces.toml_table import DeclarationError

DAY = date(2026, 11, 20)
TEMPLATES = Registry().all()


def rule(template: str) -> FileRule:
    return FileRule(Framing.FB, "cp838", template)


@given(
    day=st.dates(date(1000, 1, 1), date(9999, 12, 31)),
    sequence=st.integers(0, 999_999),
    any_part=st.from_regex("[A-Za-z0-9_-]{1,20}", fullmatch=True).filter(
        lambda text: not re.search("._[A-Z][0-9]{2}$", text)
    ),
    account=st.from_regex("[0-9]{10}", fullmatch=True),
    period=st.sampled_from([197001, 202611, 218912]),
)
def test_every_shipped_template_reads_back_what_it_made(
    day: date, sequence: int, any_part: str, account: str, period: int
) -> None:
    for interface in TEMPLATES:
        template = interface.file.name
        name = make_name(
            interface.file, day, sequence, any_part=any_part, account=account, period=period
        )
        assert read_name(interface.file, name) == NameParts(
            day if "{date}" in template else None,
            sequence if "{sequence}" in template else None,
            any_part if "{any}" in template else None,
            account if "{account}" in template else None,
            period if "{period}" in template else None,
        )


@pytest.mark.parametrize(
    "name",
    [
        "S39_20261120_000001.TXT.part",
        ".S39_20261120_000001.TXT",
        "S39_20261120_000001XTXT",
        "S39_20261120_000001.TXT\n",
        "s39_20261120_000001.TXT",
        "S39_20261120_1.TXT",
        "S39_20261320_000001.TXT",
        "S39_20260229_000001.TXT",
        "S39_๒๐๒๖๑๑๒๐_000001.TXT",
        "folder/S39_20261120_000001.TXT",
        "",
    ],
)
def test_other_names_are_not_recognised(name: str) -> None:
    assert read_name(rule("S39_{date}_{sequence}.TXT"), name) is None


def test_a_name_has_gregorian_date_and_six_digits() -> None:
    name = make_name(rule("REGMAST.D{date}.S{sequence}"), DAY, 7)
    assert name == "REGMAST.D20261120.S000007"


@pytest.mark.parametrize("sequence", [-1, 1_000_000])
def test_a_sequence_beyond_six_digits_is_refused(sequence: int) -> None:
    with pytest.raises(ValueError, match="six digits"):
        make_name(rule("A_{sequence}"), DAY, sequence)


def test_what_only_a_sender_knows_must_be_given() -> None:
    with pytest.raises(ValueError, match=r"\{any\}"):
        make_name(rule("SPS110_{any}.TXT"), DAY, 1)


def test_a_given_part_cannot_leave_the_folder() -> None:
    with pytest.raises(ValueError, match="recognises"):
        make_name(rule("SPS110_{any}.TXT"), DAY, 1, any_part="../../etc")


@pytest.mark.parametrize(
    "template", ["", "A{day}", "A{date", "A(.*)", "../A_{date}", "A/{date}", "{date}{date}", ".A"]
)
def test_a_template_that_says_something_else_is_refused(template: str) -> None:
    with pytest.raises(DeclarationError):
        read_name(rule(template), "A")


FILED = "SPS110_{account}_{period}{mark}.XLSX"


def test_an_employers_name_says_account_wage_month_and_mark() -> None:
    parts = read_name(rule(FILED), "SPS110_1000000012_256911_C02.XLSX")
    assert parts == NameParts(account="1000000012", period=202611, mark="C")
    parts = read_name(rule(FILED), "SPS110_1000000012_256911.XLSX")
    assert parts == NameParts(account="1000000012", period=202611)
    name = make_name(rule(FILED), DAY, 1, account="1000000012", period=202611)
    assert name == "SPS110_1000000012_256911.XLSX"


@pytest.mark.parametrize(
    "name", ["SPS110_100000001_256911.XLSX", "SPS110_1000000012_256911C1.XLSX"]
)
def test_an_employers_name_is_of_its_form_or_unknown(name: str) -> None:
    assert read_name(rule(FILED), name) is None


@pytest.mark.parametrize(
    ("name", "any_part", "mark"),
    [
        ("SPS110_1000000012_202610.TXT", "1000000012_202610", None),
        ("SPS110_1000000012_202610_S01.TXT", "1000000012_202610", "S"),
        ("SPS110_my_file_C12.TXT", "my_file", "C"),
        ("SPS110_my_file_c12.TXT", "my_file_c12", None),
        ("SPS110_C01.TXT", "C01", None),
    ],
)
def test_a_mark_at_the_end_of_a_free_name_is_a_mark(
    name: str, any_part: str, mark: str | None
) -> None:
    parts = read_name(rule("SPS110_{any}{mark}.TXT"), name)
    assert parts == NameParts(any=any_part, mark=mark)


@pytest.mark.parametrize(
    ("template", "name", "known"),
    [
        (FILED, "SPS110_1000000012_256911_C02.xlsx", True),
        (FILED, "sps110_1000000012_256911.XLSX", False),
        ("SPS110_{any}{mark}.TXT", "SPS110_x.txt", True),
        ("S39_{date}_{sequence}.TXT", "S39_20261120_000001.txt", False),
    ],
)
def test_the_end_of_a_senders_own_name_may_be_in_small_letters(
    template: str, name: str, known: bool
) -> None:
    assert (read_name(rule(template), name) is not None) is known


@pytest.mark.parametrize("template", [FILED, "F_{any}{mark}.TXT", "F_{account}.TXT", "LIST.TXT"])
def test_marks_of_many_names_are_those_of_each(template: str) -> None:
    stems = ["SPS110_1000000012_256911", "F_1000000012", "F_A-b_9", "F_", "LIST", "", "XF_1"]
    marks = ["", "_C02", "_S1", "_c02", "_C022"]
    ends = [".TXT", ".txt", ".XLSX", ".xlsx", "", ".TXT\n", "xTXT"]
    names = [stem + mark + end for stem in stems for mark in marks for end in ends]
    told = marks_in_names(rule(template), pa.array(names, pa.utf8())).to_pylist()
    expected = []
    for name in names:
        parts = read_name(rule(template), name)
        expected.append(None if parts is None else parts.mark or "")
    assert told == expected
    assert any(mark is not None for mark in told)
    assert marks_in_names(rule(template), pa.array([], pa.utf8())).to_pylist() == []


def test_many_names_with_a_date_are_not_told_at_once() -> None:
    with pytest.raises(ValueError, match="has a date"):
        marks_in_names(rule("S39_{date}.TXT"), pa.array(["S39_20261301.TXT"]))
