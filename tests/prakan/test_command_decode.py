from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from parsers.copybook import load_layout
from parsers.shape import nested_schema
from tests.prakan.goldens import answered, command
from tests.prakan.sample_cases import REGISTRY, SAMPLES

GOOD = SAMPLES / "registration_master" / "good" / "REGMAST.D20261120.S000001"
BAD = SAMPLES / "registration_master" / "bad" / "REGMAST.D20261120.S000001"
MASTER = ("--interface", "registration_master")
PLAIN = "       01  R.\n           05  NAME    PIC X(04).\n           05  AMOUNT  PIC 9(03)V99.\n"


def test_the_first_rows_are_printed_exactly() -> None:
    status, text = command("decode", GOOD, *MASTER, "--rows", "1")
    assert status == 0
    assert "record 2 at byte 220" in text
    assert "15250.75" in text and "2015-12-31" in text and "สมศักดิ์" in text


def test_json_has_counts_and_first_rows() -> None:
    status, answer = answered("decode", GOOD, *MASTER, "--rows", "2")
    assert status == 0
    assert (answer["records"], answer["rows"], answer["findings"]) == (8, 6, {})
    assert len(answer["first_rows"]) == 2
    assert answer["first_rows"][0]["monthly_wage"] == "15250.75"
    assert answer["first_rows"][0]["_record_number"] == 2


def test_findings_go_to_their_own_table_and_the_status_is_1(tmp_path: Path) -> None:
    out = tmp_path / "findings.jsonl"
    status, answer = answered("decode", BAD, *MASTER, "--findings", out)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert status == 1
    assert sum(answer["findings"].values()) == len(rows)
    packed = next(row for row in rows if row["code"] == "PACKED_DIGIT")
    assert (packed["record_number"], packed["raw"]) == (5, "c1c2c3c4c5")


def test_another_record_type_can_be_chosen(tmp_path: Path) -> None:
    out = tmp_path / "trailer.csv"
    arguments = ("--record", "REG-TRAILER-RECORD", "--out", out)
    assert command("decode", GOOD, *MASTER, *arguments)[0] == 0
    heading, row = out.read_text("utf-8").splitlines()
    assert heading.startswith('"_record_number","_byte_offset"')
    assert '"62223.00"' in row


def test_parquet_has_the_declared_types(tmp_path: Path) -> None:
    out = tmp_path / "rows.parquet"
    assert command("decode", GOOD, *MASTER, "--out", out)[0] == 0
    master = REGISTRY.get("registration_master")
    assert pq.read_schema(out).equals(nested_schema(load_layout(master)[1], master))


def test_a_bare_copybook_needs_no_declaration(tmp_path: Path) -> None:
    copybook, data = tmp_path / "plain.cpy", tmp_path / "data"
    copybook.write_text(PLAIN)
    data.write_bytes("ABCD01250EF  00007".encode("cp037"))
    status, answer = answered(
        "decode", data, "--copybook", copybook, "--encoding", "cp037", "--framing", "FB"
    )
    assert status == 0
    assert [row["amount"] for row in answer["first_rows"]] == ["12.50", "0.07"]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_failed_decode_leaves_no_table(suffix: str, tmp_path: Path) -> None:
    out = tmp_path / f"rows{suffix}"
    status, _ = command("decode", tmp_path / "missing", *MASTER, "--out", out)
    assert status == 2
    assert list(tmp_path.iterdir()) == []


ODD = (
    "       01  R.\n"
    "           05  NAME   PIC X(3).\n"
    "           05  FILLER PIC X(2).\n"
    "           05  PAID   PIC S9(3) COMP-3.\n"
    "           05  GRP.\n"
    "              10 A    PIC 9(2).\n"
    "              10 T    PIC X OCCURS 2.\n"
)
ODD_RECORDS = (
    "C1C2C3 FFFF 123F F1F2 C1C2",  # a sign that is not preferred, FILLER that is not spaces
    "C1C240 4040 123C F1F2 C1C2",  # canonical
    "C1C240 4040 1FFF F140 C100",  # nothing of it can be read
)


