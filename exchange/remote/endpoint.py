"""Where a partner's SFTP server is and how we log in: from the environment or Airflow.

Credentials come from the environment (command line) or an Airflow Connection, never from a
declaration. An endpoint shows neither password nor key when printed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from exchange.errors import EndpointError
from exchange.remote.host_keys import SSH_PORT, known_hosts_line, pinned_keys
from interfaces.policies import Client

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
KEY_CLASSES: tuple[tuple[type[PrivateKey], type[paramiko.PKey]], ...] = (
    (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key),
    (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey),
    (rsa.RSAPrivateKey, paramiko.RSAKey),
)


class ConnectionLike(Protocol):
    """What is read of an Airflow Connection."""

    host: str | None
    port: int | None
    login: str | None
    password: str | None

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """The extra field as a dictionary."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, a user, one credential and the pinned host keys (known_hosts text).

    Exactly one of ``private_key`` (PEM or OpenSSH text) and ``password`` is set;
    ``passphrase`` opens the private key. ``client`` is the library that speaks with the server.
    """

    host: str
    port: int
    user: str
    known_hosts: str = field(repr=False)
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    client: Client = Client.PARAMIKO

    def __post_init__(self) -> None:
        if not self.host or not self.user:
            raise EndpointError(f"{self}: host and user are both needed, as sftp://user@host:port")
        if (self.private_key is None) == (self.password is None):
            raise EndpointError(f"{self}: give either a private key or a password, and one only")

    def __str__(self) -> str:
        return f"sftp://{self.user}@{self.host}:{self.port}"

    def pinned(self) -> tuple[paramiko.PKey, ...]:
        """Accepted keys of this server; EndpointError when none is pinned."""
        return pinned_keys(self.known_hosts, self.host, self.port)

    def login_key(self) -> paramiko.PKey | None:
        """The private key opened, None with a password; EndpointError when it cannot be."""
        text = self.login_key_text()
        if text is None:
            return None
        opened = load_ssh_private_key(text, None)
        kind = next(made for base, made in KEY_CLASSES if isinstance(opened, base))
        return kind.from_private_key(io.StringIO(text.decode()))

    def login_key_text(self) -> bytes | None:
        """The same key in OpenSSH form and without passphrase."""
        if self.private_key is None:
            return None
        secret = self.passphrase.encode() if self.passphrase else None
        data = self.private_key.encode()
        try:
            try:
                opened: object = load_ssh_private_key(data, secret)
            except ValueError:
                opened = load_pem_private_key(data, secret)
            if isinstance(opened, PrivateKey):
                return opened.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        except (ValueError, TypeError, UnsupportedAlgorithm):
            pass
        raise EndpointError(
            f"{self}: the private key cannot be opened; it must be Ed25519, ECDSA or RSA in "
            "OpenSSH or PEM form, with its passphrase if it has one"
        )


def endpoint_from_uri(
    uri: str,
    *,
    known_hosts: Path,
    key_file: Path | None = None,
    passphrase: str | None = None,
    password: str | None = None,
    client: Client = Client.PARAMIKO,
) -> Endpoint:
    """Endpoint of ``sftp://user@host:port`` with the login and host keys of the given files.

    A password inside the URI is refused: it would end in logs and process lists.
    """
    try:
        parts = urlsplit(uri)
        port = parts.port or SSH_PORT
    except ValueError:
        raise EndpointError(_bad_uri()) from None
    if parts.password is not None:
        raise EndpointError("a password stands in the sftp:// address; give it separately")
    if parts.scheme != "sftp" or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise EndpointError(_bad_uri())
    return Endpoint(
        host=parts.hostname or "",
        port=port,
        user=unquote(parts.username or ""),
        known_hosts=_text_of(known_hosts, "known_hosts"),
        private_key=_text_of(key_file, "private key") if key_file else None,
        passphrase=passphrase,
        password=password,
        client=client,
    )


def endpoint_from_environment(
    connection: str, environment: Mapping[str, str], client: Client = Client.PARAMIKO
) -> Endpoint:
    """Endpoint named ``connection`` from PRAKAN_SFTP_<CONNECTION>_* variables.

    ``_URL`` and ``_KNOWN_HOSTS`` (a file) are needed, and ``_KEY_FILE`` (with
    ``_KEY_PASSPHRASE``) or ``_PASSWORD``. EndpointError names the variable that is missing.
    """
    prefix = "PRAKAN_SFTP_" + re.sub("[^A-Z0-9]", "_", connection.upper())

    def needed(name: str) -> str:
        value = environment.get(f"{prefix}_{name}")
        if not value:
            raise EndpointError(f"connection {connection}: set {prefix}_{name}")
        return value

    key_file = environment.get(f"{prefix}_KEY_FILE")
    password = environment.get(f"{prefix}_PASSWORD") or None
    if not key_file and password is None:
        raise EndpointError(f"connection {connection}: set {prefix}_KEY_FILE or {prefix}_PASSWORD")
    return endpoint_from_uri(
        needed("URL"),
        known_hosts=Path(needed("KNOWN_HOSTS")),
        key_file=Path(key_file) if key_file else None,
        passphrase=environment.get(f"{prefix}_KEY_PASSPHRASE") or None,
        password=password,
        client=client,
    )


def endpoint_from_connection(
    connection: ConnectionLike, client: Client = Client.PARAMIKO
) -> Endpoint:
    """Endpoint of an Airflow SFTP or SSH Connection.

    Of the extra field: ``key_file`` or ``private_key``, ``private_key_passphrase``, and
    ``host_key`` (one key or several lines, as ``type base64`` or in known_hosts form) or
    ``known_hosts`` (a file). ``no_host_key_check`` set to true is refused.
    """
    extra = connection.extra_dejson
    host, port = connection.host or "", connection.port or SSH_PORT
    where = f"connection to {host}:{port}"
    if str(extra.get("no_host_key_check", False)).lower() == "true":
        raise EndpointError(
            f"{where}: no_host_key_check is not accepted; pin the key as host_key instead"
        )
    private_key = extra.get("private_key")
    if private_key is None and extra.get("key_file"):
        private_key = _text_of(Path(extra["key_file"]), "private key")
    return Endpoint(
        host=host,
        port=port,
        user=connection.login or "",
        known_hosts=_known_hosts_of(extra, host, port, where),
        private_key=private_key,
        passphrase=extra.get("private_key_passphrase"),
        password=None if private_key else connection.password or None,
        client=client,
    )


def _known_hosts_of(extra: Mapping[str, Any], host: str, port: int, where: str) -> str:
    if extra.get("host_key"):
        lines = str(extra["host_key"]).strip().splitlines()
        return "\n".join(
            line if len(line.split()) > 2 else known_hosts_line(host, port, line) for line in lines
        )
    if extra.get("known_hosts"):
        return _text_of(Path(extra["known_hosts"]), "known_hosts")
    raise EndpointError(f"{where}: no host key; put it into the connection's extra as host_key")


def _text_of(path: Path, what: str) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise EndpointError(f"{what} file {path}: {reason}; correct the path") from None


def _bad_uri() -> str:
    return "the address of an SFTP server is written sftp://user@host:port and nothing more"
