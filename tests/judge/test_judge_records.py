"""GnuCOBOL writes records of random copybooks with random values and we decode them, with either
engine; we encode such rows and GnuCOBOL reads them.

What both write is the same, byte for byte, in ASCII and in EBCDIC files. GnuCOBOL is not IBM in
every usage: :mod:`judge_contents` and :mod:`judge_copybooks` say what is left out.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from judge_choices import Choices
from judge_cobol import Compiler, printed
from judge_copybooks import CopybookWriter, some_dialect
from judge_exchange import (
    assert_decoded,
    assert_displayed,
    assert_same_bytes,
    encoded,
    interface_of,
)
from judge_files import JudgedFile, displayed
from judge_programs import program
from judge_rows import RowWriter
from judge_source import SourceWriter

from interfaces.model import Dialect, Interface

FILES = 12
ROWS = 3
SETTINGS = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to shrink would compile for minutes
    suppress_health_check=list(HealthCheck),
)


SEEDS = st.lists(st.integers(0, 2**64 - 1), min_size=FILES, max_size=FILES)


def judged_file(seed: int, nth: int, dialect: Dialect, *, sliding: bool = False) -> JudgedFile:
    """A record and rows of it; ``nth`` of its program."""
    record = CopybookWriter(seed, dialect, names_from=1000 * nth, sliding=sliding).record()
    rows = RowWriter(record, seed)
    written, read = (tuple(rows.row() for _ in range(ROWS)) for _ in range(2))
    return JudgedFile(
        record, SourceWriter(seed).copybook(record), written, read, is_ebcdic=seed % 2 == 1
    )


def judge(
    seeds: list[int], folder: Path, compiler: Compiler, *, sliding: bool = False
) -> list[tuple[JudgedFile, Interface]]:
    """A file for each seed, all in one program: we write the same bytes as COBOL, and it reads what
    we write. What it wrote is in ``folder``."""
    dialect = some_dialect(Choices(seeds[0]))
    files = [judged_file(seed, nth, dialect, sliding=sliding) for nth, seed in enumerate(seeds)]
    built = compiler.compiled(program(files, dialect), folder, dialect)
    printed(built, folder, "WRITE")
    ours = folder / "ours"
    declared = []
    for file in files:
        interface = interface_of(file, dialect, ours / file.name.lower())
        data = (folder / file.name).read_bytes()
        assert_same_bytes(encoded(file, interface, file.written, "numpy"), data, file, interface)
        (ours / file.name).write_bytes(encoded(file, interface, file.read, "numpy"))
        declared.append((file, interface))
    lines = iter(printed(built, ours, "READ"))
    for file in files:
        assert_displayed([next(lines) for _ in displayed(file)], file)
    assert list(lines) == []
    return declared


def judge_decoding(declared: list[tuple[JudgedFile, Interface]], folder: Path) -> None:
    """We read what COBOL wrote, with either engine."""
    for file, interface in declared:
        assert_decoded((folder / file.name).read_bytes(), file, interface)


@settings(SETTINGS, max_examples=5, derandomize=True)
@given(seeds=SEEDS)
def test_records(seeds: list[int], tmp_path: Path, compiler: Compiler) -> None:
    judge_decoding(judge(seeds, tmp_path, compiler), tmp_path)


@settings(SETTINGS, max_examples=3, derandomize=True)
@given(seeds=SEEDS)
def test_records_that_slide(seeds: list[int], tmp_path: Path, compiler: Compiler) -> None:
    """Items behind tables with counters, and tables with counters within others."""
    judge_decoding(judge(seeds, tmp_path, compiler, sliding=True), tmp_path)


@settings(SETTINGS, max_examples=20, derandomize=True)
@given(seeds=SEEDS)
def test_both_engines_write_the_same(seeds: list[int], tmp_path: Path) -> None:
    dialect = some_dialect(Choices(seeds[0]))
    for nth, seed in enumerate(seeds):
        file = judged_file(seed, nth, dialect)
        interface = interface_of(file, dialect, tmp_path)
        compiled, numpy = (
            encoded(file, interface, file.written + file.read, engine)
            for engine in ("compiled", "numpy")
        )
        assert_same_bytes(compiled, numpy, file, interface)


@pytest.mark.soak
@settings(SETTINGS, max_examples=1000)
@given(seeds=SEEDS)
def test_records_at_length(seeds: list[int], tmp_path: Path, compiler: Compiler) -> None:
    judge_decoding(judge(seeds, tmp_path, compiler), tmp_path)


@pytest.mark.soak
@settings(SETTINGS, max_examples=1000)
@given(seeds=SEEDS)
def test_records_that_slide_at_length(seeds: list[int], tmp_path: Path, compiler: Compiler) -> None:
    judge_decoding(judge(seeds, tmp_path, compiler, sliding=True), tmp_path)
