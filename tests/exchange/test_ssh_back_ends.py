"""Both SSH back ends do the same: whole files, the same refusals, and an end to every wait."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from getpass import getuser
from pathlib import Path

import pytest

from exchange.errors import HostKeyRefused, LoginRefused, RemoteFailure, Unreachable
from exchange.remote.endpoint import Endpoint
from exchange.remote.received_pieces import MOST_BYTES, ReceivedPieces
from exchange.remote.sftp import SftpClient, Timeouts
from interfaces.policies import Client
from tests.cut_wire import Wire
from tests.openssh import HOST, Sshd, free_port, make_key, program, public_key, running_sshd
from tests.password_server import password_server
from tests.silent_wire import NOTHING, SilentWire

CONTENT = bytes(range(251)) * 40_000  # 10 MB, more than a channel's window
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LOGGING_IN = Timeouts(connect=5.0)
IMPATIENT = Timeouts(connect=3.0, idle=1.0, request=3.0, transfer=20.0)
PASSWORDS = {"PasswordAuthentication": "yes", "PermitRootLogin": "yes"}


@pytest.fixture(params=list(Client))
def client(request: pytest.FixtureRequest) -> Client:
    """Every test for either back end."""
    found: Client = request.param
    return found


@pytest.fixture(autouse=True)
def nothing_is_left(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No thread, connection or complaint of a library outlives a session."""
    before = set(threading.enumerate())
    sockets = _sockets()
    yield
    deadline = time.monotonic() + 5
    while (_left(before) or _sockets() > sockets) and time.monotonic() < deadline:
        time.sleep(0.02)  # a wire under test ends in its own time
    assert _left(before) == []
    assert _sockets() <= sockets
    assert [record.getMessage() for record in caplog.records] == []


def _left(before: set[threading.Thread]) -> list[str]:
    """Threads of sessions."""
    return [
        f"{thread.name} {type(thread).__module__}"
        for thread in set(threading.enumerate()) - before
        if thread.name.startswith("sftp-") or type(thread).__module__.startswith("paramiko")
    ]


def _sockets() -> int:
    """Open sockets of this process."""
    names = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            names.append(str(descriptor.readlink()))
    return sum(name.startswith("socket:") for name in names)


def _one_line(error: pytest.ExceptionInfo[Exception]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert text.startswith("sftp://")
    return text


def _with_pin(endpoint: Endpoint, key: Path) -> Endpoint:
    return replace(endpoint, known_hosts=f"[{HOST}]:{endpoint.port} {public_key(key)}\n")


def test_whole_files_both_ways(sshd: Sshd, client: Client, tmp_path: Path) -> None:
    path = f"{sshd.root}/{tmp_path.name}-{client}"
    arrived = io.BytesIO()
    with SftpClient(replace(sshd.endpoint(), client=client)) as session:
        sent = session.upload(io.BytesIO(CONTENT), path)
        got = session.download(path, arrived, len(CONTENT))
        part = session.download(path, None, 100_000)
        with pytest.raises(RemoteFailure, match="no such file"):
            session.download(f"{path}.absent", None, 10)
        assert session.stat(path) is not None

    assert (sent.size, sent.sha256) == (got.size, got.sha256) == (len(CONTENT), SHA256)
    assert Path(path).read_bytes() == arrived.getvalue() == CONTENT
    assert part.sha256 == hashlib.sha256(CONTENT[:100_000]).hexdigest()


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_other_kinds_of_keys(tmp_path: Path, client: Client, kind: str) -> None:
    with (
        running_sshd(tmp_path / "state", tmp_path / "root", key_kind=kind) as server,
        SftpClient(replace(server.endpoint(), client=client)) as session,
    ):
        assert session.listing(str(server.root)) == []


def test_a_key_with_a_passphrase(sshd: Sshd, client: Client, tmp_path: Path) -> None:
    closed = tmp_path / "key"
    shutil.copy(sshd.client_key, closed)
    change = [program("ssh-keygen"), "-q", "-p", "-P", "", "-N", "sesame", "-f", str(closed)]
    subprocess.run(change, check=True)
    endpoint = replace(
        sshd.endpoint(), private_key=closed.read_text(), passphrase="sesame", client=client
    )
    with SftpClient(endpoint) as session:
        assert session.stat("/") is not None


@pytest.fixture(scope="module")
def legacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Sshd]]:
    """Servers that know ssh-rsa (SHA-1) only: for its own key, the user's, and both."""
    both = {"HostKeyAlgorithms": "ssh-rsa", "PubkeyAcceptedAlgorithms": "ssh-rsa"}
    restricted = {"both": both} | {name: {name: "ssh-rsa"} for name in both}
    with ExitStack() as running:
        servers = {}
        for name, settings in restricted.items():
            folder = tmp_path_factory.mktemp("legacy")
            server = running_sshd(
                folder / "state", folder / "root", key_kind="rsa", settings=settings
            )
            servers[name] = running.enter_context(server)
        yield servers


