"""The command line with garbage: an exit status from 0 to 2, and an error is one line."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from fuzz_copybooks import random_copybook
from fuzz_files import PAGES
from fuzz_limits import short_seeds, soak_seeds, time_limit
from fuzz_mutations import mutated_bytes, mutated_text

from prakan.__main__ import main

SECONDS = 20
_FRAMINGS = ("F", "FB", "V", "VB", "VBS", "U", "text", "f", "Z", "")
_OPTIONS = (
    *("--bdw", "--json", "--flatten", "--preserve", "--rdw exclusive", "--rdw stripped", "--rdw x"),
    *("--line-end nel", "--line-end none", "--line-end ?", "--compression auto", "--lrecl 0"),
    *("--compression zip", "--lrecl -5", "--lrecl 80", "--lrecl 999999999999", "--sample 3"),
    *(
        "--rows 2",
        "--rows -1",
        "--record NO",
        "--columns f1",
        "--columns ,",
        "--dialect signs=lenient",
    ),
    *(
        "--dialect x=y",
        "--dialect floats",
        "--dialect currency=AB",
        "--when REC-0",
        "--date 2026-13-01",
    ),
    *(
        "--when REC-0:F1=A",
        "--redefines V1:F1=A,B",
        "--copy-path /nowhere",
        "--dialect truncation=bin",
    ),
)


def write_garbage(dice: Random, folder: Path) -> tuple[Path, Path]:
    """A copybook and a file, neither of which need be one."""
    copybook, file = folder / "f.cpy", folder / "f.dat"
    text = random_copybook(dice, 6)
    if dice.random() < 0.4:
        text = mutated_text(text, dice)
    data = text.encode("utf-8", "replace")
    copybook.write_bytes(mutated_bytes(data, dice) if dice.random() < 0.1 else data)
    kinds = (
        b"",
        b"\x00\x08\x00\x00ABCD" * 9,
        b"0012A\n" * 20,
        b"\x1f\x8b\x08",
        b"PK\x03\x04",
        b"\xf1" * 99,
    )
    file.write_bytes(
        mutated_bytes(dice.choice(kinds) + dice.randbytes(dice.choice((0, 9, 300))), dice)
    )
    return copybook, file


def random_arguments(dice: Random, copybook: Path, file: Path, out: Path) -> list[str]:
    """A command line."""
    verb = dice.choice(("decode", "decode", "decode", "describe", "sniff"))
    if verb == "sniff":
        return ["sniff", str(file), *(["--json"] if dice.random() < 0.5 else [])]
    if verb == "describe":
        more = dice.sample(("--json", "--markdown", "--dialect", "floats=ieee"), 1)
        return ["describe", str(copybook), *(more if more[0].startswith("--j") else [])]
    words = ["decode", str(file), "--copybook", str(copybook)]
    words += ["--encoding", dice.choice((*PAGES, "cp999", ""))]
    words += ["--framing", dice.choice(_FRAMINGS[:7] if dice.random() < 0.9 else _FRAMINGS)]
    for option in dice.sample(_OPTIONS, dice.choice((0, 0, 1, 2))):
        words += option.split(" ")
    if dice.random() < 0.4:
        words += ["--out", str(out / dice.choice(("x.parquet", "x.csv", "x.jsonl", "x.txt", "")))]
    if dice.random() < 0.3:
        words += ["--findings", str(out / dice.choice(("f.parquet", "f.csv", "f.jsonl")))]
    return words


def run(seed: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """Run the command line of a seed; returns its exit status."""
    dice = Random(seed)
    copybook, file = write_garbage(dice, folder)
    out = folder / "out"
    out.mkdir(exist_ok=True)
    words = random_arguments(dice, copybook, file, out)
    said = f"seed {seed}: prakan {' '.join(words)}"
    with time_limit(SECONDS):
        try:
            status = main(words)
        except SystemExit as end:  # argparse
            capsys.readouterr()
            assert end.code == 2, said
            return 2
        except BaseException as error:
            error.add_note(said)
            raise
    answer, errors = capsys.readouterr()
    assert status in (0, 1, 2), f"{said}\n{errors}\n{copybook.read_bytes()!r}"
    if status == 2:
        assert errors.count("\n") == 1, said
        assert errors.startswith("prakan "), said
    else:
        assert not errors, said
        assert answer, said
    return status


def test_any_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    statuses = [run(seed, tmp_path, capsys) for seed in short_seeds(150)]
    assert set(statuses) == {0, 1, 2}


@pytest.mark.soak
def test_any_command_for_a_long_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in soak_seeds():
        run(seed, tmp_path, capsys)
