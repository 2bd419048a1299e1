"""Any copybook at all is a layout or an error of one line, soon and in little memory.

The short run has fixed seeds. ``make soak`` goes on with others (:mod:`fuzz_limits` says how long);
a failure names its seed, and ``random_text(Random(seed))`` is the copybook.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from fuzz_bombs import BOMBS
from fuzz_copybooks import random_copybook
from fuzz_layouts import read
from fuzz_limits import memory_limit, short_seeds, soak_seeds, time_limit
from fuzz_mutations import mutated_text

from interfaces.model import BinarySize, ByteOrder, Dialect, FloatFormat, Truncation
from parsers.copybook import CopybookError, read_copybook

SECONDS = 5  # of computing; hardly any takes a hundredth
MEGABYTE = 1 << 20
CRASHERS = sorted((Path(__file__).parent / "crashers" / "copybooks").glob("*.cpy"))


def random_text(dice: Random) -> str:
    """A copybook as the grammar makes it, or a mutated one."""
    text = random_copybook(dice, dice.choice((3, 12, 12, 60)))
    return text if dice.random() < 0.3 else mutated_text(text, dice)


def random_dialect(dice: Random) -> Dialect:
    """Options that change layouts."""
    return Dialect(
        truncation=dice.choice(list(Truncation)),
        binary_size=dice.choice(list(BinarySize)),
        byte_order=dice.choice(list(ByteOrder)),
        floats=dice.choice(list(FloatFormat)),
        decimal_comma=dice.random() < 0.1,
        currency=dice.choice("$$$€!ก"),
    )


def is_laid_out(seed: int) -> bool:
    """Whether the copybook of a seed is a layout; fails when anything else than an error is."""
    dice = Random(seed)
    text = random_text(dice)
    dialect = random_dialect(dice)
    try:
        with time_limit(SECONDS):
            return read(text, dialect) is not None
    except BaseException as error:
        error.add_note(f"seed {seed}:\n{text[:5_000]}")
        raise


def test_any_copybook_is_a_layout_or_an_error() -> None:
    with memory_limit(300 * MEGABYTE):
        laid_out = [is_laid_out(seed) for seed in short_seeds(700)]
    assert 0.2 < sum(laid_out) / len(laid_out) < 0.8  # neither all nonsense nor all tame


@pytest.mark.soak
def test_any_copybook_for_a_long_time() -> None:
    with memory_limit(1_000 * MEGABYTE):
        assert sum(is_laid_out(seed) for seed in soak_seeds())


@pytest.mark.parametrize("name", BOMBS)
def test_texts_made_to_exhaust_the_reader(name: str) -> None:
    text = BOMBS[name]()
    with memory_limit(500 * MEGABYTE), time_limit(10):
        read(text)


@pytest.mark.parametrize("path", CRASHERS, ids=lambda path: path.stem)
def test_what_once_went_wrong(path: Path) -> None:
    with memory_limit(500 * MEGABYTE), time_limit(SECONDS):
        read(path.read_bytes().decode("utf-8"))


@pytest.mark.parametrize("seed", range(40))
def test_any_bytes_as_a_file(seed: int, tmp_path: Path) -> None:
    dice = Random(seed)
    data = random_copybook(dice).encode() if seed % 2 else b""
    path = tmp_path / "f.cpy"
    path.write_bytes(data[: dice.randrange(len(data) + 1)] + dice.randbytes(dice.choice((1, 50))))
    try:
        with time_limit(SECONDS):
            read_copybook(path)
    except CopybookError as error:
        assert "\n" not in str(error)
