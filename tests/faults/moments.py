"""The instant of a session at which something goes wrong, and what each session wrote."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pytest

from exchange.remote.sftp import Moved, SftpClient

PREFIX, SUFFIX = ".", ".part"
ENDINGS = {".sig": "signature", ".manifest.json": "manifest", ".go": "trigger"}
FILE = "file"


def kind_of(path: str) -> str:
    """Which of a delivery's files stands under that name, temporary or not."""
    name = name_of(path)
    return next((kind for end, kind in ENDINGS.items() if name.endswith(end)), FILE)


def name_of(path: str) -> str:
    """The name that a file has or is to have."""
    name = posixpath.basename(path)
    return name[len(PREFIX) : -len(SUFFIX)] if is_part(name) else name


def is_part(name: str) -> bool:
    """Whether it is the name of a file that is being written."""
    return name.startswith(PREFIX) and name.endswith(SUFFIX)


@dataclass(frozen=True)
class Moment:
    """Just before (or after) an operation on one kind of file; ``at`` bytes into an upload or a
    download, where that is given."""

    operation: str
    kind: str = FILE
    after: bool = False
    at: int | None = None


@contextmanager
def when(moment: Moment, act: Callable[[], object]) -> Iterator[None]:
    """Have ``act`` called at the first such moment."""
    original: Callable[..., Any] = getattr(SftpClient, moment.operation)
    happened = False

    def happen() -> None:
        nonlocal happened
        if not happened:
            happened = True
            act()

    def disturbed(client: SftpClient, *given: Any, **named: Any) -> Any:
        path = given[0] if isinstance(given[0], str) else given[1]
        if moment.operation == "rename":
            path = given[1]
        if kind_of(path) != moment.kind:
            return original(client, *given, **named)
        if moment.at is not None:
            given = tuple(
                _Counted(one, moment.at, happen) if hasattr(one, "seek") else one for one in given
            )
        elif not moment.after:
            happen()
        result = original(client, *given, **named)
        if moment.after:
            happen()
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SftpClient, moment.operation, disturbed)
        yield
    assert happened, f"{moment} never came: the fault did not happen"


@dataclass
class Upload:
    """One upload of a session: of which name, from which byte on, how many bytes were read for it,
    and whether the server has confirmed them all."""

    name: str
    start: int
    taken: int = 0
    is_confirmed: bool = False


@dataclass
class Uploads:
    """What sessions wrote."""

    made: list[Upload] = field(default_factory=list)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen to every session."""
        original = SftpClient.upload

        def upload(client: SftpClient, source: BinaryIO, path: str, *, start: int = 0) -> Moved:
            one = Upload(name_of(path), start)
            self.made.append(one)
            counted: Any = _Counted(source, None, lambda: None, one)
            moved = original(client, counted, path, start=start)
            one.is_confirmed = True
            return moved

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SftpClient, "upload", upload)
            yield


class _Counted:
    """A file that tells when its reader or writer comes past a byte."""

    def __init__(
        self, file: Any, at: int | None, act: Callable[[], None], upload: Upload | None = None
    ) -> None:
        self._file, self._at, self._act, self._upload = file, at, act, upload
        self._passed = 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(size)
        self._count(len(data))
        return data

    def write(self, data: bytes) -> int:
        written: int = self._file.write(data)
        self._count(len(data))
        return written

    def seek(self, *given: int) -> int:
        place: int = self._file.seek(*given)
        return place

    def _count(self, size: int) -> None:
        self._passed += size
        if self._upload is not None:
            self._upload.taken += size
        if self._at is not None and self._passed > self._at:
            self._act()
