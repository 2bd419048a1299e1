"""What the DAG files share: assets, the business date's parameter, what is tried again.

Imported each time a DAG file is parsed, so it imports Airflow's SDK and our errors and nothing
heavier. What tasks call while they run is in ``exchange.schedule.scheduled``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, CronPartitionTimetable, Param, RetryDecision, RetryPolicy
from airflow.sdk.definitions.context import Context

from exchange.errors import HostKeyRefused, LoginRefused
from exchange.schedule.airflow_settings import TIME_ZONE
from interfaces.errors import OutsideFailure, PrakanError

#: A partition key is the business date.
KEY_FORMAT = "%Y-%m-%d"
LONGEST = timedelta(hours=4)
FIRST_DAY = pendulum.datetime(2025, 1, 1, tz=TIME_ZONE)

#: The three extracts of a business date (the partition key) have been received.
REGISTERS = Asset(name="registers", uri="prakan://datasets/registers")
#: Every feed of a business date (the partition key) has been delivered.
FEEDS = Asset(name="feeds", uri="prakan://deliveries/feeds")


def weekdays_at(hour: int, minute: int) -> CronPartitionTimetable:
    """Monday to Friday at that time in Bangkok, with the day itself as the partition key."""
    return CronPartitionTimetable(
        f"{minute} {hour} * * 1-5", timezone=TIME_ZONE, key_format=KEY_FORMAT
    )


def business_date_param() -> dict[str, Any]:
    """Parameters of a DAG: the business date, for a run that has no partition key."""
    return {
        "business_date": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Business date, YYYY-MM-DD, where the run has no partition key.",
        )
    }


class RetryTheOutsideWorld(RetryPolicy):
    """Tries again what may pass by itself; what a person must mend fails at once.

    Bad data, wrong declarations, books that do not balance, a refused login and an unknown host
    key are the same on the next try, and a partner may lock an account that keeps knocking. A
    partner that is down, a late file or a database that is busy is worth a wait. Anything else is
    left to ``retries``.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002  (Airflow's signature)
        max_tries: int,  # noqa: ARG002
        context: Context | None = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Fail with the error's own line as the reason, or leave it to the task's retries."""
        # Books that do not balance are trouble of the ledger's, but no waiting mends them.
        passes = (
            isinstance(exception, OutsideFailure)
            and not isinstance(exception, HostKeyRefused | LoginRefused)
            and exception.status == OutsideFailure.status
        )
        if isinstance(exception, PrakanError) and not passes:
            return RetryDecision.fail(reason=str(exception))
        return RetryDecision.default()


def tries(retries: int) -> dict[str, Any]:
    """Default arguments of a DAG's tasks: ``retries`` more tries, five minutes apart.

    A task that takes longer than any night has is killed; its next try goes on by looking.
    """
    return {
        "execution_timeout": LONGEST,
        "retries": retries,
        "retry_delay": timedelta(minutes=5),
        "retry_policy": RetryTheOutsideWorld(),
    }
