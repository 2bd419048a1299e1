"""A real OpenSSH server on loopback.

``running_sshd`` starts Debian's ``sshd`` as the current user with its own host key, one
client key and internal-sftp; SFTP paths are paths of this file system. Root is not needed,
except that ``sshd`` run as root wants ``/run/sshd`` to exist.

``write_limit`` gives the whole server a largest file size (RLIMIT_FSIZE): writing beyond it
fails exactly as a full disk does over SFTP, with status 4, and needs no mount.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path

from exchange.remote.endpoint import Endpoint, endpoint_from_uri

HOST = "127.0.0.1"
ATTEMPTS = 5
MISSING = "{} is missing; run: apt-get install --yes openssh-server openssh-client"


@dataclass(frozen=True)
class PartnerFolder:
    """A server to log in to and one empty folder of it, as it sees it and as we see it."""

    endpoint: Endpoint
    remote_dir: str
    folder: Path

    def names(self) -> list[str]:
        """What stands in the folder."""
        return sorted(entry.name for entry in self.folder.iterdir())


@dataclass
class Sshd:
    """A running server. ``endpoint`` logs in; ``root`` is the folder that tests use."""

    process: subprocess.Popen[str]
    port: int
    state: Path
    root: Path
    log: list[str] = field(default_factory=list)

    @property
    def client_key(self) -> Path:
        """Private key that the server admits."""
        return self.state / "client_key"

    def known_hosts_for(self, port: int | None = None) -> Path:
        """File that pins the server's key, on its own port or that of a wire before it."""
        name = f"[{HOST}]:{port or self.port}"
        path = self.state / f"known_hosts_{port or self.port}"
        path.write_text(f"{name} {public_key(self.state / 'host_key')}\n")
        return path

    def endpoint(self, *, port: int | None = None) -> Endpoint:
        """Endpoint of the server, or of a wire in front of it on another port."""
        return endpoint_from_uri(
            f"sftp://{getuser()}@{HOST}:{port or self.port}",
            known_hosts=self.known_hosts_for(port),
            key_file=self.client_key,
        )

    def kill_sessions(self) -> None:
        """SIGKILL every process that serves a session; the listener stays."""
        for child in _descendants(self.process.pid):
            with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                os.kill(child, signal.SIGKILL)


def program(name: str) -> str:
    """Path of an OpenSSH program; a failure with the line that installs it when missing."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        raise RuntimeError(MISSING.format(name))
    return found


def make_key(path: Path, kind: str = "ed25519") -> Path:
    """A new key pair without passphrase."""
    subprocess.run([program("ssh-keygen"), "-q", "-t", kind, "-N", "", "-f", str(path)], check=True)
    return path


def public_key(private: Path) -> str:
    """``type base64`` of a key pair, without the comment."""
    return " ".join(private.with_suffix(".pub").read_text().split()[:2])


@contextmanager
def running_sshd(
    state: Path,
    root: Path,
    *,
    write_limit: int | None = None,
    key_kind: str = "ed25519",
    settings: Mapping[str, str] | None = None,
) -> Iterator[Sshd]:
    """Start a server with fresh keys in ``state``; it is stopped at the end.

    ``settings`` are lines of its configuration, in place of those it has here.
    """
    state.mkdir(parents=True, exist_ok=True)
    root.mkdir(parents=True, exist_ok=True)
    make_key(state / "host_key", key_kind)
    make_key(state / "client_key", key_kind)
    (state / "authorized_keys").write_text(public_key(state / "client_key") + "\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = _start(state, root, write_limit, settings or {})
    try:
        yield server
    finally:
        server.kill_sessions()
        server.process.terminate()
        server.process.wait()


def _start(state: Path, root: Path, write_limit: int | None, settings: Mapping[str, str]) -> Sshd:
    """A free port may be gone by the time sshd takes it: try another one then."""
    complaints: list[str] = []
    for _ in range(ATTEMPTS):
        port = free_port()
        server = Sshd(_spawn(state, port, write_limit, settings), port, state, root)
        if _listens(server):
            return server
        complaints = server.log
        server.process.wait()
    raise RuntimeError("sshd does not start: " + " | ".join(complaints))


def _spawn(
    state: Path, port: int, write_limit: int | None, changed: Mapping[str, str]
) -> subprocess.Popen[str]:
    settings = {
        "ListenAddress": f"{HOST}:{port}",
        "HostKey": state / "host_key",
        "AuthorizedKeysFile": state / "authorized_keys",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "MaxStartups": "100",
        "Subsystem": "sftp internal-sftp",
        "ForceCommand": "internal-sftp",
        **changed,
    }
    config = state / "sshd_config"
    config.write_text("".join(f"{key} {value}\n" for key, value in settings.items()))

    def limit() -> None:
        if write_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (write_limit, write_limit))

    return subprocess.Popen(
        [program("sshd"), "-D", "-e", "-f", str(config)],
        stderr=subprocess.PIPE,
        text=True,
        restore_signals=False,  # SIGXFSZ stays ignored: beyond the limit, write fails
        preexec_fn=limit,
    )


def _listens(server: Sshd) -> bool:
    """Read the server's log until it listens or ends; the rest is read in the background."""
    stream = server.process.stderr
    assert stream is not None
    for line in stream:
        server.log.append(line.strip())
        if line.startswith("Server listening"):
            threading.Thread(target=server.log.extend, args=(stream,), daemon=True).start()
            return True
    return False


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _descendants(pid: int) -> list[int]:
    """Process ids below ``pid``; its own children are found by their parent's number."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            parent = _parent(entry)
            if parent is not None:
                children.setdefault(parent, []).append(int(entry.name))
    below: list[int] = []
    waiting = [pid]
    while waiting:
        found = children.get(waiting.pop(), [])
        below += found
        waiting += found
    return below


def _parent(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None  # it ended while we looked
