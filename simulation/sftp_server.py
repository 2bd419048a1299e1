"""The partner's SFTP server of the demo: loopback only, login by key only.

``python -m simulation.sftp_server --root DIR --port 0 --state DIR`` serves ``root`` as ``/``
until SIGTERM. The state folder keeps, across restarts, the host key, the key a client logs in
with (``client_key``), ``known_hosts`` for it and the ``port``, which is used again if free.
It is a stand-in for a partner, no product: production speaks to the partner's own server.
"""

from __future__ import annotations

import argparse
import asyncio
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

HOST = "127.0.0.1"
USER = "prakan"
READY = "ready"
START_SECONDS = 60.0
STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Where a started server listens and the files a client needs to reach it."""

    port: int
    client_key: Path
    known_hosts: Path

    @property
    def url(self) -> str:
        """The address in the form of PRAKAN_SFTP_<PARTNER>_URL."""
        return f"sftp://{USER}@{HOST}:{self.port}"

    def environment(self, connection: str) -> dict[str, str]:
        """The PRAKAN_SFTP_* variables that make this server the named connection."""
        prefix = f"PRAKAN_SFTP_{connection.upper()}"
        return {
            f"{prefix}_URL": self.url,
            f"{prefix}_KEY_FILE": str(self.client_key),
            f"{prefix}_KNOWN_HOSTS": str(self.known_hosts),
        }


@contextmanager
def running_server(root: Path, state: Path, *, port: int = 0) -> Iterator[RunningServer]:
    """Start the server as a process, wait until it listens, stop it at the end.

    Should this process die, even by SIGKILL, the server sees its input close and ends too.
    RuntimeError with the server's own words when it does not come up.
    """
    command = [sys.executable, "-m", "simulation.sftp_server"]
    command += ["--root", str(root), "--state", str(state), "--port", str(port)]
    command.append("--until-input-ends")
    process = subprocess.Popen(  # noqa: S603  (our own module, no shell)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        listening = _wait_until_ready(process)
        yield RunningServer(listening, state / "client_key", state / "known_hosts")
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[str]) -> int:
    if process.stdout is None:
        raise RuntimeError("the SFTP server was started without a pipe for its answer")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(START_SECONDS) else ""
    if not line.startswith(READY):
        process.kill()
        _, complaint = process.communicate()
        raise RuntimeError(f"the demo's SFTP server did not start: {complaint.strip()}")
    return int(line.split()[1])


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


async def serve(root: Path, state: Path, port: int, *, until_input_ends: bool) -> None:
    """Listen until SIGTERM or SIGINT (or the end of standard input); prints ``ready PORT``."""
    root.mkdir(parents=True, exist_ok=True)
    state.mkdir(parents=True, exist_ok=True)
    host_key = _key(state / "host_key")
    client_key = _key(state / "client_key")
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if until_input_ends:
        loop.add_reader(sys.stdin.fileno(), stopped.set)

    def session(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(root.resolve()).encode())

    acceptor = await _listen(
        port or _recorded_port(state),
        asyncssh.SSHServerConnectionOptions(
            server_host_keys=[host_key],
            authorized_client_keys=asyncssh.import_authorized_keys(_public(client_key)),
            password_auth=False,
            kbdint_auth=False,
            sftp_factory=session,
            allow_scp=False,
        ),
    )
    async with acceptor:
        listening = acceptor.get_port()
        _replace(state / "known_hosts", f"[{HOST}]:{listening} {_public(host_key)}")
        _replace(state / "port", f"{listening}\n")
        sys.stdout.write(f"{READY} {listening}\n")
        sys.stdout.flush()
        await stopped.wait()


async def _listen(port: int, options: asyncssh.SSHServerConnectionOptions) -> asyncssh.SSHAcceptor:
    try:
        return await asyncssh.listen(HOST, port, options=options)
    except OSError:
        if port == 0:
            raise
        return await asyncssh.listen(HOST, 0, options=options)  # somebody else took it


def _recorded_port(state: Path) -> int:
    record = state / "port"
    return int(record.read_text()) if record.is_file() else 0


def _key(path: Path) -> asyncssh.SSHKey:
    if not path.is_file():
        fresh = asyncssh.generate_private_key("ssh-ed25519")
        _replace(path, fresh.export_private_key().decode(), mode=0o600)
    return asyncssh.read_private_key(path)


def _public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode()


def _replace(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Whole or not at all: the demo may be killed at any moment."""
    part = path.with_name(f".{path.name}.part")
    part.touch(mode=mode)
    part.write_text(text)
    part.replace(path)


def main() -> None:
    """Command line of the module."""
    parser = argparse.ArgumentParser(prog="python -m simulation.sftp_server")
    parser.add_argument("--root", type=Path, required=True, help="folder served as /")
    parser.add_argument("--state", type=Path, required=True, help="folder of keys and port")
    parser.add_argument("--port", type=int, default=0, help="0: the last one, or any free")
    parser.add_argument(
        "--until-input-ends", action="store_true", help="stop when standard input closes"
    )
    given = parser.parse_args()
    asyncio.run(serve(given.root, given.state, given.port, until_input_ends=given.until_input_ends))


if __name__ == "__main__":
    main()
