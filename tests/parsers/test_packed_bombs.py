"""Archives from strangers: what comes out of them is bounded, and so is the memory they take."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.model import Compression, FileRule, Framing
from interfaces.registry import Registry
from parsers.decode import decode_file
from parsers.framing import DamagedStream, frames
from parsers.packed import archive_kind
from parsers.streams import ALWAYS_ALLOWED, LARGEST_RATIO, open_stream, unpacked_limit
from parsers.unpackers import FREE_MEMBERS

RULE = FileRule(Framing.FB, "ascii", "X")
DATA = b"".join(b"%09d\n" % n for n in range(2000))
MIB = 1 << 20


def faults(path: Path | bytes, kind: Compression, *, largest: int = 1 << 30) -> tuple[int, str]:
    """How many bytes were read, and the code with which reading ended ("" at a sound end)."""
    rule = replace(RULE, compression=kind)
    buffer = memoryview(bytearray(3 * MIB))
    read = 0
    with open_stream(path, rule, largest=largest) as stream:
        try:
            while count := stream.readinto(buffer):
                read += count
        except DamagedStream as error:
            return read, error.code
    return read, ""


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return target.getvalue()


def deflated(blocks: Iterator[bytes], path: Path, bits: int) -> None:
    """Write a packed file without ever holding what is in it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    with path.open("wb") as handle:
        for block in blocks:
            handle.write(packer.compress(block))
        handle.write(packer.flush())


def zeros(size: int) -> Iterator[bytes]:
    block = bytes(MIB)
    for _ in range(size // MIB):
        yield block


def gzip_bomb(path: Path, size: int) -> None:
    deflated(zeros(size), path, 31)


def zstd_bomb(path: Path, size: int) -> None:
    with pa.CompressedOutputStream(str(path), "zstd") as handle:
        for block in zeros(size):
            handle.write(block)


def zip_bomb(path: Path, size: int) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("x", "w", force_zip64=True) as handle,
    ):
        for block in zeros(size):
            handle.write(block)


BOMBS: dict[Compression, Callable[[Path, int], None]] = {
    Compression.GZIP: gzip_bomb,
    Compression.ZSTD: zstd_bomb,
    Compression.ZIP: zip_bomb,
}
BOMB_BYTES = 400 * MIB


@pytest.fixture(scope="module", params=list(BOMBS), ids=lambda kind: str(kind.value))
def bomb(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Compression, Path]:
    path = tmp_path_factory.mktemp("bombs") / f"bomb.{request.param.value}"
    BOMBS[request.param](path, BOMB_BYTES)
    assert path.stat().st_size < BOMB_BYTES // LARGEST_RATIO
    return request.param, path


def test_a_bomb_ends_at_the_ratio(bomb: tuple[Compression, Path]) -> None:
    kind, path = bomb
    read, code = faults(path, kind)
    assert code == "FILE_TOO_LARGE"
    assert read <= unpacked_limit(path.stat().st_size) < BOMB_BYTES


def test_a_bomb_ends_at_the_declared_size(bomb: tuple[Compression, Path]) -> None:
    kind, path = bomb
    read, code = faults(path, kind, largest=5 * MIB)
    assert (code, read <= 5 * MIB) == ("FILE_TOO_LARGE", True)


def test_what_packs_well_is_no_bomb(tmp_path: Path) -> None:
    """Sheets of blanks: 60 MiB out of 60 KiB, and 128 MiB at 150 to 1."""
    path = tmp_path / "blanks"
    gzip_bomb(path, 60 * MIB)
    assert faults(path, Compression.GZIP) == (60 * MIB, "")
    noise = bytes(range(256)) * 4
    blocks = (bytes(150 * 1024 - 1024) + noise for _ in range(800))
    with gzip.open(path, "wb", 1) as handle:
        handle.writelines(blocks)
    size = 800 * 150 * 1024
    assert size > ALWAYS_ALLOWED
    assert faults(path, Compression.GZIP) == (size, "")


def test_the_limit() -> None:
    assert unpacked_limit(10) == ALWAYS_ALLOWED
    assert unpacked_limit(MIB) == LARGEST_RATIO * MIB
    assert unpacked_limit(1 << 40) == 64 << 30
    assert unpacked_limit(1 << 40, 1000) == 1000


PEAK = """
import resource, sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from interfaces.model import Compression, FileRule, Framing
from parsers.framing import frames
from parsers.streams import open_stream
import pyarrow
rule = FileRule(Framing.FB, "ascii", "X", compression=Compression(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = []
with open_stream(Path(sys.argv[2]), rule) as stream:
    for frame in frames(stream, rule, 100, 3 << 20):
        found += [fault.code for fault in frame.faults]
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(" ".join(found), (after - before) >> 10)
"""


