"""Uploads and downloads against the OpenSSH client: ``python -m benchmarks.transfer --json``.

One file, one local OpenSSH server. In every round each client takes its turn, in changing order:
OpenSSH's own ``sftp`` with its default settings, and ours with either back end. What counts is
the time beside that of ``sftp`` in the same round, login included, and the median of the rounds.
Ours also works out the SHA-256 of the file, has the server flush it to its disk and asks for its
size; ``sftp`` does none of that. Memory is the peak of our process above what it held before.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass
from getpass import getuser
from pathlib import Path

from benchmarks.goals import Goal, Result, at_most, print_result
from benchmarks.measure import MEGABYTE, peak_memory_mb, reset_peak_memory
from exchange.remote.endpoint import Endpoint, endpoint_from_uri
from exchange.remote.sftp import SftpClient
from interfaces.policies import Client
from tests.openssh import HOST, Sshd, program, running_sshd

MEGABYTES = 500
ROUNDS = 5
OPENSSH = "openssh"
CLIENTS = (OPENSSH, *Client)
WAYS = ("upload", "download")
MOST_MEMORY_MB = 150
_CHILD = "--child"


@dataclass(frozen=True, slots=True)
class Run:
    """One transfer: wall and processor seconds, and megabytes of memory above the idle process."""

    seconds: float
    processor_seconds: float
    memory_mb: float


Runs = dict[tuple[str, str], list[Run]]  # by way and client, one a round


@dataclass(frozen=True, slots=True)
class Ground:
    """A server, the file to bring there, and where a file that comes back is put."""

    server: Sshd
    source: Path
    target: Path

    @property
    def remote(self) -> Path:
        """The file on the server's side."""
        return self.server.root / "there"


def measure_transfer(megabytes: int, rounds: int) -> tuple[Result, list[Goal]]:
    """Rates of each client and the goals."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with running_sshd(place / "state", place / "root") as server:
            ground = Ground(server, place / "source", place / "target")
            _write_random(ground.source, megabytes)
            runs = _all_rounds(ground, rounds)
    result: Result = {"megabytes": megabytes, "rounds": rounds}
    goals = []
    for (way, client), own in runs.items():
        result[f"{way} {client}"] = _summary(own, runs[way, OPENSSH], megabytes)
        if client != OPENSSH:
            ratio = _ratio(own, runs[way, OPENSSH])
            goals.append(at_most(f"{way} by {client}, times the OpenSSH client", ratio, 1.0))
    most = max(run.memory_mb for own in runs.values() for run in own)
    goals.append(at_most("megabytes of memory above the idle process", most, MOST_MEMORY_MB))
    return result, goals


def _all_rounds(ground: Ground, rounds: int) -> Runs:
    """The first round warms the page cache and is discarded."""
    runs: Runs = {(way, client): [] for way in WAYS for client in CLIENTS}
    for turn in range(rounds + 1):
        first = turn % len(CLIENTS)
        for way in WAYS:
            for client in CLIENTS[first:] + CLIENTS[:first]:
                run = _run(ground, way, client)
                if turn:
                    runs[way, client].append(run)
    return runs


def _run(ground: Ground, way: str, client: str) -> Run:
    result = ground.remote if way == "upload" else ground.target
    result.unlink(missing_ok=True)
    run = _openssh(ground, way) if client == OPENSSH else _ours(ground, way, client)
    if result.stat().st_size != ground.source.stat().st_size:
        raise RuntimeError(f"{way} by {client}: the file did not arrive whole")
    return run


def _openssh(ground: Ground, way: str) -> Run:
    server = ground.server
    command = [program("sftp"), "-q", "-b", "-", "-F", "none", "-P", str(server.port)]
    command += ["-i", str(server.client_key), "-o", "IdentitiesOnly=yes"]
    command += ["-o", f"UserKnownHostsFile={server.known_hosts_for()}", f"{getuser()}@{HOST}"]
    put = f"put {ground.source} {ground.remote}\n"
    get = f"get {ground.remote} {ground.target}\n"
    before = _children_seconds()
    start = time.perf_counter()
    subprocess.run(
        command,
        input=put if way == "upload" else get,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - start
    return Run(seconds, _children_seconds() - before, 0.0)


def _children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _ours(ground: Ground, way: str, client: str) -> Run:
    """In a process of its own, so that memory is its own; its start is not counted."""
    server = ground.server
    given = {
        "uri": str(server.endpoint()),
        "known_hosts": str(server.known_hosts_for()),
        "key_file": str(server.client_key),
        "client": client,
        "way": way,
        "local": str(ground.source if way == "upload" else ground.target),
        "remote": str(ground.remote),
    }
    command = [sys.executable, "-m", "benchmarks.transfer", _CHILD, json.dumps(given)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Run(**json.loads(done.stdout))


def _be_child(given: dict[str, str]) -> Run:
    endpoint = endpoint_from_uri(
        given["uri"],
        known_hosts=Path(given["known_hosts"]),
        key_file=Path(given["key_file"]),
        client=Client(given["client"]),
    )
    with SftpClient(endpoint):  # what a session needs is loaded
        pass
    reset_peak_memory()
    idle = peak_memory_mb()
    start, processor = time.perf_counter(), time.process_time()
    _transfer(endpoint, given["way"], Path(given["local"]), given["remote"])
    seconds, used = time.perf_counter() - start, time.process_time() - processor
    return Run(seconds, used, peak_memory_mb() - idle)


def _transfer(endpoint: Endpoint, way: str, local: Path, remote: str) -> None:
    with SftpClient(endpoint) as client:
        if way == "upload":
            with local.open("rb") as source:
                client.upload(source, remote)
        else:
            there = client.stat(remote)
            if there is None or there.size is None:
                raise RuntimeError("there is nothing to download")
            with local.open("wb") as target:
                client.download(remote, target, there.size)


def _summary(own: list[Run], openssh: list[Run], megabytes: int) -> Result:
    middle = {name: statistics.median(asdict(run)[name] for run in own) for name in asdict(own[0])}
    return {
        "seconds": round(middle["seconds"], 3),
        "mb_per_second": round(megabytes / middle["seconds"], 1),
        "processor_seconds": round(middle["processor_seconds"], 3),
        "times_openssh": round(_ratio(own, openssh), 3),
        "memory_mb": round(max(run.memory_mb for run in own), 1),
    }


def _ratio(own: list[Run], openssh: list[Run]) -> float:
    return statistics.median(
        one.seconds / other.seconds for one, other in zip(own, openssh, strict=True)
    )


def _write_random(path: Path, megabytes: int) -> None:
    with path.open("wb") as target:
        for _ in range(megabytes):
            target.write(os.urandom(MEGABYTE))


def _options() -> Namespace:
    parser = ArgumentParser(description="Transfers against the OpenSSH client")
    parser.add_argument("--megabytes", type=int, default=MEGABYTES, help="size of the file")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds that are counted")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def main() -> None:
    """Print the measurements."""
    if sys.argv[1:2] == [_CHILD]:
        print(json.dumps(asdict(_be_child(json.loads(sys.argv[2])))))
        return
    options = _options()
    result, goals = measure_transfer(options.megabytes, options.rounds)
    named = {"benchmark": "transfer", "goals": [goal.as_dict() for goal in goals], **result}
    print_result(named, as_json=options.json)


if __name__ == "__main__":
    main()
