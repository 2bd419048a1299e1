"""Unpackers: gzip, zstd and zip as streams whose memory is bounded whatever the file says.

Each reads a file from its beginning. They raise what their library raises; the caller turns
that into one finding.
"""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO, RawIOBase
from typing import Final, Protocol, cast

MOST_AT_ONCE: Final = 1 << 20
"""Bytes that one step reads or unpacks."""

LARGEST_DIRECTORY: Final = 1 << 20
"""Bytes of a zip's directory: it holds one file, and perhaps the folders around it."""

FREE_MEMBERS: Final = 1000
BYTES_A_MEMBER: Final = 512
"""A gzip file of more members than ``FREE_MEMBERS`` must hold so much in each on average: a
member costs time even if it is empty, and millions of them fit into a small file."""

_TOO_MUCH: Final = "the archive has a directory of more than one file"
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS  # zlib: header and check sums of gzip


class Readable(Protocol):
    """What an unpacker gives."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill ``buffer`` from its beginning; returns how many bytes, 0 at the end."""

    def close(self) -> object:
        """Give up what it holds."""


class _Gunzip:
    """All members, one after the other; zero bytes behind the last are padding."""

    def __init__(self, raw: RawIOBase) -> None:
        self._raw = raw
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._packed = b""
        self._members = 0
        self._given = 0
        self._begun = False

    def readinto(self, buffer: memoryview, /) -> int:
        """zlib.error for altered bytes, EOFError for a file that is cut short."""
        while True:
            if not self._packed:
                self._packed = self._raw.read(MOST_AT_ONCE) or b""
            if self._member.eof and not self._next_member():
                return 0
            if not self._packed and not self._begun and self._members == 0:
                return 0  # an empty file
            if not self._packed:
                raise EOFError("the file ends within a member")
            self._begun = True
            data = self._member.decompress(self._packed, min(len(buffer), MOST_AT_ONCE))
            self._packed = (
                self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            )
            if data:
                buffer[: len(data)] = data
                self._given += len(data)
                return len(data)

    def _next_member(self) -> bool:
        """Whether there is a further member; zeros up to the end of the file are none."""
        self._members += 1
        if self._members > FREE_MEMBERS + self._given // BYTES_A_MEMBER:
            raise zlib.error(f"{self._members} members that hold next to nothing")
        while True:
            self._packed = self._packed.lstrip(b"\0")
            if self._packed:
                break
            self._packed = self._raw.read(MOST_AT_ONCE) or b""
            if not self._packed:
                return False
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        return True

    def close(self) -> None:
        """Nothing is held open."""


def gunzip(raw: RawIOBase) -> Readable:
    """All members, one after the other; zero bytes behind the last are padding."""
    return _Gunzip(raw)


def unzstd(raw: RawIOBase) -> Readable:
    """All frames, one after the other. A window above 128 MiB is refused by the library."""
    import pyarrow as pa

    return cast(Readable, pa.CompressedInputStream(pa.PythonFile(_Kept(raw), "r"), "zstd"))


def unzip(raw: RawIOBase) -> Readable:
    """The one file of an archive, stored or deflated; no other method is unpacked in steps of
    bounded size. Its name is never looked at."""
    if raw.seek(0, 2) == 0:
        return BytesIO()
    raw.seek(0)
    archive = zipfile.ZipFile(cast(BytesIO, SparingFile(raw)))
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) != 1:
        raise zipfile.BadZipFile(f"a zip of {len(entries)} files; one is expected")
    if entries[0].flag_bits & 1:
        raise zipfile.BadZipFile("the zip is encrypted")
    if entries[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile(f"compression method {entries[0].compress_type} is not read")
    return _InSteps(cast(zipfile.ZipExtFile, archive.open(entries[0])))


class _InSteps:
    """Asks for no more than one step at once, however large the buffer is."""

    def __init__(self, inner: zipfile.ZipExtFile) -> None:
        self._inner = inner

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the beginning of ``buffer``."""
        return self._inner.readinto(buffer[:MOST_AT_ONCE])

    def close(self) -> None:
        """The archive's own file stays open."""
        self._inner.close()


class SparingFile:
    """A file that gives nobody more than a directory's worth at once: a zip may claim a
    directory of gigabytes, which its reader would take into memory."""

    def __init__(self, raw: RawIOBase | BytesIO) -> None:
        self._raw = raw

    def read(self, size: int = -1) -> bytes:
        """BadZipFile for too much."""
        if size > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile(_TOO_MUCH)
        data = self._raw.read(LARGEST_DIRECTORY + 1 if size < 0 else size) or b""
        if len(data) > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile(_TOO_MUCH)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """As the file."""
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        """As the file."""
        return self._raw.tell()

    def seekable(self) -> bool:
        """It is."""
        return True


class _Kept:
    """A file that its reader cannot close: it is read again from its beginning."""

    def __init__(self, raw: RawIOBase) -> None:
        self._raw = raw
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """As the file."""
        return self._raw.read(size) or b""

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """Not needed."""
        return False

    def close(self) -> None:
        """Only said."""
        self.closed = True
