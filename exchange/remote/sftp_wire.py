"""The SFTP protocol, version 3, over an open SSH channel: packets out, answers in.

Source: draft-ietf-secsh-filexfer-02 and OpenSSH's PROTOCOL file (extensions). Written here
because every answer counts: paramiko's own client leaves the last write answers and every
close answer unread, and drops the numeric status.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from exchange.remote.channel import Channel

VERSION = 3
LONGEST_PACKET = 4 << 20  # of a server; a listing comes in pieces far smaller
FLUSH_BYTES = 256 << 10
SEND_BYTES = 4 * 32704  # at once: four full packets of the 32 KiB that channels usually take

HAS_SIZE, HAS_OWNER, HAS_MODE, HAS_TIMES = 0x1, 0x2, 0x4, 0x8
HAS_EXTENDED = 0x80000000
OPEN_READ, OPEN_WRITE, OPEN_CREATE, OPEN_EXCLUSIVE = 0x1, 0x2, 0x8, 0x20


class Request(IntEnum):
    """Packet types a client sends."""

    INIT = 1
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RENAME = 18
    EXTENDED = 200


class Answer(IntEnum):
    """Packet types a server sends."""

    VERSION = 2
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 201


class Status(IntEnum):
    """Status numbers of version 3."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    BAD_MESSAGE = 5
    NO_CONNECTION = 6
    CONNECTION_LOST = 7
    UNSUPPORTED = 8


class StatusError(Exception):
    """The server answered with a status other than OK; ``text`` is its own, untrusted."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.text = text


class ConnectionLost(Exception):
    """The channel ended or the server does not keep to the protocol."""


@dataclass(frozen=True, slots=True)
class RemoteStat:
    """Attributes of a remote file: bytes, seconds since 1970 UTC, POSIX mode.

    Each is None where the server does not say.
    """

    size: int | None
    mtime: int | None
    mode: int | None

    @property
    def is_file(self) -> bool:
        """A regular file, and the server says so."""
        return self.mode is not None and stat.S_ISREG(self.mode)

    @property
    def is_link(self) -> bool:
        """A symbolic link."""
        return self.mode is not None and stat.S_ISLNK(self.mode)

    @property
    def is_directory(self) -> bool:
        """A folder."""
        return self.mode is not None and stat.S_ISDIR(self.mode)


class Reader:
    """Values taken from a packet in order; ConnectionLost when it is shorter than it says."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self._at = at

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        end = self._at + count
        if end > len(self._data):
            raise ConnectionLost("the server sent a malformed answer")
        piece, self._at = self._data[self._at : end], end
        return piece

    def u32(self) -> int:
        """Unsigned 32-bit number."""
        return int.from_bytes(self.take(4), "big")

    def u64(self) -> int:
        """Unsigned 64-bit number."""
        return int.from_bytes(self.take(8), "big")

    def string(self) -> bytes:
        """Bytes preceded by their length."""
        return self.take(self.u32())

    def long_string(self) -> memoryview:
        """As :meth:`string`, but a view of the packet: nothing is copied."""
        length = self.u32()
        end = self._at + length
        if end > len(self._data):
            raise ConnectionLost("the server sent a malformed answer")
        piece, self._at = memoryview(self._data)[self._at : end], end
        return piece

    def attributes(self) -> RemoteStat:
        """File attributes, owner and extended ones skipped."""
        flags = self.u32()
        size = self.u64() if flags & HAS_SIZE else None
        if flags & HAS_OWNER:
            self.take(8)
        mode = self.u32() if flags & HAS_MODE else None
        mtime = None
        if flags & HAS_TIMES:
            self.take(4)
            mtime = self.u32()
        if flags & HAS_EXTENDED:
            for _ in range(self.u32()):
                self.string()
                self.string()
        return RemoteStat(size, mtime, mode)

    @property
    def at_end(self) -> bool:
        """Whether everything was taken."""
        return self._at == len(self._data)


def u32(number: int) -> bytes:
    """Unsigned 32-bit number for a packet."""
    return struct.pack(">I", number)


def u64(number: int) -> bytes:
    """Unsigned 64-bit number for a packet."""
    return struct.pack(">Q", number)


