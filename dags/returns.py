"""### Returns of partner agencies

Every working day at 23:30 Bangkok time: fetches what each partner has left, validates it
against its trailer, matches it with what was sent and what the ledger knows, posts each
payment once, names every break, acknowledges, and writes the night's report.

* **Business date**: the run's partition key, `YYYY-MM-DD`; a run started by hand may give the
  parameter `business_date` instead.
* **A return that fails its totals** is quarantined whole: nothing of it is posted, and the
  partner's task fails without a retry.
* **A partner that is down** is tried again, and holds up neither the others nor the report.
* **A public holiday**: every task but the first is skipped; the next working day fetches what
  waits.
* **Run again** as often as wanted: a return is posted once, however often it arrives.
"""

from __future__ import annotations

from airflow.sdk import TriggerRule, dag, task

from exchange.schedule.orchestration import FIRST_DAY, business_date_param, tries, weekdays_at


@dag(
    dag_id="returns",
    schedule=weekdays_at(23, 30),
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    params=business_date_param(),
    default_args=tries(5),
    doc_md=__doc__,
    tags=["prakan", "reconcile"],
)
def returns() -> None:
    @task.short_circuit
    def working_day() -> bool:
        """False on a public holiday: the next working day fetches what waits."""
        from exchange.schedule.scheduled import is_working_day

        return is_working_day()

    @task
    def partners_due() -> list[str]:
        """Names of the partners that send returns."""
        from exchange.inbound.arrivals import returning_partners
        from exchange.schedule.scheduled import business_date, scheduled_site

        return returning_partners(scheduled_site(), business_date())

    @task(map_index_template="{{ task.op_kwargs['partner'] }}", multiple_outputs=False)
    def reconcile(partner: str) -> dict[str, object]:
        """Fetch, match, post and acknowledge one partner's returns; returns counts only."""
        from exchange.returns.reconcile import reconcile_partner
        from exchange.schedule.scheduled import business_date, scheduled_site

        return reconcile_partner(scheduled_site(), business_date(), partner)

    # The short circuit skips it on a holiday; otherwise a failed partner must not hide the night.
    @task(trigger_rule=TriggerRule.ALL_DONE)
    def report() -> str:
        """Write the night's report, also after a partner that was down; returns its path."""
        from exchange.report import write_report
        from exchange.schedule.scheduled import business_date, scheduled_site

        return str(write_report(scheduled_site(), business_date()))

    @task
    def returns_complete() -> None:
        """Fails with its partners: the report alone would make the run look well."""

    due = partners_due()
    working_day() >> due
    reconcile.expand(partner=due) >> [report(), returns_complete()]


returns()
