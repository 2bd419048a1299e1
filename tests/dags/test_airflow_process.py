"""The process that runs DAGs: it goes with its parent, and says what is wrong with a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from exchange.schedule.airflow_settings import airflow_environment, dags_folder
from interfaces.errors import WrongUse
from simulation.airflow_night import AirflowProcessError, airflow_process, run_dags
from tests.dags.conftest import DAGS

DAY = date(2026, 11, 30)


def test_ends_when_the_process_that_started_it_is_gone(tmp_path: Path) -> None:
    """A demo that is killed leaves nobody behind who goes on sending."""
    command = [sys.executable, "-m", "simulation.airflow_child", "--log", str(tmp_path / "log")]
    with subprocess.Popen(
        command,
        env=airflow_environment(tmp_path, DAGS, os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        assert b'"ready"' in child.stdout.readline()
        child.stdin.close()
        assert child.wait(timeout=30) != 0


def test_a_folder_without_dag_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no DAG files"):
        run_dags(DAY, airflow_home=tmp_path / "airflow", environment={}, dags=tmp_path)
    assert not (tmp_path / "airflow").exists()


def test_a_dag_file_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "broken.py").write_text("from airflow.sdk import dag\nraise ValueError('no luck')\n")
    with pytest.raises(WrongUse, match=r"broken\.py cannot be imported: ValueError: no luck"):
        run_dags(DAY, airflow_home=tmp_path / "airflow", environment={}, dags=folder)


def test_a_process_that_dies_is_an_error_of_the_outside_world(tmp_path: Path) -> None:
    """Airflow's own settings are beyond us: a wrong one must end in a line, not in silence."""
    with (
        pytest.raises(AirflowProcessError, match=r"airflow\.log"),
        airflow_process(tmp_path / "airflow", {"AIRFLOW__CORE__FERNET_KEY_CMD": "exit 9"}),
    ):
        pytest.fail("the process is well")


def test_the_settings_leave_the_given_environment_alone(tmp_path: Path) -> None:
    given = {"PRAKAN_HOME": "/somewhere", "PYTHONPATH": "/elsewhere"}
    made = airflow_environment(tmp_path, dags_folder(), given)
    assert given == {"PRAKAN_HOME": "/somewhere", "PYTHONPATH": "/elsewhere"}
    assert made["PRAKAN_HOME"] == "/somewhere"
    assert made["PYTHONPATH"].split(os.pathsep)[-1] == "/elsewhere"
    assert made["AIRFLOW_HOME"] == str(tmp_path)
    assert Path(made["AIRFLOW__CORE__DAGS_FOLDER"]) == DAGS
