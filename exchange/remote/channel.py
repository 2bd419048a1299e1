"""What an SSH library gives to the SFTP protocol above it."""

from __future__ import annotations

from typing import Protocol


class Channel(Protocol):
    """A server's SFTP subsystem: bytes out, bytes in. OSError once the connection is lost."""

    def send(self, data: bytes | memoryview) -> None:
        """Send all of it; returns when it has left, or nearly: the channel holds little."""
        ...

    def receive(self) -> bytes:
        """The next bytes, however many; none when the server has ended the session."""
        ...

    def close(self) -> None:
        """End the connection and whatever runs for it; twice does no harm."""
        ...