@pytest.fixture
def odd(tmp_path: Path) -> tuple[Path, tuple[object, ...]]:
    """A file whose bytes are mostly not what encoding writes, and how to read it."""
    (tmp_path / "odd.cpy").write_text(ODD, "ascii")
    path = tmp_path / "ODD"
    path.write_bytes(b"".join(bytes.fromhex(record) for record in ODD_RECORDS))
    options = ("--copybook", tmp_path / "odd.cpy", "--encoding", "cp037", "--framing", "F")
    return path, options


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_groups_are_structs_and_tables_lists(
    tmp_path: Path, odd: tuple[Path, tuple[object, ...]]
) -> None:
    path, options = odd
    out = tmp_path / "odd.jsonl"
    assert command("decode", path, *options, "--out", out)[0] == 1
    assert lines(out)[0] == {
        "_record_number": 1,
        "_byte_offset": 0,
        "name": "ABC",
        "paid": 123,
        "grp": {"a": 12, "t": ["A", "B"]},
    }


def test_flatten_gives_every_value_a_column(
    tmp_path: Path, odd: tuple[Path, tuple[object, ...]]
) -> None:
    path, options = odd
    out = tmp_path / "odd.csv"
    command("decode", path, *options, "--out", out, "--flatten")
    heading = out.read_text("utf-8").splitlines()[0].replace('"', "")
    assert heading == "_record_number,_byte_offset,name,paid,a,t_1,t_2"


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
@pytest.mark.parametrize("flags", [(), ("--flatten",)])
def test_preserved_records_are_encoded_back_byte_for_byte(
    tmp_path: Path,
    odd: tuple[Path, tuple[object, ...]],
    suffix: str,
    flags: tuple[str, ...],
) -> None:
    path, options = odd
    table, back = tmp_path / f"odd{suffix}", tmp_path / "BACK"
    command("decode", path, *options, "--preserve", "--out", table, *flags)
    assert command("encode", table, *options, "--out", back)[0] == 0
    assert back.read_bytes() == path.read_bytes()


def test_without_preserving_the_canonical_form_is_written(
    tmp_path: Path, odd: tuple[Path, tuple[object, ...]]
) -> None:
    path, options = odd
    table, back = tmp_path / "odd.parquet", tmp_path / "BACK"
    command("decode", path, *options, "--out", table)
    command("encode", table, *options, "--out", back)
    first = bytes.fromhex("C1C2C3 4040 123C F1F2 C1C2")
    assert back.read_bytes()[: len(first)] == first


@pytest.mark.parametrize("name", ["registration_master", "contribution_history"])
def test_all_record_types_of_a_file_come_back_in_order(tmp_path: Path, name: str) -> None:
    [path] = [p for p in (SAMPLES / name / "good").iterdir() if p.suffix[:2] == ".S"]
    folder, back = tmp_path / "tables", tmp_path / "BACK"
    folder.mkdir()
    status, answer = answered("decode", path, "--interface", name, "--out", folder)
    assert status == 0
    assert sum(answer["rows_by_record"].values()) == answer["records"]
    assert command("encode", folder, "--interface", name, "--out", back)[0] == 0
    assert back.read_bytes() == path.read_bytes()


def test_a_sample_shows_offsets_and_bytes() -> None:
    status, text = command("decode", GOOD, *MASTER, "--sample", "2")
    assert status == 0
    assert "record 2  REG-MASTER-RECORD  220 bytes at byte 220" in text
    assert "   123       6  00 00 15 25 07 5C" in text
    status, answer = answered("decode", GOOD, *MASTER, "--sample", "2")
    wage = next(f for f in answer["sample"][1]["fields"] if f["path"].endswith("MONTHLY-WAGE"))
    assert (wage["offset"], wage["length"], wage["bytes"], wage["value"]) == (
        123, 6, "00001525075c", "15250.75",
    )  # fmt: skip


def test_a_sample_follows_a_table_to_its_true_length() -> None:
    path = SAMPLES / "contribution_history" / "good" / "CTBHIST.D20261120.S000001"
    _, answer = answered("decode", path, "--interface", "contribution_history", "--sample", "3")
    for record in answer["sample"]:
        last = record["fields"][-1]
        assert last["offset"] + last["length"] <= len(record["bytes"]) // 2
        assert all(len(field["bytes"]) == 2 * field["length"] for field in record["fields"])


def test_only_the_columns_asked_for_are_decoded(tmp_path: Path) -> None:
    out = tmp_path / "few.parquet"
    columns = "national_id,monthly_wage"
    assert command("decode", GOOD, *MASTER, "--out", out, "--columns", columns)[0] == 0
    assert pq.read_schema(out).names == [
        "_record_number", "_byte_offset", "national_id", "section_33_data",
    ]  # fmt: skip