class TestLegacyServer:
    """ssh-rsa is for asyncssh alone, and as strictly pinned."""

    @pytest.mark.parametrize("kind", ["both", "HostKeyAlgorithms", "PubkeyAcceptedAlgorithms"])
    def test_asyncssh_speaks_with_it(self, legacy: dict[str, Sshd], kind: str) -> None:
        server = legacy[kind]
        with SftpClient(replace(server.endpoint(), client=Client.ASYNCSSH)) as session:
            session.upload(io.BytesIO(CONTENT), f"{server.root}/file")
        assert (server.root / "file").read_bytes() == CONTENT

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("both", Unreachable),
            ("HostKeyAlgorithms", Unreachable),
            ("PubkeyAcceptedAlgorithms", LoginRefused),
        ],
    )
    def test_paramiko_says_what_to_declare(
        self, legacy: dict[str, Sshd], kind: str, error: type[Exception]
    ) -> None:
        with pytest.raises(error) as caught, SftpClient(legacy[kind].endpoint()):
            pass
        assert 'declare client = "asyncssh"' in _one_line(caught)

    def test_its_key_is_pinned_all_the_same(self, legacy: dict[str, Sshd], tmp_path: Path) -> None:
        endpoint = _with_pin(legacy["both"].endpoint(), make_key(tmp_path / "other", "rsa"))
        with (
            pytest.raises(HostKeyRefused) as caught,
            SftpClient(replace(endpoint, client=Client.ASYNCSSH)),
        ):
            pass
        assert _fingerprint(legacy["both"].state / "host_key") in _one_line(caught)


