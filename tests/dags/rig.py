"""A whole installation on one machine: home, partner with a real SFTP server, one Airflow."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from exchange.home import Home
from exchange.sealing.manifest_signature import KEY_VARIABLE
from exchange.site import Site, open_site
from interfaces.partners import load_partners
from simulation.airflow_night import (
    NIGHT,
    AirflowProcess,
    DagOutcome,
    airflow_process,
    connection_variable,
)
from simulation.population import generate
from simulation.sftp_server import HOST, USER, RunningServer, running_server
from simulation.signing_key import make_signing_key
from tests.dags.conftest import DAGS


@dataclass(frozen=True)
class Rig:
    """One Airflow process for several business dates; every test takes dates of its own."""

    root: Path
    airflow: AirflowProcess

    @property
    def home(self) -> Home:
        """Folders of the installation."""
        return Home(self.root / "home")

    @property
    def partner(self) -> Path:
        """The partner's root folder, as its server serves it."""
        return self.root / "partner"

    def site(self) -> Site:
        """The installation, to look into its ledger."""
        return open_site({"PRAKAN_HOME": str(self.home.root)})

    def server(self) -> AbstractContextManager[RunningServer]:
        """The partner's server while the context lasts; always on the same port."""
        return running_server(self.partner, self.root / "server")

    def drop_country(self, day: date) -> None:
        """Put a small country's extracts and filings of a day into the inboxes."""
        country = self.root / f"country.{day}"
        generate(persons=400, employers=12, seed=5, business_date=day, out=country, filings=6)
        for source, inbox in (
            ("extracts", self.home.mainframe_inbox),
            ("filings", self.home.employer_inbox),
        ):
            shutil.copytree(country / source, inbox, dirs_exist_ok=True)

    def run(self, day: date, *dag_ids: str) -> dict[str, DagOutcome]:
        """Run DAGs (all four unless told) for a day; outcomes by id."""
        return {dag_id: self.airflow.run(dag_id, day) for dag_id in dag_ids or NIGHT}

    def dropped(self, day: date) -> dict[str, int]:
        """Files of a day in the partner's drop, with the time of their last change (ns)."""
        found = (self.partner / "drop").glob(f"*{day:%Y%m%d}*")
        return {path.name: path.stat().st_mtime_ns for path in found}

    def metadata(self, query: str) -> list[tuple[object, ...]]:
        """Rows of Airflow's own database."""
        with closing(sqlite3.connect(self.root / "airflow" / "airflow.db")) as database:
            return database.execute(query).fetchall()


@contextmanager
def running_rig(root: Path) -> Iterator[Rig]:
    """Make the partners, fix their port and keys, start Airflow's process.

    All are on one server, each with the folders of its declaration.
    """
    partners = load_partners()
    for partner in partners.values():
        folders = partner.directories
        for folder in (folders.drop, folders.returns, folders.acknowledgements, folders.statements):
            (root / "partner" / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
    with running_server(root / "partner", root / "server") as server:
        connections = [
            connection_variable(
                partner.connection,
                host=HOST,
                port=server.port,
                login=USER,
                key_file=server.client_key,
                known_hosts=server.known_hosts,
            )
            for partner in partners.values()
        ]
    environment = {"PRAKAN_HOME": str(root / "home"), KEY_VARIABLE: str(make_signing_key(root))}
    for connection in connections:
        environment |= connection
    with airflow_process(root / "airflow", environment, dags=DAGS) as airflow:
        yield Rig(root, airflow)


def states(outcome: DagOutcome) -> dict[str, str]:
    """State of each task instance by its name and label."""
    return {task.name: task.state for task in outcome.tasks}


def tries(outcome: DagOutcome) -> dict[str, int]:
    """Tries of each task instance by its name and label."""
    return {task.name: task.tries for task in outcome.tasks}
