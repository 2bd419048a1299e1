"""The processes of an Airflow on this machine: started together, stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from interfaces.errors import OutsideFailure

HOST = "127.0.0.1"
STOP_SECONDS = 20.0
#: The log servers of scheduler and triggerer would listen on every address of the machine. Logs
#: are read from their files here, so nobody needs them.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server", "--host", HOST),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}

Parts = dict[str, subprocess.Popen[bytes]]


class AirflowStopped(OutsideFailure):
    """A part of Airflow did not start, or ended by itself."""


@contextmanager
def running_airflow(home: Path, environment: Mapping[str, str]) -> Iterator[Parts]:
    """Airflow's parts by name, each the leader of a session of its own; all gone at the end.

    ``environment`` is the whole one of the processes; ``home`` gets a log file for each.
    AirflowStopped when the metadata database cannot be made.
    """
    parts: Parts = {}
    try:
        # Alone first: it makes the tables, and the secrets that the others share.
        parts["database"] = _start(home, environment, "database", ("db", "migrate"))
        if parts["database"].wait() != 0:
            check_alive(parts, home)
        del parts["database"]
        for name, command in COMMANDS.items():
            parts[name] = _start(home, environment, name, command)
        yield parts
    finally:
        _stop(list(parts.values()))


def check_alive(parts: Parts, home: Path) -> None:
    """AirflowStopped, with the place of its log, when a part has ended."""
    for name, process in parts.items():
        if process.poll() is not None:
            raise AirflowStopped(
                f"Airflow's {name} ended with status {process.returncode}; see the end of "
                f"{_log(home, name)}"
            )


def _start(
    home: Path, environment: Mapping[str, str], name: str, command: Sequence[str]
) -> subprocess.Popen[bytes]:
    with _log(home, name).open("wb") as log:
        return subprocess.Popen(  # noqa: S603  (our own interpreter, no shell)
            [sys.executable, "-m", "airflow", *command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _log(home: Path, name: str) -> Path:
    return home / f"ui.{name}.log"


def _stop(leaders: Sequence[subprocess.Popen[bytes]]) -> None:
    """TERM to each part and its group, KILL to whatever of their sessions is left then."""
    sessions = {leader.pid for leader in leaders}
    for leader in leaders:
        if leader.poll() is None:
            os.killpg(leader.pid, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end and members(sessions):
        for leader in leaders:
            leader.poll()  # a child that ended stays in the list of processes until it is asked
        time.sleep(0.1)
    for pid in members(sessions):
        with suppress(ProcessLookupError):  # it ended by itself meanwhile
            os.kill(pid, signal.SIGKILL)
    for leader in leaders:
        leader.wait()


def members(sessions: Collection[int]) -> list[int]:
    """Processes of the sessions; a task of Airflow makes itself a group, but stays in its own."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(ProcessLookupError):  # it ended while we looked
                if os.getsid(int(entry.name)) in sessions:
                    found.append(int(entry.name))
    return found
