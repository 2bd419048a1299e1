"""A mail server that breaks off, answers what it is told to, or keeps silent, at a chosen step."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.openssh import HOST

STEPS = ("banner", "ehlo", "mail", "rcpt", "data", "content", "end", "after")
"""Where a session can break: ``content`` in the middle of the mail, ``end`` when the final dot has
come and before the answer, ``after`` when the mail is answered."""


@dataclass
class BreakingServer:
    """``breaks`` is the step at which sessions break off, the first ``times`` of them; then all
    goes well. ``answers`` replaces the answer of a step. ``taken``: mails whose dot came."""

    port: int
    breaks: str | None = None
    times: int = 1
    answers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    at_step: Callable[[str], object] = lambda _step: None
    taken: list[bytes] = field(default_factory=list)
    sessions: int = 0
    steps: list[str] = field(default_factory=list)


class _BrokeOff(Exception):
    """The session ends here."""


@contextmanager
def breaking_server(breaks: str | None = None, **settings: object) -> Iterator[BreakingServer]:
    """The server on loopback, a thread for each session."""
    with socket.create_server((HOST, 0)) as listening:
        server = BreakingServer(listening.getsockname()[1], breaks, **settings)  # type: ignore[arg-type]
        threading.Thread(target=_accept, args=(listening, server), daemon=True).start()
        yield server


def _accept(listening: socket.socket, server: BreakingServer) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:  # the test is over
            return
        server.sessions += 1
        threading.Thread(target=_session, args=(connection, server), daemon=True).start()


def _session(connection: socket.socket, server: BreakingServer) -> None:
    with connection, connection.makefile("rb") as lines:
        try:
            _talk(connection, lines, server)
        except (_BrokeOff, OSError):
            return


def _talk(connection: socket.socket, lines: object, server: BreakingServer) -> None:
    read: Callable[[], bytes] = lines.readline  # type: ignore[attr-defined]

    def say(step: str, usual: str) -> None:
        server.steps.append(step)
        server.at_step(step)
        if server.breaks == step and server.times > 0:
            server.times -= 1
            if server.silent:
                read()  # until the client loses patience
            raise _BrokeOff(step)
        connection.sendall(f"{server.answers.get(step, usual)}\r\n".encode())

    say("banner", "220 ready")
    while line := read():
        verb = line[:4].upper()
        if verb == b"EHLO":
            say("ehlo", "250 hello")
        elif verb == b"MAIL":
            say("mail", "250 fine")
        elif verb == b"RCPT":
            say("rcpt", "250 fine")
        elif verb == b"DATA":
            say("data", "354 go ahead")
            if server.answers.get("data", "354")[:3] == "354":
                _content(read, server, say)
        elif verb == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return
        else:
            connection.sendall(b"250 fine\r\n")


def _content(
    read: Callable[[], bytes], server: BreakingServer, say: Callable[[str, str], None]
) -> None:
    content = [read()]
    if server.breaks == "content" and server.times > 0:
        server.times -= 1
        raise _BrokeOff("content")
    while (line := read()) not in (b".\r\n", b""):
        content.append(line)
    if line:
        server.taken.append(b"".join(content))
        say("end", "250 taken")
