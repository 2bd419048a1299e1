"""Whole files: batches, row identity, tables, redefinitions and every finding of decoding."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
import reference_numbers as reference
from declared import dated, declare

from interfaces.model import Era, Framing, Role
from interfaces.registry import Registry
from parsers.arrow_types import detail_schema
from parsers.codepages import code_page
from parsers.decode import decode_file, decode_table, decode_whole
from parsers.findings import FINDINGS_SCHEMA
from parsers.recognition import RecognitionError

THAI = code_page("cp838")

FIXED = """
       01  HEADER-RECORD.
           05  HDR-TYPE        PIC X(01).
           05  HDR-DATE        PIC 9(08).
       01  PERSON-RECORD.
           05  RECORD-TYPE     PIC X(01).
           05  PERSON-NAME     PIC X(10).
           05  KIND            PIC X(01).
           05  AMOUNT          PIC S9(05)V99 COMP-3.
           05  SERIAL          PIC S9(04) COMP.
           05  BORN            PIC 9(08).
           05  DETAILS         PIC X(06).
           05  DETAILS-A REDEFINES DETAILS.
               10  WAGE        PIC 9(04)V99.
           05  DETAILS-B REDEFINES DETAILS.
               10  CODES       PIC X(02) OCCURS 2 TIMES.
               10  FILLER      PIC X(02).
           05  BIG             PIC S9(25) COMP-3.
           05  LAST-PERIOD     PIC S9(06) COMP-3.
           05  BALANCE         PIC S9(03).
