"""What goes wrong on the way to a partner, made to happen for real against OpenSSH."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.errors import HostKeyRefused, LoginRefused, RemoteFailure, Unreachable
from exchange.remote.endpoint import Endpoint, endpoint_from_uri
from exchange.remote.sftp import SftpClient, Timeouts
from exchange.remote.two_phase import Published, RemoteState, publish_file, remote_state
from interfaces.policies import PublishPolicy
from tests.cut_wire import Wire
from tests.openssh import (
    HOST,
    PartnerFolder,
    Sshd,
    free_port,
    make_key,
    public_key,
    running_sshd,
)

NAME = "S40_20261130_000001.TXT"
CONTENT = bytes(range(251)) * 12_000  # 3 MB, of no block size's multiple
SHA256 = hashlib.sha256(CONTENT).hexdigest()
POLICY = PublishPolicy(readback=True)
IMPATIENT = Timeouts(connect=10.0, idle=1.0, request=10.0, transfer=20.0)


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(CONTENT)
    return path


def _publish(client: SftpClient, feed: Path, partner: PartnerFolder) -> Published:
    return publish_file(
        client, feed, partner.remote_dir, NAME, expected_sha256=SHA256, policy=POLICY
    )


def _state(partner: PartnerFolder) -> RemoteState:
    with SftpClient(partner.endpoint) as client:
        return remote_state(
            client,
            partner.remote_dir,
            NAME,
            expected_size=len(CONTENT),
            expected_sha256=SHA256,
            policy=POLICY,
        )


def _one_line(error: pytest.ExceptionInfo[Exception]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert text.startswith("sftp://")
    return text


@pytest.mark.parametrize("after", [100, 5_000, 100_000, 1_500_000, 3_000_000])
def test_a_cut_connection_never_shows_half_a_file(
    sshd: Sshd, openssh: PartnerFolder, feed: Path, after: int
) -> None:
    """Cut in the handshake, the login, early, in the middle and at the end of the transfer."""
    with (
        Wire(sshd.port, reset_after=after) as wire,
        pytest.raises(Unreachable) as caught,
        SftpClient(sshd.endpoint(port=wire.port), IMPATIENT) as client,
    ):
        _publish(client, feed, openssh)

    _one_line(caught)
    assert _state(openssh) in (RemoteState.ABSENT, RemoteState.PARTIAL)
    with SftpClient(openssh.endpoint) as client:
        _publish(client, feed, openssh)
    assert openssh.names() == [NAME]
    assert (openssh.folder / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("after", [5_000, 1_000_000])
def test_a_black_hole_ends_by_itself(
    sshd: Sshd, openssh: PartnerFolder, feed: Path, after: int
) -> None:
    with (
        Wire(sshd.port, freeze_after=after) as wire,
        pytest.raises(Unreachable) as caught,
        SftpClient(sshd.endpoint(port=wire.port), IMPATIENT) as client,
    ):
        _publish(client, feed, openssh)

    assert "no answer for 1 s" in _one_line(caught)
    assert NAME not in openssh.names()


def test_a_server_that_accepts_and_says_nothing(sshd: Sshd) -> None:
    with (
        Wire(sshd.port, freeze_after=0) as wire,
        pytest.raises(Unreachable) as caught,
        SftpClient(sshd.endpoint(port=wire.port), Timeouts(connect=1.0)),
    ):
        pass
    assert "while logging in" in _one_line(caught)


def test_a_whole_transfer_has_a_deadline_of_its_own(sshd: Sshd, openssh: PartnerFolder) -> None:
    """Bytes that keep flowing do not keep a transfer alive for ever."""

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return bytes(size or 0)

    short = Timeouts(transfer=0.5)
    with SftpClient(sshd.endpoint(), short) as client, pytest.raises(Unreachable) as caught:
        client.upload(Endless(), f"{openssh.remote_dir}/endless")
    assert "not finished within 0.5 s" in _one_line(caught)


def test_a_rename_whose_answer_is_lost_is_settled_by_looking(
    sshd: Sshd, openssh: PartnerFolder, feed: Path
) -> None:
    class Deaf(SftpClient):
        def rename(self, old: str, new: str) -> None:
            super().rename(old, new)
            sshd.kill_sessions()

    with pytest.raises(Unreachable) as caught, Deaf(openssh.endpoint) as client:
        _publish(client, feed, openssh)

    assert "outcome is unknown" in _one_line(caught)
    assert _state(openssh) is RemoteState.SAME
    with SftpClient(openssh.endpoint) as client:
        assert not _publish(client, feed, openssh).sent
    assert openssh.names() == [NAME]


class Killing(io.BytesIO):
    """A source that has ``act`` called when its middle has been read."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__(CONTENT)
        self._act = act

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if self.tell() > len(CONTENT) // 2:
            self._act()
        return data


