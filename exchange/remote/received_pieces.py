"""What has been received and not yet been read, between the thread that receives and ours."""

from __future__ import annotations

import queue

MOST_BYTES = 32 << 20  # twice what is ever asked for at once


class ReceivedPieces:
    """Pieces of bytes in the order in which they came, for one reading and one feeding thread."""

    def __init__(self) -> None:
        self._pieces: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._fed = self._taken = 0

    def put(self, piece: bytes) -> None:
        """Add a piece; ConnectionAbortedError when the server sends what nobody asked for."""
        if not piece:
            return
        self._fed += len(piece)
        if self._fed - self._taken > MOST_BYTES:
            raise ConnectionAbortedError("the server sends more than was asked for")
        self._pieces.put(piece)

    def end(self) -> None:
        """Nothing more will come."""
        self._pieces.put(b"")

    def take(self) -> bytes:
        """The oldest piece, waiting for it; no bytes after the end, however often asked."""
        piece = self._pieces.get()
        if not piece:
            self._pieces.put(piece)
        self._taken += len(piece)
        return piece

    @property
    def is_waiting(self) -> bool:
        """Whether :meth:`take` would return at once."""
        return not self._pieces.empty()
