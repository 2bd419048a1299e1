"""Collecting: what a partner left for us comes into a local folder, whole and checked.

Nothing about the other side is trusted: names, links, sizes, and whether the writer has
finished. The partner's copies stay where they are until :func:`settle_collected` is called, and
that is called only once ours are landed.

When is a file whole? With a manifest it is when the manifest is there, which proves size and
hash later; the manifest comes last. Without one, a file that does not change during the settle
pause is taken for whole: an upload under the final name that stalls for longer would be taken
too early, is then refused for its missing end and has used its name. So partners that cannot
write under a temporary name are asked for a manifest.
"""

from __future__ import annotations

import os
import posixpath
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from exchange.errors import ContentDiffers, ExchangeError, RemoteFailure
from exchange.home import new_temporary, sync_folder
from exchange.remote.names import name_fault, printable
from exchange.remote.sftp import Moved, SftpClient
from exchange.remote.sftp_wire import RemoteStat
from interfaces.policies import AfterCollecting, CollectPolicy, PublishPolicy

DONE_FOLDER = "done"
LARGEST_COMPANION = 1 << 20
SETTLE_SECONDS = 2.0
SHOWN_HASH = 12
MOST_COPIES = 100


class Reason(StrEnum):
    """Why an entry of the partner's folder was not collected."""

    NAME = "name"  # hostile or unusable name
    LINK = "link"  # a symbolic link, which could point anywhere
    NOT_A_FILE = "not_a_file"  # a folder, a device, a socket
    TOO_LARGE = "too_large"
    IN_PROGRESS = "in_progress"  # still being written: no fault, the next poll takes it
    WAITING = "waiting"  # its manifest or its signature, or the file of these, is not there yet
    NOT_WANTED = "not_wanted"  # no name that the caller asked for


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is now ours at ``path``: named as there, hashed, on disk.

    ``mtime`` is seconds since 1970 UTC by the partner's clock, None if it does not say.
    ``companions`` are its manifest and signature, beside it.
    """

    name: str
    path: Path
    sha256: str
    size: int
    mtime: int | None
    companions: tuple[Fetched, ...] = ()

    @property
    def all_files(self) -> tuple[Fetched, ...]:
        """The file and its companions, the file first."""
        return (self, *self.companions)


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry left where it is. ``name`` and ``why`` are fit to be printed."""

    name: str
    reason: Reason
    why: str


@dataclass(frozen=True, slots=True)
class Collected:
    """Outcome of one poll: every entry is in one of the three, by name, or the companion of one.

    ``strays`` are manifests and signatures without their file, fetched too: the caller knows
    whether they are left from one that was settled.
    """

    fetched: tuple[Fetched, ...]
    refused: tuple[Refused, ...]
    strays: tuple[Fetched, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one of the partner's copies: ``moved`` to ``path`` or ``removed``."""

    kind: str
    name: str
    sha256: str
    path: str


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
    collecting: CollectPolicy = CollectPolicy(),  # noqa: B008 - immutable
    wanted: Callable[[str], bool] = _everything,
    pause: Callable[[], None] = let_settle,
) -> Collected:
    """Download the finished files of ``remote_dir`` to ``into/<sha256>/<name>``.

    A file is finished when its size and time are the same before and after ``pause`` and
    again after the download, and when the manifest and signature that ``collecting`` asks for
    are there; these come to lie beside it. ``policy`` tells the partner's temporary names;
    ``wanted`` says by name what to take. Collecting the same content again gives the same path.
    ExchangeError when the server fails; files already fetched are then complete.
    """
    refused: list[Refused] = []
    there: dict[str, RemoteStat] = {}
    listed = client.listing(remote_dir)
    for name, found in listed:
        if name == collecting.done_folder and found.is_directory:
            continue
        no = _refusal(name, found, policy, collecting, wanted)
        if no is None:
            there[name] = found
        else:
            refused.append(no)
    groups, strays, waiting = _groups({name for name, _ in listed}, there, collecting)
    refused += waiting
    if groups or strays:
        pause()
    fetched: list[Fetched] = []
    lonely: list[Fetched] = []
    for names, done in [*((group, fetched) for group in groups), *(([s], lonely) for s in strays)]:
        outcome = _fetch(client, remote_dir, {name: there[name] for name in names}, into)
        if isinstance(outcome, Fetched):
            done.append(outcome)
        else:
            refused.append(outcome)
    in_order = tuple(sorted(refused, key=lambda one: one.name))
    return Collected(tuple(fetched), in_order, tuple(lonely))


def settle_collected(
    client: SftpClient, remote_dir: str, fetched: Fetched, collecting: CollectPolicy
) -> tuple[Settled, ...]:
    """Move or remove the partner's copies of a file and its companions, as its policy says.

    Call it only when ours are durable. The file goes first: a crash behind it leaves companions
    that the next poll finds as strays; the other way round the file would wait for ever. Copies
    that are gone were settled by an earlier attempt. ContentDiffers as :func:`move_to_done`.
    """
    settled = []
    for one in fetched.all_files:
        if collecting.after is AfterCollecting.MOVE:
            path = move_to_done(client, remote_dir, one, collecting.done_folder)
            settled.append(Settled("moved", one.name, one.sha256, path))
        elif _is_ours(client, remote_dir, one):
            path = posixpath.join(remote_dir, one.name)
            client.remove(path)
            settled.append(Settled("removed", one.name, one.sha256, path))
    return tuple(settled)


