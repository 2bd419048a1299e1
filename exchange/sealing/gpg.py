"""Runs the system's gpg over a key ring, once, and leaves nothing behind.

Each run has a home of its own: a short-lived folder with links to the ring's keys and an agent
that ends with the run. So the agent's socket has a short path wherever the ring lies, nothing
is written into the ring, and two processes that seal at once share neither agent nor lock.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange.sealing.errors import GpgTrouble, KeyTrouble
from exchange.sealing.rings import KeyRing

CHUNK_BYTES = 1 << 20
RUN_SECONDS = 3600  # a file of 4 GiB takes some twenty seconds
STATUS_BYTES = 1 << 20  # an honest run says a few hundred bytes
CPU_SECONDS = 60  # of work before the first byte, and for as many bytes as the next line says
BYTES_A_CPU_SECOND = 1 << 20  # an honest run makes a hundred times as many
SOCKET_PATH_BYTES = 107
_SOCKET = "S.gpg-agent"
_LONGEST_SOCKET = "/S.gpg-agent.browser"
_LINKED = ("pubring.kbx", "pubring.gpg", "private-keys-v1.d")
_STATUS = b"[GNUPG:] "
#: gpg-agent runs gpg and ends when that ends, even when all of us are killed meanwhile.
_AGENT = ("gpg-agent", "--log-file", "/dev/null", "--daemon")
#: Nothing of a user's own settings counts, nothing is looked up outside, the ring is only read,
#: and no key is trusted but the one that is asked for by its full fingerprint.
_GPG = (
    "gpg",
    "--no-options",
    "--no-autostart",
    "--disable-dirmngr",
    "--no-auto-key-locate",
    "--no-auto-key-retrieve",
    "--no-auto-check-trustdb",
    "--trust-model=always",
    "--lock-never",
    "--no-random-seed-file",
    "--batch",
    "--no-tty",
    "--pinentry-mode=loopback",
    "--passphrase-fd=0",
    "--status-fd=2",
    "--logger-file=/dev/null",
    "--output=-",
)
_PASSPHRASE_ERRORS = (11, 177)  # wrong, none given: the lower 16 bits of libgpg-error's codes
_ERROR_CODE = 0xFFFF


class TooLarge(Exception):
    """More came out of gpg than the caller wants; it was stopped there."""


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One line of gpg's machine-readable status: a keyword and its arguments."""

    keyword: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GpgRun:
    """How a run ended: gpg's exit status, what it said, and whether it said too much, or worked
    too long for what it made."""

    exit_status: int
    lines: tuple[StatusLine, ...]
    flooded: bool

    @property
    def overworked(self) -> bool:
        """Whether it was ended because it worked on and made next to nothing."""
        return self.exit_status == -signal.SIGXCPU

    def of(self, *keywords: str) -> list[StatusLine]:
        """Lines of these keywords, in order."""
        return [line for line in self.lines if line.keyword in keywords]

    def has(self, *keywords: str) -> bool:
        """Whether any of these was said."""
        return bool(self.of(*keywords))


def run_gpg(
    ring: KeyRing,
    arguments: Sequence[str],
    source: Path,
    write: Callable[[bytes], object],
    *,
    largest: int | None = None,
) -> GpgRun:
    """Run gpg on ``source`` and give what it makes to ``write``, in constant memory.

    TooLarge when that is more than ``largest`` bytes, of which at most ``largest`` are written.
    KeyTrouble when the passphrase is wrong, GpgTrouble when gpg cannot be run or hangs.
    """
    with _home(ring) as home:
        command = [*_AGENT, "--homedir", str(home), "--", *_GPG, "--homedir", str(home)]
        try:
            process = subprocess.Popen(  # noqa: S603  (a list of arguments, no shell)
                [*command, *arguments, "--", str(source.absolute())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(),
            )
        except OSError as error:
            raise GpgTrouble(f"gpg cannot be run: {error.strerror}; install gnupg") from None
        with process:
            run = _attend(process, ring.passphrase, write, largest)
        if not (home / _SOCKET).exists():
            raise GpgTrouble(
                f"gpg-agent did not start in {home.parent}; is gnupg 2.2 or later installed, and "
                "is there room for temporary files?"
            )
    if _said_bad_passphrase(run):
        raise KeyTrouble(
            f"key ring {ring.home}: the passphrase does not open the secret key; correct it"
        )
    return run


@contextmanager
def _home(ring: KeyRing) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="prakan-gpg-"))  # mode 0700
    try:
        if len(bytes(home)) + len(_LONGEST_SOCKET) > SOCKET_PATH_BYTES:
            raise KeyTrouble(
                f"{home.parent}: this path is too long for the socket of gpg; set TMPDIR to a "
                "folder with a shorter one"
            )
        for name in _LINKED:
            if (ring.home / name).exists():
                (home / name).symlink_to(ring.home / name)
        yield home
    finally:
        # The agent ends by itself soon after gpg; this way it is gone when we return.
        stop = ["gpgconf", "--homedir", str(home), "--kill", "gpg-agent"]
        subprocess.run(  # noqa: S603
            stop, capture_output=True, timeout=60, check=False, env=_environment()
        )
        shutil.rmtree(home, ignore_errors=True)


