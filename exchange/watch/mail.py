"""Notices by mail, through the site's mail server."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from exchange.watch.channel import ChannelFailure, Message, one_line
from exchange.watch.loopback import is_loopback
from interfaces.errors import WrongUse

SECONDS = 20.0
"""Longest wait for one answer of the mail server."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_PORTS = {"smtp": 587, "smtps": 465}
_HOST = re.compile(r"[A-Za-z0-9.:_-]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server, who writes and who reads.

    With ``implicit_tls`` the connection is TLS from its first byte, else it is raised by
    STARTTLS. The server's certificate is verified in either case. Only a server on this machine
    that wants no login is spoken to in the clear.
    """

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    implicit_tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    seconds: float = SECONDS
    name: str = "mail"

    def __str__(self) -> str:
        return f"{'smtps' if self.implicit_tls else 'smtp'}://{self.host}:{self.port}"

    def send(self, message: Message) -> Mapping[str, object]:
        """Hand the mail to the server; how many addresses it took and refused."""
        mail = composed(message, self.sender, self.recipients)
        try:
            with self._connected() as server:
                refused = server.send_message(mail, self.sender, list(self.recipients))
        except smtplib.SMTPRecipientsRefused:
            raise ChannelFailure(
                f"{self}: refuses every address of PRAKAN_NOTIFY_MAIL_TO"
            ) from None
        except smtplib.SMTPResponseException as error:
            # The server's own text may repeat addresses; its number says enough.
            raise ChannelFailure(f"{self}: answers {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelFailure(f"{self}: {_reason(error)}") from None
        return {"accepted": len(self.recipients) - len(refused), "refused": len(refused)}

    def _connected(self) -> smtplib.SMTP:
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


def composed(message: Message, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The mail of a notice: Thai and English, plain text."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = message.headline
    mail["From"] = _address(sender)
    mail["To"] = [_address(recipient) for recipient in recipients]
    # The same notice sent again is the same mail: a mail system may drop the second one.
    mail["Message-ID"] = f"<{message.message_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        f"{one_line(message.text_th)}\n\n{one_line(message.text_en)}\n\n"
        f"prakan status --date {message.business_date}\n",
        charset="utf-8",
    )
    return mail


def mail_from(url: str, *, sender: str, recipients: str, password: str | None) -> Mail:
    """The channel of ``smtp[s]://user@host:port`` and its addresses; WrongUse names the variable.

    ``recipients`` are parted by commas. Without a user there is no login.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise WrongUse(_bad_url()) from None
    if parts.password is not None:
        raise WrongUse(
            "a password stands in PRAKAN_NOTIFY_MAIL_URL; give it as PRAKAN_NOTIFY_MAIL_PASSWORD"
        )
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise WrongUse(_bad_url())
    if not _HOST.fullmatch(host):
        raise WrongUse(_bad_url())
    user = unquote(parts.username) if parts.username else None
    if (user is None) != (password is None):
        raise WrongUse(
            "PRAKAN_NOTIFY_MAIL_URL with a user and PRAKAN_NOTIFY_MAIL_PASSWORD go together: "
            "set both or neither"
        )
    return Mail(
        host=host,
        port=port,
        sender=_checked(sender.strip(), "PRAKAN_NOTIFY_MAIL_FROM"),
        recipients=tuple(
            _checked(text.strip(), "PRAKAN_NOTIFY_MAIL_TO") for text in recipients.split(",")
        ),
        implicit_tls=parts.scheme == "smtps",
        user=user,
        password=password,
    )


def _checked(address: str, variable: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise WrongUse(
            f"{variable}: {address!r} is not an address written name@host"
            + (", several parted by commas" if variable.endswith("TO") else "")
        )
    return address


def _address(text: str) -> Address:
    return Address(addr_spec=text)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "no answer in time"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "does not offer STARTTLS, or not the login that is needed"
    return one_line(str(error)) or type(error).__name__


def _bad_url() -> str:
    return (
        "PRAKAN_NOTIFY_MAIL_URL is written smtp://user@host:port (STARTTLS) or "
        "smtps://user@host:port (TLS), and nothing more"
    )
