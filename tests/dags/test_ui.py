"""``prakan ui`` for real: the DAGs are loaded, it listens on loopback only, it stops whole."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from prakan.__main__ import main
from prakan.airflow_api import loaded_dags
from prakan.airflow_processes import members
from tests.openssh import HOST, free_port

PACKAGES = Path(__file__).parents[2]
LISTENING = "0A"
LOOPBACK = {"0100007F", "00000000000000000000000001000000"}


def test_dags_loaded_on_loopback_and_nothing_left_after_term(tmp_path: Path) -> None:
    environment = {**os.environ, "PRAKAN_HOME": str(tmp_path), "PYTHONPATH": str(PACKAGES)}
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "prakan", "ui", "--port", str(port), "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as ui:
        try:
            assert ui.stdout is not None
            lines = []
            for line in ui.stdout:
                lines.append(line)
                if line == "}\n":
                    break
            answer = json.loads("".join(lines))
            dags = loaded_dags(answer["url"], answer["user"], answer["password"])
            assert sorted(dag_id for ids in dags.values() for dag_id in ids) == answer["dags"]
            assert answer["dags"] == [
                *("employer_contributions", "extracts", "feeds", "notices", "returns", "watch"),
            ]
            processes = _descendants(ui.pid)
            sessions = {os.getsid(pid) for pid in processes}
            assert len(sessions) == 4  # interface, scheduler, reader of DAG files, triggerer
            listening = _listening_addresses(processes)
            assert (HOST, port) in listening
            assert {address for address, _ in listening} == {HOST}
        finally:
            ui.send_signal(signal.SIGTERM)
            status = ui.wait(timeout=60)
    assert status == 0
    assert members(sessions) == []


def test_a_port_that_is_taken_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path / "home"))
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["ui", "--port", str(port)]) == 2
    error = capsys.readouterr().err
    assert f"port {port}" in error and "--port" in error
    assert not (tmp_path / "home").exists()


def test_a_folder_without_dags_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ui", "--dags", str(tmp_path)]) == 2
    assert "--dags" in capsys.readouterr().err


def _descendants(pid: int) -> list[int]:
    """Processes that a process has started, and theirs."""
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (thread / "children").read_text().split()):
            found += [child, *_descendants(child)]
    return found


def _listening_addresses(processes: list[int]) -> set[tuple[str, int]]:
    """Addresses and ports on which the processes accept TCP connections."""
    sockets = {
        link.readlink().as_posix()
        for pid in processes
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if link.is_symlink()
    }
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:]:
            columns = line.split()
            address, port = columns[1].split(":")
            if columns[3] == LISTENING and f"socket:[{columns[9]}]" in sockets:
                found.add((HOST if address in LOOPBACK else address, int(port, 16)))
    return found
