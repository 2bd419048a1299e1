"""An SSH connection to an endpoint: the host key checked first, then the login."""

from __future__ import annotations

import logging
import socket

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from exchange.errors import HostKeyRefused, LoginRefused, Unreachable
from exchange.remote.endpoint import Endpoint
from exchange.remote.host_keys import fingerprints, is_pinned
from exchange.remote.watchdog import Watchdog

RECEIVE_WINDOW = 128 << 20  # measured: with it a download no longer waits for the window
CIPHERS = (
    "aes128-gcm@openssh.com",  # measured twice as fast as the library's own first choice
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
NEVER = 24 * 60 * 60.0  # the library's own clocks; the watchdog is the one that rings

LOG_CHANNEL = "exchange.ssh"
# The library logs every lost connection as an error with a traceback; we raise it in one line.
logging.getLogger(LOG_CHANNEL).setLevel(logging.CRITICAL)


def connect(endpoint: Endpoint, seconds: float) -> socket.socket:
    """A TCP connection; Unreachable when there is none within ``seconds``."""
    try:
        return socket.create_connection((endpoint.host, endpoint.port), timeout=seconds)
    except TimeoutError:
        reason = f"no answer for {seconds:g} s"
    except OSError as error:
        reason = error.strerror or "no connection"
    raise Unreachable(
        f"{endpoint}: {reason}; check address and network, then run again: nothing was sent"
    )


def open_channel(
    endpoint: Endpoint, connection: socket.socket, watchdog: Watchdog
) -> paramiko.Channel:
    """An authenticated channel with the SFTP subsystem started.

    The caller arms ``watchdog`` and closes the channel's transport. Raises HostKeyRefused,
    LoginRefused or Unreachable; on any of them the transport is closed.
    """
    pinned, key = endpoint.pinned(), endpoint.login_key()
    transport = paramiko.Transport(connection, default_window_size=RECEIVE_WINDOW)
    try:
        _prepare(transport, pinned)
        transport.start_client(timeout=NEVER)
        _check_host_key(endpoint, transport.get_remote_server_key(), pinned)
        _log_in(endpoint, transport, key)
        channel = transport.open_session(timeout=NEVER)
        channel.invoke_subsystem("sftp")
    except (EOFError, OSError, paramiko.SSHException) as error:
        transport.close()
        raise _failed(endpoint, error, watchdog) from error
    except BaseException:
        transport.close()
        raise
    return channel


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


def _check_host_key(
    endpoint: Endpoint, shown: paramiko.PKey, pinned: tuple[paramiko.PKey, ...]
) -> None:
    if not is_pinned(shown, pinned):
        raise HostKeyRefused(
            f"{endpoint}: the server shows host key {fingerprints([shown])}, pinned is "
            f"{fingerprints(pinned)}; nothing was sent; confirm the new key with the partner "
            "by another way, then pin it in the known_hosts"
        )


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
        raise LoginRefused(
            f"{endpoint}: the server refuses user {endpoint.user!r} with this "
            f"{'key' if key is not None else 'password'}; correct the credential of the "
            "connection or ask the partner to admit it"
        )


def _failed(endpoint: Endpoint, error: Exception, watchdog: Watchdog) -> Unreachable:
    if watchdog.expired is not None:
        reason = f"{watchdog.expired} while logging in"
    elif isinstance(error, IncompatiblePeer):
        reason = "server and we share no cipher, key exchange or host key type"
    else:
        reason = "the connection was lost while logging in"
    return Unreachable(f"{endpoint}: {reason}; ask the partner, then run again: nothing was sent")
