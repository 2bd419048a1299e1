"""Employers put their files into the inbox with OpenSSH's own client, through OpenSSH's server."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from exchange.inbound.arrivals import receive_filings
from exchange.site import Site, open_site
from ledger.files import files_of
from ledger.landing import FileState
from tests.openssh import Sshd, program, running_sshd

DAY = date(2026, 11, 20)
SAMPLE = Path("sample_files/form_1_10/good/SPS110_1000000012_202610.TXT")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = open_site({"PRAKAN_HOME": str(tmp_path / "home")})
    opened.home.employer_inbox.mkdir(parents=True)
    yield opened
    opened.ledger.dispose()


@pytest.fixture
def drop(site: Site, tmp_path: Path) -> Iterator[Sshd]:
    """A server that shows employers the inbox and nothing above it by default."""
    inbox = site.home.employer_inbox
    settings = {"ForceCommand": f"internal-sftp -d {inbox}"}
    with running_sshd(tmp_path / "sshd", inbox, settings=settings) as server:
        yield server


def sftp(server: Sshd, commands: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    batch = tmp_path / "batch"
    batch.write_text(commands)
    return subprocess.run(
        [
            *(program("sftp"), "-b", str(batch), "-P", str(server.port)),
            *("-i", str(server.client_key)),
            *("-o", f"UserKnownHostsFile={server.known_hosts_for()}"),
            *("-o", "StrictHostKeyChecking=yes", server.endpoint().host),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_file_is_taken_when_it_has_its_name_and_no_sooner(
    site: Site, drop: Sshd, tmp_path: Path
) -> None:
    put = f'put "{SAMPLE.absolute()}" ".SPS110_1000000012_202610.TXT.part"\n'
    assert sftp(drop, put, tmp_path).returncode == 0
    assert receive_filings(site, DAY)["files"] == 0
    rename = 'rename ".SPS110_1000000012_202610.TXT.part" "SPS110_1000000012_202610.TXT"\n'
    assert sftp(drop, rename, tmp_path).returncode == 0
    assert receive_filings(site, DAY)["accepted"] == 1
    (standing,) = files_of(site.ledger, DAY)
    assert standing.state is FileState.ACCEPTED
    assert list(site.home.employer_inbox.iterdir()) == [], "what was taken makes room"


def test_the_same_file_put_again_is_known(site: Site, drop: Sshd, tmp_path: Path) -> None:
    put = f'put "{SAMPLE.absolute()}" "{SAMPLE.name}"\n'
    assert sftp(drop, put, tmp_path).returncode == 0
    assert receive_filings(site, DAY)["accepted"] == 1
    assert sftp(drop, put, tmp_path).returncode == 0
    again = receive_filings(site, DAY)
    assert (again["files"], again["already_received"]) == (1, 1)
    assert len(files_of(site.ledger, DAY)) == 1
