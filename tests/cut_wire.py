"""A TCP connection on loopback that can be cut or frozen after a number of bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

HOST = "127.0.0.1"


class Wire:
    """A TCP relay to ``target`` that fails on command, once, on the way to the server.

    ``reset_after`` resets both sides once that many bytes have passed towards the server;
    ``freeze_after`` from then on swallows everything in both directions and stays open.
    """

    def __init__(
        self, target: int, *, reset_after: int | None = None, freeze_after: int | None = None
    ) -> None:
        self.passed = 0
        self._target = target
        self._reset_after = reset_after
        self._freeze_after = freeze_after
        self._frozen = threading.Event()
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []

    def __enter__(self) -> Wire:
        _in_background(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for end in self._open:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:  # closed: the test is over
                return
            far = socket.create_connection((HOST, self._target))
            self._open += [near, far]
            _in_background(self._relay, near, far, True)
            _in_background(self._relay, far, near, False)

    def _relay(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        try:
            while data := source.recv(1 << 14):
                if counted:
                    self.passed += len(data)
                    if self._reset_after is not None and self.passed > self._reset_after:
                        _reset(source)
                        _reset(target)
                        return
                    if self._freeze_after is not None and self.passed > self._freeze_after:
                        self._frozen.set()
                if not self._frozen.is_set():
                    target.sendall(data)
                elif counted:
                    return  # no longer read: the sender's buffers fill up, as in a black hole
            target.shutdown(socket.SHUT_WR)
        except OSError:  # either side is gone, which is what this wire is for
            return


def _reset(end: socket.socket) -> None:
    """Close with RST instead of FIN; wakes the other thread that reads from it."""
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    end.shutdown(socket.SHUT_RD)
    end.close()


def _in_background(work: Callable[..., None], *given: object) -> None:
    threading.Thread(target=work, args=given, daemon=True).start()