def _attend(
    process: subprocess.Popen[bytes],
    passphrase: str | None,
    write: Callable[[bytes], object],
    largest: int | None,
) -> GpgRun:
    """Feed gpg its passphrase, take what it makes, and end it if it makes or says too much."""
    status = _StatusReader(process)
    timed_out = threading.Event()

    def give_up() -> None:
        timed_out.set()
        process.kill()

    deadline = threading.Timer(RUN_SECONDS, give_up)
    deadline.daemon = True
    deadline.start()
    status.start()
    try:
        _tell(process, passphrase)
        _take(process, write, largest)
        exit_status = process.wait()
    except BaseException:
        process.kill()
        raise
    finally:
        deadline.cancel()
        status.join()
    if timed_out.is_set():
        raise GpgTrouble(f"gpg did not end within {RUN_SECONDS} seconds and was stopped")
    return GpgRun(exit_status, status.lines(), status.flooded)


def _tell(process: subprocess.Popen[bytes], passphrase: str | None) -> None:
    if process.stdin is None:
        raise ValueError("gpg was started without a pipe to it")
    try:
        process.stdin.write((passphrase or "").encode() + b"\n")
        process.stdin.close()
    except BrokenPipeError:
        pass  # it ended before it asked; its exit status says why


def _take(
    process: subprocess.Popen[bytes], write: Callable[[bytes], object], largest: int | None
) -> None:
    if process.stdout is None:
        raise ValueError("gpg was started without a pipe from it")
    size = 0
    _allow(process, size)
    while chunk := process.stdout.read(CHUNK_BYTES):
        size += len(chunk)
        if largest is not None and size > largest:
            raise TooLarge
        _allow(process, size)
        write(chunk)


def _allow(process: subprocess.Popen[bytes], size: int) -> None:
    """Let gpg work as long as ``size`` bytes may take, then the system ends it.

    A message of a thousand bytes can unfold into terabytes of packets that mean nothing: nothing
    comes out, and gpg is busy for days. It is its work that is counted, not the time: a machine
    that is slow or busy says nothing about a file.
    """
    seconds = CPU_SECONDS + size // BYTES_A_CPU_SECOND
    try:
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_CPU)
        if hard == resource.RLIM_INFINITY or seconds < hard:
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (seconds, hard))
    except ProcessLookupError:
        pass  # it has ended


def _environment() -> dict[str, str]:
    """What gpg and its agent are given of ours: no variable that may hold a password."""
    return {
        "PATH": os.pathsep.join(os.get_exec_path()),
        "TMPDIR": tempfile.gettempdir(),
        "LC_ALL": "C",
    }


class _StatusReader(threading.Thread):
    """Reads the status beside the data, so that neither waits for the other.

    A hostile message can make gpg say any amount; past the limit it is ended.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._said = bytearray()
        self.flooded = False

    def run(self) -> None:
        """Until gpg closes its end."""
        pipe = self._process.stderr
        while pipe is not None and (chunk := pipe.read1(CHUNK_BYTES)):  # type: ignore[attr-defined]
            if len(self._said) + len(chunk) > STATUS_BYTES:
                self.flooded = True
                self._process.kill()
                return
            self._said += chunk

    def lines(self) -> tuple[StatusLine, ...]:
        """What was said, cut into words."""
        found = []
        for line in bytes(self._said).splitlines():
            if line.startswith(_STATUS):
                keyword, *rest = line[len(_STATUS) :].decode("utf-8", "replace").split()
                found.append(StatusLine(keyword, tuple(rest)))
        return tuple(found)


def _said_bad_passphrase(run: GpgRun) -> bool:
    """Of our secret key, that is: a message closed with a passphrase has none of ours."""
    told = [line.arguments for line in run.of("FAILURE")]
    told += [a for a in (line.arguments for line in run.of("ERROR")) if a[0] == "pkdecrypt_failed"]
    return any(
        code.isdigit() and int(code) & _ERROR_CODE in _PASSPHRASE_ERRORS for _, code, *_ in told
    )
