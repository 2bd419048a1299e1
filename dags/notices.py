"""### Notices to employers by mail

Every working day at 09:00 Bangkok time: receives notice lists and contact registers that the
mainframe's inbox holds, reads mails that came back, matches accounts with addresses, sends one
mail for each list and address, and writes the delivery report.

* **Business date**: the run's partition key; lists of this day and of days before are taken.
* **Sent once**: what was sent is in the ledger before and after each mail. A mail of which
  nobody knows whether it went is left to a person, see `docs/runbooks/notices.md`.
* **A mail server that is down** fails `send`, which is tried again; what it deferred is sent by the
  next run.
* **Run again** as often as wanted: nobody is mailed twice for one notice.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from exchange.schedule.orchestration import FIRST_DAY, business_date_param, tries, weekdays_at


@dag(
    dag_id="notices",
    schedule=weekdays_at(9, 0),
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    params=business_date_param(),
    default_args=tries(3),
    doc_md=__doc__,
    tags=["prakan", "notices"],
)
def notices() -> None:
    @task.short_circuit
    def working_day() -> bool:
        """False on a public holiday: nobody is written to."""
        from exchange.schedule.scheduled import is_working_day

        return is_working_day()

    @task(multiple_outputs=False)
    def receive() -> dict[str, object]:
        """Receive the lists and registers that wait; returns counts only."""
        from exchange.notices.arriving import receive_notices
        from exchange.schedule.scheduled import business_date, scheduled_site

        return receive_notices(scheduled_site(), business_date())

    @task(multiple_outputs=False)
    def bounces() -> dict[str, object]:
        """Read the mails that came back; returns counts only."""
        from exchange.notices.bounces import take_bounces
        from exchange.schedule.scheduled import scheduled_site

        return take_bounces(scheduled_site()).counts

    @task(multiple_outputs=False)
    def send() -> dict[str, object]:
        """Match lists with addresses and send what is due; returns counts only."""
        from exchange.schedule.noticing import send_now

        return send_now()

    @task(multiple_outputs=False)
    def report() -> str:
        """Write the delivery report; returns its page."""
        from exchange.notices.report_files import write_daily_report
        from exchange.schedule.scheduled import business_date, scheduled_site

        return str(write_daily_report(scheduled_site(), business_date()))

    working_day() >> receive() >> bounces() >> send() >> report()


notices()
