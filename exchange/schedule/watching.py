"""A round of watching as a task: the days to look at, and secrets from Airflow Connections."""

from __future__ import annotations

import os

from airflow.sdk import BaseHook, get_current_context
from airflow.sdk.exceptions import AirflowNotFoundException

from exchange.schedule.scheduled import business_date_of, scheduled_site
from exchange.watch.channel import ChannelFailure
from exchange.watch.channels import channels_from_environment
from exchange.watch.rounds import Round, watch, watched_days
from interfaces.errors import WrongUse

#: Connections whose password is the mail account's, or the secret that signs for the webhook.
_CONNECTIONS = {"mail": "prakan_notify_mail", "webhook": "prakan_notify_webhook"}


def watch_now() -> dict[str, object]:
    """One round at this moment; counts by how the expected files stand.

    The clock says which deadlines have passed and, for a run without a business date, which days
    are watched. ChannelFailure when a channel failed, so that the task is seen and tried again;
    WrongUse when a day could not be judged.
    """
    site = scheduled_site()
    now = site.clock()
    context = get_current_context()
    given = context.get("partition_key") or (context.get("params") or {}).get("business_date")
    days = (business_date_of(context),) if given else watched_days(now)
    return _counts(watch(site, channels_from_environment(os.environ, secret=_secret), now, days))


def _counts(made: Round) -> dict[str, object]:
    failures = [line.failure for line in made.sent if line.failure]
    if failures:
        raise ChannelFailure(f"{failures[0]} ({len(failures)} notices wait for the next round)")
    if made.undeclared:
        raise WrongUse(made.undeclared[0])
    return {**made.counts, "notices": len(made.sent)}


def _secret(channel: str) -> str | None:
    try:
        password: str | None = BaseHook.get_connection(_CONNECTIONS[channel]).password
    except AirflowNotFoundException:
        return None
    return password or None
