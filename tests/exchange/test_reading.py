"""Many small files read at once: the kernel does what the plain code does, file by file."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

import numpy as np
import pytest

from exchange.inbound import reading
from exchange.inbound.kernels import system
from exchange.inbound.reading import NOT_KEPT, ReadFiles, read_files
from exchange.inbound.small_files import look_of

LARGE = 2_000
"""Bytes above which a file is large, in these tests."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of all kinds under names of all kinds."""
    monkeypatch.setattr(reading, "SMALL", LARGE)
    lot = random.Random(5)
    place = tmp_path / "inbox"
    place.mkdir()
    for number in range(60):
        (place / f"{number:03d}.TXT").write_bytes(lot.randbytes(lot.randrange(300)))
    (place / "empty").write_bytes(b"")
    (place / "just").write_bytes(lot.randbytes(LARGE))
    (place / "large").write_bytes(lot.randbytes(LARGE + 1))
    (place / "ชื่อไทย.TXT").write_bytes(b"thai")
    (place / os.fsdecode(b"\xffnot utf-8")).write_bytes(b"bytes")
    (place / "link").symlink_to(place / "000.TXT")
    (place / "folder").mkdir()
    os.mkfifo(place / "pipe")
    os.utime(place / "empty", ns=(-1_500_000_000, -1_500_000_001))
    return place


def names_of(folder: Path) -> list[str]:
    """Every name there, and one that is gone."""
    return sorted([*(path.name for path in folder.iterdir()), "055.GONE"])


def told(found: ReadFiles) -> list[object]:
    """Everything that is known of the files."""
    contents = [
        found.content(file) if offset >= 0 else None
        for file, offset in enumerate(found.offsets.tolist())
    ]
    rows = zip(found.names, found.file_ids, found.looks.tolist(), contents, strict=True)
    return [*rows, found.unreadable, found.asked, found.data.tobytes()]


def compiled(
    monkeypatch: pytest.MonkeyPatch, folder: Path, names: list[str], room: int
) -> ReadFiles:
    with monkeypatch.context() as patch:
        patch.setattr(reading, "WORTH_COMPILED", 1)
        return read_files(folder, names, room)


def open_files() -> int:
    """How many this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_the_system_has_what_the_kernel_calls() -> None:
    """Otherwise the other tests here would compare the plain code with itself."""
    assert system.system_calls() is not None


def test_files_are_read_as_they_are(folder: Path) -> None:
    names = names_of(folder)
    found = read_files(folder, names)
    assert found.unreadable == ["folder", "link", "pipe"]
    assert found.asked == len(names)
    assert set(names) - set(found.names) == {"055.GONE", "folder", "link", "pipe"}
    for file, name in enumerate(found.names):
        content = (folder / name).read_bytes()
        one = found.by_itself(file)
        assert one.file_id == found.file_ids[file] == hashlib.sha256(content).hexdigest()
        assert one.look == look_of((folder / name).stat())
        assert found.sizes[file] == len(content)
        if name == "large":
            assert found.offsets[file] == NOT_KEPT
        else:
            assert found.content(file) == content


def test_the_kernel_tells_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = names_of(folder)
    ours = compiled(monkeypatch, folder, names, reading.ROOM)
    assert told(ours) == told(read_files(folder, names))


@pytest.mark.parametrize("room", [LARGE + 1, 5_000, 9_000])
def test_what_finds_no_room_is_read_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    names = names_of(folder)
    read: list[str] = []
    start = rounds = 0
    while start < len(names):
        plain = read_files(folder, names[start:], room)
        ours = compiled(monkeypatch, folder, names[start:], room)
        assert told(ours) == told(plain)
        assert plain.asked and len(plain.data) < room
        read += plain.names + plain.unreadable
        start += plain.asked
        rounds += 1
    assert sorted(read) == sorted(set(names) - {"055.GONE"})
    assert rounds > 1


def test_no_file_stays_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = names_of(folder)
    compiled(monkeypatch, folder, names, reading.ROOM)
    before = open_files()
    for room in (LARGE + 1, reading.ROOM):
        compiled(monkeypatch, folder, names, room)
    assert open_files() == before


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is received by itself, where its bytes are hashed on the way."""
    before = (folder / "007.TXT").stat()
    assert before.st_size != len(b"another")
    monkeypatch.setattr(os, "fstat", lambda _descriptor: before)
    (folder / "007.TXT").write_bytes(b"another")
    found = read_files(folder, ["007.TXT"])
    assert found.offsets.tolist() == [NOT_KEPT]
    assert found.file_ids == [hashlib.sha256(b"another").hexdigest()]


def test_without_the_system_s_functions_the_plain_code_reads(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = names_of(folder)
    expected = told(read_files(folder, names))
    monkeypatch.setattr(reading, "system_calls", lambda: None)
    assert told(compiled(monkeypatch, folder, names, reading.ROOM)) == expected


def test_no_names_are_no_files(folder: Path) -> None:
    found = read_files(folder, [])
    assert (found.names, found.asked, len(found.data)) == ([], 0, 0)
    assert found.digests.shape == (0, 32) and found.looks.shape == (0, 3)
    assert found.offsets.dtype == np.int64
