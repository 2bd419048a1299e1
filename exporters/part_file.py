"""A file that takes its name only when it is complete and on disk, and its SHA-256.

Hashing and writing need no interpreter: large pieces are hashed and written by a thread while
the next is encoded. Pieces are written in the order in which they are given, one at a time.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

_LARGE = 1 << 18  # bytes from which on a thread is worth waking


class PartFile:
    """Takes bytes for the file ``path``; a temporary file in its folder until :meth:`complete`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self._size = 0
        self._thread: ThreadPoolExecutor | None = None
        self._pending: Future[None] | None = None
        # Its own by a name drawn by lot; its mode is what the umask leaves of 0666.
        self._temporary = path.parent / f".{path.name}.{secrets.token_hex(8)}.part"
        self._file = self._temporary.open("xb")

    @property
    def size(self) -> int:
        """Bytes given so far."""
        return self._size

    @property
    def sha256(self) -> str:
        """Digest of the bytes given so far, in hexadecimal."""
        self._wait()
        return self._digest.hexdigest()

    def write(self, data: Bytes | bytes) -> None:
        """Append bytes, which must stay as they are until the next call returns. OSError of this
        piece or the one before."""
        self._wait()
        self._size += len(data)
        if len(data) < _LARGE:
            self._put(data)
            return
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "part-file")
        self._pending = self._thread.submit(self._put, data)

    def complete(self) -> None:
        """Sync to disk and give the file its name."""
        self._wait()
        self._end_thread()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._temporary.replace(self._path)
        _sync_folder(self._path.parent)

    def abandon(self) -> None:
        """Give the file up; nothing remains of it. Without effect once it is complete."""
        self._end_thread()
        with suppress(OSError):  # on a full disk closing fails; what it holds back is not wanted
            self._file.close()
        self._temporary.unlink(missing_ok=True)

    def _put(self, data: Bytes | bytes) -> None:
        view = data.data if isinstance(data, np.ndarray) else memoryview(data)
        self._digest.update(view)
        self._file.write(view)

    def _wait(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def _end_thread(self) -> None:
        if self._pending is not None:
            wait([self._pending])
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None


def _sync_folder(folder: Path) -> None:
    """A rename is durable only when the folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
