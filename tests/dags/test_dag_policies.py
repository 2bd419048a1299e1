"""What holds for every DAG and every task, also for those to come."""

from __future__ import annotations

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
        "returns.reconcile",
    }
    for name, task in mapped:
        assert task["label"], name


def test_nothing_ends_a_run_well_that_did_not_wait_for_its_mapped_task(
    dag_files: DagFiles,
) -> None:
    """A leaf that runs whatever happened would paint a failed run green; another leaf must not."""
    for dag_id, dag in dag_files.dags.items():
        tasks = dag["tasks"]
        awaited = {task_id for task in tasks.values() for task_id in task["upstream"]}
        leaves = [task for task_id, task in tasks.items() if task_id not in awaited]
        assert any(leaf["trigger_rule"] == "all_success" for leaf in leaves), dag_id
