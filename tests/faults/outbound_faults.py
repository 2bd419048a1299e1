"""Faults on the way out, made to happen for real, and the rows of the matrix that they make."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from exchange.remote import sftp, ssh_session
from exchange.remote.sftp import Timeouts
from exchange.sealing.rings import RINGS_VARIABLE
from exchange.site import open_site, utc_now
from tests.faults.bad_line import BadLine
from tests.faults.ground import CONNECTION, HOUR, NAME, Case
from tests.faults.moments import Moment, when
from tests.faults.rows import Fault
from tests.night.stage import Stage
from tests.openssh import HOST, free_port, make_key, public_key, running_sshd

IMPATIENT = Timeouts(connect=10.0, idle=1.0, request=10.0, transfer=20.0)
PATIENCE = 20.0  # seconds
IMPATIENT_LOGIN = Timeouts(connect=1.5)
#: Messages of the server that come before: its greeting only, key exchange begun, keys agreed.
CONNECT, GREETED, KEY_EXCHANGE, LOGIN = -1, 0, 1, 4


@contextmanager
def nobody_listens(case: Case) -> Iterator[Stage]:
    """The partner's server is down."""
    yield case.at_port(free_port())


def ends_while(messages: int, *, silent: bool = False) -> Fault:
    """Cut (or silent) before we are logged in."""

    @contextmanager
    def do(case: Case) -> Iterator[Stage]:
        with (
            _impatient(IMPATIENT_LOGIN if silent else Timeouts()),
            BadLine(case.ground.sshd.port, messages=messages, silent=silent) as bad,
        ):
            yield case.at_port(bad.port)

    return do


def ends_when_opened(*, silent: bool = False) -> Fault:
    """Cut (or silent) between the login and SFTP's first word."""

    @contextmanager
    def do(case: Case) -> Iterator[Stage]:
        with BadLine(case.ground.sshd.port) as bad, pytest.MonkeyPatch.context() as patch:
            original = ssh_session.open_channel

            def opened(*given: Any) -> object:
                channel = original(*given)
                (bad.fall_silent if silent else bad.cut)()
                return channel

            patch.setattr(sftp, "open_channel", opened)
            if silent:
                patch.setattr(sftp, "Timeouts", lambda: IMPATIENT_LOGIN)
            yield case.at_port(bad.port)

    return do


def line(moment: Moment, act: Callable[[BadLine], object]) -> Fault:
    """Something happens to the line at a moment of the session."""

    @contextmanager
    def do(case: Case) -> Iterator[Stage]:
        with BadLine(case.ground.sshd.port) as bad, when(moment, lambda: act(bad)):
            yield case.at_port(bad.port)

    return do


def cut(moment: Moment) -> Fault:
    """The connection is reset."""
    return line(moment, BadLine.cut)


def answer_lost(moment: Moment) -> Fault:
    """The server does it, its answer is lost and the connection with it."""
    return line(moment, BadLine.cut_at_answer)


def cut_after(size: int) -> Fault:
    """The connection is reset when so many bytes of the file have passed."""
    return line(Moment("upload"), lambda bad: bad.cut_after(size))


def cut_when_written(size: int) -> Fault:
    """The connection is reset when the partner's disk holds so many bytes of the file."""
    return _when_written(size, lambda _case, bad: bad.cut())


def killed_when_written(size: int) -> Fault:
    """The server's process is killed when the partner's disk holds so many bytes of the file."""
    return _when_written(size, lambda case, _bad: case.ground.sshd.kill_sessions())