"""
FIXED_RECORDS = {
    "HEADER-RECORD": (Role.HEADER, {"HDR-TYPE": ("H",)}),
    "PERSON-RECORD": (Role.DETAIL, {"RECORD-TYPE": ("D",)}),
}
FIXED_FIELDS = {
    "HDR-DATE": dated("yyyymmdd", Era.BE),
    "BORN": dated("yyyymmdd", Era.BE, null=True),
    "LAST-PERIOD": dated("yyyymm", Era.BE),
}


def declare_fixed(folder, records=FIXED_RECORDS):
    return declare(
        folder,
        FIXED,
        framing=Framing.FB,
        encoding="cp838",
        records=records,
        redefines={"DETAILS-A": {"KIND": ("A",)}, "DETAILS-B": {"KIND": ("B", "C")}},
        fields=FIXED_FIELDS,
    )


LENGTH = 1 + 10 + 1 + 4 + 2 + 8 + 6 + 13 + 4 + 3


def text(value: str, width: int) -> bytes:
    return THAI.encode(value).ljust(width, b"\x40")


HEADER = (text("H", 1) + reference.encode_zoned(25690102, 8)).ljust(LENGTH, b"\x40")


def person(**changed: bytes) -> bytes:
    """A good PERSON-RECORD, some fields given as other bytes."""
    fields = {
        "record_type": text("D", 1),
        "name": text("สมศักดิ์", 10),
        "kind": text("A", 1),
        "amount": reference.encode_packed(-12345, 7),
        "serial": reference.encode_binary(-42, 4),
        "born": reference.encode_zoned(25430229, 8),
        "details": reference.encode_zoned(123456, 6),
        "big": reference.encode_packed(-(10**24 + 7), 25),
        "last_period": reference.encode_packed(256811, 6),
        "balance": reference.encode_zoned(-5, 3, signed=True),
    }
    assert changed.keys() <= fields.keys()
    record = b"".join((fields | changed).values())
    assert len(record) == LENGTH
    return record


@pytest.fixture
def fixed(tmp_path):
    return declare_fixed(tmp_path)


def codes(findings: pa.Table) -> list[tuple[int, str | None, str]]:
    return [(f["record_number"], f["field"], f["code"]) for f in findings.to_pylist()]


class TestFixed:
    def test_values_of_every_kind(self, fixed):
        whole = decode_whole(HEADER + person(), fixed)
        assert whole.findings.num_rows == 0
        assert (whole.records_read, whole.bytes_read) == (2, 2 * LENGTH)
        assert whole.tables["HEADER-RECORD"].to_pylist() == [
            {
                "_record_number": 1,
                "_byte_offset": 0,
                "hdr_type": "H",
                "hdr_date": date(2026, 1, 2),
            }
        ]
        assert whole.tables["PERSON-RECORD"].to_pylist() == [
            {
                "_record_number": 2,
                "_byte_offset": LENGTH,
                "record_type": "D",
                "person_name": "สมศักดิ์",
                "kind": "A",
                "amount": Decimal("-123.45"),
                "serial": -42,
                "born": date(2000, 2, 29),
                "wage": Decimal("1234.56"),
                "codes": None,
                "big": Decimal(-(10**24 + 7)),
                "last_period": 202511,
                "balance": -5,
            }
        ]

    def test_schema_is_known_without_a_file(self, fixed):
        schema = detail_schema(fixed)
        assert schema == decode_table(HEADER + person(), fixed).schema
        assert schema.field("amount").type == pa.decimal128(7, 2)
        assert schema.field("big").type == pa.decimal128(25, 0)
        assert schema.field("codes").type == pa.list_(pa.utf8())
        assert not schema.field("_record_number").nullable

    def test_redefinitions_hold_by_their_condition(self, fixed):
        b = person(kind=text("B", 1), details=text("X1", 2) + text("Y2", 2) + b"\x00\x00")
        other = person(kind=text("Z", 1), details=b"\x00" * 6)
        whole = decode_whole(HEADER + b + other + person(), fixed)
        table = whole.tables["PERSON-RECORD"]
        assert table["codes"].to_pylist() == [["X1", "Y2"], None, None]
        assert table["wage"].to_pylist() == [None, None, Decimal("1234.56")]
        assert whole.findings.num_rows == 0

    @pytest.mark.parametrize(
        ("field", "column", "bad", "code"),
        [
            ("PERSON-NAME", "name", b"\x00" * 10, "TEXT_UNMAPPABLE"),
            ("AMOUNT", "amount", b"\xc1\xc2\xc3\xc4", "PACKED_DIGIT"),
            ("AMOUNT", "amount", b"\x00\x12\x34\x51", "PACKED_SIGN"),
            ("AMOUNT", "amount", b"\x40" * 4, "NUMBER_SPACES"),
            ("AMOUNT", "amount", b"\x00" * 4, "NUMBER_LOW_VALUES"),
            ("AMOUNT", "amount", b"\xff" * 4, "NUMBER_HIGH_VALUES"),
            ("SERIAL", "serial", b"\x7f\xff", "NUMBER_DIGIT"),
            ("BORN", "born", reference.encode_zoned(25690230, 8), "DATE_INVALID"),
            ("BORN", "born", text("ABCDEFGH", 8), "NUMBER_DIGIT"),
            ("LAST-PERIOD", "last_period", reference.encode_packed(0, 6), "PERIOD_INVALID"),
            ("LAST-PERIOD", "last_period", b"\x40" * 4, "NUMBER_SPACES"),
            ("WAGE", "details", text("00123X", 6), "NUMBER_DIGIT"),
            ("WAGE", "details", text("00123C", 6), "NUMBER_SIGN"),
            ("BALANCE", "balance", b"\xf0\xf0\xe5", "NUMBER_SIGN"),
            ("BIG", "big", b"\x40" * 13, "NUMBER_SPACES"),
        ],
    )
    def test_a_bad_value_is_null_and_exactly_one_finding(self, fixed, field, column, bad, code):
        whole = decode_whole(HEADER + person() + person(**{column: bad}), fixed, file_id="f1")
        assert whole.findings.schema == FINDINGS_SCHEMA
        assert whole.findings.to_pylist() == [
            {
                "file_id": "f1",
                "record_number": 3,
                "byte_offset": 2 * LENGTH,
                "record_type": "PERSON-RECORD",
                "field": field,
                "raw": bad,
                "code": code,
            }
        ]
        good, faulty = whole.tables["PERSON-RECORD"].to_pylist()
        name = field.lower().replace("-", "_")
        assert faulty[name] is None
        assert {k: v for k, v in faulty.items() if k != name and k[0] != "_"} == {
            k: v for k, v in good.items() if k != name and k[0] != "_"
        }

    @pytest.mark.parametrize("empty", [reference.encode_zoned(0, 8), b"\x40" * 8])
    def test_zero_and_blank_dates_are_null_where_declared(self, fixed, empty):
        whole = decode_whole(HEADER + person(born=empty), fixed)
        assert whole.tables["PERSON-RECORD"]["born"].to_pylist() == [None]
        assert whole.findings.num_rows == 0

    def test_faults_in_tables_name_the_record(self, fixed):
        bad = person(kind=text("B", 1), details=b"\xe7\xf1\x00\x00\x40\x40")
        whole = decode_whole(HEADER + person() + bad, fixed)
        assert codes(whole.findings) == [(3, "CODES", "TEXT_UNMAPPABLE")]
        assert whole.findings["raw"].to_pylist() == [b"\x00\x00"]

    def test_unknown_types_are_findings_and_no_rows(self, fixed):
        unknown = person(record_type=text("X", 1))
        whole = decode_whole(HEADER + unknown + person(), fixed)
        assert codes(whole.findings) == [(2, None, "RECORD_TYPE")]
        assert whole.findings["raw"][0].as_py() == unknown[:32]
        assert whole.tables["PERSON-RECORD"]["_record_number"].to_pylist() == [3]
        assert whole.records_read == 3

    def test_a_cut_file_still_gives_its_whole_records(self, fixed):
        whole = decode_whole(HEADER + person() + person()[:-5], fixed)
        assert codes(whole.findings) == [(0, None, "FILE_LENGTH"), (3, None, "FILE_TRUNCATED")]
        assert whole.findings["byte_offset"].to_pylist() == [2 * LENGTH] * 2
        assert len(whole.tables["PERSON-RECORD"]) == 1

    def test_an_empty_file(self, fixed, tmp_path):
        path = tmp_path / "empty"
        path.write_bytes(b"")
        whole = decode_whole(path, fixed, file_id="f")
        assert codes(whole.findings) == [(0, None, "FILE_EMPTY")]
        assert len(whole.tables["PERSON-RECORD"]) == 0

    def test_the_wrong_encoding_is_one_finding_that_names_the_right_ones(self, fixed):
        ascii_file = (b"H25690102".ljust(LENGTH) + b"Dsomsak".ljust(LENGTH)) * 50
        whole = decode_whole(ascii_file, fixed)
        assert codes(whole.findings) == [(0, "cp874 tis-620 latin-1 ascii", "FILE_ENCODING")]
        assert whole.records_read == 0

    def test_nonsense_in_any_encoding(self, fixed):
        whole = decode_whole(b"\x01" * (2 * LENGTH), fixed)
        assert codes(whole.findings) == [(0, None, "FILE_ENCODING")]

    @pytest.mark.parametrize("block_bytes", [1, LENGTH - 1, LENGTH, LENGTH + 1, 200, 1 << 20])
    def test_block_size_changes_nothing(self, fixed, block_bytes, tmp_path):
        records = [
            HEADER,
            *[person(serial=reference.encode_binary(i, 4)) for i in range(9)],
            person(record_type=b"\x00"),
            person(amount=b"\xff" * 4),
            person(kind=text("C", 1), details=text("abcd", 6)),
        ]
        path = tmp_path / "file"
        path.write_bytes(b"".join(records) + b"rest")
        whole = decode_whole(path, fixed)
        blocks = decode_whole(path, fixed, block_bytes=block_bytes)
        assert blocks.findings.to_pylist() == whole.findings.to_pylist()
        assert {name: table.to_pylist() for name, table in blocks.tables.items()} == {
            name: table.to_pylist() for name, table in whole.tables.items()
        }
        assert (blocks.records_read, blocks.bytes_read) == (13, 13 * LENGTH)

    def test_batches_outlive_the_buffer(self, fixed, tmp_path):
        path = tmp_path / "file"
        path.write_bytes(
            HEADER + b"".join(person(serial=reference.encode_binary(i, 4)) for i in range(50))
        )
        blocks = list(decode_file(path, fixed, file_id="f", block_bytes=3 * LENGTH))
        assert len(blocks) > 10
        rows = [r for b in blocks if "PERSON-RECORD" in b.batches
                for r in b.batches["PERSON-RECORD"].to_pylist()]  # fmt: skip
        assert [row["serial"] for row in rows] == list(range(50))
        assert {row["person_name"] for row in rows} == {"สมศักดิ์"}


VARIABLE = """
       01  HISTORY-RECORD.
           05  RECORD-TYPE     PIC X(01).
           05  MONTH-COUNT     PIC S9(04) COMP.
           05  MONTH-PAID      OCCURS 1 TO 4 TIMES
                               DEPENDING ON MONTH-COUNT.
               10  PERIOD      PIC S9(06) COMP-3.
               10  CHANNEL     PIC X(02).
               10  PAIR        PIC 9(01) OCCURS 2 TIMES.
       01  TRAILER-RECORD.
           05  TRL-TYPE        PIC X(01).
           05  TRL-COUNT       PIC 9(04).