ALTERNATING = """
       01  A.
           05  KIND   PIC X.
           05  NUM    PIC 9(3).
       01  B.
           05  KIND-B PIC X.
           05  WORD   PIC X(3).
"""


def test_types_that_alternate_come_back_in_order(tmp_path: Path) -> None:
    (tmp_path / "ab.cpy").write_text(ALTERNATING, "ascii")
    path, tables, back = tmp_path / "AB", tmp_path / "tables", tmp_path / "BACK"
    path.write_bytes(b"A001BxyzA002A003BabcBdefA004")
    tables.mkdir()
    options = (
        "--copybook", tmp_path / "ab.cpy", "--encoding", "ascii", "--framing", "F",
        "--when", "A: KIND=A", "--when", "B: KIND-B=B",
    )  # fmt: skip
    assert command("decode", path, *options, "--out", tables)[0] == 0
    assert command("encode", tables, *options, "--out", back)[0] == 0
    assert back.read_bytes() == path.read_bytes()


REDEFINED = """
       01  R.
           05  KIND   PIC X.
           05  CARD   PIC 9(4).
           05  CHEQUE REDEFINES CARD PIC X(4).
"""


def test_an_original_can_have_a_condition_too(tmp_path: Path) -> None:
    (tmp_path / "r.cpy").write_text(REDEFINED, "ascii")
    path, table, back = tmp_path / "R", tmp_path / "r.jsonl", tmp_path / "BACK"
    path.write_bytes(b"C1234QABCD")
    options = (
        "--copybook", tmp_path / "r.cpy", "--encoding", "ascii", "--framing", "F",
        "--redefines", "CARD: KIND=C", "--redefines", "CHEQUE: KIND=Q",
    )  # fmt: skip
    assert command("decode", path, *options, "--out", table)[0] == 0
    assert [(row["card"], row["cheque"]) for row in lines(table)] == [(1234, None), (None, "ABCD")]
    assert command("encode", table, *options, "--out", back)[0] == 0
    assert back.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--columns", "nope"), "no column 'nope'; it has:"),
        (("--redefines", "NOPE: KIND=C"), "no item NOPE"),
        (("--when", "R: NOPE=C"), "NOPE"),
        (("--record", "NOPE"), "no record NOPE"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    tmp_path: Path,
    arguments: tuple[str, ...],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "r.cpy").write_text(REDEFINED, "ascii")
    (tmp_path / "R").write_bytes(b"C1234")
    options = ("--copybook", tmp_path / "r.cpy", "--encoding", "ascii", "--framing", "F")
    status, _ = command("decode", tmp_path / "R", *options, *arguments)
    text = capsys.readouterr().err
    assert status == 2
    assert told in text and len(text.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [("--framing", "F", "--compression", "gzip"), ("--framing", "U", "--lrecl", "60")],
)
def test_a_form_that_cannot_hold_the_records_is_told_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.cpy").write_text(REDEFINED, "ascii")
    (tmp_path / "r.jsonl").write_text('{"kind": "C", "card": 1}\n', "ascii")
    options = ("--copybook", tmp_path / "r.cpy", "--encoding", "ascii", *arguments)
    out = tmp_path / "OUT"
    status, _ = command("encode", tmp_path / "r.jsonl", *options, "--out", out)
    text = capsys.readouterr().err
    assert status == 2
    assert len(text.splitlines()) == 1 and "defect" not in text
    assert not out.exists()


def test_a_counted_table_of_filler_keeps_its_place(tmp_path: Path) -> None:
    (tmp_path / "r.cpy").write_text(
        "01 R.\n 05 N PIC 9.\n 05 T OCCURS 0 TO 3 DEPENDING ON N.\n  10 FILLER PIC X(2).\n"
        " 05 Z PIC X.\n",
        "ascii",
    )
    path, table, back = tmp_path / "R", tmp_path / "r.jsonl", tmp_path / "BACK"
    path.write_bytes(b"2    x\n0y\n")
    options = ("--copybook", tmp_path / "r.cpy", "--encoding", "ascii", "--framing", "text")
    _, answer = answered("decode", path, *options, "--sample", "1")
    assert answer["sample"][0]["fields"][-1]["offset"] == 5
    assert command("decode", path, *options, "--out", table)[0] == 0
    assert [row["z"] for row in lines(table)] == ["x", "y"]
    assert command("encode", table, *options, "--out", back)[0] == 0
    assert back.read_bytes() == path.read_bytes()
