"""What Airflow sees in the DAG files, as JSON: ``python -m tests.dags.described FOLDER``.

Runs as a process of its own, because Airflow takes its settings from the environment when it is
first imported, and because what the import of DAG files loads can only be seen in a fresh one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pendulum
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.trigger import CronPartitionTimetable

BANGKOK = pendulum.timezone("Asia/Bangkok")


def described(folder: Path) -> dict[str, Any]:
    """The DAGs of a folder, the files that cannot be imported, the modules that were loaded."""
    bag = DagBag(str(folder))
    loaded = sorted(sys.modules)
    return {
        "errors": bag.import_errors,
        "loaded": loaded,
        "dags": {dag_id: _dag(dag) for dag_id, dag in bag.dags.items()},
    }


def _dag(dag: DAG) -> dict[str, Any]:
    timetable = coerce_to_core_timetable(dag.timetable)
    awaited = timetable.asset_condition.iter_assets()
    return {
        "file": Path(dag.fileloc).name,
        "doc": dag.doc_md,
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "deadline": dag.deadline,
        "start_date": dag.start_date.astimezone(BANGKOK).isoformat(),
        "params": {name: dag.params.get_param(name).schema for name in dag.params},
        "timetable": type(timetable).__name__,
        "keys": _keys(timetable),
        "cron": getattr(timetable, "_expression", None),
        "time_zone": str(getattr(timetable, "_timezone", "")),
        "awaited": [asset.name for _, asset in awaited],
        "tasks": {task.task_id: _task(task) for task in dag.tasks},
    }


def _keys(timetable: Any) -> list[tuple[str, str]]:
    """When runs are due from a Friday to the Tuesday after, and their partition keys."""
    if not isinstance(timetable, CronPartitionTimetable):
        return []
    infos = timetable.iter_partition_dagrun_infos(
        earliest=pendulum.datetime(2026, 11, 27, tz=BANGKOK),
        latest=pendulum.datetime(2026, 12, 1, 23, 59, tz=BANGKOK),
    )
    return [
        (f"{info.run_after.astimezone(BANGKOK):%Y-%m-%d %H:%M}", info.partition_key)
        for info in infos
    ]


def _task(task: Any) -> dict[str, Any]:
    return {
        "doc": task.python_callable.__doc__,
        "retries": task.retries,
        "retry_delay": task.retry_delay.total_seconds(),
        "retry_policy": type(task.retry_policy).__name__,
        "trigger_rule": task.trigger_rule.value,
        "label": task.map_index_template if task.is_mapped else None,
        "mapped": task.is_mapped,
        "outlets": [asset.name for asset in task.outlets],
        "upstream": sorted(task.upstream_task_ids),
    }


if __name__ == "__main__":
    answer = json.dumps(described(Path(sys.argv[1])), default=str)
    Path(sys.argv[2]).write_text(answer)
