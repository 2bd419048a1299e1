"""Wrong use and the outside world: one line that says what, where and what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from prakan.__main__ import main
from tests.prakan.sample_cases import SAMPLES

GOOD = SAMPLES / "registration_master" / "good" / "REGMAST.D20261120.S000001"
TWO_LEVELS = "       01  A.\n           05 X PIC X.\n       01  B.\n           05 Y PIC X.\n"
BROKEN = "       01  A.\n           05 X PIC Q.\n"
ONE_LEVEL = "       01  A.\n           05 X PIC X.\n"
MASTER = ("--interface", "registration_master")
ASCII = ("--encoding", "ascii", "--framing", "F")
ENCODE = ("--out", "{tmp}/out", "--date", "2026-11-20")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "two.cpy").write_text(TWO_LEVELS)
    (tmp_path / "broken.cpy").write_text(BROKEN)
    (tmp_path / "one.cpy").write_text(ONE_LEVEL)
    (tmp_path / "rows.txt").write_text("x")
    (tmp_path / "rows.csv").write_text("national_id,total_amount_paid\n1,abc\n")
    (tmp_path / "few.csv").write_text("national_id\n1\n")
    (tmp_path / "rows.jsonl").write_text('{"national_id": 5}\n')
    (tmp_path / "x.csv").write_text("x\na\n")
    (tmp_path / "upper.csv").write_text("X\na\n")
    (tmp_path / "twice.csv").write_text("x,x\na,b\n")
    (tmp_path / "notes.parquet").write_text("no Parquet")
    return tmp_path


ONE = ("--copybook", "{tmp}/one.cpy", *ASCII)
WRONG_USE = [
    (("encode", "{tmp}/upper.csv", *ONE, "--out", "{tmp}/out"), "A has no column 'X'; it has: x"),
    (("encode", "{tmp}/twice.csv", *ONE, "--out", "{tmp}/out"), "column x stands twice"),
    (("encode", "{tmp}/x.csv", *ONE, "--out", "{tmp}/x.csv"), "x.csv is the input"),
    (("decode", "{tmp}/x.csv", *ONE, "--out", "{tmp}/x.csv"), "x.csv is the input"),
    (
        ("decode", GOOD, *MASTER, "--out", "{tmp}/a.csv", "--findings", "{tmp}/a.csv"),
        "a.csv is written already",
    ),
    (("describe", "nothing_such"), "no interface 'nothing_such'"),
    (("describe", "{tmp}/missing.cpy"), "there is no such file"),
    (("describe", "{tmp}/broken.cpy"), "broken.cpy:2:"),
    (("describe", "form_1_10", "--json", "--markdown"), "exclude each other"),
    (("decode", "{tmp}/missing", *MASTER), "there is no such file"),
    (("decode", "{tmp}", *MASTER), "is a folder"),
    (("decode", GOOD, "--interface", "nothing_such"), "known:"),
    (("decode", GOOD, *MASTER, "--encoding", "cp037"), "goes with --copybook"),
    (("decode", GOOD, *MASTER, "--record", "NONE"), "it has: REG-HEADER-RECORD"),
    (("decode", GOOD, *MASTER, "--out", "{tmp}/rows.xls"), "must end in one of"),
    (("decode", GOOD, *MASTER, "--out", "{tmp}/none/rows.csv"), "does not exist"),
    (("decode", GOOD, *MASTER, "--date", "20.11.2026"), "YYYY-MM-DD"),
    (("decode", GOOD, "--copybook", "{tmp}/two.cpy", *ASCII), "several 01 levels (A, B)"),
    (("decode", GOOD, "--copybook", "{tmp}/one.cpy"), "needs --encoding"),
    (
        ("decode", GOOD, "--copybook", "{tmp}/one.cpy", "--encoding", "cp9999", "--framing", "FB"),
        "cp9999",
    ),
    (
        ("decode", GOOD, "--copybook", "{tmp}/one.cpy", "--encoding", "cp037", "--framing", "VBX"),
        "F, FB, V, VB, VBS, U, text",
    ),
    (("encode", "{tmp}/rows.txt", *MASTER, *ENCODE), "must end in one of"),
    (("encode", "{tmp}/missing.csv", *MASTER, *ENCODE), "there is no such file"),
    (("encode", "{tmp}/few.csv", *MASTER, "--out", "{tmp}/out"), "--set KEY=VALUE"),
    (("encode", "{tmp}/few.csv", *MASTER, *ENCODE, "--set", "sequence=1"), "no column"),
    (("encode", "{tmp}/rows.csv", *MASTER, *ENCODE, "--set", "sequence=1"), "total_amount_paid"),
    (("encode", "{tmp}/rows.jsonl", *MASTER, *ENCODE, "--set", "sequence=1"), "national_id"),
    (("encode", "{tmp}/notes.parquet", *MASTER, *ENCODE, "--set", "sequence=1"), "as parquet"),
    (("encode", "{tmp}/few.csv", *MASTER, *ENCODE, "--set", "colour=red"), "KEY one of"),
    (("encode", "{tmp}/few.csv", *MASTER, *ENCODE, "--set", "sequence=one"), "takes a number"),
    (
        ("encode", "{tmp}/few.csv", "--interface", "form_1_10", "--out", "{tmp}/out"),
        "not supported yet",
    ),
    (("diff", GOOD, "{tmp}/missing", *MASTER), "there is no such file"),
    (("validate", "{tmp}/missing", *MASTER), "there is no such file"),
    (("interfaces", "docs", "--out", "{tmp}/rows.txt"), "is not a folder"),
    (
        ("population", "--persons", "0", "--employers", "1", "--seed", "1", "--out", "{tmp}/p"),
        "at least 1",
    ),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG_USE, ids=range(len(WRONG_USE)))
def test_wrong_use_is_one_line_and_status_2(
    arguments: tuple[object, ...], told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    status = main([str(argument).replace("{tmp}", str(folder)) for argument in arguments])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.count("\n") == 1 and told in err, err
    assert err.startswith(f"prakan {arguments[0]}: ")
    assert sorted(folder.iterdir()) == before


def test_values_that_cannot_be_written_are_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copybook, table = tmp_path / "one.cpy", tmp_path / "rows.csv"
    copybook.write_text(ONE_LEVEL)
    table.write_text("x\na\nmuch too long\n")
    container = ("--encoding", "cp037", "--framing", "FB", "--out", str(tmp_path / "out"))
    status = main(["encode", str(table), "--copybook", str(copybook), *container])
    err = capsys.readouterr().err
    assert status == 1
    assert "ENCODE_TRUNCATED in X, row 2" in err and err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_status_3(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["decode", str(GOOD), *MASTER, "--out", "/proc/rows.csv"])
    err = capsys.readouterr().err
    assert status == 3
    assert err.count("\n") == 1


def test_the_command_line_gives_status_and_one_line() -> None:
    done = run("validate", "nowhere", *MASTER)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "prakan validate: nowhere: there is no such file; check the name and the working folder"
    ]


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m prakan describe registration_master | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("registration_master.1")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "prakan", *map(str, arguments)]
    return subprocess.run(call, capture_output=True, text=True, check=False)
