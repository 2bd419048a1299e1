"""What holds for every DAG and every task, also for those to come."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any

from tests.dags.conftest import DagFiles


def test_every_dag_says_what_it_does_and_how_to_run_it_again(dag_files: DagFiles) -> None:
    for dag_id, dag in dag_files.dags.items():
        assert dag["doc"].startswith("### "), dag_id
        assert "Business date" in dag["doc"], dag_id
        assert "Run again" in dag["doc"] or "Delivered once" in dag["doc"], dag_id
        assert "prakan" in dag["tags"], dag_id


def test_one_run_at_a_time_and_no_catching_up(dag_files: DagFiles) -> None:
    for dag_id, dag in dag_files.dags.items():
        assert dag["catchup"] is False, dag_id
        assert dag["max_active_runs"] == 1, dag_id
        assert dag["deadline"] is None, dag_id  # DAG.test crashes with one (Airflow 3.3)


def test_every_dag_takes_a_business_date_and_starts_on_a_fixed_day(dag_files: DagFiles) -> None:
    for dag_id, dag in dag_files.dags.items():
        assert dag["params"]["business_date"]["format"] == "date", dag_id
        assert dag["start_date"] == "2025-01-01T00:00:00+07:00", dag_id


def test_every_task_is_documented(dag_files: DagFiles) -> None:
    for name, task in dag_files.tasks():
        assert task["doc"], name


def test_every_task_is_tried_again_but_never_on_bad_data(dag_files: DagFiles) -> None:
    for name, task in dag_files.tasks():
        assert task["retries"] >= 3, name
        assert task["retry_delay"] >= 60, name
        assert task["retry_policy"] == "RetryTheOutsideWorld", name


def test_every_mapped_task_has_a_readable_label(dag_files: DagFiles) -> None:
    mapped = [(name, task) for name, task in dag_files.tasks() if task["mapped"]]
    assert {name for name, _ in mapped} == {
        "extracts.receive",
        "feeds.publish",
        "returns.publish_book_file",
        "returns.reconcile",
    }
    for name, task in mapped:
        assert task["label"], name


def ending(tasks: dict[str, dict[str, Any]], failing: str, empty: str | None) -> str:
    """How a run ends in which one task fails and another, a mapped one, has nothing to do.

    By Airflow's rules: a run fails when a task without another behind it failed or was kept from
    running by a failure.
    """
    order = TopologicalSorter({name: task["upstream"] for name, task in tasks.items()})
    states: dict[str, str] = {}
    for name in order.static_order():
        before = {states[upstream] for upstream in tasks[name]["upstream"]}
        rule = tasks[name]["trigger_rule"]
        has_failed = bool(before & {"failed", "upstream_failed"})
        if rule != "all_done" and has_failed:
            states[name] = "upstream_failed"
        elif (rule == "all_success" and "skipped" in before) or (
            rule == "none_failed_min_one_success" and before == {"skipped"}
        ):
            states[name] = "skipped"
        else:
            states[name] = {failing: "failed", empty: "skipped"}.get(name, "success")
    behind = {upstream for task in tasks.values() for upstream in task["upstream"]}
    leaves = {states[name] for name in tasks if name not in behind}
    return "failed" if leaves & {"failed", "upstream_failed"} else "success"


def test_a_run_in_which_anything_failed_does_not_look_well(dag_files: DagFiles) -> None:
    """A leaf that runs whatever happened would paint a failed run green."""
    known = {"all_success", "all_done", "none_failed_min_one_success"}
    for dag_id, dag in dag_files.dags.items():
        tasks = dag["tasks"]
        assert {task["trigger_rule"] for task in tasks.values()} <= known
        mapped = [name for name, task in tasks.items() if task["mapped"]]
        for failing in tasks:
            for empty in (None, *mapped):
                if empty != failing and _may_fail(tasks, failing, empty):
                    assert ending(tasks, failing, empty) == "failed", (dag_id, failing, empty)


def _may_fail(tasks: dict[str, dict[str, Any]], failing: str, empty: str | None) -> bool:
    """Whether a task runs at all when that mapped one has nothing to do."""
    task = tasks[failing]
    return task["trigger_rule"] == "all_done" or empty not in _before(tasks, failing)


def _before(tasks: dict[str, dict[str, Any]], name: str) -> set[str]:
    found = set(tasks[name]["upstream"])
    return found.union(*(_before(tasks, one) for one in found))


def test_the_ending_of_a_run_is_worked_out_as_airflow_does() -> None:
    def task(rule: str, *upstream: str) -> dict[str, Any]:
        return {"trigger_rule": rule, "upstream": list(upstream)}

    green = {"a": task("all_success"), "report": task("all_done", "a")}
    assert ending(green, "a", None) == "success"
    assert ending({**green, "end": task("all_success", "a")}, "a", None) == "failed"
    loose = {"a": task("all_success"), "b": task("all_done", "a"),
             "end": task("none_failed_min_one_success", "b")}  # fmt: skip
    assert ending(loose, "a", "b") == "success"
