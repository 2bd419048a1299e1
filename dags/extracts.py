"""### Mainframe extracts

Every working day at 18:30 Bangkok time the mainframe's extracts of the business date are
landed, decoded, validated and stored, one mapped task for each extract interface.

* **Business date**: the run's partition key, `YYYY-MM-DD`. Give it as the key when you start a
  run by hand; with the parameter `business_date` alone, nothing downstream is started.
* **A file that fails its control totals** is quarantined whole and its task fails without a
  retry: ask the mainframe for a new file, drop it, clear the task.
* **A file that is late** is waited for, try by try.
* **A public holiday**: every task but the first is skipped, and so is the day's work downstream.
* **Run again** as often as wanted: what has been received is not received twice.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from exchange.schedule.orchestration import (
    FIRST_DAY,
    REGISTERS,
    business_date_param,
    tries,
    weekdays_at,
)


@dag(
    dag_id="extracts",
    schedule=weekdays_at(18, 30),
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    params=business_date_param(),
    default_args=tries(3),
    doc_md=__doc__,
    tags=["prakan", "receive"],
)
def extracts() -> None:
    @task.short_circuit
    def working_day() -> bool:
        """False on a public holiday: nothing is dropped, nothing downstream runs."""
        from exchange.schedule.scheduled import is_working_day

        return is_working_day()

    @task
    def interfaces_due() -> list[str]:
        """Names of the extract interfaces in force on the business date."""
        from exchange.schedule.scheduled import names_due
        from interfaces.model import Kind

        return names_due(Kind.EXTRACT)

    @task(map_index_template="{{ task.op_kwargs['interface'] }}", multiple_outputs=False)
    def receive(interface: str) -> dict[str, object]:
        """Receive the files of one interface; returns counts only."""
        from exchange.inbound.arrivals import receive_extract
        from exchange.schedule.scheduled import business_date, scheduled_site

        return receive_extract(scheduled_site(), business_date(), interface)

    @task(outlets=[REGISTERS])
    def registers_complete() -> None:
        """All extracts of the day are in: feeds and employers' filings may start."""

    due = interfaces_due()
    working_day() >> due
    receive.expand(interface=due) >> registers_complete()


extracts()