"""


def declare_variable(folder, framing):
    return declare(
        folder,
        VARIABLE,
        framing=framing,
        encoding="cp838",
        records={
            "HISTORY-RECORD": (Role.DETAIL, {"RECORD-TYPE": ("D",)}),
            "TRAILER-RECORD": (Role.TRAILER, {"TRL-TYPE": ("T",)}),
        },
        fields={"PERIOD": dated("yyyymm", Era.BE)},
    )


def month(period: int, channel: str = "01") -> bytes:
    return reference.encode_packed(period, 6) + text(channel, 2) + b"\xf1\xf2"


def history(months: list[bytes], count: int | None = None, kind: str = "D") -> bytes:
    number = len(months) if count is None else count
    return text(kind, 1) + reference.encode_binary(number, 4) + b"".join(months)


def with_rdw(*records: bytes) -> bytes:
    return b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in records)


TRAILER = text("T", 1) + reference.encode_zoned(2, 4)


class TestVariable:
    @pytest.fixture
    def variable(self, tmp_path):
        return declare_variable(tmp_path, Framing.VB)

    def test_tables_have_as_many_rows_as_their_counter(self, variable):
        data = with_rdw(
            history([month(256801)]),
            history([month(256802), month(256803, ""), month(256804)]),
            TRAILER,
        )
        whole = decode_whole(data, variable)
        assert whole.findings.num_rows == 0
        table = whole.tables["HISTORY-RECORD"]
        assert table["_byte_offset"].to_pylist() == [4, 4 + 11 + 4]
        assert table["month_paid"].to_pylist() == [
            [{"period": 202501, "channel": "01", "pair": [1, 2]}],
            [
                {"period": 202502, "channel": "01", "pair": [1, 2]},
                {"period": 202503, "channel": None, "pair": [1, 2]},
                {"period": 202504, "channel": "01", "pair": [1, 2]},
            ],
        ]
        assert whole.tables["TRAILER-RECORD"]["trl_count"].to_pylist() == [2]
        assert table.schema == detail_schema(variable)
        table.validate(full=True)

    @pytest.mark.parametrize(
        ("record", "code", "field"),
        [
            (history([], 0), "RECORD_LENGTH", None),
            (history([month(256801)], 0), "ODO_COUNT", "MONTH-COUNT"),
            (history([month(256801)] * 5, 5), "ODO_COUNT", "MONTH-COUNT"),
            (history([month(256801)] * 2, -1), "ODO_COUNT", "MONTH-COUNT"),
            (history([month(256801)], 2), "RECORD_LENGTH", None),
            (history([month(256801)] * 2, 1), "RECORD_LENGTH", None),
            (history([month(256801)]) + b"\x40", "RECORD_LENGTH", None),
            (TRAILER + b"\x40", "RECORD_LENGTH", None),
            (b"", "RECORD_TYPE", None),
        ],
    )
    @pytest.mark.parametrize("block_bytes", [1, 64, 1 << 20])
    def test_counter_and_length_must_agree(self, variable, record, code, field, block_bytes):
        good = history([month(256801)])
        whole = decode_whole(with_rdw(good, record, good), variable, block_bytes=block_bytes)
        assert codes(whole.findings) == [(2, field, code)]
        assert whole.tables["HISTORY-RECORD"]["_record_number"].to_pylist() == [1, 3]
        assert whole.records_read == 3

    def test_faults_inside_a_variable_table(self, variable):
        bad = history([month(256801), month(256813), month(256802)])
        whole = decode_whole(with_rdw(history([month(256801)]), bad), variable)
        assert codes(whole.findings) == [(2, "PERIOD", "PERIOD_INVALID")]
        periods = [[m["period"] for m in row] for row in
                   whole.tables["HISTORY-RECORD"]["month_paid"].to_pylist()]  # fmt: skip
        assert periods == [[202501], [202501, None, 202502]]

    def test_a_damaged_rdw_ends_the_stream(self, variable):
        good = with_rdw(history([month(256801)]))
        whole = decode_whole(good + b"\x00\x05\x03\x00x" + good, variable)
        assert codes(whole.findings) == [(2, None, "RDW_INVALID")]
        assert whole.findings["byte_offset"].to_pylist() == [len(good)]
        assert whole.findings["raw"].to_pylist() == [b"\x00\x05\x03\x00"]

    def test_a_record_beyond_the_end_is_truncation(self, variable):
        good = with_rdw(history([month(256801)]))
        whole = decode_whole(good + good[:-1], variable)
        assert codes(whole.findings) == [(2, None, "FILE_TRUNCATED")]
        assert len(whole.tables["HISTORY-RECORD"]) == 1

    def test_in_fixed_records_the_rest_after_the_table_is_padding(self, tmp_path):
        interface = declare_variable(tmp_path, Framing.FB)
        length = 1 + 2 + 4 * 8
        data = history([month(256801)]).ljust(length, b"\x00") + TRAILER.ljust(length, b"\x40")
        whole = decode_whole(data, interface)
        assert whole.findings.num_rows == 0
        assert len(whole.tables["HISTORY-RECORD"]["month_paid"][0]) == 1


LINES = """
       01  LINE-RECORD.
           05  RECORD-TYPE     PIC 9(01).
           05  NAME            PIC X(06).
           05  AMOUNT          PIC S9(03)V9 SIGN TRAILING SEPARATE.
           05  PAID            PIC X(06).
