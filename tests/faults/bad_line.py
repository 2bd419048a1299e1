"""A TCP relay in front of a server that fails on command, at a phase, a byte or an answer."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from tests.silent_wire import NEWKEYS, TAG

HOST = "127.0.0.1"
CHUNK = 1 << 14


class BadLine:
    """Relays every connection to ``target`` until it is told to fail.

    ``messages`` lets the server's greeting and so many of its SSH messages through and then cuts
    (or, with ``silent``, says nothing any more): 0 is the greeting alone, -1 not even that.
    ``delay`` seconds are slept before each piece is passed on. ``to_server`` counts bytes.
    """

    def __init__(
        self, target: int, *, messages: int | None = None, silent: bool = False, delay: float = 0.0
    ) -> None:
        self.to_server = 0
        self._target = target
        self._messages = messages
        self._is_silent_end = silent
        self._delay = delay
        self._cut_at: int | None = None
        self._at_answer = threading.Event()
        self._silent = threading.Event()
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []

    def __enter__(self) -> BadLine:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for end in (self._listener, *self._ends):
            with contextlib.suppress(OSError):  # it may be gone
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def cut(self) -> None:
        """Reset both sides of every connection now."""
        for end in self._ends:
            _reset(end)

    def cut_after(self, size: int) -> None:
        """Reset once so many more bytes have passed towards the server."""
        self._cut_at = self.to_server + size

    def cut_at_answer(self) -> None:
        """The next thing that the server says is lost, and both sides are reset."""
        self._at_answer.set()

    def fall_silent(self) -> None:
        """From now on nothing passes, and nothing is closed: a black hole."""
        self._silent.set()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection((HOST, self._target))
            except OSError:  # closed: the test is over
                return
            self._ends += [near, far]
            if self._messages == -1:
                self._end()
            for work, ends in ((self._upwards, (near, far)), (self._downwards, (far, near))):
                threading.Thread(target=work, args=ends, daemon=True).start()

    def _end(self) -> None:
        if self._is_silent_end:
            self.fall_silent()
        else:
            self.cut()

    def _upwards(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):  # either side is gone, which is what this is for
            while data := near.recv(CHUNK):
                self._wait()
                self.to_server += len(data)
                if self._silent.is_set():
                    return  # no longer read: the sender's buffers fill up, as in a black hole
                beyond = 0 if self._cut_at is None else self.to_server - self._cut_at
                if beyond > 0:
                    far.sendall(data[: max(len(data) - beyond, 0)])
                    self.cut()
                    return
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    def _downwards(self, far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._messages is not None and self._first_messages(far, near):
                return
            while data := far.recv(CHUNK):
                self._wait()
                if self._at_answer.is_set():
                    self._at_answer.clear()  # once: what is said on a new connection passes
                    self.cut()
                    return
                if self._silent.is_set():
                    return
                near.sendall(data)
            near.shutdown(socket.SHUT_WR)

    def _first_messages(self, far: socket.socket, near: socket.socket) -> bool:
        """Let the greeting and the messages through; true when that was all."""
        left, tag = self._messages or 0, 0
        if self._silent.is_set():
            return True
        with far.makefile("rb", buffering=0) as stream:
            near.sendall(_line(stream))
            while left > 0:
                head = _exactly(stream, 4)
                body = _exactly(stream, int.from_bytes(head, "big") + tag)
                near.sendall(head + body)
                left -= 1
                if not tag and body[1] == NEWKEYS:
                    tag = TAG
            self._end()
        return True

    def _wait(self) -> None:
        if self._delay:
            time.sleep(self._delay)


def _line(stream: socket.SocketIO) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        line += _exactly(stream, 1)
    return line


def _exactly(stream: socket.SocketIO, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            raise OSError("the server ended")
        data += more
    return data


def _reset(end: socket.socket) -> None:
    """Close with RST instead of FIN; wakes the other thread that reads from it."""
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        end.shutdown(socket.SHUT_RD)
    end.close()
