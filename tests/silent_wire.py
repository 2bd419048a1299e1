"""A TCP relay that falls silent after a number of messages of the server: a phase of SSH."""

from __future__ import annotations

import contextlib
import socket
import threading

HOST = "127.0.0.1"
NOTHING, GREETING = -1, 0
NEWKEYS = 21
TAG = 16  # bytes that AES-GCM, which our back ends ask for first, adds to a message


class SilentWire:
    """Lets the server's greeting and ``messages`` SSH messages of it through, then nothing.

    None: all of them. Lengths of messages are readable under AES-GCM, contents are not; the
    relay stays open and says nothing, as a firewall that has forgotten the connection. ``passed``
    counts what was let through (``NOTHING``: not even the greeting).
    """

    def __init__(self, target: int, messages: int | None = None) -> None:
        self.passed = NOTHING
        self._target = target
        self._most = messages
        self._silent = threading.Event()
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []

    def __enter__(self) -> SilentWire:
        threading.Thread(target=self._relay, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for end in (self._listener, *self._ends):
            with contextlib.suppress(OSError):  # it may be gone
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def silence(self) -> None:
        """Fall silent now."""
        self._silent.set()

    def _relay(self) -> None:
        try:
            near, _ = self._listener.accept()
            far = socket.create_connection((HOST, self._target))
            self._ends += [near, far]
            threading.Thread(target=self._to_server, args=(near, far), daemon=True).start()
            self._to_client(far, near)
        except OSError:  # either side is gone
            return

    def _to_server(self, near: socket.socket, far: socket.socket) -> None:
        try:
            while data := near.recv(1 << 16):
                if not self._silent.is_set():
                    far.sendall(data)
            if not self._silent.is_set():
                far.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def _to_client(self, far: socket.socket, near: socket.socket) -> None:
        with far.makefile("rb") as stream:
            if self._falls_silent():
                return
            near.sendall(stream.readline())
            self.passed = GREETING
            tag = 0
            while not self._falls_silent():
                head = stream.read(4)
                body = stream.read(int.from_bytes(head, "big") + tag)
                if not body or self._silent.is_set():
                    return
                near.sendall(head + body)
                self.passed += 1
                if not tag and body[1] == NEWKEYS:
                    tag = TAG

    def _falls_silent(self) -> bool:
        if self.passed == self._most:
            self._silent.set()
        return self._silent.is_set()
