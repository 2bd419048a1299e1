"""A partner's SFTP server as we use it: a few operations, each with a deadline.

Every failure is an ExchangeError of one line; see :mod:`exchange.errors`. The bytes of an
upload count only when the server has acknowledged each write *and* the close.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

from exchange.errors import RemoteFailure, Unreachable
from exchange.remote.endpoint import Endpoint
from exchange.remote.names import printable
from exchange.remote.sftp_stream import block_size, read_blocks, write_blocks
from exchange.remote.sftp_wire import (
    OPEN_CREATE,
    OPEN_EXCLUSIVE,
    OPEN_READ,
    OPEN_WRITE,
    Answer,
    ConnectionLost,
    RemoteStat,
    Request,
    SftpWire,
    Status,
    StatusError,
    string,
    u32,
)
from exchange.remote.ssh_session import connect, open_channel
from exchange.remote.watchdog import Watchdog

NO_ATTRIBUTES = u32(0)
MOST_ENTRIES = 100_000
USUAL_NAME = 256  # letters, on average: what a file system takes

ADVICE: dict[int, str] = {
    Status.NO_SUCH_FILE: "there is no such file or folder; have it made or correct the declaration",
    Status.PERMISSION_DENIED: "permission denied; ask the partner for the right",
    Status.FAILURE: "the server failed; its disk or quota may be full: ask the partner",
    Status.UNSUPPORTED: "the server cannot do this; ask the partner for another way",
}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to be logged in, without any movement, for one request, for one whole file."""

    connect: float = 20.0
    idle: float = 30.0
    request: float = 60.0
    transfer: float = 3600.0


@dataclass(frozen=True, slots=True)
class Moved:
    """Bytes moved in one transfer and the SHA-256 (hex) of exactly those bytes."""

    size: int
    sha256: str


