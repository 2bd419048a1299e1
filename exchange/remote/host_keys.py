"""Pinned host keys: which server keys are accepted for one host and port.

Several keys may be pinned for a host at once, also of one type, so that a partner can
rotate its key with overlap. Host names may be hashed. Wildcards, certificate authorities
and revocation markers are refused rather than half understood.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

import paramiko
from paramiko.hostkeys import HostKeyEntry, HostKeys, InvalidHostKey

from exchange.errors import EndpointError

SSH_PORT = 22


def pinned_keys(known_hosts: str, host: str, port: int) -> tuple[paramiko.PKey, ...]:
    """Keys of ``known_hosts`` text (OpenSSH format) that stand for ``host`` and ``port``.

    EndpointError when a line cannot be used or when no line names the host.
    """
    wanted = host.lower() if port == SSH_PORT else f"[{host.lower()}]:{port}"
    keys = [
        entry.key
        for number, line in enumerate(known_hosts.splitlines(), start=1)
        if (entry := _entry(line, number)) is not None and _names(entry.hostnames, wanted)
    ]
    if not keys:
        raise EndpointError(
            f"{host}:{port}: no host key is pinned; add a line '{wanted} <type> <key>' that "
            "the partner has confirmed to the known_hosts"
        )
    return tuple(keys)


def known_hosts_line(host: str, port: int, key: str) -> str:
    """A known_hosts line for a key written as ``type base64`` or as bare base64 of an RSA key."""
    name = host if port == SSH_PORT else f"[{host}]:{port}"
    typed = key.strip() if " " in key.strip() else f"ssh-rsa {key.strip()}"
    return f"{name} {typed}"


def is_pinned(key_type: str, key: bytes, pinned: Iterable[paramiko.PKey]) -> bool:
    """Whether a server's key is one of the pinned ones: same type, same bytes."""
    return any(
        key_type == one.get_name() and hmac.compare_digest(key, one.asbytes()) for one in pinned
    )


def fingerprint(key_type: str, key: bytes) -> str:
    """Type and SHA-256 fingerprint of a key, as ``ssh-keygen -l`` shows them."""
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
    return f"{key_type} SHA256:{digest}"


def _entry(line: str, number: int) -> HostKeyEntry | None:
    text = " ".join(line.split())
    if not text or text.startswith("#"):
        return None
    if text.startswith("@") or any(mark in text.split(" ")[0] for mark in "*?!"):
        raise EndpointError(
            f"known_hosts line {number}: markers and wildcards are not used; write the host "
            "and its key"
        )
    try:
        entry = HostKeyEntry.from_line(text, number)
    except (InvalidHostKey, paramiko.SSHException, ValueError):
        entry = None
    if entry is None or entry.key is None:
        raise EndpointError(
            f"known_hosts line {number}: no usable key; write 'host type base64' with an "
            "Ed25519, ECDSA or RSA key"
        )
    return entry


def _names(hostnames: Iterable[str], wanted: str) -> bool:
    return any(
        hmac.compare_digest(name, HostKeys.hash_host(wanted, name))
        if name.startswith("|1|")
        else name.lower() == wanted
        for name in hostnames
    )
