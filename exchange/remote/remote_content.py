"""Is it ours: what stands at a partner compared with a file of ours, by reading and hashing."""

from __future__ import annotations

import hashlib
from pathlib import Path

from exchange.errors import RemoteFailure
from exchange.remote.sftp import SftpClient
from exchange.remote.sftp_wire import RemoteStat, Status
from interfaces.policies import PublishPolicy

READ_AT_ONCE = 1 << 20


def sha256_of(local: Path, first: int | None = None) -> str:
    """SHA-256 (hex) of a file of ours, or of its ``first`` bytes."""
    digest = hashlib.sha256()
    left = local.stat().st_size if first is None else first
    with local.open("rb") as source:
        while left and (block := source.read(min(left, READ_AT_ONCE))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def same_content(
    client: SftpClient,
    path: str,
    there: RemoteStat,
    size: int,
    sha256: str,
    policy: PublishPolicy,
) -> tuple[bool, str | None]:
    """Whether the file there is ours, and its hash (hex) where it could be read.

    Where the partner lets us write but not read, and its policy asks for no readback, an equal
    size counts as the same.
    """
    if not there.is_file or there.size != size:
        return False, None
    try:
        found = client.download(path, None, size + 1)
    except RemoteFailure as error:
        if error.sftp_status == Status.PERMISSION_DENIED and not policy.readback:
            return True, None
        raise
    return (found.size, found.sha256) == (size, sha256), found.sha256


def is_beginning(client: SftpClient, path: str, there: RemoteStat, local: Path) -> bool:
    """Whether the file there is, byte for byte, the beginning of ours (or all of it).

    What we may not read is not known to be ours.
    """
    if not there.is_file or there.size is None or there.size > local.stat().st_size:
        return False
    try:
        found = client.download(path, None, there.size + 1)
    except RemoteFailure as error:
        if error.sftp_status == Status.PERMISSION_DENIED:
            return False
        raise
    return (found.size, found.sha256) == (there.size, sha256_of(local, there.size))