class TestRefusals:
    """The same error for the same reason."""

    @pytest.mark.parametrize("kind", ["ed25519", "rsa"])
    def test_a_changed_host_key_before_the_users_name(
        self, sshd: Sshd, client: Client, tmp_path: Path, kind: str
    ) -> None:
        pinned = make_key(tmp_path / "other", kind)
        before = len(sshd.log)
        endpoint = replace(_with_pin(sshd.endpoint(), pinned), user="nobody-we-name", client=client)
        with pytest.raises(HostKeyRefused) as caught, SftpClient(endpoint):
            pass

        fingerprints = re.findall(r"ssh-\w+ SHA256:\S+(?=[,;])", _one_line(caught))
        assert fingerprints == [_fingerprint(sshd.state / "host_key"), _fingerprint(pinned)]
        _wait_for(lambda: any("onnect" in line for line in sshd.log[before:]))
        assert not any("nobody-we-name" in line for line in sshd.log[before:])

    def test_one_of_two_pinned_keys_is_enough(
        self, sshd: Sshd, client: Client, tmp_path: Path
    ) -> None:
        endpoint = sshd.endpoint()
        old = _with_pin(endpoint, make_key(tmp_path / "old", "rsa")).known_hosts
        with SftpClient(replace(endpoint, known_hosts=old + endpoint.known_hosts, client=client)):
            pass

    def test_a_wrong_password(self, tmp_path: Path, client: Client) -> None:
        with (
            running_sshd(tmp_path / "state", tmp_path / "root", settings=PASSWORDS) as server,
            pytest.raises(LoginRefused) as caught,
            SftpClient(
                replace(server.endpoint(), private_key=None, password="wrong sesame", client=client)
            ),
        ):
            pass
        assert "with this password" in _one_line(caught)
        assert "sesame" not in str(caught.value)
        assert any("Failed password" in line for line in server.log)

    def test_the_right_password(self, tmp_path: Path, client: Client) -> None:
        with password_server(tmp_path, "sesame", "password") as endpoint:
            _admits_only_the_password(replace(endpoint, client=client))

    def test_a_server_that_asks_for_the_password_in_a_dialogue(self, tmp_path: Path) -> None:
        """paramiko asks for the login service again before a dialogue; not each server takes it."""
        with password_server(tmp_path, "sesame", "keyboard-interactive") as endpoint:
            _admits_only_the_password(replace(endpoint, client=Client.ASYNCSSH))

    def test_a_server_without_passwords(self, sshd: Sshd, client: Client) -> None:
        endpoint = replace(sshd.endpoint(), private_key=None, password="sesame", client=client)
        with pytest.raises(LoginRefused), SftpClient(endpoint):
            pass

    def test_a_strange_key_even_with_the_right_one_at_hand(
        self, sshd: Sshd, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No agent, no key or setting of the user's own SSH files is ever used."""
        own = tmp_path / ".ssh"
        own.mkdir(mode=0o700)
        for suffix in ("", ".pub"):
            shutil.copy(f"{sshd.client_key}{suffix}", own / f"id_ed25519{suffix}")
        (own / "config").write_text(f"IdentityFile {sshd.client_key}\nUser {getuser()}\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        stranger = make_key(tmp_path / "stranger").read_text()
        with _agent(tmp_path, sshd.client_key) as agent:
            monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
            endpoint = replace(sshd.endpoint(), private_key=stranger, client=client)
            with pytest.raises(LoginRefused) as caught, SftpClient(endpoint):
                pass
        assert "with this key" in _one_line(caught)

    def test_a_host_key_of_the_users_own_file_does_not_count(
        self, sshd: Sshd, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".ssh").mkdir(mode=0o700)
        shutil.copy(sshd.known_hosts_for(), tmp_path / ".ssh/known_hosts")
        monkeypatch.setenv("HOME", str(tmp_path))
        endpoint = _with_pin(sshd.endpoint(), make_key(tmp_path / "other"))
        with pytest.raises(HostKeyRefused), SftpClient(replace(endpoint, client=client)):
            pass


def _admits_only_the_password(endpoint: Endpoint) -> None:
    with SftpClient(replace(endpoint, password="sesame")) as session:
        assert session.stat("/") is not None
    with pytest.raises(LoginRefused), SftpClient(endpoint):
        pass


@contextmanager
def _agent(folder: Path, key: Path) -> Iterator[Path]:
    path = folder / "agent"
    agent = subprocess.Popen(
        [program("ssh-agent"), "-D", "-a", str(path)], stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(path.exists)
        add = [program("ssh-add"), "-q", str(key)]
        subprocess.run(add, check=True, env=os.environ | {"SSH_AUTH_SOCK": str(path)})
        yield path
    finally:
        agent.terminate()
        agent.wait()


def _fingerprint(key: Path) -> str:
    told = subprocess.run(
        [program("ssh-keygen"), "-l", "-f", f"{key}.pub"],
        check=True,
        capture_output=True,
        text=True,
    )
    return f"{public_key(key).split()[0]} {told.stdout.split()[1]}"


def _wait_for(come: object, seconds: float = 10.0) -> None:
    assert callable(come)
    deadline = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class TestEveryWaitEnds:
    """A peer that falls silent or goes away, at each phase."""

    def test_silent_at_each_message_of_the_login(self, sshd: Sshd, client: Client) -> None:
        """From the greeting over key exchange, host key, login and session to SFTP itself."""
        with SilentWire(sshd.port) as wire:
            endpoint = replace(sshd.endpoint(port=wire.port), client=client)
            with SftpClient(endpoint):
                pass
            total = wire.passed
        assert total > 8

        def silent_after(messages: int) -> float:
            with SilentWire(sshd.port, messages) as wire:
                silent = replace(sshd.endpoint(port=wire.port), client=client)
                start = time.monotonic()
                with pytest.raises(Unreachable) as caught, SftpClient(silent, LOGGING_IN):
                    pass
                assert "no answer for" in _one_line(caught) or "not finished" in str(caught.value)
                assert wire.passed == messages
                return time.monotonic() - start

        with ThreadPoolExecutor(max_workers=total) as pool:
            seconds = list(pool.map(silent_after, range(NOTHING, _last_needed(total))))
        assert max(seconds) < LOGGING_IN.connect + 10

    def test_silent_at_a_request(self, sshd: Sshd, client: Client) -> None:
        with (
            SilentWire(sshd.port) as wire,
            SftpClient(replace(sshd.endpoint(port=wire.port), client=client), IMPATIENT) as session,
        ):
            assert session.stat("/") is not None
            wire.silence()
            start = time.monotonic()
            with pytest.raises(Unreachable) as caught:
                session.stat("/")
            assert "no answer for 1 s while looking" in _one_line(caught)
            assert time.monotonic() - start < 10

    @pytest.mark.parametrize("way", ["up", "down"])
    def test_silent_in_a_transfer(self, sshd: Sshd, client: Client, way: str) -> None:
        """Towards the server it is our own writing that blocks, once every buffer is full."""
        path = f"{sshd.root}/silent-{client}-{way}"
        with SftpClient(sshd.endpoint()) as session:
            session.upload(io.BytesIO(CONTENT), path)
        with (
            SilentWire(sshd.port) as wire,
            SftpClient(replace(sshd.endpoint(port=wire.port), client=client), IMPATIENT) as session,
        ):
            file = Silencing(wire)
            with pytest.raises(Unreachable) as caught:
                if way == "up":
                    session.upload(file, f"{path}.new")
                else:
                    session.download(path, file, len(CONTENT))
            assert file.tell() < 7_000_000  # little is held back for a server that takes nothing
            assert "no answer for 1 s" in _one_line(caught)
            with pytest.raises(Unreachable):
                session.stat("/")

    def test_a_server_whose_queue_of_connections_is_full(self, client: Client) -> None:
        with socket.socket() as listener:
            listener.bind((HOST, 0))
            listener.listen(0)
            waiting = [socket.socket() for _ in range(8)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(listener.getsockname())
            endpoint = _nowhere(listener.getsockname()[1], client)
            start = time.monotonic()
            with pytest.raises(Unreachable, match="no answer for 1 s"), _session(endpoint):
                pass
            assert time.monotonic() - start < 10
            for one in waiting:
                one.close()

    def test_a_name_that_is_never_resolved(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answered = threading.Event()
        asked = socket.getaddrinfo

        def never(*given: object, **named: object) -> object:
            answered.wait(20)
            return asked(HOST, 1)

        monkeypatch.setattr(socket, "getaddrinfo", never)
        start = time.monotonic()
        with (
            pytest.raises(Unreachable, match="address was not found in 1 s"),
            _session(_nowhere(1, client)),
        ):
            pass
        assert time.monotonic() - start < 10
        answered.set()

    def test_a_name_that_does_not_exist(self, client: Client) -> None:
        endpoint = replace(_nowhere(1, client), host="no-such-host.invalid")
        with pytest.raises(Unreachable, match="nothing was sent") as caught, _session(endpoint):
            pass
        _one_line(caught)

    def test_a_second_address_gets_its_share_of_the_time(
        self, sshd: Sshd, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.socket() as dead, socket.socket() as filling:
            dead.bind((HOST, 0))
            dead.listen(0)
            for one in (filling, *(extra := [socket.socket() for _ in range(4)])):
                one.setblocking(False)
                one.connect_ex(dead.getsockname())
            found = [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
                for address in (dead.getsockname(), (HOST, sshd.port))
            ]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
            with SftpClient(replace(sshd.endpoint(), client=client), Timeouts(connect=4.0)) as one:
                assert one.stat("/") is not None
            for other in extra:
                other.close()

    def test_nobody_listens(self, client: Client) -> None:
        with pytest.raises(Unreachable, match="refused"), _session(_nowhere(free_port(), client)):
            pass

    @pytest.mark.parametrize("after", [0, 1_000, 5_000, 1_000_000])
    def test_cut(self, sshd: Sshd, client: Client, after: int) -> None:
        """In the key exchange, the login and an upload."""
        with (
            Wire(sshd.port, reset_after=after) as wire,
            pytest.raises(Unreachable) as caught,
            SftpClient(replace(sshd.endpoint(port=wire.port), client=client), IMPATIENT) as session,
        ):
            session.upload(io.BytesIO(CONTENT), f"{sshd.root}/cut-{client}-{after}")
        assert "lost" in _one_line(caught)

    def test_a_killed_server_process(self, tmp_path: Path, client: Client) -> None:
        with (
            running_sshd(tmp_path / "state", tmp_path / "root") as server,
            SftpClient(replace(server.endpoint(), client=client)) as session,
        ):
            server.kill_sessions()
            with pytest.raises(Unreachable, match="lost"):
                session.download(f"{server.root}/any", None, 1)

    def test_a_server_that_has_no_sftp(self, tmp_path: Path, client: Client) -> None:
        without = {"Subsystem": "other /bin/true", "ForceCommand": "none"}
        with (
            running_sshd(tmp_path / "state", tmp_path / "root", settings=without) as server,
            pytest.raises(Unreachable),
            SftpClient(replace(server.endpoint(), client=client), IMPATIENT),
        ):
            pass


class Silencing(io.BytesIO):
    """The content, on the way of which the wire falls silent."""

    def __init__(self, wire: SilentWire) -> None:
        super().__init__(CONTENT)
        self._wire = wire

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 2_000_000:
            self._wire.silence()
        return super().read(size)

    def write(self, data: object, /) -> int:
        self._wire.silence()
        return 0


def _nowhere(port: int, client: Client) -> Endpoint:
    pinned = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Z0kSDbLb6yN5qsxbKt4ZQYnDGN2oYvEhIPhJbgPWt"
    known = f"[{HOST}]:{port} {pinned}\n"
    return Endpoint(HOST, port, "agency", known, password="sesame", client=client)


@contextmanager
def _session(endpoint: Endpoint) -> Iterator[SftpClient]:
    with SftpClient(endpoint, Timeouts(connect=1.0)) as session:
        yield session


def _last_needed(total: int) -> int:
    """Of the messages of a session that was opened and closed, the last are not waited for."""
    return total - 1


def test_what_nobody_asked_for_is_not_kept_without_end() -> None:
    pieces = ReceivedPieces()
    piece = bytes(1 << 20)
    for _ in range(MOST_BYTES // len(piece)):
        pieces.put(piece)
    with pytest.raises(ConnectionAbortedError):
        pieces.put(b"x")
    assert pieces.take() == piece
