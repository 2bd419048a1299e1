"""A file under a temporary name: complete, or nothing of it."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from exporters.part_file import PartFile

LARGE = np.arange(1 << 19, dtype=np.uint32).view(np.uint8)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file grows beyond 4 KiB: writing more fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_small_and_large_pieces_stand_in_their_order(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "out")
    for piece in (b"first", LARGE, b"last"):
        part.write(piece)
    part.complete()
    written = (tmp_path / "out").read_bytes()
    assert written == b"first" + LARGE.tobytes() + b"last"
    assert part.sha256 == hashlib.sha256(written).hexdigest()
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_others_may_read_it_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        part = PartFile(tmp_path / "out")
        part.complete()
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o640


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, small_disk: None) -> None:
    part = PartFile(tmp_path / "out")
    part.write(LARGE)
    with pytest.raises(OSError, match="large"):
        part.write(b"next")
    part.abandon()
    assert list(tmp_path.iterdir()) == []


def test_what_a_full_disk_holds_back_does_not_keep_the_file(
    tmp_path: Path, small_disk: None
) -> None:
    part = PartFile(tmp_path / "out")
    part.write(bytes(6000))  # waits in the buffer until the file is closed
    part.abandon()
    assert list(tmp_path.iterdir()) == []
