"""The DAG files as Airflow sees them, looked at once for all tests of a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exchange.schedule.airflow_settings import airflow_environment

DAGS = Path(__file__).parents[2] / "dags"


@dataclass(frozen=True)
class DagFiles:
    """Every DAG by id, errors by file, and the modules that importing the files loaded."""

    dags: dict[str, dict[str, Any]]
    errors: dict[str, str]
    loaded: frozenset[str]

    def tasks(self) -> list[tuple[str, dict[str, Any]]]:
        """All tasks, each with a name to show."""
        return [
            (f"{dag_id}.{task_id}", task)
            for dag_id, dag in self.dags.items()
            for task_id, task in dag["tasks"].items()
        ]


@pytest.fixture(scope="session")
def dag_files(tmp_path_factory: pytest.TempPathFactory) -> DagFiles:
    """What a fresh process finds in the dags folder, given by its absolute path."""
    assert DAGS.is_absolute()
    home = tmp_path_factory.mktemp("airflow")
    seen = home / "seen.json"
    subprocess.run(
        [sys.executable, "-m", "tests.dags.described", str(DAGS), str(seen)],
        env=airflow_environment(home, DAGS, os.environ),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    found = json.loads(seen.read_text())
    return DagFiles(found["dags"], found["errors"], frozenset(found["loaded"]))
