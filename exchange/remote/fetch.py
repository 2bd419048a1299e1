"""Collecting: what a partner left for us comes into a local folder, whole and checked.

Nothing about the other side is trusted: names, links, sizes, and whether the writer has
finished. The partner's copy stays where it is until :func:`move_to_done` is called, and
that is called only once ours is landed.
"""

from __future__ import annotations

import os
import posixpath
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from exchange.errors import ContentDiffers, ExchangeError
from exchange.home import new_temporary, sync_folder
from exchange.remote.names import name_fault, printable
from exchange.remote.sftp import Moved, SftpClient
from exchange.remote.sftp_wire import RemoteStat
from interfaces.policies import PublishPolicy

DONE_FOLDER = "done"
LARGEST_FILE = 4 << 30
SETTLE_SECONDS = 2.0
SHOWN_HASH = 12


class Reason(StrEnum):
    """Why an entry of the partner's folder was not collected."""

    NAME = "name"  # hostile or unusable name
    LINK = "link"  # a symbolic link, which could point anywhere
    NOT_A_FILE = "not_a_file"  # a folder, a device, a socket
    TOO_LARGE = "too_large"
    IN_PROGRESS = "in_progress"  # still being written: no fault, the next poll takes it
    NOT_WANTED = "not_wanted"  # no name that the caller asked for


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is now ours at ``path``: named as there, hashed, on disk.

    ``mtime`` is seconds since 1970 UTC by the partner's clock, None if it does not say.
    """

    name: str
    path: Path
    sha256: str
    size: int
    mtime: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry left where it is. ``name`` and ``why`` are fit to be printed."""

    name: str
    reason: Reason
    why: str


@dataclass(frozen=True, slots=True)
class Collected:
    """Outcome of one poll: every entry is in one of the two, by name."""

    fetched: tuple[Fetched, ...]
    refused: tuple[Refused, ...]


def let_settle() -> None:
    """Wait long enough to see whether somebody is still writing."""
    time.sleep(SETTLE_SECONDS)


def _everything(_name: str) -> bool:
    return True


def collect(
    client: SftpClient,
    remote_dir: str,
    into: Path,
    *,
    policy: PublishPolicy,
    wanted: Callable[[str], bool] = _everything,
    largest: int = LARGEST_FILE,
    pause: Callable[[], None] = let_settle,
) -> Collected:
    """Download the finished files of ``remote_dir`` to ``into/<sha256>/<name>``.

    A file is finished when its size and time are the same before and after ``pause`` and
    again after the download. ``policy`` tells the partner's temporary names; ``wanted`` says
    by name what to take; ``largest`` is in bytes. Collecting the same content again gives the
    same path. ExchangeError when the server fails; files already fetched are then complete.
    """
    refused: list[Refused] = []
    candidates: dict[str, RemoteStat] = {}
    for name, found in client.listing(remote_dir):
        if name == DONE_FOLDER and found.is_directory:
            continue
        no = _refusal(name, found, policy, wanted, largest)
        if no is None:
            candidates[name] = found
        else:
            refused.append(no)
    if candidates:
        pause()
    fetched: list[Fetched] = []
    for name, found in candidates.items():
        outcome = _fetch(client, posixpath.join(remote_dir, name), name, found, into)
        if isinstance(outcome, Fetched):
            fetched.append(outcome)
        else:
            refused.append(outcome)
    return Collected(tuple(fetched), tuple(sorted(refused, key=lambda one: one.name)))


def move_to_done(client: SftpClient, remote_dir: str, fetched: Fetched) -> str:
    """Move the partner's copy into ``done/``; call it only when ours is durable.

    Gives the path there: the name, followed by the start of the hash when an earlier file of
    that name is there already. A copy that is gone was moved by an earlier attempt: harmless.
    ContentDiffers when the partner has put another file in its place, which stays.
    """
    source = posixpath.join(remote_dir, fetched.name)
    folder = posixpath.join(remote_dir, DONE_FOLDER)
    target = posixpath.join(folder, fetched.name)
    there = client.stat(source)
    if there is None:
        return target
    if (there.size, there.mtime) != (fetched.size, fetched.mtime) or not there.is_file:
        raise ContentDiffers(
            client.url(source),
            "was changed after we collected it and stays; the next poll collects it again",
        )
    if client.stat(folder) is None:
        client.make_directory(folder)
    if client.stat(target) is not None:
        target = f"{target}.{fetched.sha256[:SHOWN_HASH]}"
    client.rename(source, target)
    return target


def _refusal(
    name: str,
    found: RemoteStat,
    policy: PublishPolicy,
    wanted: Callable[[str], bool],
    largest: int,
) -> Refused | None:
    shown = printable(name)
    if policy.is_temporary(name):
        return Refused(shown, Reason.IN_PROGRESS, "has a temporary name: still being written")
    fault = name_fault(name)
    if fault is not None:
        return Refused(shown, Reason.NAME, fault)
    if found.is_link:
        return Refused(shown, Reason.LINK, "is a link; only files are collected")
    if not found.is_file:
        return Refused(shown, Reason.NOT_A_FILE, "is not a regular file")
    if found.size is None or found.size > largest:
        return Refused(shown, Reason.TOO_LARGE, f"has {found.size} bytes; at most {largest}")
    if not wanted(name):
        return Refused(shown, Reason.NOT_WANTED, "is not a name that is collected here")
    return None


def _fetch(
    client: SftpClient, remote: str, name: str, found: RemoteStat, into: Path
) -> Fetched | Refused:
    if not _unchanged(client, remote, found):
        return _unfinished(name)
    size = found.size or 0
    with _on_our_disk(into, name):
        into.mkdir(parents=True, exist_ok=True)
        arriving = new_temporary(into)
        try:
            moved = _download(client, remote, arriving, size)
            if moved.size != size or not _unchanged(client, remote, found):
                return _unfinished(name)
            kept = into / moved.sha256 / name
            kept.parent.mkdir(exist_ok=True)
            arriving.replace(kept)
            sync_folder(kept.parent)
            sync_folder(into)
        finally:
            arriving.unlink(missing_ok=True)
    return Fetched(name, kept, moved.sha256, size, found.mtime)


def _download(client: SftpClient, remote: str, target: Path, size: int) -> Moved:
    """One byte more than ``size`` is asked for, so that a file that grew is seen."""
    with target.open("wb") as handle:
        moved = client.download(remote, handle, size + 1)
        handle.flush()
        os.fsync(handle.fileno())
    return moved


@contextmanager
def _on_our_disk(into: Path, name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExchangeError(
            f"{into}: {error.strerror} while collecting {name}; free disk space or correct the "
            "folder, then run again: the partner's copy is untouched"
        ) from error


def _unchanged(client: SftpClient, remote: str, found: RemoteStat) -> bool:
    """Whether it is still the same regular file; a listing may have hidden that it is a link."""
    now = client.stat(remote)
    return now is not None and now.is_file and (now.size, now.mtime) == (found.size, found.mtime)


def _unfinished(name: str) -> Refused:
    return Refused(name, Reason.IN_PROGRESS, "changed while we looked: still being written")
