from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from parsers.arrow_types import detail_schema
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
    assert pq.read_schema(out).equals(detail_schema(REGISTRY.get("registration_master")))


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
