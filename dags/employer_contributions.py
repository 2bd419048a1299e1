"""### Employers' files (form 1-10, registrations)

Starts when the registers of the business date are in, since a filing is checked against the
employer master and the registration master. All files in the employers' inbox are handled in
batches, never a task or a transaction for each file: received, entered into the employers'
accounts, and answered.

* **Business date**: the run's partition key, handed on by `extracts`.
* **Another folder**: the parameter `folder` names one whose files are received in place of those
  in the inbox, for a delivery that came another way. It lies below `inbox/deliveries` or a folder
  of `PRAKAN_DELIVERIES`, and is left as it is.
* **A filing with wrong sums** is refused whole, a wrong line is rejected alone; both are
  findings in the night's report and in the employer's answer, not failures of this DAG.
* **Run again** as often as wanted: what has been received is not received twice, what has been
  entered is not entered twice, and answers are the same bytes.
"""

from __future__ import annotations

from airflow.sdk import Param, PartitionedAssetTimetable, dag, task

from exchange.schedule.orchestration import FIRST_DAY, REGISTERS, business_date_param, tries

FOLDER = Param(
    None,
    type=["null", "string"],
    description="Folder whose files are received in place of those in the employers' inbox.",
)


@dag(
    dag_id="employer_contributions",
    schedule=PartitionedAssetTimetable(assets=REGISTERS),
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    params={**business_date_param(), "folder": FOLDER},
    default_args=tries(3),
    doc_md=__doc__,
    tags=["prakan", "receive"],
)
def employer_contributions() -> None:
    @task(multiple_outputs=False)
    def receive_registers() -> dict[str, object]:
        """Receive contact registers and notice lists that have come; returns counts only."""
        from exchange.inbound.arrivals import receive_when_come
        from exchange.schedule.scheduled import business_date, scheduled_site

        return receive_when_come(scheduled_site(), business_date())

    @task(multiple_outputs=False)
    def receive() -> dict[str, object]:
        """Receive every filing that waits; returns counts only."""
        from exchange.inbound.arrivals import receive_filings
        from exchange.schedule.scheduled import business_date, folder_given, scheduled_site

        site = scheduled_site()
        return receive_filings(site, business_date(), folder=folder_given(site))

    @task(multiple_outputs=False)
    def enter_filings() -> dict[str, object]:
        """Enter what employers owe into their accounts; returns counts only."""
        from exchange.employers.entering import enter_filings
        from exchange.schedule.scheduled import business_date, scheduled_site

        return enter_filings(scheduled_site(), business_date())

    @task(multiple_outputs=False)
    def enter_registrations() -> dict[str, object]:
        """Enter who began and who left, for the mainframe; returns counts only."""
        from exchange.employers.registering import enter_registrations
        from exchange.schedule.scheduled import business_date, scheduled_site

        return enter_registrations(scheduled_site(), business_date())

    @task(multiple_outputs=False)
    def answer() -> dict[str, object]:
        """Write the answer to every file; returns counts only."""
        from exchange.employers.answers import write_answers
        from exchange.schedule.scheduled import business_date, scheduled_site

        return write_answers(scheduled_site(), business_date())

    received = receive()
    receive_registers() >> received
    received >> [enter_filings(), enter_registrations()] >> answer()


employer_contributions()
