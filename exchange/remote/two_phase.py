"""Two-phase publish: a partner sees a file whole under its name, once, or not at all.

The bytes go to a temporary name, are checked there, and are renamed into place. Nothing is
ever overwritten: what already stands under the name is either the same content (then nothing
is sent) or a reason to stop. A broken attempt leaves at most the temporary file, which the
next attempt replaces.
"""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from exchange.errors import ContentDiffers, ExchangeError, RemoteFailure
from exchange.remote.names import name_fault, printable
from exchange.remote.sftp import SftpClient
from exchange.remote.sftp_wire import RemoteStat, Status
from interfaces.errors import WrongUse
from interfaces.policies import PublishPolicy


class RemoteState(StrEnum):
    """What the partner's folder says about one file of ours."""

    ABSENT = "absent"  # neither the file nor a part of it
    PARTIAL = "partial"  # only the temporary file: the attempt never finished
    SAME = "same"  # the file, with our content
    DIFFERENT = "different"  # a file of that name with other content


@dataclass(frozen=True, slots=True)
class Published:
    """A file that stands at the partner under its final name.

    ``sha256_readback`` is the hash (hex) of bytes read back from the partner, None where
    its policy does not ask for that. ``sent`` is False when it was already there.
    """

    name: str
    size: int
    sha256_readback: str | None
    sent: bool


def publish_file(
    client: SftpClient,
    local: Path,
    remote_dir: str,
    name: str,
    *,
    expected_sha256: str,
    policy: PublishPolicy,
) -> Published:
    """Bring ``local`` to ``remote_dir/name``, or find it already there.

    ``expected_sha256`` (hex) is the content that was meant: ContentDiffers when the local
    file is another one, when other content stands under the name, or when what is read back
    is not what was written. RemoteFailure when the server refuses a step; the temporary file
    is then removed if it lets us. Unreachable leaves the outcome unknown: ask
    :func:`remote_state` on a new session, or publish again, which asks first.
    """
    _check_name(name)
    final = posixpath.join(remote_dir, name)
    already = client.stat(final)
    if already is not None:
        return _already_there(client, local, final, already, expected_sha256, policy)
    temporary = posixpath.join(remote_dir, policy.temporary(name))
    if client.stat(temporary) is not None:
        client.remove(temporary)
    try:
        size, readback = _write(client, local, temporary, expected_sha256, policy)
        if client.stat(final) is not None:
            raise ContentDiffers(
                client.url(final), "appeared while we were sending; look at who wrote it"
            )
        client.rename(temporary, final)
    except RemoteFailure as error:
        _discard(client, temporary, error)
        raise
    _check_in_place(client, final, size)
    return Published(name, size, readback, sent=True)


def publish_with_manifest(
    client: SftpClient,
    local: Path,
    manifest: Path,
    remote_dir: str,
    *,
    expected_sha256: str,
    policy: PublishPolicy,
) -> tuple[Published, Published | None]:
    """Publish a file under its local name and then, where the policy has one, its manifest.

    The manifest tells the partner that the file is complete, so it is never there first.
    It must be the same bytes in every attempt, or a second one is refused.
    """
    file = publish_file(
        client, local, remote_dir, local.name, expected_sha256=expected_sha256, policy=policy
    )
    if policy.manifest_suffix is None:
        return file, None
    return file, publish_file(
        client,
        manifest,
        remote_dir,
        local.name + policy.manifest_suffix,
        expected_sha256=_sha256(manifest),
        policy=policy,
    )


def remote_state(
    client: SftpClient,
    remote_dir: str,
    name: str,
    *,
    expected_size: int,
    expected_sha256: str,
    policy: PublishPolicy,
) -> RemoteState:
    """Settle a delivery of unknown outcome by looking; changes nothing at the partner.

    The content is read and hashed. Where the partner lets us write but not read, and its
    policy asks for no readback, an equal size counts as the same.
    """
    _check_name(name)
    final = posixpath.join(remote_dir, name)
    there = client.stat(final)
    if there is None:
        part = client.stat(posixpath.join(remote_dir, policy.temporary(name)))
        return RemoteState.ABSENT if part is None else RemoteState.PARTIAL
    same, _ = _same_content(client, final, there, expected_size, expected_sha256, policy)
    return RemoteState.SAME if same else RemoteState.DIFFERENT


def _already_there(
    client: SftpClient,
    local: Path,
    final: str,
    there: RemoteStat,
    expected_sha256: str,
    policy: PublishPolicy,
) -> Published:
    size = local.stat().st_size
    same, readback = _same_content(client, final, there, size, expected_sha256, policy)
    if not same:
        raise ContentDiffers(
            client.url(final),
            f"another file of {there.size} bytes stands there (ours has {size}); it was not "
            "touched; find out who wrote it, then regenerate under a new sequence",
        )
    return Published(posixpath.basename(final), size, readback, sent=False)


def _same_content(
    client: SftpClient,
    final: str,
    there: RemoteStat,
    size: int,
    sha256: str,
    policy: PublishPolicy,
) -> tuple[bool, str | None]:
    """Whether the file there is ours, and its hash where it could be read."""
    if not there.is_file or there.size != size:
        return False, None
    try:
        found = client.download(final, None, size + 1)
    except RemoteFailure as error:
        if error.sftp_status == Status.PERMISSION_DENIED and not policy.readback:
            return True, None
        raise
    return (found.size, found.sha256) == (size, sha256), found.sha256


def _write(
    client: SftpClient, local: Path, temporary: str, expected_sha256: str, policy: PublishPolicy
) -> tuple[int, str | None]:
    """Size and, by policy, hash of what now stands complete under the temporary name."""
    with local.open("rb") as source:
        sent = client.upload(source, temporary)
    if sent.sha256 != expected_sha256:
        raise ContentDiffers(
            str(local),
            f"its content is {sent.sha256[:12]}… but {expected_sha256[:12]}… was to be sent; "
            "nothing was published; build the file again",
        )
    _check_in_place(client, temporary, sent.size)
    if not policy.readback:
        return sent.size, None
    back = client.download(temporary, None, sent.size + 1)
    if back != sent:
        raise ContentDiffers(
            client.url(temporary),
            "the bytes read back are not those written; nothing was published; run again, and "
            "tell the partner if it happens again",
        )
    return sent.size, back.sha256


def _check_in_place(client: SftpClient, path: str, size: int) -> None:
    """By its name, not by our handle: another file may have been put in the place."""
    there = client.stat(path)
    if there is None or there.size != size:
        found = "nothing" if there is None else f"{there.size} bytes"
        raise RemoteFailure(
            client.url(path),
            f"{found} there where {size} bytes were written; ask the partner what took it",
        )


def _discard(client: SftpClient, temporary: str, error: RemoteFailure) -> None:
    """Leave no part behind; what failed first is what the caller hears."""
    try:
        if client.stat(temporary) is not None:
            client.remove(temporary)
    except ExchangeError as second:
        error.add_note(f"the temporary file stays until the next attempt: {second}")


def _check_name(name: str) -> None:
    fault = name_fault(name)
    if fault is not None:
        raise WrongUse(f"{printable(name)!r} cannot be published: {fault}")


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
