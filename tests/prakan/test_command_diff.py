from __future__ import annotations

from pathlib import Path

import pytest

from parsers.codepages import code_page
from tests.prakan.goldens import answered, command
from tests.prakan.sample_cases import SAMPLES, put

MASTER = SAMPLES / "registration_master" / "good" / "REGMAST.D20261120.S000001"
HISTORY = SAMPLES / "contribution_history" / "good" / "CTBHIST.D20261120.S000001"
RETURN = SAMPLES / "counter_return" / "good" / "CSPAY_20261120_000001.TXT"
LENGTH = 220
NAME = 17


def test_equal_files_have_no_difference() -> None:
    for path, interface in ((MASTER, "registration_master"), (HISTORY, "contribution_history")):
        status, answer = answered("diff", path, path, "--interface", interface)
        assert (status, answer["different"], answer["first"]) == (0, False, [])


def test_a_changed_field_is_named_with_both_values(tmp_path: Path) -> None:
    other = tmp_path / "other"
    name = code_page("cp838").encode("สมหญิง".ljust(30))
    other.write_bytes(put(MASTER.read_bytes(), LENGTH + NAME, name))
    status, answer = answered("diff", MASTER, other, "--interface", "registration_master")
    detail = answer["records"][1]
    assert status == 1
    assert (detail["key"], detail["changed"]) == (["national_id"], 1)
    assert detail["columns"] == {"given_name": 1}
    first = answer["first"][0]
    assert (first["left_record"], first["left"], first["right"]) == (2, "สมศักดิ์", "สมหญิง")


def test_records_are_matched_by_key_wherever_they_stand(tmp_path: Path) -> None:
    data = MASTER.read_bytes()
    records = [data[start : start + LENGTH] for start in range(0, len(data), LENGTH)]
    header, *details, trailer = records
    other = tmp_path / "other"
    other.write_bytes(b"".join([header, *reversed(details), trailer]))
    assert answered("diff", MASTER, other, "--interface", "registration_master")[0] == 0
    other.write_bytes(b"".join([header, *details[1:], trailer]))
    status, answer = answered("diff", MASTER, other, "--interface", "registration_master")
    assert (status, answer["records"][1]["removed"], answer["records"][1]["added"]) == (1, 1, 0)


def test_a_repeated_key_meets_its_own_turn(tmp_path: Path) -> None:
    data = MASTER.read_bytes()
    twice = data[: 2 * LENGTH] + data[LENGTH:]
    left, right = tmp_path / "left", tmp_path / "right"
    left.write_bytes(twice)
    right.write_bytes(data)
    answer = answered("diff", left, right, "--interface", "registration_master")[1]
    assert (answer["records"][1]["removed"], answer["records"][1]["changed"]) == (1, 0)


def test_without_a_key_records_are_matched_by_position(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(RETURN.read_bytes().replace(b"0000000007000", b"0000000007001"))
    status, answer = answered("diff", RETURN, other, "--interface", "counter_return")
    assert status == 1
    assert answer["records"][1]["key"] == []
    assert [(d["column"], d["left"], d["right"]) for d in answer["first"]] == [
        ("amount", "70.00", "70.01")
    ]


def test_months_of_a_history_are_compared(tmp_path: Path) -> None:
    data = HISTORY.read_bytes()
    at = data.index(code_page("cp838").encode("R001000000"))
    other = tmp_path / "other"
    other.write_bytes(put(data, at, code_page("cp838").encode("R001999999")))
    answer = answered("diff", HISTORY, other, "--interface", "contribution_history")[1]
    assert answer["records"][1]["columns"] == {"month_paid": 1}


def test_undecodable_values_differ_by_their_bytes(tmp_path: Path) -> None:
    page = code_page("cp838")
    paths = []
    for name, packed in (("left", "ABCDE"), ("right", "ABCDF")):
        path = tmp_path / name
        path.write_bytes(put(MASTER.read_bytes(), LENGTH + 97, page.encode(packed)))
        paths.append(path)
    status, answer = answered("diff", *paths, "--interface", "registration_master")
    assert status == 1
    assert answer["first"][0]["left"] == "X'C1C2C3C4C5'"
    assert answer["first"][0]["right"] == "X'C1C2C3C4C6'"
    assert answered("diff", paths[0], paths[0], "--interface", "registration_master")[0] == 0


@pytest.mark.parametrize("limit", [0, 1])
def test_the_list_is_bounded_and_the_counts_are_not(limit: int, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(RETURN.read_bytes().replace(b"T042", b"T043"))
    arguments = ("diff", RETURN, other, "--interface", "counter_return", "--limit", limit)
    answer = answered(*arguments)[1]
    assert len(answer["first"]) == limit
    assert answer["records"][1]["columns"] == {"teller_code": 3}


def test_text_says_what_differs(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(RETURN.read_bytes()[:-200])
    status, text = command("diff", RETURN, other, "--interface", "counter_return")
    assert status == 1
    assert text.splitlines()[-1] == "the files differ"


def test_keys_that_cannot_be_read_are_matched_by_their_bytes(tmp_path: Path) -> None:
    copybook, declaration = tmp_path / "keyed.cpy", tmp_path / "keyed.toml"
    copybook.write_text("01 R.\n   05 K PIC 9(2).\n   05 A PIC X.\n")
    declaration.write_text(
        '[file]\nframing = "F"\nencoding = "ascii"\n[records]\nR = { key = ["K"] }\n'
    )
    said = ("--copybook", copybook, "--declaration", declaration)
    left, right = tmp_path / "left", tmp_path / "right"
    left.write_bytes(b"xxAyyB01C")
    right.write_bytes(b"yyB01CxxA")
    assert answered("diff", left, right, *said)[0] == 0
    right.write_bytes(b"zzAyyB01C")
    status, answer = answered("diff", left, right, *said)
    assert status == 1
    assert (answer["records"][0]["removed"], answer["records"][0]["added"]) == (1, 1)
