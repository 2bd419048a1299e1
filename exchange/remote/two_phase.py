"""Two-phase publish: a partner sees a file whole under its name, once, or not at all.

The bytes go to a temporary name, are checked there, and are renamed into place. Nothing is
ever overwritten: what already stands under the name is either the same content (then nothing
is sent) or a reason to stop. A broken attempt leaves at most the temporary file; the next one
goes on with it when it is the beginning of our file, and replaces it otherwise.

Where the partner's server forbids to rename, the file is written under its final name, and is
complete for the partner when its manifest or trigger file has followed.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from exchange.errors import ContentDiffers, ExchangeError, RemoteFailure
from exchange.remote.happenings import Happening, Hear, Told, unheard
from exchange.remote.names import name_fault, printable
from exchange.remote.remote_content import is_beginning, same_content, sha256_of
from exchange.remote.sftp import Moved, SftpClient
from exchange.remote.sftp_wire import RemoteStat, Status
from interfaces.errors import WrongUse
from interfaces.policies import PickUp, PublishPolicy

WORTH_RESUMING = 1 << 20  # bytes: a smaller file is sent anew sooner than its part is read back


class RemoteState(StrEnum):
    """What the partner's folder says about one file of ours."""

    ABSENT = "absent"  # neither the file nor a part of it
    PARTIAL = "partial"  # only a part, or all under the temporary name: the attempt never finished
    SAME = "same"  # the file, with our content
    DIFFERENT = "different"  # a file of that name with other content


@dataclass(frozen=True, slots=True)
class Published:
    """A file that stands at the partner under its final name, or was taken by it at once.

    ``sha256_readback`` is the hash (hex) of bytes read back from the partner, None where
    its policy does not ask for that. ``sent`` is False when it was already there. ``resumed_at``
    is the number of bytes that an earlier attempt had left and that were not sent again.
    """

    name: str
    size: int
    sha256_readback: str | None
    sent: bool
    resumed_at: int = 0


def publish_file(
    client: SftpClient,
    local: Path,
    remote_dir: str,
    name: str,
    *,
    expected_sha256: str,
    policy: PublishPolicy,
    hear: Hear = unheard,
) -> Published:
    """Bring ``local`` to ``remote_dir/name``, or find it already there.

    ``expected_sha256`` (hex) is the content that was meant: ContentDiffers when the local
    file is another one, when other content stands under the name, or when what is read back
    is not what was written. RemoteFailure when the server refuses a step; the part is then
    removed if it lets us. Unreachable leaves the outcome unknown: ask :func:`remote_state` on a
    new session, or publish again, which asks first.

    ``hear`` is told what happens as it happens; what it raises ends the attempt.
    """
    check_name(name)
    return _Publishing(client, local, remote_dir, name, expected_sha256, policy, hear).run()


def remote_state(
    client: SftpClient,
    remote_dir: str,
    name: str,
    *,
    expected_size: int,
    expected_sha256: str,
    policy: PublishPolicy,
    local: Path | None = None,
) -> RemoteState:
    """Settle a delivery of unknown outcome by looking; changes nothing at the partner.

    The content is read and hashed. Where the partner lets us write but not read, and its
    policy asks for no readback, an equal size counts as the same. ``local`` is our file, by which
    a part under the final name is told from another file: needed where nothing is renamed.
    """
    check_name(name)
    final = posixpath.join(remote_dir, name)
    there = client.stat(final)
    if there is None:
        part = client.stat(temporary_path(policy, remote_dir, name)) if policy.rename else None
        return RemoteState.ABSENT if part is None else RemoteState.PARTIAL
    same, _ = same_content(client, final, there, expected_size, expected_sha256, policy)
    if same:
        return RemoteState.SAME
    if not policy.rename and local is not None and is_beginning(client, final, there, local):
        return RemoteState.PARTIAL
    return RemoteState.DIFFERENT


def temporary_path(policy: PublishPolicy, remote_dir: str, name: str) -> str:
    """Where a file is written before it is complete."""
    return posixpath.join(policy.temporary_folder or remote_dir, policy.temporary(name))


def check_name(name: str) -> None:
    """WrongUse when a file cannot be published under that name."""
    fault = name_fault(name)
    if fault is not None:
        raise WrongUse(f"{printable(name)!r} cannot be published: {fault}")


