"""The process that runs DAGs one after the other, without a scheduler; see ``airflow_night``.

Started with Airflow's settings in its environment, since Airflow reads them on import. Reads
one command a line on standard input (``{"dag_id": …, "business_date": …, "conf": {…}}``, the last
one the run's parameters), answers with events, one JSON object a line, on standard output;
everything that Airflow itself says goes to the log file. Standard input closing ends it at once,
whatever it is doing: the process that asked is gone.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

import pendulum
from airflow.configuration import AIRFLOW_HOME, conf
from airflow.dag_processing.dagbag import DagBag
from airflow.listeners import hookimpl
from airflow.models.asset import AssetEvent, AssetModel
from airflow.models.dagrun import DagRun
from airflow.sdk import DAG
from airflow.sdk.listener import get_listener_manager
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from sqlalchemy import event, select

from exchange.schedule.airflow_settings import TIME_ZONE
from exchange.schedule.orchestration import KEY_FORMAT
from interfaces.errors import PrakanError

GONE = 3


class Teller:
    """Writes events, and is Airflow's listener for what happens to a task.

    ``errors`` keeps the last error of each task of the current run, since the metadata does not.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.errors: dict[tuple[str, int], str] = {}

    def tell(self, kind: str, **values: object) -> None:
        """One event."""
        print(json.dumps({"event": kind, **values}, ensure_ascii=False), file=self._out, flush=True)

    @hookimpl
    def on_task_instance_running(self, task_instance: Any) -> None:
        """A task starts."""
        self._task("running", task_instance)

    @hookimpl
    def on_task_instance_success(self, task_instance: Any) -> None:
        """A task is done."""
        self._task("success", task_instance)

    @hookimpl
    def on_task_instance_failed(self, task_instance: Any, error: object) -> None:
        """A try has failed; another one may follow."""
        line = one_line(error)
        self.errors[task_instance.task_id, task_instance.map_index] = line
        self._task("failed", task_instance, line)

    def _task(self, state: str, ti: Any, error: str | None = None) -> None:
        self.tell(
            "task",
            dag_id=ti.dag_id,
            task_id=ti.task_id,
            label=ti.rendered_map_index,
            state=state,
            tries=ti.try_number,
            error=error,
        )


def one_line(error: object) -> str:
    """Last line of an error; an error for people as it is, another one with its class."""
    lines = str(error).strip().splitlines() or [""]
    if isinstance(error, str | PrakanError):
        return lines[-1]
    return f"{type(error).__name__}: {lines[-1]}"


def run_dag(dag: DAG, business_date: date, conf: dict[str, Any], teller: Teller) -> None:
    """Run a DAG for a business date as its partition key, with the parameters that ``conf`` gives;
    tells how it ended.

    A DAG that waits for an asset is started only if the asset has been made for that key, as a
    scheduler would. A later run of the same key takes the place of the earlier one.
    """
    key = business_date.strftime(KEY_FORMAT)
    missing = _assets_missing(dag, key)
    if missing:
        teller.tell("run", dag_id=dag.dag_id, state="not started", waits_for=missing, tasks=[])
        return
    for operator in dag.tasks:
        # Nothing else happens meanwhile, so there is nothing to wait for between two tries.
        operator.retry_delay = timedelta(0)
    teller.errors.clear()
    at = pendulum.datetime(business_date.year, business_date.month, business_date.day, tz=TIME_ZONE)
    with runs_with_key(key):
        run = dag.test(logical_date=at, run_after=at, run_conf=conf)
    teller.tell(
        "run", dag_id=dag.dag_id, state=str(run.state), waits_for=[], tasks=_tasks(run, teller)
    )


@contextmanager
def runs_with_key(key: str) -> Iterator[None]:
    """Every DagRun made meanwhile has this key and starts now.

    ``DAG.test`` takes no key (Airflow 3.3) and says that a run started on its logical date.
    """

    def give(_run: DagRun, _arguments: tuple[object, ...], values: dict[str, object]) -> None:
        if "run_id" in values:
            values.update(partition_key=key, start_date=pendulum.now(TIME_ZONE))

    event.listen(DagRun, "init", give)
    try:
        yield
    finally:
        event.remove(DagRun, "init", give)


def _assets_missing(dag: DAG, key: str) -> list[str]:
    """Names of the assets that a DAG waits for and that have not been made for the key."""
    condition = coerce_to_core_timetable(dag.timetable).asset_condition
    wanted = [asset.name for _, asset in condition.iter_assets()]
    query = (
        select(AssetModel.name)
        .join(AssetEvent, AssetEvent.asset_id == AssetModel.id)
        .where(AssetEvent.partition_key == key)
    )
    with create_session() as session:
        made = set(session.scalars(query))
    return [name for name in wanted if name not in made]


def _tasks(run: DagRun, teller: Teller) -> list[dict[str, object]]:
    found = sorted(run.get_task_instances(), key=lambda ti: (ti.task_id, ti.map_index))
    return [
        {
            "task_id": ti.task_id,
            "label": ti.rendered_map_index,
            "state": str(ti.state),
            "tries": ti.try_number,
            "error": teller.errors.get((ti.task_id, ti.map_index)),
        }
        for ti in found
    ]


def _commands() -> SimpleQueue[str]:
    """Lines of standard input as they come; its end ends the process."""
    lines: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        os._exit(GONE)

    threading.Thread(target=read, name="commands", daemon=True).start()
    return lines


def serve(out: TextIO) -> None:
    """Do what is asked until standard input ends."""
    teller = Teller(out)
    commands = _commands()
    lock = (Path(AIRFLOW_HOME) / "one_process.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        teller.tell("busy", airflow_home=AIRFLOW_HOME)
        return
    initdb()
    bag = DagBag(conf.get("core", "dags_folder"))
    get_listener_manager().add_listener(teller)  # type: ignore[no-untyped-call]
    teller.tell("ready", dag_ids=sorted(bag.dags), import_errors=bag.import_errors)
    while True:
        command = json.loads(commands.get())
        day = date.fromisoformat(command["business_date"])
        run_dag(bag.dags[command["dag_id"]], day, command.get("conf") or {}, teller)


def main() -> None:
    """Keep standard output for events; what Airflow prints goes to the log."""
    parser = argparse.ArgumentParser(prog="python -m simulation.airflow_child")
    parser.add_argument("--log", type=Path, required=True, help="file that Airflow's log goes to")
    options = parser.parse_args()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    with options.log.open("ab", buffering=0) as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    serve(out)


if __name__ == "__main__":
    main()
