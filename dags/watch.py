"""### Deadlines

Every 15 minutes, day and night: compares what is expected of today and of the seven days before
with what the ledger says, and tells people by mail, by a webhook and in the log: a warning before
a deadline, an alarm after it, and once more when what was late has come.

* **Business date**: none is needed; the clock says what is due. With the parameter
  `business_date` only that day is looked at.
* **A holiday**: nothing is expected, and nothing is told.
* **A channel that fails** fails this task and holds up no other channel; what it owes is sent by
  the next round.
* **Run again** as often as wanted: each notice is sent once by each channel.
"""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task

from exchange.schedule.airflow_settings import TIME_ZONE
from exchange.schedule.orchestration import FIRST_DAY, business_date_param, tries


@dag(
    dag_id="watch",
    schedule=CronTriggerTimetable("*/15 * * * *", timezone=TIME_ZONE),
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    params=business_date_param(),
    default_args=tries(3),
    doc_md=__doc__,
    tags=["prakan", "watch"],
)
def watch() -> None:
    @task(multiple_outputs=False)
    def look() -> dict[str, object]:
        """One round over the deadlines, with notices; returns counts only."""
        from exchange.schedule.watching import watch_now

        return watch_now()

    look()


watch()
