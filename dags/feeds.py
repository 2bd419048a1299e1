"""### Feeds for partner agencies

Starts when the registers of the business date are in. Takes in returns of earlier days that
still lie at a partner, enters refunds that the bank has got and money that was held until now,
works out the standing of every person of sections 39 and 40, then builds, reads back and
delivers each feed in a mapped task of its own: one partner that is down holds up nobody else.

* **Business date**: the run's partition key, handed on by `extracts`.
* **Delivered once**: the ledger, not the scheduler, decides whether a feed goes out. Clearing
  a delivered feed's task sends nothing.
* **A partner that is down** is tried again; when the tries are used up, clear that one mapped
  task (its label is the feed's name).
* **A partner that refuses the login, or whose host key changed**, is not tried again: settle it
  with the partner, correct the connection, clear that one mapped task.
* **A wrong feed** is never sent again by this DAG: `prakan regenerate` makes a new version.
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag, task

from exchange.schedule.orchestration import FEEDS, FIRST_DAY, REGISTERS, business_date_param, tries


@dag(
    dag_id="feeds",
    schedule=PartitionedAssetTimetable(assets=REGISTERS),
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    params=business_date_param(),
    default_args=tries(5),
    doc_md=__doc__,
    tags=["prakan", "publish"],
)
def feeds() -> None:
    @task(multiple_outputs=False)
    def late_returns() -> dict[str, object]:
        """Post what was paid on days before this one; a partner that is down is told, not fatal."""
        from exchange.returns.late import take_late_returns
        from exchange.schedule.scheduled import business_date, scheduled_site

        return take_late_returns(scheduled_site(), business_date())

    @task(multiple_outputs=False)
    def refunds_paid() -> dict[str, object]:
        """Enter as paid the credits whose order the bank has got."""
        from exchange.books.refunds_paid import mark_refunds_paid
        from exchange.schedule.scheduled import business_date, scheduled_site

        return mark_refunds_paid(scheduled_site(), business_date())

    @task(multiple_outputs=False)
    def held_payments() -> dict[str, object]:
        """Post money that was held for a month that is due now."""
        from exchange.breaks.releasing import release_held
        from exchange.schedule.scheduled import business_date, scheduled_site

        return release_held(scheduled_site(), business_date())

    @task
    def work_out_standing() -> None:
        """Make the dataset that every feed of the day is a cut of."""
        from exchange.outbound.standing import make_standing
        from exchange.schedule.scheduled import business_date, scheduled_site

        make_standing(scheduled_site(), business_date())

    @task
    def feeds_due() -> list[str]:
        """Names of the feeds in force on the business date."""
        from exchange.schedule.scheduled import names_due
        from interfaces.model import Kind

        return names_due(Kind.FEED)

    @task(map_index_template="{{ task.op_kwargs['feed'] }}", multiple_outputs=False)
    def publish(feed: str) -> dict[str, object]:
        """Build, read back and deliver one feed; returns counts only."""
        from exchange.outbound.publish import publish_feed
        from exchange.schedule.scheduled import business_date, scheduled_site

        return publish_feed(scheduled_site(), business_date(), feed)

    @task(outlets=[FEEDS])
    def feeds_complete() -> None:
        """Every feed of the day has been delivered."""

    due = feeds_due()
    late = late_returns()
    late >> work_out_standing() >> due
    late >> refunds_paid() >> held_payments()
    publish.expand(feed=due) >> feeds_complete()


feeds()
