"""An SSH connection to an endpoint, by the library that its partner's declaration names.

Which library speaks makes no difference to what is above: the same pinned host keys, checked
before the login, the same errors, the same watchdog over every wait.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from exchange.errors import Unreachable
from exchange.remote.channel import Channel
from exchange.remote.endpoint import Endpoint
from exchange.remote.paramiko_session import open_paramiko
from exchange.remote.watchdog import Watchdog
from interfaces.policies import Client

Address = tuple[socket.AddressFamily, Any]  # family, and what its sockets connect to


def connect(endpoint: Endpoint, seconds: float) -> socket.socket:
    """A TCP connection; Unreachable when there is none within ``seconds``.

    Of several addresses each gets its share of the time that is left.
    """
    deadline = monotonic() + seconds
    addresses = _resolve(endpoint, seconds)
    failure = f"no answer for {seconds:g} s"
    for number, (family, address) in enumerate(addresses):
        share = (deadline - monotonic()) / (len(addresses) - number)
        if share <= 0:
            break
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(share)
        try:
            connection.connect(address)
        except OSError as error:
            connection.close()
            if not isinstance(error, TimeoutError):
                failure = error.strerror or "no connection"
        else:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
    raise _unreachable(endpoint, failure)


def open_channel(endpoint: Endpoint, connection: socket.socket, watchdog: Watchdog) -> Channel:
    """A logged-in channel with the SFTP subsystem started.

    The caller arms ``watchdog``, whose end shuts ``connection`` down, and closes the channel.
    Raises HostKeyRefused, LoginRefused or Unreachable; the connection is then closed.
    """
    if endpoint.client is Client.ASYNCSSH:
        # Here, for it takes a sixth of a second to load and few partners need it.
        from exchange.remote.asyncssh_session import open_asyncssh

        return open_asyncssh(endpoint, connection, watchdog)
    return open_paramiko(endpoint, connection, watchdog)


@dataclass(slots=True)
class _Lookup:
    """What the thread that asks for the addresses leaves behind."""

    addresses: list[Address] = field(default_factory=list)
    failure: str | None = None


def _resolve(endpoint: Endpoint, seconds: float) -> list[Address]:
    """Addresses of the host. Asking for them knows no deadline, so a thread asks."""
    lookup = _Lookup()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            lookup.failure = getattr(error, "strerror", None) or "not a host name"
        else:
            lookup.addresses = [(family, address) for family, *_, address in found]

    thread = threading.Thread(target=ask, name="sftp-address", daemon=True)
    thread.start()
    thread.join(seconds)
    if lookup.addresses:
        return lookup.addresses
    raise _unreachable(endpoint, lookup.failure or f"its address was not found in {seconds:g} s")


def _unreachable(endpoint: Endpoint, reason: str) -> Unreachable:
    return Unreachable(
        f"{endpoint}: {reason}; check address and network, then run again: nothing was sent"
    )