def test_killed_server_process_leaves_only_a_part(tmp_path: Path, feed: Path) -> None:
    with running_sshd(tmp_path / "state", tmp_path / "root") as server:
        partner = PartnerFolder(server.endpoint(), str(server.root), server.root)
        part = f"{partner.remote_dir}/.{NAME}.part"
        with pytest.raises(Unreachable) as caught, SftpClient(partner.endpoint) as client:
            client.upload(Killing(server.kill_sessions), part)
        assert "outcome is unknown" in _one_line(caught)
        assert _state(partner) is RemoteState.PARTIAL

        with SftpClient(partner.endpoint) as client:
            _publish(client, feed, partner)
        assert partner.names() == [NAME]
        assert _state(partner) is RemoteState.SAME


@pytest.mark.parametrize("limit", [0, 1_000_000, len(CONTENT) - 1])
def test_a_full_disk_is_an_error_even_for_the_last_byte(
    tmp_path: Path, feed: Path, limit: int
) -> None:
    """The last case fails in the very last write answer, which a client may forget to read."""
    with running_sshd(tmp_path / "state", tmp_path / "root", write_limit=limit) as server:
        partner = PartnerFolder(server.endpoint(), str(server.root), server.root)
        with SftpClient(partner.endpoint) as client, pytest.raises(RemoteFailure) as caught:
            _publish(client, feed, partner)
        assert caught.value.sftp_status == 4
        assert "disk or quota" in _one_line(caught)
        assert partner.names() == []


def test_session_goes_on_after_a_refused_request(openssh: PartnerFolder, feed: Path) -> None:
    with SftpClient(openssh.endpoint) as client:
        with pytest.raises(RemoteFailure):
            client.download(f"{openssh.remote_dir}/absent", None, 10)
        with pytest.raises(RemoteFailure):
            client.upload(io.BytesIO(b""), openssh.remote_dir)
        _publish(client, feed, openssh)
    assert openssh.names() == [NAME]


def _with_pin(sshd: Sshd, folder: Path, pin: str) -> Endpoint:
    known_hosts = folder / "pinned"
    known_hosts.write_text(pin)
    return endpoint_from_uri(
        str(sshd.endpoint()), known_hosts=known_hosts, key_file=sshd.client_key
    )


def test_a_changed_host_key_is_refused_before_the_login(sshd: Sshd, tmp_path: Path) -> None:
    other = public_key(make_key(tmp_path / "other"))
    logins = sum("Accepted" in line or "Failed" in line for line in sshd.log)

    endpoint = _with_pin(sshd, tmp_path, f"[{HOST}]:{sshd.port} {other}\n")
    with pytest.raises(HostKeyRefused) as caught, SftpClient(endpoint):
        pass

    text = _one_line(caught)
    assert "SHA256:" in text
    assert "nothing was sent" in text
    assert sum("Accepted" in line or "Failed" in line for line in sshd.log) == logins


def test_a_pinned_key_of_another_type_is_refused_and_named(sshd: Sshd, tmp_path: Path) -> None:
    other = public_key(make_key(tmp_path / "other", "rsa"))
    endpoint = _with_pin(sshd, tmp_path, f"[{HOST}]:{sshd.port} {other}\n")
    both_named = r"ssh-ed25519 SHA256:.*pinned is ssh-rsa SHA256:"
    with pytest.raises(HostKeyRefused, match=both_named), SftpClient(endpoint):
        pass


def test_two_pinned_keys_let_a_partner_rotate(sshd: Sshd, tmp_path: Path) -> None:
    old = public_key(make_key(tmp_path / "old"))
    now = public_key(sshd.state / "host_key")
    name = f"[{HOST}]:{sshd.port}"
    pins = f"# rotation\n{name} {old} the old one\n\n{name} {now}\n"
    with SftpClient(_with_pin(sshd, tmp_path, pins)) as client:
        assert client.stat("/") is not None


def test_a_key_that_the_server_does_not_admit(sshd: Sshd, tmp_path: Path) -> None:
    endpoint = sshd.endpoint()
    stranger = endpoint_from_uri(
        str(endpoint), known_hosts=sshd.known_hosts_for(), key_file=make_key(tmp_path / "key")
    )
    with pytest.raises(LoginRefused) as caught, SftpClient(stranger):
        pass
    assert "refuses user" in _one_line(caught)


def test_a_password_that_the_server_does_not_admit(sshd: Sshd) -> None:
    endpoint = endpoint_from_uri(
        str(sshd.endpoint()), known_hosts=sshd.known_hosts_for(), password="sesame"
    )
    with pytest.raises(LoginRefused) as caught, SftpClient(endpoint):
        pass
    assert "sesame" not in _one_line(caught)


def test_nobody_listens(sshd: Sshd) -> None:
    endpoint = sshd.endpoint(port=free_port())
    with pytest.raises(Unreachable, match="nothing was sent"), SftpClient(endpoint):
        pass
