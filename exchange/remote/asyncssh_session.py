"""The second SSH back end: asyncssh, for servers that know ssh-rsa (SHA-1) only.

Its event loop runs in one thread of each connection. Nothing is taken from the user's own SSH
files, from an agent or from default keys: all that counts is in the endpoint.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import asyncssh
import paramiko

from exchange.errors import EndpointError
from exchange.remote.endpoint import Endpoint
from exchange.remote.host_keys import is_pinned
from exchange.remote.login_errors import (
    LOST,
    NOTHING_SHARED,
    host_key_refused,
    login_refused,
    not_logged_in,
)
from exchange.remote.received_pieces import MOST_BYTES, ReceivedPieces
from exchange.remote.watchdog import Watchdog

KEY_ALGORITHMS = {  # key type → signature algorithms, the best first
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"),
}
RSA_SIGNATURES = ("rsa-sha2-512", "ssh-rsa")
CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
LARGEST_PACKET = 256 << 10
MOST_UNSENT = 512 << 10
CLOSING_SECONDS = 5.0
LOOK_SECONDS = 1.0  # how often a wait looks whether the watchdog has ended it

logging.getLogger("asyncssh").setLevel(logging.WARNING)  # it tells of every connection
# Of a lost connection it tells once for each packet; the operator is told once, by us.
logging.getLogger("asyncio").addFilter(
    lambda record: record.getMessage() != "socket.send() raised exception."
)

T = TypeVar("T")


class AsyncsshChannel:
    """See :class:`exchange.remote.channel.Channel`."""

    def __init__(self, loop: _LoopThread, watchdog: Watchdog) -> None:
        self._loop = loop
        self._watchdog = watchdog
        self._session = _Session()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None

    async def open(self, endpoint: Endpoint, options: dict[str, Any]) -> None:
        """Log in and start the subsystem, in the loop's thread."""
        self._connection = await asyncssh.connect(endpoint.host, endpoint.port, **options)
        self._channel, _ = await self._connection.create_session(
            lambda: self._session,
            subsystem="sftp",
            encoding=None,
            window=MOST_BYTES,
            max_pktsize=LARGEST_PACKET,
        )

    def send(self, data: bytes | memoryview) -> None:
        """Send all of it; returns when little of it, and of what was sent before, is left."""
        self._session.wait_for_room(self._watchdog)
        self._session.add_unsent(len(data))
        self._loop.call(self._write, data)

    def receive(self) -> bytes:
        """The next bytes."""
        return self._session.pieces.take()

    def close(self) -> None:
        """End the connection and the thread of its loop."""
        if self._connection is not None:
            self._loop.call(self._connection.abort)
        self._loop.close()

    def _write(self, data: bytes) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write(data)
        self._session.add_unsent(-len(data))


def open_asyncssh(
    endpoint: Endpoint, connection: socket.socket, watchdog: Watchdog
) -> AsyncsshChannel:
    """See :func:`exchange.remote.ssh_session.open_channel`."""
    pinned = endpoint.pinned()
    gate = _Gate(pinned)
    options = _options(endpoint, pinned) | {"sock": connection, "client_factory": lambda: gate}
    connection.setblocking(False)
    loop = _LoopThread()
    channel = AsyncsshChannel(loop, watchdog)
    try:
        loop.run(channel.open(endpoint, options), watchdog)
    except BaseException as error:
        channel.close()
        connection.close()
        told = _told(endpoint, error, gate, watchdog)
        if told is None:
            raise
        raise told from error
    return channel


def _options(endpoint: Endpoint, pinned: tuple[paramiko.PKey, ...]) -> dict[str, Any]:
    types = {key.get_name() for key in pinned}
    # The pinned types first, for a server shows what is asked for first; the others stay on
    # offer, so that a changed key is seen and named.
    offered = sorted(KEY_ALGORITHMS, key=lambda one: one not in types)
    algorithms = [name for one in offered for name in KEY_ALGORITHMS[one]]
    key = endpoint.login_key_text()
    return {
        "username": endpoint.user,
        "password": endpoint.password,
        "client_keys": None if key is None else _offers(key),
        "preferred_auth": "password,keyboard-interactive" if key is None else "publickey",
        "known_hosts": ([], [], []),  # none by itself: the gate decides
        "server_host_key_algs": algorithms,
        "signature_algs": algorithms,
        "encryption_algs": CIPHERS,
        "config": None,
        "agent_path": None,
        "pkcs11_provider": None,
        "x509_trusted_certs": None,
        "x509_trusted_cert_paths": (),
        "gss_host": None,
        "proxy_command": None,
        "login_timeout": 0,  # the watchdog is the one that rings
    }