class _Publishing:
    """One file on its way, within one session."""

    def __init__(
        self,
        client: SftpClient,
        local: Path,
        remote_dir: str,
        name: str,
        sha256: str,
        policy: PublishPolicy,
        hear: Hear,
    ) -> None:
        self._client = client
        self._local = local
        self._size = local.stat().st_size
        self._name = name
        self._sha256 = sha256
        self._policy = policy
        self._hear = hear
        self._final = posixpath.join(remote_dir, name)
        # Where it is written: under its final name if the server forbids to rename.
        self._under = temporary_path(policy, remote_dir, name) if policy.rename else self._final
        self._is_complete = False

    def run(self) -> Published:
        already = self._client.stat(self._final)
        if already is not None:
            found = self._already_there(already)
            if found is not None:
                return found
        start = self._what_is_left(already)
        if not self._policy.rename:
            self._tell(Happening.WRITING, self._size, self._sha256)
        try:
            readback = self._write(start)
            self._tell(Happening.COMPLETE, self._size, self._sha256)
            self._is_complete = True
            if self._policy.rename:
                self._into_place()
        except RemoteFailure as error:
            self._discard(error)
            raise
        self._check_in_place(self._final)
        return Published(self._name, self._size, readback, sent=True, resumed_at=start)

    def _already_there(self, there: RemoteStat) -> Published | None:
        """Ours under the final name; None for a part of ours that is to be gone on with."""
        same, readback = self._is_ours(there)
        if same:
            self._tell(Happening.COMPLETE, self._size, self._sha256, self._final)
            return Published(self._name, self._size, readback, sent=False)
        if not self._policy.rename and is_beginning(self._client, self._final, there, self._local):
            return None
        raise ContentDiffers(
            self._client.url(self._final),
            f"another file of {there.size} bytes stands there (ours has {self._size}); it was "
            "not touched; find out who wrote it, then regenerate under a new sequence",
        )

    def _what_is_left(self, already: RemoteStat | None) -> int:
        """Bytes of a broken attempt that count; anything else of it is removed."""
        if self._policy.rename:
            part = self._client.stat(self._under)
            worth = self._policy.resume and self._size >= WORTH_RESUMING
            known = (
                worth
                and part is not None
                and is_beginning(self._client, self._under, part, self._local)
            )
        else:  # it was found to be the beginning of ours
            part, known = already, self._policy.resume
        if part is None:
            return 0
        if known and part.size:
            return part.size
        self._client.remove(self._under)
        self._tell(Happening.REMOVED, part.size or 0, "")
        return 0

    def _write(self, start: int) -> str | None:
        """Hash read back, by policy, of what now stands complete where it is written."""
        whole = None
        if start:  # what is sent is a part only: what is here is hashed as a whole before
            whole = sha256_of(self._local)
            self._check_meant(whole)
        with self._local.open("rb") as source:
            source.seek(start)
            sent = self._client.upload(source, self._under, start=start)
        self._check_meant(whole or sent.sha256)
        self._check_in_place(self._under)
        self._tell(Happening.UPLOADED, self._size, self._sha256)
        if not self._policy.readback:
            return None
        return self._read_back()

    def _check_meant(self, sha256: str) -> None:
        if sha256 != self._sha256:
            raise ContentDiffers(
                str(self._local),
                f"its content is {sha256[:12]}… but {self._sha256[:12]}… was to be sent; "
                "nothing was published; build the file again",
            )

    def _read_back(self) -> str | None:
        try:
            back = self._client.download(self._under, None, self._size + 1)
        except RemoteFailure as error:
            if error.sftp_status == Status.NO_SUCH_FILE and self._may_be_taken(self._under):
                return None
            raise
        if back != Moved(self._size, self._sha256):
            raise ContentDiffers(
                self._client.url(self._under),
                "the bytes read back are not those written; nothing was published; run again, "
                "and tell the partner if it happens again",
            )
        self._tell(Happening.READ_BACK, back.size, back.sha256)
        return back.sha256

    def _is_ours(self, there: RemoteStat) -> tuple[bool, str | None]:
        return same_content(
            self._client, self._final, there, self._size, self._sha256, self._policy
        )

    def _into_place(self) -> None:
        there = self._client.stat(self._final)
        if there is not None and not self._is_ours(there)[0]:
            raise ContentDiffers(
                self._client.url(self._final),
                "appeared while we were sending; look at who wrote it",
            )
        if there is not None:  # an earlier attempt's rename, carried out late
            self._client.remove(self._under)
            self._tell(Happening.REMOVED, self._size, self._sha256)
            return
        self._client.rename(self._under, self._final)
        self._tell(Happening.RENAMED, self._size, self._sha256, self._final)

    def _check_in_place(self, path: str) -> None:
        """By its name, not by our handle: another file may have been put in the place."""
        there = self._client.stat(path)
        if there is None and self._may_be_taken(path):
            return
        if there is None or there.size != self._size:
            found = "nothing" if there is None else f"{there.size} bytes"
            raise RemoteFailure(
                self._client.url(path),
                f"{found} there where {self._size} bytes were written; ask the partner what "
                "took it",
            )

    def _may_be_taken(self, path: str) -> bool:
        """A partner may have taken what stood complete under its final name."""
        return path == self._final and self._policy.pickup is PickUp.TAKES

    def _discard(self, error: RemoteFailure) -> None:
        """Leave no part behind; what failed first is what the caller hears.

        That a complete file is taken back is told before it is done: whoever finds neither it
        nor the file must not believe that the partner took it.
        """
        try:
            part = self._client.stat(self._under)
            if part is None:
                return
            if not self._policy.rename and not is_beginning(
                self._client, self._under, part, self._local
            ):
                return  # under the final name only what is ours is touched
            if self._is_complete:
                self._tell(Happening.WITHDRAWN, part.size or 0, "")
            self._client.remove(self._under)
            self._tell(Happening.REMOVED, part.size or 0, "")
        except ExchangeError as second:
            error.add_note(f"the temporary file stays until the next attempt: {second}")

    def _tell(self, happening: Happening, size: int, sha256: str, path: str | None = None) -> None:
        self._hear(Told(happening, self._name, path or self._under, size, sha256))
