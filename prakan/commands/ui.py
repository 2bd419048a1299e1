"""``prakan ui``: the Airflow web interface on this machine, with the DAGs loaded."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from exchange.schedule.airflow_settings import airflow_environment, dags_folder
from exchange.site import open_site
from interfaces.errors import WrongUse
from prakan.airflow_api import loaded_dags
from prakan.airflow_processes import HOST, AirflowStopped, Parts, check_alive, running_airflow
from prakan.answer import answer

USUAL_PORT = 8080
USER = "admin"
PASSWORDS = "simple_auth_manager_passwords.json.generated"
START_SECONDS = 180.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Port and folder of the DAG files."""
    parser.add_argument("--port", type=int, default=USUAL_PORT, help=f"usual: {USUAL_PORT}")
    parser.add_argument(
        "--dags", type=Path, help="folder of the DAG files (usual: that of this checkout)"
    )


def run(options: argparse.Namespace) -> int:
    """Start Airflow, say how to log in once it answers, stop it on Ctrl-C or TERM."""
    folder = dags_folder(options.dags)
    _check_port(options.port)
    root = open_site().home.root
    home = root / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    url = f"http://{HOST}:{options.port}"
    password = _password(home / PASSWORDS)
    environment = {
        **airflow_environment(home, folder, os.environ),
        "PRAKAN_HOME": str(root),
        # Tasks report to this address; without it they would look for the usual port.
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__PORT": str(options.port),
    }
    if sys.stderr.isatty():
        print(f"starting Airflow in {home}; this takes up to a minute", file=sys.stderr)
    with _stopped_by_signal(), running_airflow(home, environment) as parts:
        dag_ids = _wait_until_loaded(url, password, folder, parts, home)
        answer(
            options,
            {"url": url, "user": USER, "password": password, "dags": dag_ids},
            f"Airflow is ready: {url}\n"
            f"  user      {USER}\n"
            f"  password  {password}\n"
            f"  DAGs      {', '.join(dag_ids)} (paused until you switch them on)\n"
            f"  logs      {home}\n"
            "Ctrl-C stops it.",
        )
        sys.stdout.flush()
        return _until_interrupted(parts, home)


def _until_interrupted(parts: Parts, home: Path) -> int:
    try:
        while True:
            check_alive(parts, home)
            time.sleep(1)
    except KeyboardInterrupt:
        return 0


@contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """TERM does what Ctrl-C does, and neither disturbs the stopping that the first one began."""
    numbers = (signal.SIGINT, signal.SIGTERM)

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise WrongUse(
                f"port {port} cannot be used: {error}; give another with --port"
            ) from None


def _password(path: Path) -> str:
    """The password that Airflow will accept: made once, readable by the owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({USER: secrets.token_urlsafe(12)}) + "\n")
    return str(json.loads(path.read_text())[USER])


def _wait_until_loaded(
    url: str, password: str, folder: Path, parts: Parts, home: Path
) -> list[str]:
    """Ids of the DAGs once every DAG file of ``folder`` has been read, through Airflow's API."""
    files = {path.name for path in folder.glob("*.py")}
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        check_alive(parts, home)
        try:
            found = loaded_dags(url, USER, password)
        except OSError:
            found = {}  # it does not answer yet
        if files <= set(found):
            return sorted(dag_id for dag_ids in found.values() for dag_id in dag_ids)
        time.sleep(0.5)
    raise AirflowStopped(f"Airflow did not load its DAGs in {START_SECONDS:.0f} s; see {home}")
