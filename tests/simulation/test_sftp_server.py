"""The demo's SFTP server as a process: keys and port stay, the root is the whole world."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.remote.endpoint import endpoint_from_environment
from exchange.remote.sftp import SftpClient
from simulation.sftp_server import HOST, running_server


def test_restart_keeps_keys_and_port(tmp_path: Path) -> None:
    with running_server(tmp_path / "root", tmp_path / "state") as first:
        pinned = first.known_hosts.read_text()
    with running_server(tmp_path / "root", tmp_path / "state") as second:
        assert second.port == first.port
        assert second.known_hosts.read_text() == pinned
        assert int((tmp_path / "state" / "port").read_text()) == second.port
        assert stat.S_IMODE(second.client_key.stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "state" / "host_key").stat().st_mode) == 0o600


def test_another_port_when_the_last_one_is_taken(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        (tmp_path / "state").mkdir()
        (tmp_path / "state" / "port").write_text(str(taken.getsockname()[1]))
        with running_server(tmp_path / "root", tmp_path / "state") as server:
            assert server.port != taken.getsockname()[1]
            endpoint = endpoint_from_environment("demo", server.environment("demo"))
            with SftpClient(endpoint) as client:
                assert client.listing("/") == []


def test_clients_see_the_root_and_nothing_above(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "root" / "drop").mkdir(parents=True)
    with running_server(tmp_path / "root", tmp_path / "state") as server:
        endpoint = endpoint_from_environment("demo", server.environment("demo"))
        with SftpClient(endpoint) as client:
            assert [name for name, _ in client.listing("/")] == ["drop"]
            assert client.stat("/../outside") is None


def test_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    """A demo that is killed leaves no server behind that holds the port."""
    command = [sys.executable, "-m", "simulation.sftp_server", "--until-input-ends"]
    command += ["--root", str(tmp_path / "root"), "--state", str(tmp_path / "state")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None and server.stdin is not None
        assert server.stdout.readline().startswith(b"ready")
        server.stdin.close()
        assert server.wait(timeout=30) == 0


def test_what_went_wrong_at_the_start_is_said(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("a file")
    with (
        pytest.raises(RuntimeError, match="did not start"),
        running_server(tmp_path / "root", tmp_path / "state"),
    ):
        pass
