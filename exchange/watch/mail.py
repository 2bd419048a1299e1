"""Notices by mail, through the site's mail server."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from exchange.watch.channel import ChannelFailure, Message, one_line
from exchange.watch.mail_server import (
    SECONDS,
    MailServer,
    checked_address,
    reason_of,
    server_from,
)

_PREFIX = "PRAKAN_NOTIFY_MAIL_"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server (:class:`MailServer` says how it is spoken to), who writes and who reads."""

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
        return str(self._server)

    @property
    def _server(self) -> MailServer:
        return MailServer(
            self.host, self.port, self.implicit_tls, self.user, self.password, self.seconds
        )

    def send(self, message: Message) -> Mapping[str, object]:
        """Hand the mail to the server; how many addresses it took and refused."""
        mail = composed(message, self.sender, self.recipients)
        try:
            with self._server.connected() as server:
                refused = server.send_message(mail, self.sender, list(self.recipients))
        except smtplib.SMTPRecipientsRefused:
            raise ChannelFailure(f"{self}: refuses every address of {_PREFIX}TO") from None
        except smtplib.SMTPResponseException as error:
            # The server's own text may repeat addresses; its number says enough.
            raise ChannelFailure(f"{self}: answers {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelFailure(f"{self}: {reason_of(error)}") from None
        return {"accepted": len(self.recipients) - len(refused), "refused": len(refused)}


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
    server = server_from(url, password=password, prefix=_PREFIX)
    return Mail(
        host=server.host,
        port=server.port,
        sender=checked_address(sender.strip(), f"{_PREFIX}FROM"),
        recipients=tuple(
            checked_address(text.strip(), f"{_PREFIX}TO") for text in recipients.split(",")
        ),
        implicit_tls=server.implicit_tls,
        user=server.user,
        password=server.password,
    )


def _address(text: str) -> Address:
    return Address(addr_spec=text)
