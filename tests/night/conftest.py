"""A small country, a partner on a real SFTP server, and what a night without accident gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from uuid import uuid4

import pytest

from simulation.population import generate
from tests.night.stage import (
    DAY,
    PARTNER,
    SEED,
    Stage,
    make_partner,
    partner_declared_at,
    walk_ins_of,
)
from tests.openssh import HOST, Sshd, running_sshd


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A handful of people on DAY, for nights that go wrong; nobody writes into it."""
    return _country(tmp_path_factory, persons=700, employers=20, filings=4)


@pytest.fixture(scope="session")
def large_country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough people for every kind of fault, wrong filing and mistake at the counter."""
    return _country(tmp_path_factory, persons=2600, employers=110, filings=66)


@pytest.fixture(scope="session")
def faultless_country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing is wrong with anything."""
    return _country(tmp_path_factory, persons=300, employers=10, filings=2, faults=False)


def _country(
    folders: pytest.TempPathFactory,
    *,
    persons: int,
    employers: int,
    filings: int,
    faults: bool = True,
) -> Path:
    out = folders.mktemp("country") / "country"
    generate(
        persons=persons,
        employers=employers,
        filings=filings,
        seed=SEED,
        business_date=DAY,
        out=out,
        faults=faults,
    )
    return out


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A real OpenSSH server, one for all tests of a process."""
    folder = tmp_path_factory.mktemp("openssh")
    with running_sshd(folder / "state", folder / "root") as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _no_settling() -> Iterator[None]:
    """The partner of these tests has finished writing: nobody waits to see that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
        yield


@pytest.fixture
def empty_stage(sshd: Sshd, tmp_path: Path) -> Stage:
    """An installation with empty inboxes, its partner on OpenSSH."""
    return stage_on(sshd, tmp_path)


@pytest.fixture
def stage(empty_stage: Stage, country: Path) -> Stage:
    """The same with everything arrived that a night needs."""
    empty_stage.receive_country(country)
    return empty_stage


@dataclass(frozen=True)
class Undisturbed:
    """Where the partner's folder and the ledger stand after each half of a smooth night.

    ``stage`` is to be read only.
    """

    stage: Stage
    at_partner: dict[str, str]
    digest_before_evening: str
    digest: str

    @property
    def drop(self) -> dict[str, str]:
        """What the partner has before its evening: the feeds and their manifests."""
        return {n: h for n, h in self.at_partner.items() if n.startswith("drop/")}


@pytest.fixture(scope="session")
def undisturbed(
    sshd: Sshd, country: Path, tmp_path_factory: pytest.TempPathFactory, _no_settling: None
) -> Undisturbed:
    """The night of ``country`` without any accident."""
    return _smooth_night(stage_on(sshd, tmp_path_factory.mktemp("undisturbed")), country)


@pytest.fixture(scope="session")
def large_night(
    sshd: Sshd, large_country: Path, tmp_path_factory: pytest.TempPathFactory, _no_settling: None
) -> Undisturbed:
    """The night of ``large_country`` without any accident."""
    return _smooth_night(stage_on(sshd, tmp_path_factory.mktemp("large")), large_country)


def _smooth_night(stage: Stage, country: Path) -> Undisturbed:
    stage.receive_country(country)
    assert stage.night().status == 0
    before = stage.digest()
    stage.evening(walk_ins=walk_ins_of(country))
    assert stage.night().status == 0
    return Undisturbed(stage, stage.at_partner(), before, stage.digest())


def stage_on(server: Sshd, folder: Path) -> Stage:
    """An installation in ``folder`` whose partner has a folder of its own on the server."""
    root = server.root / uuid4().hex
    make_partner(root)
    prefix = f"PRAKAN_SFTP_{PARTNER.upper()}"
    return Stage(
        folder=folder,
        root=root,
        environment={
            "PRAKAN_HOME": str(folder / "home"),
            f"{prefix}_URL": f"sftp://{getuser()}@{HOST}:{server.port}",
            f"{prefix}_KEY_FILE": str(server.client_key),
            f"{prefix}_KNOWN_HOSTS": str(server.known_hosts_for()),
        },
        partners=partner_declared_at(root, folder / "partners"),
    )