def _when_written(size: int, act: Callable[[Case, BadLine], object]) -> Fault:
    @contextmanager
    def do(case: Case) -> Iterator[Stage]:
        def wait() -> None:
            deadline = time.monotonic() + PATIENCE
            while sum(path.stat().st_size for path in case.drop.iterdir()) < size:
                assert time.monotonic() < deadline, "the partner's disk did not get so far"
                time.sleep(0.005)
            act(case, bad)

        # Half as much again has left us by then: what is on the way is lost.
        moment = Moment("upload", at=size + size // 2)
        with BadLine(case.ground.sshd.port) as bad, when(moment, wait):
            yield case.at_port(bad.port)

    return do


def black_hole(moment: Moment) -> Fault:
    """Nothing passes any more and nothing is closed."""

    @contextmanager
    def do(case: Case) -> Iterator[Stage]:
        with _impatient(IMPATIENT), line(moment, BadLine.fall_silent)(case) as stage:
            yield stage

    return do


def killed(moment: Moment) -> Fault:
    """The server's process for this session is killed."""

    @contextmanager
    def do(case: Case) -> Iterator[Stage]:
        with when(moment, case.ground.sshd.kill_sessions):
            yield case.stage

    return do


@contextmanager
def slow(case: Case) -> Iterator[Stage]:
    """Every piece takes its time."""
    with BadLine(case.ground.sshd.port, delay=0.02) as bad:
        yield case.at_port(bad.port)


def server(settings: Mapping[str, str] | None = None, *, write_limit: int | None = None) -> Fault:
    """The same folders, served otherwise."""

    @contextmanager
    def do(case: Case) -> Iterator[Stage]:
        folder = case.stage.folder
        with running_sshd(
            folder / "sshd", folder / "unused", write_limit=write_limit, settings=settings
        ) as other:
            yield case.at_port(other.port, other)

    return do


def refusing(requests: str) -> Fault:
    """The server denies these requests, to root as well."""
    return server({"ForceCommand": f"internal-sftp -P {requests}"})


@contextmanager
def wrong_host_key(case: Case) -> Iterator[Stage]:
    """Somebody else answers at the partner's address."""
    other = make_key(case.stage.folder / "other_host")
    pinned = case.stage.folder / "pinned"
    pinned.write_text(f"[{HOST}]:{case.ground.sshd.port} {public_key(other)}\n")
    yield case.stage.with_setting(f"{CONNECTION}_KNOWN_HOSTS", str(pinned))


@contextmanager
def wrong_key(case: Case) -> Iterator[Stage]:
    """Our key is not admitted any more."""
    other = make_key(case.stage.folder / "other_key")
    yield case.stage.with_setting(f"{CONNECTION}_KEY_FILE", str(other))


@contextmanager
def wrong_password(case: Case) -> Iterator[Stage]:
    """The server asks for a password and does not take ours."""
    admits = {"PasswordAuthentication": "yes", "PermitRootLogin": "yes"}
    with server(admits)(case) as stage:
        yield stage.with_setting(f"{CONNECTION}_KEY_FILE", "").with_setting(
            f"{CONNECTION}_PASSWORD", "sesame"
        )


@contextmanager
def folder_missing(case: Case) -> Iterator[Stage]:
    """The partner has taken the drop folder away."""
    moved = case.drop.with_name("moved")
    case.drop.rename(moved)
    yield case.stage
    moved.rename(case.drop)


@contextmanager
def name_taken(case: Case) -> Iterator[Stage]:
    """Another file stands under our name; it is theirs, and stays until they take it away."""
    theirs = case.drop / NAME
    theirs.write_bytes(b"not ours")
    yield case.stage
    assert theirs.read_bytes() == b"not ours"
    theirs.unlink()


@contextmanager
def expired_key(case: Case) -> Iterator[Stage]:
    """The partner's OpenPGP key in our ring has expired; then they send the prolonged one."""
    rings = case.ground.rings(case.ground.behind)
    yield case.stage.with_setting(RINGS_VARIABLE, str(rings))


@contextmanager
def clock_ahead(case: Case) -> Iterator[Stage]:
    """Ours is an hour ahead when the attempt breaks off, and the partner's an hour behind."""
    case.partner_clock = -HOUR
    with pytest.MonkeyPatch.context() as patch, cut(Moment("rename"))(case) as stage:
        defaults = open_site.__kwdefaults__
        assert defaults is not None
        patch.setitem(defaults, "clock", lambda: utc_now() + HOUR)
        yield stage


def our_disk_full(size: int) -> Fault:
    """No file of ours may become longer than so many bytes: writing fails as on a full disk."""

    @contextmanager
    def do(case: Case) -> Iterator[Stage]:
        with our_limit() as limit:
            limit(size)
            yield case.stage

    return do


@contextmanager
def ledger_full(case: Case) -> Iterator[Stage]:
    """The disk of the ledger is full when the first byte is about to leave."""
    with our_limit() as limit, when(Moment("upload"), lambda: limit(0)):
        yield case.stage


@contextmanager
def our_limit() -> Iterator[Callable[[int], None]]:
    """Sets how long our files may become; lifted at the end."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    try:
        yield limit
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def part_changed(case: Case) -> Iterator[Stage]:
    """A broken upload, whose part is then no longer the beginning of our file."""
    with cut_when_written(1_500_000)(case) as stage:
        yield stage
    part = case.drop / f".{NAME}.part"
    data = part.read_bytes()
    part.write_bytes(data[:1000] + b"?" + data[1001:])


@contextmanager
def complete_and_gone(case: Case) -> Iterator[Stage]:
    """The last answer is lost, and then somebody removes the file where files are to stay."""
    with answer_lost(Moment("rename", "signature"))(case) as stage:
        yield stage
    (case.drop / NAME).unlink()


@contextmanager
def _impatient(timeouts: Timeouts) -> Iterator[None]:
    """Deadlines of seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.remote.sftp.Timeouts", lambda: timeouts)
        yield