class SftpClient:
    """One session with an endpoint, opened by ``with``. One thread at a time.

    After Unreachable the session is dead: settle what was under way on a new one.
    """

    def __init__(self, endpoint: Endpoint, timeouts: Timeouts | None = None) -> None:
        self.endpoint = endpoint
        self.timeouts = timeouts or Timeouts()

    def __enter__(self) -> SftpClient:
        connection = connect(self.endpoint, self.timeouts.connect)
        self._watchdog = Watchdog(lambda: _shut(connection))
        with ExitStack() as opened:
            opened.callback(self._watchdog.close)
            opened.callback(connection.close)
            seconds = self.timeouts.connect
            self._watchdog.arm(idle=seconds, total=seconds)
            channel = open_channel(self.endpoint, connection, self._watchdog)
            opened.callback(channel.close)
            with self._within(seconds, "/", "starting SFTP"):
                self._wire = SftpWire(channel, self._watchdog.moved)
                self._block = block_size(self._wire)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()

    def stat(self, path: str) -> RemoteStat | None:
        """Attributes of ``path`` itself (links are not followed), None when there is none."""
        with self._within(self.timeouts.request, path, "looking"):
            try:
                reader = self._wire.request(Request.LSTAT, _path(path), want=Answer.ATTRS)
            except StatusError as error:
                if error.status == Status.NO_SUCH_FILE:
                    return None
                raise
            return reader.attributes()

    def listing(self, folder: str) -> list[tuple[str, RemoteStat]]:
        """Names and attributes of a folder's entries, by name; not ``.`` and ``..``.

        Names are the server's own, undecodable bytes kept as surrogates: untrusted.
        """
        with self._within(self.timeouts.request, folder, "listing"):
            handle = self._wire.request(Request.OPENDIR, _path(folder), want=Answer.HANDLE).string()
            entries: list[tuple[str, RemoteStat]] = []
            letters = 0
            while more := self._read_names(handle):
                entries += more
                letters += sum(len(name) for name, _ in more)
                if len(entries) > MOST_ENTRIES or letters > MOST_ENTRIES * USUAL_NAME:
                    raise RemoteFailure(
                        self.url(folder),
                        f"more than {MOST_ENTRIES} entries, or names of more than "
                        f"{USUAL_NAME} letters each; have the partner clear the folder",
                    )
            self._wire.request(Request.CLOSE, string(handle))
        return sorted(entry for entry in entries if entry[0] not in (".", ".."))

    def make_directory(self, path: str) -> None:
        """Make one folder; its parent exists."""
        with self._within(self.timeouts.request, path, "making the folder"):
            self._wire.request(Request.MKDIR, _path(path), NO_ATTRIBUTES)

    def remove(self, path: str) -> None:
        """Remove a file."""
        with self._within(self.timeouts.request, path, "removing"):
            self._wire.request(Request.REMOVE, _path(path))

    def rename(self, old: str, new: str) -> None:
        """Rename atomically; by the posix-rename extension where offered, which replaces ``new``.

        Unreachable leaves it unknown whether it happened.
        """
        with self._within(self.timeouts.request, new, "renaming into place"):
            if "posix-rename@openssh.com" in self._wire.extensions:
                self._wire.extended("posix-rename@openssh.com", _path(old), _path(new))
            else:
                self._wire.request(Request.RENAME, _path(old), _path(new))

    def upload(self, source: BinaryIO, path: str, *, start: int = 0) -> Moved:
        """Write a new file from ``source``; RemoteFailure when ``path`` already exists.

        With ``start`` the file exists and holds so many bytes; it is gone on with from there, and
        ``source`` stands at the same place. Every write, the flush to the server's disk where it
        offers one, the size afterwards and the close are checked. The size is that of the whole
        file, the hash of what was written now.
        """
        digest = hashlib.sha256()

        def blocks() -> Iterator[bytes]:
            while block := source.read(self._block):
                digest.update(block)
                yield block

        with self._within(self.timeouts.transfer, path, "writing"):
            new = 0 if start else OPEN_CREATE | OPEN_EXCLUSIVE
            handle = self._open(path, OPEN_WRITE | new)
            size = write_blocks(self._wire, handle, blocks(), start)
            if "fsync@openssh.com" in self._wire.extensions:
                self._wire.extended("fsync@openssh.com", string(handle))
            there = self._wire.request(Request.FSTAT, string(handle), want=Answer.ATTRS)
            self._wire.request(Request.CLOSE, string(handle))
            stored = there.attributes().size
        if stored != size:
            raise RemoteFailure(
                self.url(path),
                f"{size} bytes were written but the server holds {stored}; ask the partner "
                "about disk space, then run again",
            )
        return Moved(size, digest.hexdigest())

    def download(self, path: str, target: BinaryIO | None, most: int) -> Moved:
        """Read a file into ``target`` (None: only hash it), at most ``most`` bytes of it."""
        digest = hashlib.sha256()
        size = 0
        with self._within(self.timeouts.transfer, path, "reading"):
            handle = self._open(path, OPEN_READ)
            for block in read_blocks(self._wire, handle, most, self._block):
                digest.update(block)
                size += len(block)
                if target is not None:
                    target.write(block)
            self._wire.request(Request.CLOSE, string(handle))
        return Moved(size, digest.hexdigest())

    def url(self, path: str) -> str:
        """The path with server and user, as error messages show it."""
        return f"{self.endpoint}{printable(path, cut=False)}"

    def _open(self, path: str, flags: int) -> bytes:
        reader = self._wire.request(
            Request.OPEN, _path(path), u32(flags), NO_ATTRIBUTES, want=Answer.HANDLE
        )
        return reader.string()

    def _read_names(self, handle: bytes) -> list[tuple[str, RemoteStat]]:
        try:
            reader = self._wire.request(Request.READDIR, string(handle), want=Answer.NAME)
        except StatusError as error:
            if error.status == Status.EOF:
                return []
            raise
        names = []
        for _ in range(reader.u32()):
            name = reader.string().decode("utf-8", "surrogateescape")
            reader.string()  # the long form, for people
            names.append((name, reader.attributes()))
        return names

    @contextmanager
    def _within(self, seconds: float, path: str, doing: str) -> Iterator[None]:
        """Deadline around one operation, and its failures as ExchangeErrors."""
        self._watchdog.arm(idle=min(seconds, self.timeouts.idle), total=seconds)
        try:
            yield
        except StatusError as error:
            advice = ADVICE.get(error.status)
            told = f" (it says: {printable(error.text)})" if error.text else ""
            raise RemoteFailure(
                self.url(path),
                f"while {doing}: {advice or f'status {error.status}; ask the partner'}{told}",
                sftp_status=error.status,
            ) from error
        except ConnectionLost as error:
            reason = self._watchdog.expired or str(error)
            raise Unreachable(
                f"{self.url(path)}: {reason} while {doing}; the outcome is unknown: run again, "
                "which looks first at what is there"
            ) from error
        finally:
            self._watchdog.disarm()


def _path(path: str) -> bytes:
    return string(path.encode("utf-8", "surrogateescape"))


def _shut(connection: socket.socket) -> None:
    """Wake every call that is blocked on the connection; the peer may have ended it already."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        connection.close()
