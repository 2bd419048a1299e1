"""Collecting from a partner's folder: nothing there is trusted, nothing of it is lost."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import ContentDiffers, ExchangeError, RemoteFailure, Unreachable
from exchange.remote.fetch import Collected, Reason, collect, move_to_done
from exchange.remote.names import MAX_NAME_BYTES, name_fault, printable
from exchange.remote.sftp import SftpClient, Timeouts
from interfaces.policies import CollectPolicy, PublishPolicy
from tests.cut_wire import Wire
from tests.openssh import PartnerFolder, Sshd

POLICY = PublishPolicy()
NAME = "CSPAY_20261130_000001.TXT"


def _nothing() -> None:
    """In place of waiting."""


def _collect(
    partner: PartnerFolder, into: Path, *, pause: Callable[[], None] = _nothing, **options: Any
) -> Collected:
    with SftpClient(partner.endpoint) as client:
        return collect(client, partner.remote_dir, into, policy=POLICY, pause=pause, **options)


def _reasons(collected: Collected) -> dict[str, Reason]:
    return {one.name: one.reason for one in collected.refused}


def test_collects_whole_files_under_their_hash(partner: PartnerFolder, tmp_path: Path) -> None:
    contents = {NAME: os.urandom(700_001), "รับชำระ 1.txt": b"x", "EMPTY.TXT": b""}
    for name, content in contents.items():
        (partner.folder / name).write_bytes(content)

    collected = _collect(partner, tmp_path / "inbox")

    assert collected.refused == ()
    assert [one.name for one in collected.fetched] == sorted(contents)
    for one in collected.fetched:
        content = contents[one.name]
        assert one.path == tmp_path / "inbox" / one.sha256 / one.name
        assert one.path.read_bytes() == content
        assert one.sha256 == hashlib.sha256(content).hexdigest()
        assert one.size == len(content)
        assert one.mtime == int((partner.folder / one.name).stat().st_mtime)
    assert partner.names() == sorted(contents)
    assert not list((tmp_path / "inbox").glob(".*"))


def test_collecting_again_gives_the_same_and_other_content_stands_beside(
    partner: PartnerFolder, tmp_path: Path
) -> None:
    (partner.folder / NAME).write_bytes(b"first")
    first = _collect(partner, tmp_path).fetched
    assert _collect(partner, tmp_path).fetched == first

    (partner.folder / NAME).write_bytes(b"second")
    (second,) = _collect(partner, tmp_path).fetched
    assert first[0].path.read_bytes() == b"first"
    assert second.path.read_bytes() == b"second"


def test_hostile_names_are_refused_and_shown_harmlessly(
    openssh: PartnerFolder, tmp_path: Path
) -> None:
    hostile = [b".profile", b"-rf", b"a\nb", b"red\x1b[31m", b"back\\slash", b"\xff\xfe", b"c:d"]
    hostile += ["right\u202eleft".encode(), b"x" * 200, b" blank "]
    for name in hostile:
        Path(os.fsdecode(os.fsencode(openssh.folder) + b"/" + name)).write_bytes(b"?")
    (openssh.folder / NAME).write_bytes(b"good")

    collected = _collect(openssh, tmp_path)

    assert [one.name for one in collected.fetched] == [NAME]
    assert set(_reasons(collected).values()) == {Reason.NAME}
    assert len(collected.refused) == len(hostile)
    for one in collected.refused:
        assert one.name.isprintable()
        assert one.why
    assert len(openssh.names()) == len(hostile) + 1


def test_links_folders_and_pipes_are_refused(partner: PartnerFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not the partner's")
    (partner.folder / "link").symlink_to(secret)
    (partner.folder / "folder").mkdir()
    (partner.folder / "done").mkdir()
    os.mkfifo(partner.folder / "pipe")

    collected = _collect(partner, tmp_path / "inbox")

    assert collected.fetched == ()
    assert _reasons(collected) == {
        "link": Reason.LINK,
        "folder": Reason.NOT_A_FILE,
        "pipe": Reason.NOT_A_FILE,
    }


def test_a_file_turned_into_a_link_meanwhile_is_not_followed(
    openssh: PartnerFolder, tmp_path: Path
) -> None:
    there = openssh.folder / NAME
    there.write_bytes(b"12345")
    before = there.stat()

    def swap() -> None:
        target = tmp_path / "secret"
        target.write_bytes(b"54321")
        os.utime(target, (before.st_atime, before.st_mtime))
        there.unlink()
        there.symlink_to(target)

    assert _collect(openssh, tmp_path / "inbox", pause=swap).fetched == ()


def test_too_large_and_unwanted_files_stay(partner: PartnerFolder, tmp_path: Path) -> None:
    (partner.folder / "BIG.TXT").write_bytes(b"x" * 101)
    (partner.folder / "FITS.TXT").write_bytes(b"x" * 100)
    (partner.folder / "README").write_bytes(b"x")

    collected = _collect(
        partner,
        tmp_path,
        collecting=CollectPolicy(largest=100),
        wanted=lambda name: name.endswith(".TXT"),
    )

    assert [one.name for one in collected.fetched] == ["FITS.TXT"]
    assert _reasons(collected) == {"BIG.TXT": Reason.TOO_LARGE, "README": Reason.NOT_WANTED}


def test_files_still_being_written_wait_for_the_next_poll(
    partner: PartnerFolder, tmp_path: Path
) -> None:
    (partner.folder / f".{NAME}.part").write_bytes(b"temporary by agreement")
    (partner.folder / "GROWING.TXT").write_bytes(b"half")
    (partner.folder / "GOES.TXT").write_bytes(b"gone in a moment")

    def partner_works() -> None:
        with (partner.folder / "GROWING.TXT").open("ab") as handle:
            handle.write(b" and more")
        (partner.folder / "GOES.TXT").unlink()

    collected = _collect(partner, tmp_path, pause=partner_works)

    assert collected.fetched == ()
    assert set(_reasons(collected).values()) == {Reason.IN_PROGRESS}
    assert [one.name for one in _collect(partner, tmp_path).fetched] == ["GROWING.TXT"]


def test_a_cut_download_leaves_nothing_half(
    sshd: Sshd, openssh: PartnerFolder, tmp_path: Path
) -> None:
    """The wire freezes once our requests have gone out; the data never comes whole."""
    (openssh.folder / NAME).write_bytes(os.urandom(40 << 20))
    with Wire(sshd.port, freeze_after=6_500) as wire, pytest.raises(Unreachable):
        endpoint = sshd.endpoint(port=wire.port)
        with SftpClient(endpoint, Timeouts(idle=1.0)) as client:
            collect(client, openssh.remote_dir, tmp_path, policy=POLICY, pause=_nothing)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert [one.name for one in _collect(openssh, tmp_path).fetched] == [NAME]


def test_our_own_disk_failing_is_one_line(openssh: PartnerFolder, tmp_path: Path) -> None:
    (openssh.folder / NAME).write_bytes(b"x")
    (tmp_path / "inbox").write_text("a file where the folder should be")
    with pytest.raises(ExchangeError, match=r"File exists.*copy is untouched"):
        _collect(openssh, tmp_path / "inbox")
    assert openssh.names() == [NAME]


def test_missing_folder_is_named(partner: PartnerFolder, tmp_path: Path) -> None:
    absent = PartnerFolder(partner.endpoint, partner.remote_dir + "/absent", partner.folder)
    with pytest.raises(RemoteFailure, match="absent: while listing: there is no such"):
        _collect(absent, tmp_path)


def test_partner_copy_moves_to_done_once_ours_is_durable(
    partner: PartnerFolder, tmp_path: Path
) -> None:
    (partner.folder / NAME).write_bytes(b"first")
    (first,) = _collect(partner, tmp_path).fetched
    with SftpClient(partner.endpoint) as client:
        moved = move_to_done(client, partner.remote_dir, first)
        assert moved == f"{partner.remote_dir}/done/{NAME}"
        assert move_to_done(client, partner.remote_dir, first) == moved  # after a crash
    assert partner.names() == ["done"]

    (partner.folder / NAME).write_bytes(b"second")
    (second,) = _collect(partner, tmp_path).fetched
    with SftpClient(partner.endpoint) as client:
        move_to_done(client, partner.remote_dir, second)
    kept = {path.name: path.read_bytes() for path in (partner.folder / "done").iterdir()}
    assert kept == {NAME: b"first", f"{NAME}.{second.sha256[:12]}": b"second"}


def test_a_copy_changed_after_collecting_is_not_moved(
    partner: PartnerFolder, tmp_path: Path
) -> None:
    (partner.folder / NAME).write_bytes(b"first")
    (fetched,) = _collect(partner, tmp_path).fetched
    (partner.folder / NAME).write_bytes(b"changed since")
    with SftpClient(partner.endpoint) as client, pytest.raises(ContentDiffers, match="stays"):
        move_to_done(client, partner.remote_dir, fetched)
    assert (partner.folder / NAME).read_bytes() == b"changed since"


@given(st.text(max_size=200))
def test_accepted_names_stay_in_their_folder_and_print_on_one_line(name: str) -> None:
    assert printable(name).isprintable()
    if name_fault(name) is None:
        folder = Path("/inbox")
        assert (folder / name).parent == folder
        assert Path(os.path.normpath(folder / name)) == folder / name
        assert len(name.encode()) <= MAX_NAME_BYTES
        assert printable(name) == name
