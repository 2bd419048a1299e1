"""PartnerFolder servers for the tests of this room: a real OpenSSH and the demo's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from exchange.remote.endpoint import Endpoint, endpoint_from_environment
from simulation.sftp_server import running_server
from tests.openssh import PartnerFolder, Sshd, running_sshd


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A real OpenSSH server, one for all tests of a process."""
    folder = tmp_path_factory.mktemp("openssh")
    with running_sshd(folder / "state", folder / "root") as server:
        yield server


@pytest.fixture
def openssh(sshd: Sshd) -> PartnerFolder:
    """An empty folder on the OpenSSH server."""
    folder = sshd.root / uuid4().hex
    folder.mkdir()
    return PartnerFolder(sshd.endpoint(), str(folder), folder)


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Endpoint, Path]]:
    """The demo's server and the folder that it serves."""
    folder = tmp_path_factory.mktemp("asyncssh")
    with running_server(folder / "root", folder / "state") as server:
        environment = server.environment("demo")
        yield endpoint_from_environment("demo", environment), folder / "root"


@pytest.fixture
def asyncssh_partner(demo_server: tuple[Endpoint, Path]) -> PartnerFolder:
    """An empty folder on the demo's server."""
    endpoint, root = demo_server
    name = uuid4().hex
    (root / name).mkdir()
    return PartnerFolder(endpoint, f"/{name}", root / name)


@pytest.fixture(params=["openssh", "asyncssh_partner"])
def partner(request: pytest.FixtureRequest) -> PartnerFolder:
    """The same test against either server."""
    found: PartnerFolder = request.getfixturevalue(request.param)
    return found
