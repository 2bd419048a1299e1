"""Sheets → header and detail records with their numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from interfaces.model import Interface
from interfaces.registry import Registry
from parsers.arrow_types import decoded_schema, record_named
from parsers.copybook import load_layout
from parsers.decode import ORIGINAL, decode_file, decode_whole
from tests.parsers.made_workbooks import HEADINGS, IDS, NAME, PERSON, SECOND, filing, workbook

HEADER, DETAIL = "EMPLOYER-RECORD", "EMPLOYEE-RECORD"


@pytest.fixture(scope="module")
def form() -> Interface:
    return Registry().get("form_1_10_sheet.1")


def test_a_sheet_is_a_header_and_its_persons(form: Interface) -> None:
    found = decode_whole(filing(PERSON, SECOND), form, name=NAME, file_id="f")
    assert found.findings.num_rows == 0
    assert found.records_read == 3
    (header,) = found.tables[HEADER].to_pylist()
    assert {name: value for name, value in header.items() if value is not None} == {
        "_record_number": 1,
        "_byte_offset": 0,
        "record_type": "1",
        "acc_no": "1000000012",
        "branch_no": "000000",
        "paid_period": 202611,
        "total_employee": 2,
        "total_wages": Decimal("26250.75"),
        "total_paid": Decimal("2626.00"),
        "paid_by_employee": Decimal("1313.00"),
        "paid_by_employer": Decimal("1313.00"),
    }
    assert found.tables[DETAIL].to_pylist() == [
        {
            "_record_number": 2,
            "_byte_offset": 0,
            "record_type": "2",
            "sso_id": IDS[0],
            "prefix": "003",
            "fname": "สมศักดิ์",
            "lname": "ใจดี",
            "wages": Decimal("17250.75"),
            "paid_amount": Decimal("863.00"),
        },
        {
            "_record_number": 3,
            "_byte_offset": 0,
            "record_type": "2",
            "sso_id": IDS[1],
            "prefix": "004",
            "fname": "น้ำผึ้ง",
            "lname": "แก้ว",
            "wages": Decimal("9000.00"),
            "paid_amount": Decimal("450.00"),
        },
    ]


def test_tables_have_the_schema_of_the_text_form(form: Interface) -> None:
    found = decode_whole(filing(PERSON), form, name=NAME)
    text = Registry().get("form_1_10.1")
    for name in (HEADER, DETAIL):
        expected = decoded_schema(record_named(load_layout(text), name), text)
        assert found.tables[name].schema.equals(expected)


def test_rows_are_numbered_through_all_sheets(form: Interface, tmp_path) -> None:
    data = workbook(
        {
            "000000": [["บริษัท"], [], HEADINGS, PERSON],
            "Sheet2": [],
            "000007": [HEADINGS, SECOND, (IDS[2], *PERSON[1:])],
        }
    )
    path = tmp_path / NAME
    path.write_bytes(data)
    blocks = list(decode_file(path, form, file_id="f"))
    assert [block.batches[HEADER]["branch_no"].to_pylist() for block in blocks] == [
        ["000000"],
        ["000007"],
    ]
    numbers = [
        [block.batches[name]["_record_number"].to_pylist() for name in (HEADER, DETAIL)]
        for block in blocks
    ]
    first_of_last = numbers[1][0][0]
    assert numbers == [[[3], [4]], [[first_of_last], [first_of_last + 1, first_of_last + 2]]]
    assert first_of_last in (5, 6)  # an empty sheet has no row, or one
    assert [block.bytes_read for block in blocks] == [len(data), 0]
    assert [block.records_read for block in blocks] == [2, 3]


def test_columns_may_stand_in_any_order_under_other_headings(form: Interface) -> None:
    headings = ("เงินสมทบ", "สกุล", "ลำดับที่", "ค่าจ้าง\n(บาท)", "ชื่อ *", "คำนำหน้า", "เลขบัตร ประชาชน")
    row = (863, "ใจดี", 1, 17250.75, "สมศักดิ์", "นาย", IDS[0])
    found = decode_whole(workbook({"000000": [headings, row]}), form, name=NAME)
    assert found.findings["code"].to_pylist() == ["SHEET_COLUMN_UNKNOWN"]
    assert found.findings["raw"].to_pylist() == ["ลำดับที่".encode()]
    usual = decode_whole(filing(PERSON), form, name=NAME)
    assert found.tables[DETAIL].equals(usual.tables[DETAIL])


def test_a_sheet_with_headings_alone_is_a_header_without_persons(form: Interface) -> None:
    found = decode_whole(filing(), form, name=NAME)
    assert found.findings.num_rows == 0
    assert found.tables[HEADER]["total_employee"].to_pylist() == [0]
    assert found.tables[HEADER]["total_wages"].to_pylist() == [Decimal("0.00")]
    assert found.tables[DETAIL].num_rows == 0


def test_only_what_is_asked_for_is_given(form: Interface, tmp_path) -> None:
    path = tmp_path / NAME
    path.write_bytes(filing(PERSON))
    (block,) = decode_file(path, form, file_id="f", columns=("wages",), records=(DETAIL,))
    assert {name: batch.schema.names for name, batch in block.batches.items()} == {
        DETAIL: ["_record_number", "_byte_offset", "wages"]
    }
    (block,) = decode_file(path, form, file_id="f", originals=True)
    assert block.batches[DETAIL][ORIGINAL].to_pylist() == [
        "\t".join([IDS[0], "นาย", "สมศักดิ์", "ใจดี", "17250.75", "863"]).encode()
    ]
    assert block.batches[HEADER][ORIGINAL].to_pylist() == ["\t".join(HEADINGS).encode()]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("ab" * 32, "ACC-NO PAID-PERIOD"),
        ("SPS110_1000000012_202611.XLSX", "PAID-PERIOD"),
        ("SPS110_1000000012_256913.XLSX", "PAID-PERIOD"),
        ("SPS110_100000001_256911.XLSX", "ACC-NO PAID-PERIOD"),
    ],
)
def test_a_name_that_does_not_say_whose_it_is_refuses_the_file(
    form: Interface, name: str, field: str
) -> None:
    found = decode_whole(filing(PERSON), form, name=name)
    (told,) = found.findings.to_pylist()
    assert (told["code"], told["record_number"], told["field"]) == ("SHEET_FILE_NAME", 0, field)
    assert told["raw"] == name.encode()
    assert found.tables[DETAIL].num_rows == 1  # what a trace of the record still shows


@pytest.mark.parametrize("name", ["SPS110_1000000012_256911_C01.XLSX", NAME.lower(), NAME])
def test_names_with_a_mark_and_in_small_letters_are_understood(form: Interface, name: str) -> None:
    found = decode_whole(filing(PERSON), form, name=name)
    assert found.findings.num_rows == 0
    assert found.tables[HEADER]["acc_no"].to_pylist() == ["1000000012"]


def test_the_name_of_the_path_counts_where_no_other_is_given(form: Interface, tmp_path) -> None:
    path = tmp_path / "landed"
    path.write_bytes(filing(PERSON))
    codes = [
        [c for block in blocks for c in block.findings["code"].to_pylist()]
        for blocks in (
            decode_file(path, form, file_id="f"),
            decode_file(path, form, file_id="f", name=NAME),
        )
    ]
    assert codes == [["SHEET_FILE_NAME"], []]
    assert decode_whole(path, form, name=NAME).findings.num_rows == 0


class TestSheetNames:
    @pytest.mark.parametrize(
        ("name", "branch"),
        [("0", "000000"), ("12", "000012"), (" 000003 ", "000003"), ("๓", "000003")],
    )
    def test_a_short_number_is_completed_with_a_warning(self, form, name, branch):
        found = decode_whole(filing(PERSON, name=name), form, name=NAME)
        assert found.findings["code"].to_pylist() == ["SHEET_NAME_PADDED"]
        assert found.tables[HEADER]["branch_no"].to_pylist() == [branch]

    @pytest.mark.parametrize("name", ["Sheet1", "สำนักงานใหญ่", "0000001", "00 03"])
    def test_a_sheet_of_persons_needs_a_branch(self, form, name):
        found = decode_whole(filing(PERSON, name=name), form, name=NAME)
        (told,) = found.findings.to_pylist()
        assert (told["code"], told["raw"]) == ("SHEET_NAME", name.encode())
        assert found.tables[HEADER].num_rows == found.tables[DETAIL].num_rows == 0

    def test_notes_on_a_sheet_of_their_own_are_left_alone(self, form):
        data = workbook({"วิธีกรอก": [["อ่านก่อน"]], "000000": [HEADINGS, PERSON]})
        found = decode_whole(data, form, name=NAME)
        assert found.findings["code"].to_pylist() == ["SHEET_SKIPPED"]
        assert found.tables[DETAIL].num_rows == 1

    def test_a_hidden_sheet_is_read_with_a_warning(self, form):
        data = workbook(
            {"000000": [HEADINGS, PERSON], "000001": [HEADINGS, SECOND]}, hidden="000001"
        )
        found = decode_whole(data, form, name=NAME)
        assert found.findings["code"].to_pylist() == ["SHEET_HIDDEN"]
        assert found.findings["record_number"].to_pylist() == [3]
        assert found.tables[DETAIL].num_rows == 2


class TestHeadings:
    def test_titles_and_merged_cells_may_stand_above(self, form):
        above = [["บริษัท ก จำกัด", *[None] * 5], ["งวด ค่าจ้าง 11/2569"], [], ["ชื่อ"]]
        found = decode_whole(filing(PERSON, above=above), form, name=NAME)
        assert found.findings.num_rows == 0
        assert found.tables[HEADER]["_record_number"].to_pylist() == [5]

    def test_a_branch_without_headings_refuses_the_file(self, form):
        data = workbook({"000000": [HEADINGS, PERSON], "000001": [["ว่าง"], PERSON]})
        found = decode_whole(data, form, name=NAME)
        assert found.findings["code"].to_pylist() == ["SHEET_HEADING_MISSING"]

    @pytest.mark.parametrize("sheets", [{"000000": []}, {"Sheet1": [["x"]]}, {"a": [], "b": []}])
    def test_so_does_a_workbook_in_which_no_sheet_has_any(self, form, sheets):
        found = decode_whole(workbook(sheets), form, name=NAME)
        assert found.findings["code"].to_pylist()[0] == "SHEET_HEADING_MISSING"
        assert found.findings["record_number"].to_pylist()[0] == 0

    @pytest.mark.parametrize("missing", range(6))
    def test_every_column_is_needed(self, form, missing):
        headings = [text for place, text in enumerate(HEADINGS) if place != missing]
        row = [cell for place, cell in enumerate(PERSON) if place != missing]
        found = decode_whole(workbook({"000000": [headings, row]}), form, name=NAME)
        fields = ("SSO-ID", "PREFIX", "FNAME", "LNAME", "WAGES", "PAID-AMOUNT")
        (told,) = found.findings.to_pylist()
        assert (told["code"], told["field"]) == ("SHEET_COLUMN_MISSING", fields[missing])
        assert found.tables[DETAIL].num_rows == 0

    def test_two_columns_of_one_meaning_refuse_the_file(self, form):
        data = workbook({"000000": [(*HEADINGS, "เงินสมทบ"), (*PERSON, 800)]})
        found = decode_whole(data, form, name=NAME)
        (told,) = found.findings.to_pylist()
        assert (told["code"], told["field"]) == ("SHEET_COLUMN_TWICE", "PAID-AMOUNT")

    def test_headings_below_the_thirtieth_row_are_not_looked_for(self, form):
        near = decode_whole(filing(PERSON, above=[["x"]] * 29), form, name=NAME)
        assert near.findings.num_rows == 0
        far = decode_whole(filing(PERSON, above=[["x"]] * 30), form, name=NAME)
        assert far.findings["code"].to_pylist() == ["SHEET_HEADING_MISSING"]