def move_to_done(
    client: SftpClient, remote_dir: str, fetched: Fetched, done_folder: str = DONE_FOLDER
) -> str:
    """Move the partner's copy into ``done/``; call it only when ours is durable.

    Gives the path there: the name, followed by the start of the hash when an earlier file of
    that name is there already, and by a number when that is there too. A copy that is gone was
    moved by an earlier attempt: harmless. ContentDiffers when the partner has put another file in
    its place, which stays.
    """
    folder = posixpath.join(remote_dir, done_folder)
    target = posixpath.join(folder, fetched.name)
    if not _is_ours(client, remote_dir, fetched):
        return target
    if client.stat(folder) is None:
        client.make_directory(folder)
    marked = f"{target}.{fetched.sha256[:SHOWN_HASH]}"
    further = (f"{marked}.{number}" for number in range(2, MOST_COPIES))
    for free in (target, marked, *further):
        if client.stat(free) is None:
            client.rename(posixpath.join(remote_dir, fetched.name), free)
            return free
    raise RemoteFailure(
        client.url(target),
        f"and {MOST_COPIES} further copies of it are there already; have the partner clear the "
        "folder",
    )


def forget(fetched: Fetched) -> None:
    """Remove our fetched copies: the landed ones count, these have served.

    Their folder goes with the last of the names under which the same content came.
    """
    for one in fetched.all_files:
        one.path.unlink(missing_ok=True)
    folder = fetched.path.parent
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def companion_names(name: str, collecting: CollectPolicy) -> tuple[str, ...]:
    """Names of the manifest and the signature of a file, as far as the policy asks for them."""
    if collecting.manifest_suffix is None:
        return ()
    manifest = name + collecting.manifest_suffix
    if collecting.signature_suffix is None:
        return (manifest,)
    return (manifest, manifest + collecting.signature_suffix)


def _is_ours(client: SftpClient, remote_dir: str, fetched: Fetched) -> bool:
    """Whether the partner's copy is the one that was fetched; false when it is gone."""
    source = posixpath.join(remote_dir, fetched.name)
    there = client.stat(source)
    if there is None:
        return False
    if (there.size, there.mtime) != (fetched.size, fetched.mtime) or not there.is_file:
        raise ContentDiffers(
            client.url(source),
            "was changed after we collected it and stays; the next poll collects it again",
        )
    return True


def _file_of(name: str, collecting: CollectPolicy) -> str | None:
    """The file that a manifest or a signature belongs to, None for any other name."""
    for suffix in reversed(companion_names("", collecting)):
        if name.endswith(suffix) and name != suffix:
            return name.removesuffix(suffix)
    return None


def _groups(
    listed: Set[str], there: Mapping[str, RemoteStat], collecting: CollectPolicy
) -> tuple[list[list[str]], list[str], list[Refused]]:
    """Files with their companions, companions without a file, and files that wait for some."""
    groups: list[list[str]] = []
    strays: list[str] = []
    waiting: list[Refused] = []
    for name in there:
        owner = _file_of(name, collecting)
        if owner is not None:
            if owner not in listed:
                strays.append(name)
            elif owner not in there:
                why = f"belongs to {printable(owner)}, which is not taken"
                waiting.append(Refused(name, Reason.WAITING, why))
            continue
        companions = companion_names(name, collecting)
        missing = [companion for companion in companions if companion not in there]
        if missing:
            why = f"waits for {missing[0]}, without which it is not taken"
            waiting.append(Refused(name, Reason.WAITING, why))
        else:
            groups.append([name, *companions])
    return groups, strays, waiting


def _refusal(
    name: str,
    found: RemoteStat,
    policy: PublishPolicy,
    collecting: CollectPolicy,
    wanted: Callable[[str], bool],
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
    owner = _file_of(name, collecting)
    largest = collecting.largest if owner is None else LARGEST_COMPANION
    if found.size is None or found.size > largest:
        return Refused(shown, Reason.TOO_LARGE, f"has {found.size} bytes; at most {largest}")
    if not wanted(owner or name):
        return Refused(shown, Reason.NOT_WANTED, "is not a name that is collected here")
    return None


def _fetch(
    client: SftpClient, remote_dir: str, files: Mapping[str, RemoteStat], into: Path
) -> Fetched | Refused:
    """Fetch a file and its companions, the file being the first: all of them or none."""
    first = next(iter(files))
    with _on_our_disk(into, first), ExitStack() as temporaries:
        into.mkdir(parents=True, exist_ok=True)
        arrived: list[tuple[Path, Fetched]] = []
        for name, found in files.items():
            remote = posixpath.join(remote_dir, name)
            if not _unchanged(client, remote, found):
                return _unfinished(name)
            arriving = new_temporary(into)
            temporaries.callback(arriving.unlink, missing_ok=True)
            size = found.size or 0
            moved = _download(client, remote, arriving, size)
            if moved.size != size or not _unchanged(client, remote, found):
                return _unfinished(name)
            arrived.append((arriving, Fetched(name, arriving, moved.sha256, size, found.mtime)))
        return _placed(arrived, into)


def _placed(arrived: Sequence[tuple[Path, Fetched]], into: Path) -> Fetched:
    """Give the fetched files their names, the file itself last: it is not without the others."""
    folder = into / arrived[0][1].sha256
    folder.mkdir(exist_ok=True)
    kept = []
    for arriving, fetched in reversed(arrived):
        path = folder / fetched.name
        arriving.replace(path)
        kept.append(replace(fetched, path=path))
    sync_folder(folder)
    sync_folder(into)
    return replace(kept[-1], companions=tuple(kept[-2::-1]))


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
