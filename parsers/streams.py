"""Files as streams of bytes, unpacked on the way if they are packed.

Unpacking is a stream like any other: a file that grows to a terabyte fills no memory, and a
damaged one ends in a finding. A stream raises :class:`~parsers.framing.frame.DamagedStream`, which
framing turns into FILE_COMPRESSION; only failures of the disk are OSError.
"""

from __future__ import annotations

import errno
import gzip
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO, RawIOBase
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self, cast

from interfaces.model import Compression, FileRule
from parsers.framing.frame import ByteStream, DamagedStream

_MAGIC: Final = {
    b"\x1f\x8b": Compression.GZIP,  # RFC 1952
    b"\x28\xb5\x2f\xfd": Compression.ZSTD,  # RFC 8878
    b"PK\x03\x04": Compression.ZIP,  # APPNOTE.TXT 4.3.7
    b"PK\x05\x06": Compression.ZIP,  # a zip without entries
}
_LONGEST_MAGIC: Final = 4
_SKIP_BYTES: Final = 1 << 20


class Readable(Protocol):
    """What an unpacker gives."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...

    def close(self) -> object: ...


@contextmanager
def open_stream(source: Path | bytes, rule: FileRule) -> Iterator[ByteStream]:
    """The bytes of a file, or bytes in memory, unpacked as ``rule`` declares.

    AUTO goes by the first bytes; what has none of the known beginnings is not packed. A zip must
    hold exactly one file, not encrypted; its name is never used. OSError from the file system.
    """
    raw = BytesIO(source) if isinstance(source, bytes) else source.open("rb", buffering=0)
    with raw:
        kind = compression_of(raw.read(_LONGEST_MAGIC) or b"", rule.compression)
        raw.seek(0)
        if kind is Compression.NONE:
            yield raw
            return
        with UnpackedStream(cast(RawIOBase, raw), kind) as stream:
            yield stream


def compression_of(beginning: bytes, declared: Compression) -> Compression:
    """How a file is packed: as declared, or as its first bytes (four suffice) say."""
    if declared is not Compression.AUTO:
        return declared
    for magic, kind in _MAGIC.items():
        if beginning.startswith(magic):
            return kind
    return Compression.NONE


class UnpackedStream:
    """The contents of a packed file. Nothing is raised before the first bytes are asked for."""

    def __init__(self, raw: RawIOBase, kind: Compression) -> None:
        self._raw = raw
        self._open = _UNPACKERS[kind]
        self._inner: Readable | None = None

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill ``buffer`` from its beginning; returns how many bytes, 0 at the end.

        DamagedStream when the packed file is cut short, altered, or of another kind.
        """
        try:
            if self._inner is None:
                self._inner = self._open(self._raw)
            return self._inner.readinto(buffer) or 0
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


def _gunzip(raw: RawIOBase) -> Readable:
    """All members, one after the other; zero bytes behind the last are padding."""
    return cast(Readable, gzip.GzipFile(fileobj=cast(BytesIO, raw), mode="rb"))


def _unzstd(raw: RawIOBase) -> Readable:
    """All frames, one after the other."""
    import pyarrow as pa

    return cast(Readable, pa.CompressedInputStream(pa.PythonFile(_Kept(raw), "r"), "zstd"))


def _unzip(raw: RawIOBase) -> Readable:
    if raw.seek(0, 2) == 0:
        return BytesIO()
    raw.seek(0)
    archive = zipfile.ZipFile(cast(BytesIO, raw))
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) != 1:
        raise zipfile.BadZipFile(f"a zip of {len(entries)} files; one is expected")
    if entries[0].flag_bits & 1:
        raise zipfile.BadZipFile("the zip is encrypted")
    return cast(Readable, archive.open(entries[0]))


_UNPACKERS: Final[dict[Compression, Callable[[RawIOBase], Readable]]] = {
    Compression.GZIP: _gunzip,
    Compression.ZSTD: _unzstd,
    Compression.ZIP: _unzip,
}


class _Kept:
    """A file that its reader cannot close: it is read again from its beginning."""

    def __init__(self, raw: RawIOBase) -> None:
        self._raw = raw
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        return self._raw.read(size) or b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True
