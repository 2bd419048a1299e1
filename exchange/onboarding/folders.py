"""Steps in the partner's folders: each right that a night needs, tried with a small file."""

from __future__ import annotations

import hashlib
import io
import posixpath
from collections.abc import Callable

from exchange.errors import RemoteFailure
from exchange.onboarding.checks import NotWanted
from exchange.remote.sftp import SftpClient
from exchange.remote.sftp_wire import Status
from interfaces.partners import Partner
from interfaces.policies import AfterCollecting

_TRIAL = b"A trial of prakan. This file is removed again.\r\n"


class FolderTrial:
    """One folder that we write to; the steps follow one another.

    ``mark`` makes the names of this trial unlike those of another one; ``moved`` hears of each
    movement (its kind and the path at the partner).
    """

    def __init__(
        self,
        client: SftpClient,
        partner: Partner,
        folder: str,
        mark: str,
        moved: Callable[[str, str], None],
    ) -> None:
        self._client = client
        self._moved = moved
        self._policy = partner.publish
        name = f"PRAKAN-TRIAL-{mark}.TXT"
        self._folder = folder
        self._final = posixpath.join(folder, name)
        beside = self._policy.temporary_folder or folder
        self._written = (
            posixpath.join(beside, self._policy.temporary(name))
            if self._policy.rename
            else self._final
        )

    def look(self) -> str:
        """The folder is there and can be listed."""
        found = self._client.stat(self._folder)
        if found is None or not found.is_directory:
            raise RemoteFailure(
                self._client.url(self._folder),
                "there is no such folder; have it made or correct [directories]",
            )
        return f"{self._folder}, {len(self._client.listing(self._folder))} entries"

    def write(self) -> str:
        """A new file can be written under its temporary name."""
        self._client.upload(io.BytesIO(_TRIAL), self._written)
        self._moved("uploaded", self._written)
        return self._written

    def rename(self) -> str:
        """It can be renamed into place."""
        if not self._policy.rename:
            raise NotWanted("this partner's server renames nothing: [publish] rename = false")
        self._client.rename(self._written, self._final)
        self._written = self._final
        self._moved("renamed", self._final)
        return self._final

    def read(self) -> str:
        """It reads back as it was written; needed where the policy says readback."""
        try:
            found = self._client.download(self._written, None, len(_TRIAL) + 1)
        except RemoteFailure as error:
            if error.sftp_status == Status.PERMISSION_DENIED and not self._policy.readback:
                raise NotWanted("we may write but not read there; readback = false") from None
            raise
        if found.sha256 != hashlib.sha256(_TRIAL).hexdigest():
            raise RemoteFailure(
                self._client.url(self._written),
                "other bytes came back than were written; ask the partner what changes them",
            )
        return f"{found.size} bytes, the same SHA-256"

    def remove(self) -> str:
        """It can be removed: a broken attempt must not leave its part for ever."""
        self._client.remove(self._written)
        self._moved("removed", self._written)
        return self._written


def collecting(client: SftpClient, partner: Partner) -> str:
    """The returns folder can be listed, and collected files have where to go."""
    folder = partner.directories.returns
    entries = client.listing(folder)
    if partner.collect.after is AfterCollecting.REMOVE:
        return f"{folder}, {len(entries)} entries; collected files are removed"
    done = posixpath.join(folder, partner.collect.done_folder)
    if client.stat(done) is None:
        client.make_directory(done)
        return f"{folder}, {len(entries)} entries; {done} was made"
    return f"{folder}, {len(entries)} entries; collected files go to {done}"
