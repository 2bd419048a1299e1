"""The site's mail server: where it is, and a session with it that is safe to log in over."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from exchange.watch.channel import one_line
from exchange.watch.loopback import is_loopback
from interfaces.errors import WrongUse

SECONDS = 20.0
"""Longest wait for one answer of the mail server."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_PORTS = {"smtp": 587, "smtps": 465}
_HOST = re.compile(r"[A-Za-z0-9.:_-]+")


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server and how it is spoken to.

    With ``implicit_tls`` the connection is TLS from its first byte, else it is raised by
    STARTTLS. The server's certificate is verified in either case. Only a server on this machine
    that wants no login is spoken to in the clear. ``seconds`` is the longest wait for an answer.
    """

    host: str
    port: int
    implicit_tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    seconds: float = SECONDS

    def __str__(self) -> str:
        return f"{'smtps' if self.implicit_tls else 'smtp'}://{self.host}:{self.port}"

    def connected(self) -> smtplib.SMTP:
        """A session that is encrypted and logged in, as far as declared."""
        trusted = ssl.create_default_context()
        if self.implicit_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.seconds, context=trusted
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        try:
            if not self.implicit_tls and not (self.user is None and is_loopback(self.host)):
                server.starttls(context=trusted)
            if self.user is not None:
                server.login(self.user, self.password or "")
        except BaseException:
            server.close()
            raise
        return server


def server_from(url: str, *, password: str | None, prefix: str) -> MailServer:
    """The server of ``smtp[s]://user@host:port``, the value of ``<prefix>URL``.

    Without a user there is no login. WrongUse names the variable that is wrong.
    """
    name = f"{prefix}URL"
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise WrongUse(_bad_url(name)) from None
    if parts.password is not None:
        raise WrongUse(f"a password stands in {name}; give it as {prefix}PASSWORD")
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise WrongUse(_bad_url(name))
    if not _HOST.fullmatch(host):
        raise WrongUse(_bad_url(name))
    user = unquote(parts.username) if parts.username else None
    if (user is None) != (password is None):
        raise WrongUse(f"{name} with a user and {prefix}PASSWORD go together: set both or neither")
    return MailServer(host, port, parts.scheme == "smtps", user, password)


def checked_address(address: str, variable: str) -> str:
    """An address of a setting; WrongUse names the variable when it is none."""
    if not _ADDRESS.fullmatch(address):
        raise WrongUse(
            f"{variable}: {address!r} is not an address written name@host"
            + (", several parted by commas" if variable.endswith("TO") else "")
        )
    return address


def reason_of(error: Exception) -> str:
    """Why a session could not be had or broke off, in one line."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "no answer in time"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "does not offer STARTTLS, or not the login that is needed"
    return one_line(str(error)) or type(error).__name__


def _bad_url(name: str) -> str:
    return (
        f"{name} is written smtp://user@host:port (STARTTLS) or "
        "smtps://user@host:port (TLS), and nothing more"
    )
