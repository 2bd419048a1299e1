"""GnuCOBOL compiles the copybooks that we read: every offset, length and size is the same.

The program sets every counter to its maximum and prints where each named item lies and how long
one occurrence is; then the record's length with every counter at its minimum.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from judge_choices import Choices
from judge_cobol import Compiler
from judge_copybooks import CopybookWriter, some_dialect
from judge_offsets import assert_same_layout
from judge_source import SourceWriter

from interfaces.model import Dialect
from interfaces.registry import SHIPPED

RECORDS = 20
SETTINGS = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to shrink would compile for minutes
    suppress_health_check=list(HealthCheck),
)
SEEDS = st.lists(st.integers(0, 2**64 - 1), min_size=RECORDS, max_size=RECORDS)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.cpy")), ids=lambda path: path.stem)
def test_shipped_copybooks(path: Path, tmp_path: Path, compiler: Compiler) -> None:
    assert_same_layout([path.read_text(encoding="utf-8")], tmp_path, compiler, Dialect())


def judge(seeds: list[int], folder: Path, compiler: Compiler) -> None:
    """A record for each seed; all in one program."""
    dialect = some_dialect(Choices(seeds[0]))
    copybooks = []
    for nth, seed in enumerate(seeds):
        writer = CopybookWriter(seed, dialect, names_from=1000 * nth, sliding=True)
        copybooks.append(SourceWriter(seed).copybook(writer.record()))
    assert_same_layout(copybooks, folder, compiler, dialect)


@settings(SETTINGS, max_examples=8, derandomize=True)
@given(seeds=SEEDS)
def test_records(seeds: list[int], tmp_path: Path, compiler: Compiler) -> None:
    judge(seeds, tmp_path, compiler)


@pytest.mark.soak
@settings(SETTINGS, max_examples=1000)
@given(seeds=SEEDS)
def test_records_at_length(seeds: list[int], tmp_path: Path, compiler: Compiler) -> None:
    judge(seeds, tmp_path, compiler)
