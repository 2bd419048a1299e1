"""Two-phase publish: whole under its name, once, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from exchange.errors import ContentDiffers, RemoteFailure
from exchange.remote.sftp import SftpClient
from exchange.remote.two_phase import (
    Published,
    RemoteState,
    publish_file,
    remote_state,
)
from interfaces.errors import WrongUse
from interfaces.policies import PublishPolicy
from tests.openssh import PartnerFolder

READBACK = PublishPolicy(readback=True)
NAME = "S39_20261130_000001.TXT"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(bytes(range(256)) * 5000 + b"end")
    return path


def _publish(
    partner: PartnerFolder, feed: Path, policy: PublishPolicy = READBACK, **changed: str
) -> Published:
    settings = {"expected_sha256": _sha256(feed.read_bytes())} | changed
    with SftpClient(partner.endpoint) as client:
        return publish_file(client, feed, partner.remote_dir, NAME, policy=policy, **settings)


def _state(partner: PartnerFolder, content: bytes) -> RemoteState:
    with SftpClient(partner.endpoint) as client:
        return remote_state(
            client,
            partner.remote_dir,
            NAME,
            expected_size=len(content),
            expected_sha256=_sha256(content),
            policy=READBACK,
        )


def test_publishes_whole_file_and_nothing_else(partner: PartnerFolder, feed: Path) -> None:
    published = _publish(partner, feed)

    assert published.sent
    assert published.size == feed.stat().st_size
    assert published.sha256_readback == _sha256(feed.read_bytes())
    assert partner.names() == [NAME]
    assert (partner.folder / NAME).read_bytes() == feed.read_bytes()


def test_no_readback_where_the_policy_asks_for_none(partner: PartnerFolder, feed: Path) -> None:
    assert _publish(partner, feed, PublishPolicy()).sha256_readback is None
    assert (partner.folder / NAME).read_bytes() == feed.read_bytes()


@pytest.mark.parametrize("size", [0, 1, 32 << 10, (255 << 10) + 1, 20 << 20])
def test_every_size_arrives_unchanged(openssh: PartnerFolder, tmp_path: Path, size: int) -> None:
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    feed = tmp_path / NAME
    feed.write_bytes(content)

    assert _publish(openssh, feed).size == size
    assert (openssh.folder / NAME).read_bytes() == content


def test_second_time_sends_nothing_and_says_so(partner: PartnerFolder, feed: Path) -> None:
    _publish(partner, feed)
    written = (partner.folder / NAME).stat()

    again = _publish(partner, feed)

    assert not again.sent
    assert again.sha256_readback == _sha256(feed.read_bytes())
    assert (partner.folder / NAME).stat().st_ino == written.st_ino


@pytest.mark.parametrize("policy", [READBACK, PublishPolicy()])
def test_other_content_of_equal_size_is_never_overwritten(
    partner: PartnerFolder, feed: Path, policy: PublishPolicy
) -> None:
    other = b"x" * feed.stat().st_size
    (partner.folder / NAME).write_bytes(other)

    with pytest.raises(ContentDiffers, match="not touched"):
        _publish(partner, feed, policy)

    assert (partner.folder / NAME).read_bytes() == other
    assert partner.names() == [NAME]


def test_stale_part_of_a_crashed_attempt_is_replaced(partner: PartnerFolder, feed: Path) -> None:
    (partner.folder / f".{NAME}.part").write_bytes(b"half of something longer" * 100_000)

    assert _publish(partner, feed).sent
    assert partner.names() == [NAME]
    assert (partner.folder / NAME).read_bytes() == feed.read_bytes()


def test_local_file_that_is_not_the_one_meant_stays_here(
    partner: PartnerFolder, feed: Path
) -> None:
    with pytest.raises(ContentDiffers, match="was to be sent"):
        _publish(partner, feed, expected_sha256="0" * 64)

    assert partner.names() == []


def test_missing_folder_is_named_with_what_to_do(partner: PartnerFolder, feed: Path) -> None:
    elsewhere = PartnerFolder(partner.endpoint, partner.remote_dir + "/absent", partner.folder)

    with pytest.raises(RemoteFailure, match=r"absent.*no such file or folder") as caught:
        _publish(elsewhere, feed)

    assert caught.value.sftp_status == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["../S39.TXT", "a/b", ".hidden", "", "line\nbreak", "x" * 129])
def test_a_name_that_is_no_plain_name_is_not_published(
    openssh: PartnerFolder, feed: Path, name: str
) -> None:
    with SftpClient(openssh.endpoint) as client, pytest.raises(WrongUse, match="published"):
        publish_file(client, feed, openssh.remote_dir, name, expected_sha256="", policy=READBACK)


def test_remote_state_tells_the_four_cases_apart(partner: PartnerFolder) -> None:
    content = b"our content"
    assert _state(partner, content) is RemoteState.ABSENT

    (partner.folder / f".{NAME}.part").write_bytes(content[:4])
    assert _state(partner, content) is RemoteState.PARTIAL

    (partner.folder / NAME).write_bytes(content)
    assert _state(partner, content) is RemoteState.SAME

    (partner.folder / NAME).write_bytes(content[::-1])
    assert _state(partner, content) is RemoteState.DIFFERENT

    (partner.folder / NAME).unlink()
    (partner.folder / NAME).symlink_to(partner.folder / f".{NAME}.part")
    assert _state(partner, content[:4]) is RemoteState.DIFFERENT
