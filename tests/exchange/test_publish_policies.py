"""What partners may declare about publishing, against real servers: resuming, no renaming, a
folder for temporary files, files that are taken at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.errors import ContentDiffers, RemoteFailure, Unreachable
from exchange.remote.happenings import Happening, Told
from exchange.remote.sftp import SftpClient, Timeouts
from exchange.remote.two_phase import (
    WORTH_RESUMING,
    Published,
    RemoteState,
    publish_file,
    remote_state,
)
from interfaces.policies import PickUp, PublishPolicy
from tests.cut_wire import Wire
from tests.openssh import PartnerFolder, Sshd, running_sshd

NAME = "S40_20261130_000001.TXT"
PART = f".{NAME}.part"
CONTENT = bytes(range(251)) * 12_000  # 3 MB, of no block size's multiple
USUAL = PublishPolicy()
READBACK = PublishPolicy(readback=True)
IN_PLACE = PublishPolicy(rename=False, manifest_suffix=".manifest.json")
TAKEN = PublishPolicy(pickup=PickUp.TAKES)
IMPATIENT = Timeouts(connect=10.0, idle=1.0, request=10.0, transfer=20.0)


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(CONTENT)
    return path


@contextmanager
def refusing_sshd(folder: Path, requests: str) -> Iterator[Sshd]:
    """A server that answers "permission denied" to these requests, to root as well."""
    settings = {"ForceCommand": f"internal-sftp -P {requests}"}
    with running_sshd(folder / "state", folder / "root", settings=settings) as server:
        yield server


class Taking(SftpClient):
    """A session whose partner takes a file away the moment it stands under its final name."""

    taken: Path
    uploads: int = 0

    def rename(self, old: str, new: str) -> None:
        super().rename(old, new)
        Path(new).rename(self.taken)


def _publish(
    partner: PartnerFolder,
    feed: Path,
    policy: PublishPolicy,
    told: list[Told] | None = None,
    client: SftpClient | None = None,
) -> Published:
    heard: list[Told] = [] if told is None else told
    with client or SftpClient(partner.endpoint) as session:
        return publish_file(
            session,
            feed,
            partner.remote_dir,
            NAME,
            expected_sha256=hashlib.sha256(feed.read_bytes()).hexdigest(),
            policy=policy,
            hear=heard.append,
        )


def _state(partner: PartnerFolder, feed: Path, policy: PublishPolicy) -> RemoteState:
    with SftpClient(partner.endpoint) as client:
        return remote_state(
            client,
            partner.remote_dir,
            NAME,
            expected_size=len(CONTENT),
            expected_sha256=hashlib.sha256(CONTENT).hexdigest(),
            policy=policy,
            local=feed,
        )


@pytest.mark.parametrize("policy", [USUAL, READBACK])
@pytest.mark.parametrize("left", [1, 1_000_000, len(CONTENT) - 1, len(CONTENT)])
def test_a_broken_upload_is_gone_on_with(
    partner: PartnerFolder, feed: Path, policy: PublishPolicy, left: int
) -> None:
    part = partner.folder / PART
    part.write_bytes(CONTENT[:left])
    written = part.stat().st_ino

    published = _publish(partner, feed, policy)

    assert (published.sent, published.resumed_at) == (True, left)
    assert partner.names() == [NAME]
    assert (partner.folder / NAME).read_bytes() == CONTENT
    assert (partner.folder / NAME).stat().st_ino == written


@pytest.mark.parametrize(
    "part",
    [CONTENT[:999_999] + b"?", b"", CONTENT + b"more", CONTENT[1:], CONTENT[:-1] + b"?"],
    ids=["other end", "empty", "longer", "shifted", "other last byte"],
)
def test_a_part_that_is_not_the_beginning_of_ours_is_replaced(
    partner: PartnerFolder, feed: Path, part: bytes
) -> None:
    (partner.folder / PART).write_bytes(part)

    published = _publish(partner, feed, USUAL)

    assert (published.sent, published.resumed_at) == (True, 0)
    assert partner.names() == [NAME]
    assert (partner.folder / NAME).read_bytes() == CONTENT


def test_nothing_is_resumed_where_the_policy_forbids_it(partner: PartnerFolder, feed: Path) -> None:
    (partner.folder / PART).write_bytes(CONTENT[:2_000_000])
    published = _publish(partner, feed, PublishPolicy(resume=False))
    assert published.resumed_at == 0
    assert (partner.folder / NAME).read_bytes() == CONTENT


def test_a_small_file_is_sent_anew(partner: PartnerFolder, feed: Path) -> None:
    small = CONTENT[: WORTH_RESUMING - 1]
    feed.write_bytes(small)
    (partner.folder / PART).write_bytes(small[:1000])
    assert _publish(partner, feed, USUAL).resumed_at == 0
    assert (partner.folder / NAME).read_bytes() == small


def test_a_part_that_may_not_be_read_is_replaced(tmp_path: Path, feed: Path) -> None:
    with refusing_sshd(tmp_path, "read") as server:
        partner = PartnerFolder(server.endpoint(), str(server.root), server.root)
        (partner.folder / PART).write_bytes(CONTENT[:2_000_000])
        with pytest.raises(RemoteFailure):
            _publish(partner, feed, READBACK)
        assert _publish(partner, feed, USUAL).resumed_at == 0
        assert (partner.folder / NAME).read_bytes() == CONTENT


def test_what_is_here_must_be_what_was_meant_also_when_resuming(
    partner: PartnerFolder, feed: Path
) -> None:
    (partner.folder / PART).write_bytes(CONTENT[:2_000_000])
    with (
        SftpClient(partner.endpoint) as client,
        pytest.raises(ContentDiffers, match="was to be sent"),
    ):
        publish_file(client, feed, partner.remote_dir, NAME, expected_sha256="0" * 64, policy=USUAL)
    assert NAME not in partner.names()


@pytest.mark.parametrize("policy", [USUAL, READBACK, IN_PLACE])
def test_cut_again_and_again_it_comes_to_its_end(
    sshd: Sshd, openssh: PartnerFolder, feed: Path, policy: PublishPolicy
) -> None:
    """Each attempt gets a little further; what a cut one has left is never sent again."""
    attempts, published = 0, None
    left: list[int] = []
    while published is None:
        attempts += 1
        with Wire(sshd.port, reset_after=600_000 * attempts) as wire:
            try:
                published = _publish(
                    openssh, feed, policy, client=SftpClient(sshd.endpoint(port=wire.port))
                )
            except Unreachable:
                part = b"".join(path.read_bytes() for path in openssh.folder.iterdir())
                assert part == CONTENT[: len(part)]
                left.append(len(part))
    assert attempts > 2
    assert left == sorted(left)
    assert published.resumed_at >= left[-1]
    assert openssh.names() == [NAME]
    assert (openssh.folder / NAME).read_bytes() == CONTENT


def test_temporary_files_have_a_folder_of_their_own(partner: PartnerFolder, feed: Path) -> None:
    """For a partner that counts the files of its drop: it never sees one that is under way."""
    drop, aside = partner.folder / "drop", partner.folder / "aside"
    drop.mkdir()
    aside.mkdir()
    policy = PublishPolicy(readback=True, temporary_folder=f"{partner.remote_dir}/aside")
    within = PartnerFolder(partner.endpoint, f"{partner.remote_dir}/drop", drop)
    (aside / PART).write_bytes(CONTENT[:2_000_000])
    told: list[Told] = []

    published = _publish(within, feed, policy, told)

    assert published.resumed_at == 2_000_000
    assert (within.names(), list(aside.iterdir())) == ([NAME], [])
    assert (drop / NAME).read_bytes() == CONTENT
    assert [one.path for one in told if one.happening is Happening.UPLOADED] == [
        f"{partner.remote_dir}/aside/{PART}"
    ]
    assert _state(within, feed, policy) is RemoteState.SAME
    (drop / NAME).rename(aside / PART)
    assert _state(within, feed, policy) is RemoteState.PARTIAL


def test_without_renaming_it_is_written_under_its_name(partner: PartnerFolder, feed: Path) -> None:
    told: list[Told] = []
    assert _publish(partner, feed, IN_PLACE, told).sent
    assert partner.names() == [NAME]
    assert (partner.folder / NAME).read_bytes() == CONTENT
    assert [one.happening for one in told] == [
        Happening.WRITING,
        Happening.UPLOADED,
        Happening.COMPLETE,
    ]
    assert not _publish(partner, feed, IN_PLACE).sent


@pytest.mark.parametrize("left", [0, 10, 2_000_000])
@pytest.mark.parametrize("resume", [True, False])
def test_without_renaming_a_beginning_of_ours_is_completed(
    partner: PartnerFolder, feed: Path, left: int, resume: bool
) -> None:
    policy = PublishPolicy(rename=False, resume=resume, readback=True, trigger_suffix=".go")
    (partner.folder / NAME).write_bytes(CONTENT[:left])
    assert _state(partner, feed, policy) is RemoteState.PARTIAL

    published = _publish(partner, feed, policy)

    assert published.resumed_at == (left if resume else 0)
    assert _state(partner, feed, policy) is RemoteState.SAME


@pytest.mark.parametrize("theirs", [b"x" + CONTENT[1:1000], CONTENT + b"more", CONTENT[:-1] + b"?"])
def test_without_renaming_another_file_is_not_touched(
    partner: PartnerFolder, feed: Path, theirs: bytes
) -> None:
    (partner.folder / NAME).write_bytes(theirs)
    assert _state(partner, feed, IN_PLACE) is RemoteState.DIFFERENT
    with pytest.raises(ContentDiffers, match="not touched"):
        _publish(partner, feed, IN_PLACE)
    assert (partner.folder / NAME).read_bytes() == theirs


def test_without_renaming_a_full_disk_leaves_nothing(tmp_path: Path, feed: Path) -> None:
    with running_sshd(tmp_path / "state", tmp_path / "root", write_limit=1_000_000) as server:
        partner = PartnerFolder(server.endpoint(), str(server.root), server.root)
        with pytest.raises(RemoteFailure, match="disk or quota"):
            _publish(partner, feed, IN_PLACE)
        assert partner.names() == []


def test_a_partner_may_take_the_file_at_once(
    openssh: PartnerFolder, feed: Path, tmp_path: Path
) -> None:
    client = Taking(openssh.endpoint)
    client.taken = tmp_path / "taken"
    assert _publish(openssh, feed, TAKEN, client=client).sent
    assert client.taken.read_bytes() == CONTENT
    assert openssh.names() == []


def test_where_files_stay_one_that_is_gone_is_told_at_once(
    openssh: PartnerFolder, feed: Path, tmp_path: Path
) -> None:
    client = Taking(openssh.endpoint)
    client.taken = tmp_path / "taken"
    told: list[Told] = []
    with pytest.raises(RemoteFailure, match="ask the partner what took it"):
        _publish(openssh, feed, USUAL, told, client)
    assert Happening.WITHDRAWN not in {one.happening for one in told}


def test_a_refused_rename_takes_the_file_back_and_says_so_first(tmp_path: Path, feed: Path) -> None:
    with refusing_sshd(tmp_path, "rename,posix-rename") as server:
        partner = PartnerFolder(server.endpoint(), str(server.root), server.root)
        told: list[Told] = []
        with pytest.raises(RemoteFailure) as caught:
            _publish(partner, feed, READBACK, told)
        assert caught.value.sftp_status == 3
        assert partner.names() == []
        assert [one.happening for one in told] == [
            Happening.UPLOADED,
            Happening.READ_BACK,
            Happening.COMPLETE,
            Happening.WITHDRAWN,
            Happening.REMOVED,
        ]


def test_a_rename_of_an_earlier_attempt_that_comes_late_does_no_harm(
    openssh: PartnerFolder, feed: Path
) -> None:
    """The server carries out what it was asked before the connection broke, after we looked."""

    class Late(SftpClient):
        def upload(self, *given: object, **named: object) -> object:  # type: ignore[override]
            moved = super().upload(*given, **named)  # type: ignore[arg-type]
            (openssh.folder / NAME).write_bytes(CONTENT)
            return moved

    assert _publish(openssh, feed, USUAL, client=Late(openssh.endpoint)).sent
    assert openssh.names() == [NAME]


def test_what_happens_is_told_with_size_and_hash(partner: PartnerFolder, feed: Path) -> None:
    (partner.folder / PART).write_bytes(b"of another attempt")
    told: list[Told] = []
    _publish(partner, feed, READBACK, told)
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert [(one.happening, one.size, one.sha256) for one in told] == [
        (Happening.REMOVED, 18, ""),
        (Happening.UPLOADED, len(CONTENT), digest),
        (Happening.READ_BACK, len(CONTENT), digest),
        (Happening.COMPLETE, len(CONTENT), digest),
        (Happening.RENAMED, len(CONTENT), digest),
    ]
    assert told[-1].path == f"{partner.remote_dir}/{NAME}"
