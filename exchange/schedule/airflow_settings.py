"""Settings of an Airflow on one machine: the demo's one process and the web interface."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from interfaces.errors import WrongUse

#: Where business dates begin and end.
TIME_ZONE = "Asia/Bangkok"
#: The root of the packages that are running: a checkout, or where they are installed.
PACKAGES = Path(__file__).parents[2]
#: In a checkout the DAG files lie beside the packages; they are not packaged.
USUAL_DAGS = PACKAGES / "dags"


def dags_folder(given: Path | None = None) -> Path:
    """Folder of the DAG files, absolute; WrongUse when it holds none."""
    folder = (given or USUAL_DAGS).absolute()
    if not any(folder.glob("*.py")):
        raise WrongUse(
            f"no DAG files in {folder}: give the dags folder of a checkout of prakan with --dags"
        )
    return folder


def airflow_environment(
    airflow_home: Path, dags: Path, environment: Mapping[str, str]
) -> dict[str, str]:
    """``environment`` with the settings that make Airflow keep to ``airflow_home`` and ``dags``.

    SQLite metadata, two tasks at a time, no example DAGs, nothing reported home, and the
    packages that we run from on the path of every process. ``environment`` is the whole one of
    the process to be started; Airflow reads it when it is first imported, so it must not change
    afterwards.
    """
    path = [str(PACKAGES), *filter(None, [environment.get("PYTHONPATH")])]
    return {
        **environment,
        "PYTHONPATH": os.pathsep.join(path),
        "AIRFLOW_HOME": str(airflow_home.absolute()),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": TIME_ZONE,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow_home.absolute()}/airflow.db",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(airflow_home.absolute() / "logs"),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
