"""Sending notices as a task: the password from an Airflow Connection."""

from __future__ import annotations

import os

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from exchange.notices.sending import done, nothing_to_send, send_notices
from exchange.notices.settings import sender_from_environment
from exchange.schedule.scheduled import business_date, scheduled_site

CONNECTION = "prakan_notices_mail"
"""Its password is the mail account's."""


def send_now() -> dict[str, object]:
    """Send what is due on the run's business date; counts by what became of the mails.

    An installation to which no list ever came needs no mail server. OutsideFailure when the
    server took no more, so that the task is seen and tried again.
    """
    site, day = scheduled_site(), business_date()
    if nothing_to_send(site, day):
        return {"lists": 0, "mails": 0}
    return done(send_notices(site, day, sender_from_environment(os.environ, secret=_secret))).counts


def _secret() -> str | None:
    try:
        password: str | None = BaseHook.get_connection(CONNECTION).password
    except AirflowNotFoundException:
        return None
    return password or None
