"""Who writes to employers, by which server and how fast, by the settings of an installation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exchange.watch.channel import one_line
from exchange.watch.mail_server import MailServer, checked_address, server_from
from interfaces.errors import WrongUse

PREFIX = "PRAKAN_NOTICES_MAIL_"
MAILS_A_MINUTE = 600
"""Pace where none is set, our own choice: whoever runs the mail server says what it takes."""

PLACE = "{id}"
"""Stands in the address for returned mails where the mail's own id is to stand (VERP)."""

_NUMBER = re.compile(r"[0-9]{1,6}")

#: Gives the password that the environment does not have.
Secret = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Sender:
    """The server, the From address with its name, where answers go, where mails come back to.

    ``returns`` is the envelope's sender and may hold ``{id}``. ``mails_a_minute`` 0: no limit.
    """

    server: MailServer
    address: str
    name: str = ""
    reply_to: str | None = None
    returns: str = ""
    mails_a_minute: int = MAILS_A_MINUTE

    @property
    def domain(self) -> str:
        """What stands after the ``@`` in a Message-ID."""
        return self.address.rpartition("@")[2]

    def envelope_sender(self, message_id: str) -> str:
        """Where this mail comes back to when it cannot be delivered."""
        return (self.returns or self.address).replace(PLACE, message_id)


def _no_secret() -> None:
    """Only the environment."""


def sender_from_environment(
    environment: Mapping[str, str], *, secret: Secret = _no_secret
) -> Sender:
    """The sender of ``PRAKAN_NOTICES_MAIL_…``; WrongUse names a variable that is missing or
    cannot be used. ``secret`` is asked for the password where the environment has none."""

    def value(name: str) -> str | None:
        return environment.get(PREFIX + name) or None

    url, address = value("URL"), value("FROM")
    if url is None or address is None:
        raise WrongUse(
            f"notices are sent by mail: set {PREFIX}URL (smtp://user@host:port) and "
            f"{PREFIX}FROM (name@host)"
        )
    password = value("PASSWORD") or (secret() if "@" in url else None)
    returns, reply_to = value("RETURNS"), value("REPLY_TO")
    if returns is not None:
        # Braces may stand in an address; here they would be a misspelt place.
        tried = returns.replace(PLACE, "0" * 32, 1).replace("{", " ").replace("}", " ")
        checked_address(tried, f"{PREFIX}RETURNS")
    return Sender(
        server=server_from(url, password=password, prefix=PREFIX),
        address=checked_address(address, f"{PREFIX}FROM"),
        name=one_line(value("NAME") or ""),
        reply_to=None if reply_to is None else checked_address(reply_to, f"{PREFIX}REPLY_TO"),
        returns=returns or "",
        mails_a_minute=_mails_a_minute(value("A_MINUTE")),
    )


def _mails_a_minute(text: str | None) -> int:
    if text is None:
        return MAILS_A_MINUTE
    if not _NUMBER.fullmatch(text):
        raise WrongUse(f"{PREFIX}A_MINUTE: {text!r} is not a number of mails; 0 is no limit")
    return int(text)