def string(value: bytes) -> bytes:
    """Bytes preceded by their length."""
    return struct.pack(">I", len(value)) + value


class SftpWire:
    """One SFTP session. Not for several threads: requests may be in flight, readers not.

    ``moved`` is called at every byte sent or received. ``extensions`` are those the server
    offers, by name, with their version.
    """

    def __init__(self, channel: Channel, moved: Callable[[], None]) -> None:
        self._channel = channel
        self._moved = moved
        self._number = 0
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._rest = b""  # received, and not part of a packet that was taken
        self._queue(bytes([Request.INIT]) + u32(VERSION))
        self.flush()
        kind, reader = self._packet()
        if kind != Answer.VERSION or reader.u32() < VERSION:
            raise ConnectionLost("the server does not speak SFTP version 3")
        self.extensions: dict[str, bytes] = {}
        while not reader.at_end:
            name = reader.string().decode("ascii", "replace")
            self.extensions[name] = reader.string()

    def send(self, kind: Request, *parts: bytes) -> int:
        """Queue a request and give its number; it leaves at the next flush or receive."""
        self._number = (self._number + 1) & 0xFFFFFFFF
        self._queue(bytes([kind]) + u32(self._number), *parts)
        return self._number

    def receive(self) -> tuple[int, int, Reader]:
        """The next answer: request number, answer type, body."""
        self.flush()
        kind, reader = self._packet()
        return reader.u32(), kind, reader

    def request(self, kind: Request, *parts: bytes, want: Answer = Answer.STATUS) -> Reader:
        """Send a request and take its answer's body, which must be of type ``want``.

        Raises StatusError for a status other than OK. Answers to requests of an abandoned
        transfer that still come in are dropped.
        """
        number = self.send(kind, *parts)
        while True:
            answered, got, reader = self.receive()
            if answered == number:
                return expect(want, got, reader)

    def extended(self, name: str, *parts: bytes, want: Answer = Answer.STATUS) -> Reader:
        """Request an extension by name."""
        return self.request(Request.EXTENDED, string(name.encode()), *parts, want=want)

    def flush(self) -> None:
        """Send what is queued."""
        data = memoryview(b"".join(self._out))
        self._out.clear()
        self._out_bytes = 0
        try:
            for at in range(0, len(data), SEND_BYTES):
                self._channel.send(data[at : at + SEND_BYTES])
                self._moved()
        except OSError as error:
            raise ConnectionLost("the connection was lost") from error

    def _queue(self, *parts: bytes) -> None:
        length = sum(map(len, parts))
        self._out.append(u32(length))
        self._out.extend(parts)
        self._out_bytes += length + 4
        if self._out_bytes >= FLUSH_BYTES:
            self.flush()

    def _packet(self) -> tuple[int, Reader]:
        length = int.from_bytes(self._received(4), "big")
        if not 0 < length <= LONGEST_PACKET:
            raise ConnectionLost("the server sent a malformed answer")
        packet = self._received(length)
        return packet[0], Reader(packet, 1)

    def _received(self, count: int) -> bytes:
        """The next ``count`` bytes, joined once from the pieces in which they come."""
        pieces, missing = [self._rest], count - len(self._rest)
        while missing > 0:
            try:
                piece = self._channel.receive()
            except OSError as error:
                raise ConnectionLost("the connection was lost") from error
            if not piece:
                raise ConnectionLost("the connection was lost")
            self._moved()
            pieces.append(piece)
            missing -= len(piece)
        last = pieces.pop()
        cut = len(last) + missing
        self._rest = last[cut:]
        pieces.append(last[:cut])
        return b"".join(pieces)


def expect(want: Answer, got: int, reader: Reader) -> Reader:
    """The body of an answer of type ``want``; StatusError or ConnectionLost otherwise."""
    if got == Answer.STATUS:
        status = reader.u32()
        if status != Status.OK or want != Answer.STATUS:
            text = b"" if reader.at_end else reader.string()
            raise StatusError(status, text.decode("utf-8", "replace"))
    elif got != want:
        raise ConnectionLost("the server answered with something else than was asked")
    return reader
