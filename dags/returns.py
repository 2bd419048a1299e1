"""### Returns of partner agencies, and the books

Every working day at 23:30 Bangkok time: fetches what each partner has left, validates it
against its trailer, matches it with what was sent and what the ledger knows, posts each
payment once, names every break and acknowledges. Then the books are proven and closed, what is
made from closed books goes to the partners, and the night's report is written.

* **Business date**: the run's partition key, `YYYY-MM-DD`; a run started by hand may give the
  parameter `business_date` instead.
* **A return that fails its totals** is quarantined whole: nothing of it is posted, and the
  partner's task fails without a retry.
* **A partner that is down** is tried again, and holds up neither the others nor the report.
* **The books of the day stay open** after a partner that could not be reconciled and whose money
  belongs into them: the next night closes that day, with or without it, or clear the partner's
  task when it is back. They also stay open, without a failure, while an expected return has not
  come. Days before it are closed in any case.
* **Books that do not balance** fail `close_the_books` without a retry, with the sums that differ.
* **A partner that does not take a file from closed books** is tried again; later files wait for it.
* **A public holiday**: every task but the first is skipped; the next working day fetches what
  waits.
* **Run again** as often as wanted: a return is posted once, however often it arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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

        return {"partner": partner, **reconcile_partner(scheduled_site(), business_date(), partner)}

    # Also after a partner that failed: it keeps the day's own books open, not those before it.
    @task(trigger_rule=TriggerRule.ALL_DONE)
    def unreached(reconciled: Iterable[Mapping[str, object]]) -> list[str]:
        """Names of the partners whose money belongs into the day's books and is not in them."""
        from exchange.books.closing import awaited_partners
        from exchange.schedule.scheduled import business_date, scheduled_site

        reached = {counts["partner"] for counts in reconciled}
        awaited = awaited_partners(scheduled_site(), business_date())
        return [partner for partner in awaited if partner not in reached]

    @task(multiple_outputs=False)
    def watch_the_settlements(unreached: Sequence[str]) -> dict[str, object]:
        """Compare what was collected with what the bank credited, before the books are closed."""
        from exchange.books.closing import watch_before_closing
        from exchange.schedule.scheduled import business_date, scheduled_site

        return watch_before_closing(scheduled_site(), business_date(), unreached)

    @task(multiple_outputs=False)
    def close_the_books(unreached: Sequence[str]) -> dict[str, object]:
        """Prove and close what is open, the oldest day first; returns counts only."""
        from exchange.books.closing import close_night
        from exchange.schedule.scheduled import business_date, scheduled_site

        return close_night(scheduled_site(), business_date(), unreached)

    # What earlier closed days owe goes out also after books that do not balance. The short circuit
    # skips it on a holiday.
    @task(trigger_rule=TriggerRule.ALL_DONE)
    def book_files_due() -> list[str]:
        """Names of the files from closed books that have not been given to their partners."""
        from exchange.schedule.scheduled import names_of_book_files

        return names_of_book_files()

    @task(map_index_template="{{ task.op_kwargs['interface'] }}", multiple_outputs=False)
    def publish_book_file(interface: str) -> dict[str, object]:
        """Bring one interface's files of closed days to its partner, in order."""
        from exchange.schedule.scheduled import publish_book_files

        return publish_book_files(interface)

    # Also after a failure: a failed partner must not hide the night.
    @task(trigger_rule=TriggerRule.ALL_DONE)
    def report() -> str:
        """Write the night's report, also after a partner that was down; returns its path."""
        from exchange.report import write_report
        from exchange.schedule.scheduled import business_date, scheduled_site

        return str(write_report(scheduled_site(), business_date()))

    # On many days there is no file from closed books: its mapped task is then skipped.
    @task(trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    def returns_complete() -> None:
        """Fails with what comes before it: the report alone would make the run look well."""

    due = partners_due()
    working_day() >> due
    # What a task gives is known when it has run.
    reconciled: Any = reconcile.expand(partner=due)
    missing: Any = unreached(reconciled)
    closed = close_the_books(missing)
    files = book_files_due()
    watch_the_settlements(missing) >> closed >> files
    published = publish_book_file.expand(interface=files)
    published >> report()
    [reconciled, closed, published] >> returns_complete()


returns()
