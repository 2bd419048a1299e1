"""When each DAG runs, with which partition key, and what it starts."""

from __future__ import annotations

from datetime import time
from itertools import pairwise

import pytest

from interfaces.model import FROM_BOOKS
from interfaces.registry import Registry
from tests.dags.conftest import DagFiles


@pytest.mark.parametrize(("dag_id", "time"), [("extracts", "18:30"), ("returns", "23:30")])
def test_nightly_from_monday_to_friday_with_the_day_in_bangkok_as_key(
    dag_files: DagFiles, dag_id: str, time: str
) -> None:
    dag = dag_files.dags[dag_id]
    days = ["2026-11-27", "2026-11-30", "2026-12-01"]  # Friday, Monday, Tuesday
    assert dag["keys"] == [[f"{day} {time}", day] for day in days]
    assert dag["awaited"] == []


@pytest.mark.parametrize("dag_id", ["employer_contributions", "feeds"])
def test_started_by_the_registers_with_their_key(dag_files: DagFiles, dag_id: str) -> None:
    dag = dag_files.dags[dag_id]
    assert dag["timetable"] == "PartitionedAssetTimetable"
    assert dag["awaited"] == ["registers"]


def test_deadlines_are_looked_at_every_15_minutes_on_every_day(dag_files: DagFiles) -> None:
    dag = dag_files.dags["watch"]
    assert dag["timetable"] == "CronTriggerTimetable"
    assert (dag["cron"], dag["time_zone"]) == ("*/15 * * * *", "Asia/Bangkok")
    assert dag["keys"] == dag["awaited"] == []
    assert set(dag["tasks"]) == {"look"}
    assert dag["tasks"]["look"]["outlets"] == []


def test_assets_are_made_by_the_last_task_alone(dag_files: DagFiles) -> None:
    """An asset made by a mapped task would start consumers before its siblings are done."""
    made = {name: task["outlets"] for name, task in dag_files.tasks() if task["outlets"]}
    assert made == {"extracts.registers_complete": ["registers"], "feeds.feeds_complete": ["feeds"]}
    assert dag_files.dags["extracts"]["tasks"]["registers_complete"]["upstream"] == ["receive"]
    assert dag_files.dags["feeds"]["tasks"]["feeds_complete"]["upstream"] == ["publish"]


def test_a_holiday_is_decided_before_anything_else(dag_files: DagFiles) -> None:
    for dag_id in ("extracts", "returns"):
        tasks = dag_files.dags[dag_id]["tasks"]
        first = [task_id for task_id, task in tasks.items() if not task["upstream"]]
        assert first == ["working_day"], dag_id


def test_the_report_is_written_whatever_became_of_the_partners(dag_files: DagFiles) -> None:
    tasks = dag_files.dags["returns"]["tasks"]
    assert tasks["report"]["trigger_rule"] == "all_done"
    assert tasks["report"]["upstream"] == ["publish_book_file"]
    assert tasks["book_files_due"]["trigger_rule"] == "all_done"
    # Its mapped task is skipped on days without a file from closed books.
    complete = tasks["returns_complete"]
    awaited = ["close_the_books", "publish_book_file", "reconcile"]
    assert sorted(complete["upstream"]) == awaited
    assert complete["trigger_rule"] == "none_failed_min_one_success"


def test_the_books_are_closed_after_every_partner_was_asked(dag_files: DagFiles) -> None:
    tasks = dag_files.dags["returns"]["tasks"]
    order = ["reconcile", "unreached", "watch_the_settlements", "close_the_books", "book_files_due"]
    for earlier, later in pairwise(order):
        assert earlier in tasks[later]["upstream"]
    # A partner that failed keeps the day's own books open, not those of the days before it.
    assert tasks["unreached"]["trigger_rule"] == "all_done"
    assert tasks["close_the_books"]["trigger_rule"] == "all_success"


def test_nothing_from_closed_books_is_due_before_the_night_that_makes_it() -> None:
    books_close = time(23, 30)  # of the business date: the DAG of returns
    for interface in Registry().all():
        if interface.kind in FROM_BOOKS:
            rule = interface.expected
            assert rule is not None, interface.id
            assert (rule.days_after, rule.warn) > (0, books_close), interface.id
    # Their receipts are fetched in the next working evening, a Monday's after a Friday.
    rule = Registry().get("ledger_receipt").expected
    assert rule is not None
    assert (rule.days_after, rule.warn) >= (3, time(19, 30))
