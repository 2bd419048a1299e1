"""The first SSH back end: paramiko."""

from __future__ import annotations

import logging
import socket
from typing import Any, cast

import paramiko
from paramiko.buffered_pipe import BufferedPipe
from paramiko.ssh_exception import IncompatiblePeer

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

RECEIVE_WINDOW = MOST_BYTES  # above what is asked for at once: no answer waits for it
LARGEST_PACKET = 256 << 10  # OpenSSH sends as much where it has it: fewer packets to open
SOCKET_BYTES = 512 << 10
PIECE = 32704  # what a channel of 32 KiB packets takes without a second one
CIPHERS = (
    "aes128-gcm@openssh.com",  # measured twice as fast as the library's own first choice
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
NEVER = 24 * 60 * 60.0  # the library's own clocks; the watchdog is the one that rings
OTHER_CLIENT = (
    '; for a server that knows only ssh-rsa (SHA-1) declare client = "asyncssh" for the partner'
)

LOG_CHANNEL = "exchange.ssh"
# The library logs every lost connection as an error with a traceback; we raise it in one line.
logging.getLogger(LOG_CHANNEL).setLevel(logging.CRITICAL)


class ParamikoChannel:
    """See :class:`exchange.remote.channel.Channel`."""

    def __init__(self, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        self._transport = transport
        self._channel = channel

    def send(self, data: bytes | memoryview) -> None:
        """Send all of it."""
        at = 0
        try:
            while at < len(data):
                sent = self._channel.send(bytes(data[at : at + PIECE]))
                if not sent:
                    raise ConnectionResetError("the server closed the session")
                at += sent
        except (EOFError, paramiko.SSHException) as error:
            raise ConnectionResetError("the connection was lost") from error

    def receive(self) -> bytes:
        """The next bytes."""
        try:
            return self._channel.recv(RECEIVE_WINDOW)
        except (EOFError, paramiko.SSHException) as error:
            raise ConnectionResetError("the connection was lost") from error

    def close(self) -> None:
        """End the connection and the library's thread."""
        self._transport.close()


def open_paramiko(
    endpoint: Endpoint, connection: socket.socket, watchdog: Watchdog
) -> ParamikoChannel:
    """See :func:`exchange.remote.ssh_session.open_channel`."""
    pinned, key = endpoint.pinned(), endpoint.login_key()
    transport = paramiko.Transport(cast(socket.socket, _Socket(connection)))
    try:
        _prepare(transport, pinned)
        transport.start_client(timeout=NEVER)
        shown = transport.get_remote_server_key()
        if not is_pinned(shown.get_name(), shown.asbytes(), pinned):
            raise host_key_refused(endpoint, shown.get_name(), shown.asbytes(), pinned)
        _log_in(endpoint, transport, key)
        channel = transport.open_channel(
            "session",
            window_size=RECEIVE_WINDOW,
            max_packet_size=LARGEST_PACKET,
            timeout=NEVER,
        )
        channel.in_buffer = _Buffer()
        channel.invoke_subsystem("sftp")
    except IncompatiblePeer as error:
        transport.close()
        raise not_logged_in(endpoint, NOTHING_SHARED + OTHER_CLIENT, watchdog) from error
    except (EOFError, OSError, paramiko.SSHException) as error:
        transport.close()
        raise not_logged_in(endpoint, LOST, watchdog) from error
    except BaseException:
        transport.close()
        raise
    return ParamikoChannel(transport, channel)


def _prepare(transport: paramiko.Transport, pinned: tuple[paramiko.PKey, ...]) -> None:
    transport.set_log_channel(LOG_CHANNEL)
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = NEVER
    options = transport.get_security_options()
    options.ciphers = CIPHERS
    # A server has a key of each type and shows the type asked for first: ask for a pinned one.
    # The other types stay on offer, so that a changed key is seen and named, not "no match".
    types = {key.get_name() for key in pinned}
    options.key_types = sorted(
        options.key_types, key=lambda offered: _key_type(offered) not in types
    )


def _key_type(algorithm: str) -> str:
    return "ssh-rsa" if algorithm.startswith("rsa-sha2-") else algorithm


def _log_in(endpoint: Endpoint, transport: paramiko.Transport, key: paramiko.PKey | None) -> None:
    try:
        if key is not None:
            left = transport.auth_publickey(endpoint.user, key)
        else:
            left = transport.auth_password(endpoint.user, endpoint.password or "")
    except paramiko.AuthenticationException:
        # The library also says so of a connection that broke off meanwhile.
        if not transport.is_active():
            raise
        left = ["another way"]
    if left:
        is_rsa = key is not None and key.get_name() == "ssh-rsa"
        raise login_refused(endpoint, OTHER_CLIENT if is_rsa else "")


class _Buffer(BufferedPipe):  # type: ignore[type-arg]
    """In place of the channel's own buffer, of the same use.

    The library's is one array from whose beginning pieces are cut, and all the rest is moved each
    time: with 16 MB under way a download took twice as long.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pieces = ReceivedPieces()

    def feed(self, data: bytes) -> None:
        """Add what was received; an error here ends the connection."""
        self._pieces.put(data)

    def read(self, nbytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """The next piece, whatever its size; waits for ever, the watchdog ends it."""
        return self._pieces.take()

    def read_ready(self) -> bool:
        """Whether :meth:`read` would return at once."""
        return self._pieces.is_waiting

    def close(self) -> None:
        """Nothing more will come."""
        super().close()
        self._pieces.end()


class _Socket:
    """A socket that is read in large portions; the library asks for 16 bytes, then for a packet.

    Only the library's thread reads from it.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._portion = memoryview(bytearray(SOCKET_BYTES))
        self._at = self._end = 0

    def recv(self, count: int) -> bytes:
        """At most ``count`` bytes, none at the end."""
        if self._at == self._end:
            self._at, self._end = 0, self._connection.recv_into(self._portion)
        end = min(self._at + count, self._end)
        piece = bytes(self._portion[self._at : end])
        self._at = end
        return piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
