"""Any file under any declaration is rows and findings: the same from both engines, in blocks of
any size, soon and in little memory.

The short run has fixed seeds; ``make soak`` goes on with others (:mod:`fuzz_limits`). A failure
shows copybook, declaration and bytes.
"""

from __future__ import annotations

import gzip
import tomllib
from dataclasses import replace
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from declared import declare
from fuzz_copybooks import SLIDING
from fuzz_decoded import check
from fuzz_files import Sample, random_sample
from fuzz_limits import memory_limit, short_seeds, soak_seeds, time_limit

from interfaces.errors import WrongUse
from interfaces.model import Compression, Framing, Role
from parsers.copybook import load_layout
from parsers.decode import decode_file
from prakan.bare import bare_interface

SECONDS = 20
MEGABYTE = 1 << 20
CRASHERS = sorted((Path(__file__).parent / "crashers" / "data").glob("*.toml"))


def is_decoded(seed: int, folder: Path) -> bool:
    """Whether a file of that seed has rows; fails when anything does not hold that must."""
    dice = Random(seed)
    with time_limit(SECONDS):
        sample = random_sample(dice, folder, sliding=SLIDING)
    try:
        with time_limit(SECONDS):
            decoded = check(sample, (1, dice.choice((2, 30, 100, 1_000))))
    except WrongUse as error:
        assert str(error)
        return False
    except BaseException as error:
        error.add_note(f"seed {seed}\n{sample}")
        raise
    return any(table.num_rows for table in decoded.tables.values())


def test_any_file(tmp_path: Path) -> None:
    with memory_limit(600 * MEGABYTE):
        decoded = [is_decoded(seed, tmp_path) for seed in short_seeds(150)]
    assert sum(decoded) > len(decoded) // 4


@pytest.mark.soak
def test_any_file_for_a_long_time(tmp_path: Path) -> None:
    with memory_limit(1_500 * MEGABYTE):
        assert sum(is_decoded(seed, tmp_path) for seed in soak_seeds())


@pytest.mark.parametrize("seed", range(4))
def test_files_cut_off_anywhere(seed: int, tmp_path: Path) -> None:
    sample = random_sample(Random(seed), tmp_path, sliding=SLIDING)
    for size in range(0, len(sample.data), max(len(sample.data) // 25, 1)):
        cut = Sample(sample.interface, sample.layout, (), sample.data[:size], is_whole=False)
        with time_limit(SECONDS):
            check(cut, (1,))


@pytest.mark.parametrize("path", CRASHERS, ids=lambda path: path.stem)
def test_what_once_went_wrong(path: Path, tmp_path: Path) -> None:
    kept = tomllib.loads(path.read_text("utf-8"))
    copybook = tmp_path / "f.cpy"
    copybook.write_text(kept.pop("copybook"), "utf-8")
    data = bytes.fromhex(kept.pop("data"))
    interface = bare_interface(copybook, kept)
    sample = Sample(interface, load_layout(interface), (), data, is_whole=False)
    with time_limit(SECONDS):
        check(sample, (1, 2, 7, 30, 100))


@pytest.mark.parametrize("framing", [Framing.F, Framing.VB, Framing.VBS, Framing.TEXT, Framing.U])
@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.ZSTD])
def test_bombs(framing: Framing, compression: Compression, tmp_path: Path) -> None:
    """A small file of a hundred megabytes of one byte fills no memory."""
    interface = declare(
        tmp_path,
        "01 R.\n05 A PIC X(32000).\n",
        framing=framing,
        encoding="cp037",
        records={"R": (Role.DETAIL, {})},
    )
    length = 32_000 if framing is Framing.U else None
    rule = replace(interface.file, compression=compression, record_length=length)
    data = bytes(100 * MEGABYTE)
    path = tmp_path / "bomb"
    if compression is Compression.GZIP:
        path.write_bytes(gzip.compress(data, 1))
    else:
        path.write_bytes(pa.compress(data, codec="zstd", asbytes=True))
    del data
    read = 0
    with memory_limit(150 * MEGABYTE), time_limit(SECONDS):
        for block in decode_file(path, replace(interface, file=rule), file_id="f"):
            read += block.bytes_read
    assert read <= 100 * MEGABYTE