"""


def line(name: str = "สมชาย", amount: str = "0125-", paid: str = "150169") -> bytes:
    return b"2" + name.encode("cp874").ljust(6) + amount.encode() + paid.encode()


class TestText:
    @pytest.fixture
    def lines(self, tmp_path):
        return declare(
            tmp_path,
            LINES,
            framing=Framing.TEXT,
            encoding="cp874",
            records={"LINE-RECORD": (Role.DETAIL, {"RECORD-TYPE": ("2",)})},
            fields={"PAID": dated("ddmmyy", Era.BE, pivot_base=2500, null=True)},
        )

    @pytest.mark.parametrize("end", [b"\n", b"\r\n"])
    @pytest.mark.parametrize("last", [True, False])
    def test_either_line_end(self, lines, end, last):
        data = end.join([line(), line("ก", "0001+", "000000")]) + (end if last else b"")
        whole = decode_whole(data, lines)
        assert whole.findings.num_rows == 0
        assert whole.tables["LINE-RECORD"].to_pylist() == [
            {
                "_record_number": 1,
                "_byte_offset": 0,
                "record_type": 2,
                "name": "สมชาย",
                "amount": Decimal("-12.5"),
                "paid": date(2026, 1, 15),
            },
            {
                "_record_number": 2,
                "_byte_offset": 18 + len(end),
                "record_type": 2,
                "name": "ก",
                "amount": Decimal("0.1"),
                "paid": None,
            },
        ]

    def test_blank_lines_are_skipped_with_a_warning_but_counted(self, lines):
        data = b"\r\n".join([line(), b"", b"      ", line()])
        whole = decode_whole(data, lines)
        assert codes(whole.findings) == [(2, None, "RECORD_BLANK"), (3, None, "RECORD_BLANK")]
        assert whole.tables["LINE-RECORD"]["_record_number"].to_pylist() == [1, 4]
        assert whole.records_read == 2

    @pytest.mark.parametrize(
        ("bad", "code"),
        [
            (line() + b" ", "RECORD_LENGTH"),
            (line()[:-1], "RECORD_LENGTH"),
            ("2สมชาย 0125-150169".encode(), "TEXT_UTF8"),
            (b"2Jos\xc3\xa9  0125-150169xx", "RECORD_LENGTH"),
            (b"9" + line()[1:], "RECORD_TYPE"),
        ],
    )
    @pytest.mark.parametrize("block_bytes", [1, 19, 1 << 20])
    def test_wrong_lines(self, lines, bad, code, block_bytes):
        data = b"\n".join([line(), bad, line("ข"), line("ค")]) + b"\n"
        whole = decode_whole(data, lines, block_bytes=block_bytes)
        assert codes(whole.findings) == [(2, None, code)]
        assert whole.findings["raw"].to_pylist() == [bad[:32]]
        assert whole.tables["LINE-RECORD"]["name"].to_pylist() == ["สมชาย", "ข", "ค"]

    def test_utf_8_in_a_line_of_the_right_length(self, lines):
        bad = b"2" + "สข".encode() + line()[7:]
        whole = decode_whole(line() + b"\n" + bad, lines)
        assert codes(whole.findings) == [(2, "NAME", "TEXT_UTF8")]

    def test_a_mainframe_file_without_line_ends_is_the_wrong_encoding(self, lines):
        data = (THAI.encode("2") + b"\x40" * 17) * 20_000
        whole = decode_whole(data, lines)
        assert codes(whole.findings) == [(0, "cp838 cp1160 cp037 cp500 cp1047", "FILE_ENCODING")]


class TestDeclarations:
    def test_every_shipped_interface_has_a_detail_schema(self):
        for interface in Registry().all():
            names = detail_schema(interface).names
            assert names[:2] == ["_record_number", "_byte_offset"]
            assert len(set(names)) == len(names)
            assert not any("filler" in name for name in names)

    @pytest.mark.parametrize(
        ("when", "error"),
        [
            ({"NOWHERE": ("D",)}, "NOWHERE"),
            ({"KIND": ("DD",)}, "longer than its 1"),
            ({"KIND": ("漢",)}, "not in code page"),
            ({"SERIAL": ("x",)}, "whole number"),
        ],
    )
    def test_conditions_that_cannot_be_tested_are_errors(self, tmp_path, when, error):
        interface = declare_fixed(tmp_path, {"PERSON-RECORD": (Role.DETAIL, when)})
        with pytest.raises(RecognitionError, match=error):
            decode_whole(person(), interface)

    def test_a_record_can_be_told_by_a_number(self, tmp_path):
        when = {"SERIAL": ("7", "-42")}
        interface = declare_fixed(tmp_path, {"PERSON-RECORD": (Role.DETAIL, when)})
        other = person(serial=reference.encode_binary(8, 4))
        whole = decode_whole(person() + other, interface)
        assert codes(whole.findings)[-1] == (2, None, "RECORD_TYPE")
        assert len(whole.tables["PERSON-RECORD"]) == 1
