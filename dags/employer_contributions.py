"""### Employers' contribution files (form 1-10)

Starts when the registers of the business date are in, since a filing is checked against the
employer master and the registration master. All files in the employers' inbox are handled in
batches, never a task or a transaction for each file.

* **Business date**: the run's partition key, handed on by `extracts`.
* **A filing with wrong sums** is refused whole, a wrong line is rejected alone; both are
  findings in the night's report, not failures of this DAG.
* **Run again** as often as wanted: what has been received is not received twice.
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag, task

from exchange.schedule.orchestration import FIRST_DAY, REGISTERS, business_date_param, tries


@dag(
    dag_id="employer_contributions",
    schedule=PartitionedAssetTimetable(assets=REGISTERS),
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    params=business_date_param(),
    default_args=tries(3),
    doc_md=__doc__,
    tags=["prakan", "receive"],
)
def employer_contributions() -> None:
    @task(multiple_outputs=False)
    def receive() -> dict[str, object]:
        """Receive every filing that waits; returns counts only."""
        from exchange.inbound.arrivals import receive_filings
        from exchange.schedule.scheduled import business_date, scheduled_site

        return receive_filings(scheduled_site(), business_date())

    receive()


employer_contributions()
