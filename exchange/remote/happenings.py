"""What happens to a file while it is published, told as it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Happening(StrEnum):
    """What is told while a file is published, in this order."""

    WRITING = "writing"  # about to be made under its final name: only where nothing is renamed
    UPLOADED = "uploaded"  # written, its size checked
    READ_BACK = "read_back"  # and found to be what was written
    COMPLETE = "complete"  # as the policy wants it; about to be renamed. Told before that is done
    RENAMED = "renamed"
    WITHDRAWN = "withdrawn"  # was complete, and its rename refused: about to be removed
    REMOVED = "removed"  # a part, or a temporary file of ours, was taken away


@dataclass(frozen=True, slots=True)
class Told:
    """One happening to the file ``name``: where at the partner, bytes, SHA-256 (hex).

    ``sha256`` is empty for a part that was removed unread.
    """

    happening: Happening
    name: str
    path: str
    size: int
    sha256: str


Hear = Callable[[Told], None]


def unheard(_told: Told) -> None:
    """Nobody listens."""
