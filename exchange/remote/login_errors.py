"""What an operator reads when a login does not succeed, whichever library tried it."""

from __future__ import annotations

from collections.abc import Iterable

import paramiko

from exchange.errors import HostKeyRefused, LoginRefused, Unreachable
from exchange.remote.endpoint import Endpoint
from exchange.remote.host_keys import fingerprint
from exchange.remote.watchdog import Watchdog

LOST = "the connection was lost while logging in"
NOTHING_SHARED = "server and we share no cipher, key exchange or host key type"


def host_key_refused(
    endpoint: Endpoint, key_type: str, key: bytes, pinned: Iterable[paramiko.PKey]
) -> HostKeyRefused:
    """The server shows another key than those pinned."""
    pins = ", ".join(fingerprint(one.get_name(), one.asbytes()) for one in pinned)
    return HostKeyRefused(
        f"{endpoint}: the server shows host key {fingerprint(key_type, key)}, pinned is {pins}; "
        "nothing was sent; confirm the new key with the partner by another way, then pin it in "
        "the known_hosts"
    )


def login_refused(endpoint: Endpoint, hint: str = "") -> LoginRefused:
    """The server does not admit the user; ``hint`` is a further reason that is possible."""
    credential = "password" if endpoint.private_key is None else "key"
    return LoginRefused(
        f"{endpoint}: the server refuses user {endpoint.user!r} with this {credential}; correct "
        f"the credential of the connection or ask the partner to admit it{hint}"
    )


def not_logged_in(endpoint: Endpoint, reason: str, watchdog: Watchdog) -> Unreachable:
    """The connection ended before the session began: by the watchdog, or for ``reason``."""
    if watchdog.expired is not None:
        reason = f"{watchdog.expired} while logging in"
    return Unreachable(f"{endpoint}: {reason}; ask the partner, then run again: nothing was sent")
