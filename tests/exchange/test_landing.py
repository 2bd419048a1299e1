"""What is written into the home: whole, under its own hash, whoever else writes at the time."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from exchange.home import Home, new_temporary, replacing
from exchange.inbound import landing
from exchange.inbound.landing import Landed, land
from interfaces.errors import OutsideFailure


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An installation without anything."""
    return Home(tmp_path / "home")


def a_source(folder: Path, content: bytes, name: str = "SOURCE") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def remains(home: Home) -> list[str]:
    return sorted(path.name for path in home.root.rglob("*") if path.is_file())


def test_a_copy_lies_read_only_under_its_own_hash(home: Home, tmp_path: Path) -> None:
    content = os.urandom(landing.BLOCK + 17)
    landed = land(a_source(tmp_path, content), home)
    digest = hashlib.sha256(content).hexdigest()
    assert landed == Landed(digest, "SOURCE", home.landing(digest), len(content))
    assert landed.path.read_bytes() == content
    assert landed.path.stat().st_mode & 0o777 == 0o440
    assert remains(home) == [digest]


def test_landing_again_keeps_the_copy(home: Home, tmp_path: Path) -> None:
    source = a_source(tmp_path, b"content")
    first = land(source, home)
    made = first.path.stat().st_ino
    assert land(source, home) == first
    assert first.path.stat().st_ino == made
    assert remains(home) == [first.file_id]


def test_every_folder_on_the_way_is_on_disk_before_landing_ends(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partner's copy is removed next: no power cut may take ours back."""
    synced: list[Path] = []
    monkeypatch.setattr(landing, "sync_folder", synced.append)
    home.root.mkdir()
    source = a_source(tmp_path, b"content")
    first = land(source, home)
    folder = landing.landing_folder(home)
    assert synced == [home.root, folder, first.path.parent]
    synced.clear()
    land(source, home)  # whoever landed it first may have died before its folder was synced
    assert synced == [first.path.parent]


def test_two_workers_of_the_same_process_number_do_not_take_each_others_file(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In containers that share a home every process may be number 7."""
    monkeypatch.setattr(os, "getpid", lambda: 7)
    sources = [a_source(tmp_path, content, content.decode()) for content in (b"ours", b"theirs")]
    copied, others = landing._copy, []

    def meanwhile(source: Path, target: Path) -> tuple[str, int]:
        outcome = copied(source, target)
        if not others:
            others.append(None)
            others[0] = land(sources[1], home)
        return outcome

    monkeypatch.setattr(landing, "_copy", meanwhile)
    ours = land(sources[0], home)
    for landed, source in zip([ours, others[0]], sources, strict=True):
        assert landed.path.read_bytes() == source.read_bytes()
        assert landed.file_id == hashlib.sha256(source.read_bytes()).hexdigest()
    assert len(remains(home)) == 2


@pytest.mark.parametrize("damaged", [b"", b"conten", b"content and more"])
def test_a_copy_that_lost_its_length_is_made_anew(
    home: Home, tmp_path: Path, damaged: bytes
) -> None:
    source = a_source(tmp_path, b"content")
    landed = land(source, home)
    landed.path.unlink()
    landed.path.write_bytes(damaged)
    assert land(source, home) == landed
    assert landed.path.read_bytes() == b"content"


def test_a_source_that_cannot_be_read_is_one_printable_line(home: Home, tmp_path: Path) -> None:
    absent = tmp_path / os.fsdecode(b"\xca\xbb\xca.TXT")
    with pytest.raises(OutsideFailure, match="nothing of it was taken") as caught:
        land(absent, home)
    assert str(caught.value).isprintable()
    assert remains(home) == []


def test_links_pipes_and_devices_are_not_landed(home: Home, tmp_path: Path) -> None:
    """Also when one was put in the place of a file after we had looked."""
    secret = a_source(tmp_path, b"not the sender's")
    (tmp_path / "link").symlink_to(secret)
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "/dev/zero", "/dev/null"):
        with pytest.raises(OutsideFailure, match="is a link, a pipe or a device"):
            land(tmp_path / name, home)
    assert remains(home) == []


def test_temporary_names_are_hidden_and_never_the_same(tmp_path: Path) -> None:
    made = {new_temporary(tmp_path, "rows").name for _ in range(50)}
    assert len(made) == 50
    assert all(name.startswith(".rows.") and name.endswith(".part") for name in made)


def test_a_temporary_name_that_is_taken_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lots = iter(["aa", "aa", "bb"])
    monkeypatch.setattr("exchange.home.secrets.token_hex", lambda _: next(lots))
    first = new_temporary(tmp_path)
    first.write_bytes(b"theirs")
    assert new_temporary(tmp_path).name == "..bb.part"
    assert first.read_bytes() == b"theirs"
    monkeypatch.setattr("exchange.home.secrets.token_hex", lambda _: "aa")
    with pytest.raises(FileExistsError, match="no temporary name is free"):
        new_temporary(tmp_path)


def test_a_replaced_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "folder" / "file") as temporary:
            temporary.write_bytes(b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "folder" / "file").stat().st_mode & 0o777 == 0o640


def test_two_who_replace_the_same_file_do_not_mix(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with replacing(target) as ours:
        ours.write_bytes(b"ours")
        with replacing(target) as theirs:
            theirs.write_bytes(b"theirs")
        assert target.read_bytes() == b"theirs"
    assert target.read_bytes() == b"ours"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_error_or_a_change_of_mind_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    target = a_source(tmp_path, b"before")
    with pytest.raises(KeyboardInterrupt), replacing(target) as temporary:
        temporary.write_bytes(b"half")
        raise KeyboardInterrupt
    with replacing(target) as temporary:
        temporary.unlink()
    assert target.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["SOURCE"]
