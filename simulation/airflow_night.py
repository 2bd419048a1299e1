"""Runs the very DAGs of production for one business date, in one process, without a scheduler.

Airflow's own ``DAG.test`` runs them in a child process (``airflow_child``), in the order given,
with the business date as their partition key; a DAG that waits for an asset runs only when the
asset has been made. What Airflow says goes to ``airflow.log`` in its home.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from exchange.schedule.airflow_settings import airflow_environment, dags_folder
from interfaces.days import parse_day
from interfaces.errors import OutsideFailure, PrakanError, WrongUse

#: In this order each finds what it waits for.
NIGHT = ("extracts", "employer_contributions", "feeds", "returns")
SUCCESS = "success"
NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """How one task instance ended. ``label`` names a mapped one; ``error`` is its last line."""

    task_id: str
    label: str | None
    state: str
    tries: int
    error: str | None

    @property
    def name(self) -> str:
        """Task and label, as an operator reads it."""
        return f"{self.task_id}[{self.label}]" if self.label else self.task_id


@dataclass(frozen=True, slots=True)
class DagOutcome:
    """How one DAG run ended: ``success``, ``failed``, or ``not started`` and for want of what."""

    dag_id: str
    state: str
    tasks: tuple[TaskOutcome, ...]
    waits_for: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[TaskOutcome, ...]:
        """The task instances that failed by themselves."""
        return tuple(task for task in self.tasks if task.state == "failed")


@dataclass(frozen=True, slots=True)
class TaskTold:
    """Something happened to a task instance: ``running``, ``success`` or ``failed`` (one try)."""

    dag_id: str
    name: str
    state: str
    tries: int
    error: str | None


Told = Callable[[TaskTold | DagOutcome], None]


class AirflowProcessError(OutsideFailure):
    """The process that runs the DAGs did not start or ended by itself."""


class AirflowProcess:
    """A running child; make one with :func:`airflow_process`."""

    def __init__(self, commands: IO[str], events: Iterator[dict[str, Any]], told: Told) -> None:
        self._commands = commands
        self._events = events
        self._told = told

    def run(
        self, dag_id: str, business_date: date, conf: Mapping[str, object] | None = None
    ) -> DagOutcome:
        """Run a DAG for a business date with the parameters ``conf``; how it ended.
        AirflowProcessError when the child ends."""
        command = {"dag_id": dag_id, "business_date": str(business_date), "conf": dict(conf or {})}
        self._commands.write(json.dumps(command) + "\n")
        self._commands.flush()
        return _until_done(self._events, self._told)


@contextmanager
def airflow_process(
    airflow_home: Path,
    environment: Mapping[str, str],
    *,
    dag_ids: Sequence[str] = NIGHT,
    dags: Path | None = None,
    tell: Told | None = None,
) -> Iterator[AirflowProcess]:
    """Start the child and check that its folder has the DAGs; it is gone at the end.

    The arguments are those of :func:`run_dags`.
    """
    folder = dags_folder(dags)
    airflow_home.mkdir(parents=True, exist_ok=True)
    log = airflow_home / "airflow.log"
    with subprocess.Popen(  # noqa: S603  (our own module, no shell)
        [sys.executable, "-m", "simulation.airflow_child", "--log", str(log.absolute())],
        env=airflow_environment(airflow_home, folder, {**os.environ, **environment}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        process_group=0,  # Ctrl-C is for us; the child hears of it by its input closing
    ) as child:
        try:
            if child.stdin is None or child.stdout is None:
                raise AirflowProcessError("the process for Airflow was started without pipes")
            events = _events(child, child.stdout, log)
            _check_ready(next(events), folder, dag_ids)
            told = tell or (_print_progress if sys.stderr.isatty() else _nobody)
            yield AirflowProcess(child.stdin, events, told)
        finally:
            # Everything is done or made to be broken off: nothing needs to be put away.
            child.kill()


def run_dags(
    business_date: date,
    *,
    airflow_home: Path,
    environment: Mapping[str, str],
    dag_ids: Sequence[str] = NIGHT,
    before: Mapping[str, Callable[[], None]] | None = None,
    dags: Path | None = None,
    tell: Told | None = None,
) -> list[DagOutcome]:
    """Run the DAGs one after the other; how each ended, in the same order.

    ``environment`` is added to that of this process: ``PRAKAN_HOME``, the signing key and the
    like, and the partners' connections (see :func:`connection_variable`). ``before`` holds what
    is to happen just before a DAG starts. ``tell`` hears of every task and run; without it,
    progress goes to standard error when that is a terminal. Metadata and logs stay in
    ``airflow_home``; running a business date again replaces its runs there. AirflowProcessError
    when Airflow itself fails.
    """
    outcomes = []
    with airflow_process(
        airflow_home, environment, dag_ids=dag_ids, dags=dags, tell=tell
    ) as airflow:
        for dag_id in dag_ids:
            if before and dag_id in before:
                before[dag_id]()
            outcomes.append(airflow.run(dag_id, business_date))
    return outcomes


def connection_variable(
    connection: str, *, host: str, port: int, login: str, key_file: Path, known_hosts: Path
) -> dict[str, str]:
    """The environment variable that is an SFTP Connection to Airflow, by name and value."""
    value = {
        "conn_type": "sftp",
        "host": host,
        "port": port,
        "login": login,
        "extra": {"key_file": str(key_file), "known_hosts": str(known_hosts)},
    }
    return {f"AIRFLOW_CONN_{connection.upper()}": json.dumps(value)}


def failures(outcomes: Sequence[DagOutcome]) -> list[str]:
    """A line for each failed task with its last error, for an operator to read."""
    return [
        f"{outcome.dag_id}.{task.name}: {task.error or 'failed without an error; see the log'}"
        for outcome in outcomes
        for task in outcome.failed
    ]


def succeeded(outcomes: Sequence[DagOutcome]) -> bool:
    """Whether nothing failed. A DAG whose asset was not made had nothing to do."""
    return all(outcome.state in (SUCCESS, NOT_STARTED) for outcome in outcomes)


def _events(child: subprocess.Popen[str], lines: IO[str], log: Path) -> Iterator[dict[str, Any]]:
    """Events of the child; AirflowProcessError when it ends."""
    for line in lines:
        yield json.loads(line)
    child.wait()
    raise AirflowProcessError(
        f"the process that runs the DAGs ended with status {child.returncode}; see the end of {log}"
    )


def _check_ready(event: dict[str, Any], folder: Path, dag_ids: Sequence[str]) -> None:
    if event["event"] == "busy":
        raise AirflowProcessError(
            f"another process is running DAGs in {event['airflow_home']}; wait for it or end it"
        )
    for path, error in event["import_errors"].items():
        raise WrongUse(f"{path} cannot be imported: {error.strip().splitlines()[-1]}")
    unknown = [dag_id for dag_id in dag_ids if dag_id not in event["dag_ids"]]
    if unknown:
        raise WrongUse(f"{folder} has no DAG {unknown[0]!r}; it has: {', '.join(event['dag_ids'])}")


def _until_done(events: Iterator[dict[str, Any]], told: Told) -> DagOutcome:
    for event in events:
        if event["event"] == "run":
            outcome = DagOutcome(
                event["dag_id"],
                event["state"],
                tuple(TaskOutcome(**task) for task in event["tasks"]),
                tuple(event["waits_for"]),
            )
            told(outcome)
            return outcome
        task = TaskOutcome(
            event["task_id"], event["label"], event["state"], event["tries"], event["error"]
        )
        told(TaskTold(event["dag_id"], task.name, task.state, task.tries, task.error))
    raise AirflowProcessError("the process that runs the DAGs stopped in the middle of one")


def _nobody(_event: TaskTold | DagOutcome) -> None:
    """Nobody listens."""


def _print_progress(event: TaskTold | DagOutcome) -> None:
    """One line for each task that ended, and one for a DAG that was not started."""
    if isinstance(event, TaskTold):
        if event.state != "running":
            more = f": {event.error}" if event.error else ""
            _say(f"{event.dag_id}.{event.name}  {event.state}{more}")
    elif event.state == NOT_STARTED:
        _say(f"{event.dag_id}  not started: {', '.join(event.waits_for)} not made on this date")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def main() -> int:
    """Command line: exit status 0 when all is well, 1 when a DAG failed, 3 without Airflow."""
    parser = argparse.ArgumentParser(
        prog="python -m simulation.airflow_night",
        description="Run the DAGs of a business date in one process, without a scheduler.",
    )
    parser.add_argument("--date", required=True, metavar="YYYY-MM-DD", help="business date")
    parser.add_argument("--airflow-home", type=Path, required=True, help="metadata and logs")
    parser.add_argument("--dags", type=Path, help="folder of the DAG files")
    parser.add_argument("dag_ids", nargs="*", metavar="DAG", help=f"usual: {' '.join(NIGHT)}")
    options = parser.parse_args()
    try:
        outcomes = run_dags(
            parse_day(options.date),
            airflow_home=options.airflow_home,
            environment={},
            dag_ids=options.dag_ids or NIGHT,
            dags=options.dags,
        )
    except PrakanError as error:
        _say(f"airflow_night: {error}")
        return error.status
    for outcome in outcomes:
        sys.stdout.write(f"{outcome.dag_id}: {outcome.state}\n")
    for line in failures(outcomes):
        _say(line)
    return 0 if succeeded(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