def peak(kind: Compression, path: Path) -> tuple[str, int]:
    """Code in which reading ends, and by how many MiB the memory of a process grew."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, kind.value, path], capture_output=True, text=True, check=True
    )
    *codes, grown = done.stdout.split()
    return " ".join(codes), int(grown)


def test_a_bomb_takes_no_memory(bomb: tuple[Compression, Path]) -> None:
    code, grown = peak(*bomb)
    assert code == "FILE_TOO_LARGE"
    assert grown < 48


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_methods_that_unpack_in_one_go_are_not_read(tmp_path: Path, method: int) -> None:
    """4 KiB of bzip2 hold 90 MB, and zipfile unpacks all that it has read at once."""
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped({"x": bytes(200 * MIB)}, method))
    code, grown = peak(Compression.ZIP, path)
    assert code == "FILE_COMPRESSION"
    assert grown < 48


def test_a_zip_that_claims_a_huge_directory_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "directory.zip"
    entries = 2_000_000
    entry = zipped({"a": b""})
    start = entry.index(b"PK\x01\x02")
    central = entry[start : entry.index(b"PK\x05\x06")]
    size = entries * len(central)
    with path.open("wb") as handle:
        handle.write(entry[:start])
        for _ in range(entries // 1000):
            handle.write(central * 1000)
        handle.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, size, start, 0))
    code, grown = peak(Compression.ZIP, path)
    assert code == "FILE_COMPRESSION"
    assert grown < 48


def test_names_in_a_zip_are_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.parent.rglob("*"))
    for name in ("../../etc/passwd", "/etc/passwd", "C:\\x", "a\x00b", "x" * 60_000, "\u202e"):
        assert faults(zipped({name: DATA}), Compression.ZIP) == (len(DATA), "")
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_several_files_or_a_link_in_a_zip() -> None:
    assert faults(zipped({"one": DATA, "two": DATA}), Compression.ZIP) == (0, "FILE_COMPRESSION")
    overlapping = zipped({"one": DATA})
    assert faults(overlapping + overlapping, Compression.ZIP)[1] in ("", "FILE_COMPRESSION")


NESTED = {
    "zip in zip": (Compression.ZIP, zipped({"x.zip": zipped({"y": DATA})})),
    "gzip in gzip": (Compression.GZIP, gzip.compress(gzip.compress(DATA))),
    "zip in gzip": (Compression.GZIP, gzip.compress(zipped({"y": DATA}))),
    "xz in zstd": (Compression.ZSTD, pa.compress(lzma.compress(DATA), "zstd", asbytes=True)),
}


@pytest.mark.parametrize("name", NESTED)
def test_an_archive_in_an_archive_is_refused(name: str) -> None:
    kind, data = NESTED[name]
    assert faults(data, kind) == (0, "FILE_PACKED")


def test_endless_members_of_gzip_cost_no_time(tmp_path: Path) -> None:
    """Twenty bytes each, and nothing in them."""
    path = tmp_path / "members.gz"
    with path.open("wb") as handle:
        for _ in range(1000):
            handle.write(gzip.compress(b"") * 3000)
    begun = time.monotonic()
    assert faults(path, Compression.GZIP) == (0, "FILE_COMPRESSION")
    assert time.monotonic() - begun < 5
    few = gzip.compress(b"") * (FREE_MEMBERS - 1) + gzip.compress(DATA)
    assert faults(few, Compression.GZIP) == (len(DATA), "")
    blocks = b"".join(gzip.compress(DATA) for _ in range(3 * FREE_MEMBERS))
    assert faults(blocks, Compression.GZIP) == (3 * FREE_MEMBERS * len(DATA), "")


def tarred(data: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("x")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


ARCHIVES = {
    "gzip": gzip.compress(DATA),
    "zstd": pa.compress(DATA, "zstd", asbytes=True),
    "zip": zipped({"x": DATA}),
    "zip ": zipped({}),
    "xz": lzma.compress(DATA),
    "bzip2": bz2.compress(DATA),
    "bzip2 ": bz2.compress(b""),
    "tar": tarred(DATA),
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(40),
    "rar": b"Rar!\x1a\x07\x01\x00" + bytes(40),
    "an OpenPGP message": b"-----BEGIN PGP MESSAGE-----\n\nhQEMA",
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_where_none_is_declared_is_one_clear_finding(kind: str) -> None:
    data = ARCHIVES[kind]
    assert archive_kind(data[:512]) == kind.strip()
    assert faults(data, Compression.NONE) == (0, "FILE_PACKED")
    with open_stream(data, RULE) as stream:
        (frame,) = frames(stream, RULE, 10, 4096)
        assert [fault.code for fault in frame.faults] == ["FILE_PACKED"]
        assert stream.seek(0) == 0


@given(st.integers(4, 32_760), st.booleans(), st.binary(max_size=300))
def test_a_descriptor_word_is_never_taken_for_an_archive(
    length: int, with_block: bool, data: bytes
) -> None:
    """0x1F8B and 0x504B are lengths that a record can have."""
    word = struct.pack(">HH", length, 0)
    assert (
        archive_kind((struct.pack(">HH", length, 0) if with_block else b"") + word + data) is None
    )


@pytest.mark.parametrize("length", [0x1F8B, 0x504B, 0x28B5, 0x425A, 0x377A, 0x5261])
def test_lengths_that_look_like_magic(length: int) -> None:
    assert archive_kind(struct.pack(">HH", length, 0) + bytes(range(200))) is None


@pytest.mark.parametrize("page", ["cp037", "cp1140", "cp874", "ascii", "utf-16-be"])
def test_records_of_text_are_no_archive(page: str) -> None:
    for text in ("PK", "BZh9", "Rar!", "7z", "MSCF", "H0000010990991234567", "ustar"):
        assert archive_kind((text * 40).encode(page, "replace")[:512]) is None


def test_a_packed_file_is_decoded_up_to_its_limit_only(tmp_path: Path) -> None:
    returns = Registry(()).get("counter_return", on=date(2026, 11, 20))
    packed = replace(returns, file=replace(returns.file, compression=Compression.GZIP))
    line = b"D" + bytes(255).replace(b"\0", b" ") + b"\n"
    path = tmp_path / "return.gz"
    path.write_bytes(gzip.compress(b"H" + line[1:] + line * 40_000))

    def codes(largest: int) -> set[str]:
        blocks = decode_file(path, packed, file_id="x", largest_unpacked=largest)
        return {code for block in blocks for code in block.findings["code"].to_pylist()}

    assert "FILE_TOO_LARGE" in codes(5 * MIB)
    assert "FILE_TOO_LARGE" not in codes(11 * MIB)
