"""Files as streams of bytes, unpacked on the way if they are packed.

Unpacking is a stream like any other: a file that grows to a terabyte fills no memory, and a
damaged one ends in a finding. A stream raises :class:`~parsers.framing.frame.DamagedStream`, which
framing turns into the finding that it names; only failures of the disk are OSError.

What is packed comes from strangers: how much may come out of it is bounded before the first byte
is unpacked (:func:`unpacked_limit`), and so is the memory that unpacking takes.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO, RawIOBase
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast

from interfaces.model import Compression, FileRule
from parsers.framing.frame import ByteStream, DamagedStream
from parsers.packed import LONGEST_BEGINNING, archive_kind
from parsers.unpackers import Readable, gunzip, unzip, unzstd

LARGEST_UNPACKED: Final = 64 << 30
"""Bytes that may come out of a packed file where nobody declares otherwise."""

LARGEST_RATIO: Final = 200
"""Times its own size that a packed file may grow: sheets of blanks reach some 100."""

ALWAYS_ALLOWED: Final = 64 << 20
"""Bytes below which the ratio is not asked: a small file of blanks is no bomb."""

TOO_LARGE: Final = "FILE_TOO_LARGE"
PACKED: Final = "FILE_PACKED"

_MAGIC: Final = {
    b"\x1f\x8b": Compression.GZIP,  # RFC 1952
    b"\x28\xb5\x2f\xfd": Compression.ZSTD,  # RFC 8878
    b"PK\x03\x04": Compression.ZIP,  # APPNOTE.TXT 4.3.7
    b"PK\x05\x06": Compression.ZIP,  # a zip without entries
}
_SKIP_BYTES: Final = 1 << 20


@contextmanager
def open_stream(
    source: Path | bytes, rule: FileRule, *, largest: int = LARGEST_UNPACKED
) -> Iterator[ByteStream]:
    """The bytes of a file, or bytes in memory, unpacked as ``rule`` declares.

    AUTO goes by the first bytes; what has none of the known beginnings is not packed. A zip must
    hold exactly one file, not encrypted; its name is never used. An archive where none is
    declared, also within the declared one, is FILE_PACKED. At most ``largest`` bytes come out of
    a packed file. OSError from the file system.
    """
    raw = BytesIO(source) if isinstance(source, bytes) else source.open("rb", buffering=0)
    with raw:
        beginning = raw.read(LONGEST_BEGINNING) or b""
        kind = compression_of(beginning, rule.compression)
        size = raw.seek(0, 2)
        raw.seek(0)
        if kind is Compression.NONE:
            found = archive_kind(beginning)
            yield raw if found is None else _Unreadable(PACKED, found)
            return
        most = unpacked_limit(size, largest)
        with UnpackedStream(cast(RawIOBase, raw), kind, most) as stream:
            yield stream


def unpacked_limit(size: int, largest: int = LARGEST_UNPACKED) -> int:
    """Bytes that may come out of a packed file of ``size`` bytes.

    A bomb is told from a file that packs well by the ratio; gzip reaches 1,032 at most, zstd any.
    """
    return min(largest, max(ALWAYS_ALLOWED, LARGEST_RATIO * size))


def compression_of(beginning: bytes, declared: Compression) -> Compression:
    """How a file is packed: as declared, or as its first bytes (four suffice) say."""
    if declared is not Compression.AUTO:
        return declared
    for magic, kind in _MAGIC.items():
        if beginning.startswith(magic):
            return kind
    return Compression.NONE


class _Unreadable:
    """A stream that only says why there is none."""

    def __init__(self, code: str, why: str) -> None:
        self._code = code
        self._why = why

    def readinto(self, _buffer: memoryview, /) -> int:
        """DamagedStream."""
        raise DamagedStream(self._why, self._code)

    def seek(self, offset: int, /) -> int:
        """The same everywhere."""
        return offset


class UnpackedStream:
    """The contents of a packed file. Nothing is raised before the first bytes are asked for."""

    def __init__(self, raw: RawIOBase, kind: Compression, most: int) -> None:
        """``most`` is how many bytes may come out of it."""
        self._raw = raw
        self._open = _UNPACKERS[kind]
        self._most = most
        self._given = 0
        self._inner: Readable | None = None

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill ``buffer`` from its beginning; returns how many bytes, 0 at the end.

        DamagedStream when the packed file is cut short, altered, of another kind, grows beyond
        its limit or holds a further archive.
        """
        count = self._unpack(buffer)
        beginning = bytes(buffer[: min(count, LONGEST_BEGINNING)])
        if self._given == 0 and (inner := archive_kind(beginning)):
            raise DamagedStream(f"{inner} within the packed file", PACKED)
        self._given += count
        if self._given > self._most:
            raise DamagedStream(f"more than {self._most} bytes unpacked", TOO_LARGE)
        return count

    def _unpack(self, buffer: memoryview) -> int:
        try:
            if self._inner is None:
                self._inner = self._open(self._raw)
            return self._inner.readinto(buffer) or 0
        except DamagedStream:
            raise
        except Exception as error:
            # What unpackers raise for altered bytes is no closed list (zipfile: IndexError). An
            # error of the disk has a number; theirs has none, or that of an impossible place.
            if isinstance(error, MemoryError):
                raise
            if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
                raise
            raise DamagedStream(str(error)) from error

    def seek(self, offset: int, /) -> int:
        """Go on at ``offset`` of the unpacked bytes, by unpacking again up to there."""
        self.close()
        self._raw.seek(0)
        left = offset
        scratch = memoryview(bytearray(min(offset, _SKIP_BYTES)))
        while left > 0:
            read = self.readinto(scratch[: min(left, len(scratch))])
            if not read:
                break
            left -= read
        return offset - left

    def close(self) -> None:
        """Give the unpacker up; the packed file stays open."""
        self._given = 0
        inner, self._inner = self._inner, None
        if inner is not None:
            inner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


_UNPACKERS: Final[dict[Compression, Callable[[RawIOBase], Readable]]] = {
    Compression.GZIP: gunzip,
    Compression.ZSTD: unzstd,
    Compression.ZIP: unzip,
}
