"""An SFTP server that admits a password: OpenSSH would want one of this machine's users."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

from exchange.remote.endpoint import Endpoint

HOST = "127.0.0.1"
USER = "agency"


class _Login(asyncssh.SSHServer):
    """Admits one password, asked for in one way."""

    def __init__(
        self, password: str, asked: str, open_connections: list[asyncssh.SSHServerConnection]
    ) -> None:
        self._password = password
        self._asked = asked
        self._open = open_connections

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._open.append(conn)

    def password_auth_supported(self) -> bool:
        return self._asked == "password"

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, self._password)

    def kbdint_auth_supported(self) -> bool:
        return self._asked == "keyboard-interactive"

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> asyncssh.KbdIntChallenge:
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: list[str]) -> bool:
        return responses == [self._password]


@contextmanager
def password_server(root: Path, password: str, asked: str) -> Iterator[Endpoint]:
    """A server in a thread; its endpoint has the user and still another password."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    connections: list[asyncssh.SSHServerConnection] = []

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            HOST,
            0,
            server_factory=lambda: _Login(password, asked, connections),
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=bytes(root)),
        )

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        port = acceptor.get_port()
        pin = f"[{HOST}]:{port} {key.export_public_key().decode()}"
        yield Endpoint(HOST, port, USER, pin, password="not this")
    finally:
        asyncio.run_coroutine_threadsafe(_close(acceptor, connections), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(
    acceptor: asyncssh.SSHAcceptor, connections: list[asyncssh.SSHServerConnection]
) -> None:
    acceptor.close()
    await acceptor.wait_closed()
    for connection in connections:
        connection.abort()
        await connection.wait_closed()
