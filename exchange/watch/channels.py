"""Which ways to people an installation has, by its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from exchange.watch.channel import Channel
from exchange.watch.log import Log
from exchange.watch.mail import mail_from
from exchange.watch.webhook import webhook_from
from interfaces.errors import WrongUse

_PREFIX = "PRAKAN_NOTIFY_"

#: Gives a secret that the environment does not have: of ``mail`` or ``webhook``.
Secret = Callable[[str], str | None]


def _no_secret(_channel: str) -> None:
    """Only the environment."""


def channels_from_environment(
    environment: Mapping[str, str], *, secret: Secret = _no_secret
) -> tuple[Channel, ...]:
    """The log, mail where ``PRAKAN_NOTIFY_MAIL_URL`` is set, a webhook where its URL is.

    ``secret`` is asked for the mail's password and the webhook's secret where the environment
    holds none: Airflow keeps them in Connections. WrongUse names a variable that is missing or
    cannot be used.
    """

    def value(name: str) -> str | None:
        return environment.get(_PREFIX + name) or None

    channels: list[Channel] = [Log()]
    mail_url = value("MAIL_URL")
    if mail_url is not None:
        sender, recipients = value("MAIL_FROM"), value("MAIL_TO")
        if sender is None or recipients is None:
            raise WrongUse(
                f"{_PREFIX}MAIL_URL needs {_PREFIX}MAIL_FROM and {_PREFIX}MAIL_TO: set them"
            )
        password = value("MAIL_PASSWORD") or (secret("mail") if "@" in mail_url else None)
        channels.append(
            mail_from(mail_url, sender=sender, recipients=recipients, password=password)
        )
    webhook_url = value("WEBHOOK_URL")
    if webhook_url is not None:
        key = value("WEBHOOK_SECRET") or secret("webhook")
        channels.append(webhook_from(webhook_url, secret=key))
    for needed, given in (("MAIL_URL", "MAIL_TO"), ("WEBHOOK_URL", "WEBHOOK_SECRET")):
        if value(needed) is None and value(given) is not None:
            raise WrongUse(f"{_PREFIX}{given} is set and {_PREFIX}{needed} is not: set it")
    return tuple(channels)
