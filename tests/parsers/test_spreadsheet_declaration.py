"""What a declaration of a spreadsheet may say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exporters.descriptors import FramingError
from exporters.writer import FileWriter
from interfaces.loader import load_interface
from interfaces.model import Framing, Interface, SheetRule
from interfaces.registry import SHIPPED, Registry
from interfaces.toml_table import DeclarationError
from parsers.copybook import load_layout
from parsers.decode import decode_file, decode_whole
from parsers.framing.splits import record_index, split_by_bytes
from parsers.spreadsheet.plan import normal, plan_of
from tests.parsers.made_workbooks import NAME, PERSON, filing

STEM = "form_1_10_sheet.1"
DETAIL = "EMPLOYEE-RECORD"


@pytest.fixture(scope="module")
def form() -> Interface:
    return Registry().get(STEM)


def changed(folder: Path, old: str, new: str) -> Interface:
    """The shipped declaration with one change."""
    (folder / f"{STEM}.cpy").write_text((SHIPPED / f"{STEM}.cpy").read_text("utf-8"), "utf-8")
    text = (SHIPPED / f"{STEM}.toml").read_text("utf-8")
    assert old in text
    path = folder / f"{STEM}.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return load_interface(path)


def test_the_spreadsheet_is_the_text_form_in_another_container(form: Interface) -> None:
    text = Registry().get("form_1_10.1")
    assert load_layout(form) == load_layout(text)
    assert form.rules == text.rules
    assert form.filing == text.filing
    assert form.accept == text.accept
    assert form.controls == text.controls
    assert form.records == text.records


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('framing = "xlsx"', 'framing = "xlsx", line_end = "lf"', "line_end goes with"),
        ('framing = "xlsx"', 'framing = "xlsx", encoding = "cp874"', "framing xlsx says it all"),
        ('framing = "xlsx"', 'framing = "xlsx", compression = "zip"', "framing xlsx says it all"),
        ('framing = "xlsx"', 'framing = "xlsx", record_length = 9', "framing xlsx says it all"),
        ('framing = "xlsx"', 'framing = "F", encoding = "cp874"', r"\[sheet\] goes with"),
        ('sheet_name = "BRANCH-NO"\n', "", "sheet_name"),
        ('account = "ACC-NO"', 'office = "ACC-NO"', "from_name knows account and period"),
    ],
)
def test_keys_that_contradict_each_other(tmp_path: Path, old: str, new: str, error: str) -> None:
    with pytest.raises(DeclarationError, match=error):
        changed(tmp_path, old, new)


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('"ค่าจ้าง" = "WAGES"', '"ค่าจ้าง" = "WAGE"', "WAGE"),
        ('PREFIX = "title_words"', 'TITLE = "title_words"', "TITLE"),
        ('sheet_name = "BRANCH-NO"', 'sheet_name = "BRANCH"', "BRANCH"),
        ('account = "ACC-NO"', 'account = "ACCOUNT"', "ACCOUNT"),
    ],
)
def test_fields_that_the_copybook_does_not_have(
    tmp_path: Path, old: str, new: str, name: str
) -> None:
    interface = changed(tmp_path, old, new)
    with pytest.raises(DeclarationError, match=f"has no {name} there"):
        decode_whole(filing(PERSON), interface, name=NAME)


def test_a_list_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    interface = changed(tmp_path, 'PREFIX = "title_words"', 'PREFIX = "nicknames"')
    with pytest.raises(DeclarationError, match="nicknames"):
        plan_of(interface)


def test_a_spreadsheet_without_its_table_is_an_error(form: Interface) -> None:
    with pytest.raises(DeclarationError, match=r"needs \[sheet\]"):
        decode_whole(filing(PERSON), replace(form, sheet=None), name=NAME)


def test_columns_are_read_by_what_their_fields_are(form: Interface) -> None:
    plan = plan_of(form)
    assert {name: column.meaning for name, column in plan.columns.items()} == {
        "SSO-ID": "digits",
        "PREFIX": "word",
        "FNAME": "text",
        "LNAME": "text",
        "WAGES": "number",
        "PAID-AMOUNT": "number",
    }
    assert plan.key == "SSO-ID"


def test_a_form_of_its_own_needs_no_totals_and_no_words(form: Interface) -> None:
    rule = SheetRule({"a": "FNAME", "b": "WAGES"}, "BRANCH-NO", {})
    interface = replace(form, sheet=rule, controls=())
    assert plan_of(interface).key == "FNAME"
    found = decode_whole(filing_of([["A", "B"], ["x", 1], ["y", 2.5]]), interface, name=NAME)
    assert found.findings.num_rows == 0
    assert found.tables[DETAIL]["fname"].to_pylist() == ["x", "y"]
    assert found.tables["EMPLOYER-RECORD"]["total_wages"].to_pylist() == [None]


def filing_of(rows: list[list[object]]) -> bytes:
    from tests.parsers.made_workbooks import workbook

    return workbook({"000000": rows})


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("ชื่อผู้ประกันตน", " ชื่อ\nผู้ประกันตน * "),
        ("ค่าจ้าง", "ค่าจ้าง (บาท)"),
        ("ค่าจ้าง", "ค่าจ้าง\u200b:"),
        ("WAGES", "wages"),
    ],
)
def test_headings_are_compared_without_what_does_not_matter(written: str, same: str) -> None:
    assert normal(written) == normal(same)


def test_a_workbook_is_one_part(form: Interface, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(filing(PERSON, PERSON))
    (part,) = split_by_bytes(path, form.file, 135, 4)
    (same,) = record_index(path, form.file, 135).parts(4)
    for each in (part, same):
        (block,) = decode_file(path, form, file_id="f", part=each)
        assert block.batches[DETAIL]["_record_number"].to_pylist() == [2, 3]


def test_spreadsheets_are_only_read(form: Interface, tmp_path: Path) -> None:
    with pytest.raises(FramingError, match="spreadsheets are only read"):
        FileWriter(tmp_path / NAME, form, {})
    assert list(tmp_path.iterdir()) == []


def test_no_other_framing_is_a_spreadsheet() -> None:
    sheets = {i.name for i in Registry().all() if i.file.framing is Framing.XLSX}
    assert sheets == {i.name for i in Registry().all() if i.sheet is not None}