def _offers(key: bytes) -> list[asyncssh.SSHKeyPair]:
    """The user's key once for each signature to try. An RSA key also signs as ssh-rsa, last.

    What a server says that it accepts is not relied upon: OpenSSH names more than its settings
    admit, and old servers say nothing.
    """
    opened = asyncssh.import_private_key(key)
    tried = RSA_SIGNATURES if opened.get_algorithm() == "ssh-rsa" else (opened.get_algorithm(),)
    offers = []
    for name in tried:
        (pair,) = asyncssh.load_keypairs([opened])
        pair.sig_algorithms = [name.encode()]
        pair.set_sig_algorithm(name.encode())
        offers.append(pair)
    return offers


class _Gate(asyncssh.SSHClient):
    """Lets only a pinned host key through; ``refused`` is the one that was not."""

    def __init__(self, pinned: tuple[paramiko.PKey, ...]) -> None:
        self._pinned = pinned
        self.refused: tuple[str, bytes] | None = None

    def validate_host_public_key(
        self,
        host: str,  # noqa: ARG002
        addr: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        key: asyncssh.SSHKey,
    ) -> bool:
        """Whether the server's key is pinned: asked before the user's name is sent."""
        shown = key.get_algorithm(), key.public_data
        if is_pinned(*shown, self._pinned):
            return True
        self.refused = shown
        return False

    def told(self, endpoint: Endpoint) -> Exception | None:
        """The error for the operator, where a key was refused."""
        return host_key_refused(endpoint, *self.refused, self._pinned) if self.refused else None


def _told(
    endpoint: Endpoint, error: BaseException, gate: _Gate, watchdog: Watchdog
) -> Exception | None:
    """What an operator reads of ``error``; None where it is not the connection's."""
    if gate.refused is not None:
        return gate.told(endpoint)
    if isinstance(error, asyncssh.PermissionDenied):
        return login_refused(endpoint)
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return not_logged_in(endpoint, NOTHING_SHARED, watchdog)
    if isinstance(error, asyncssh.Error | OSError):
        return not_logged_in(endpoint, LOST, watchdog)
    if isinstance(error, ValueError):  # the library's own check of the options
        return EndpointError(f"{endpoint}: {' '.join(str(error).split())}; correct the connection")
    return None


class _Session(asyncssh.SSHClientSession[bytes]):
    """The channel's events, in the loop's thread, for the thread that sends and receives."""

    def __init__(self) -> None:
        self.pieces = ReceivedPieces()
        self._abort: Callable[[], None] = lambda: None
        self._changed = threading.Condition()
        self._unsent = 0
        self._is_full = False
        self._is_lost = False

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """The channel is open."""
        self._abort = chan.get_connection().abort

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Bytes of the server; what it writes as errors is not the protocol's."""
        if datatype is None:
            try:
                self.pieces.put(data)
            except ConnectionAbortedError:
                self._abort()

    def eof_received(self) -> bool:
        """The server has nothing more to say."""
        self.pieces.end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The channel is gone."""
        self.pieces.end()
        self._set(is_lost=True)

    def pause_writing(self) -> None:
        """The server takes no more for now."""
        self._set(is_full=True)

    def resume_writing(self) -> None:
        """It does again."""
        self._set(is_full=False)

    def add_unsent(self, count: int) -> None:
        """Bytes handed over to the loop and not yet taken by the library; negative: taken."""
        with self._changed:
            self._unsent += count
            self._changed.notify()

    def wait_for_room(self, watchdog: Watchdog) -> None:
        """Wait until more may be sent; ConnectionResetError when that will not come."""
        with self._changed:
            while self._is_full or self._unsent > MOST_UNSENT:
                if self._is_lost or watchdog.expired is not None:
                    break
                self._changed.wait(LOOK_SECONDS)
            if self._is_lost or watchdog.expired is not None:
                raise ConnectionResetError("the connection was lost")

    def _set(self, *, is_full: bool | None = None, is_lost: bool = False) -> None:
        with self._changed:
            self._is_full = self._is_full if is_full is None else is_full
            self._is_lost = self._is_lost or is_lost
            self._changed.notify()


class _LoopThread:
    """An event loop in a thread of its own, until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=self._run, name="sftp-asyncssh", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], watchdog: Watchdog) -> T:
        """Wait for ``work``, done in the loop; ConnectionResetError if the watchdog ends it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        while not future.done():
            try:
                return future.result(LOOK_SECONDS)
            except TimeoutError:
                if watchdog.expired is not None and not future.done():
                    future.cancel()
                    raise ConnectionResetError("the connection was lost") from None
        return future.result()

    def call(self, what: Any, *given: Any) -> None:
        """Have ``what`` called in the loop; nothing once it is closed."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *given)

    def close(self) -> None:
        """Let the loop finish what is due, end it and its thread."""
        self.call(lambda: self._loop.call_later(0, self._loop.stop))
        self._thread.join(CLOSING_SECONDS)

    def _run(self) -> None:
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_cancel_others())
        finally:
            self._loop.close()


async def _cancel_others() -> None:
    """What the library left under way in this loop ends before the loop does."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
