"""Takes the unused occurrences out of records, in place."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from exporters.kernels.compiling import entry, fingerprint
from exporters.kernels.memory import copy_bytes

_SIGNATURE = "int64(int64, int64, int64, int64[:, ::1], int64[:, :])"


@cache
def closer() -> Callable[..., int]:
    """The compiled kernel that closes records up."""
    sources_fingerprint = fingerprint()

    def close_records(records: int, rows: int, length: int, pieces: Any, used: Any) -> int:
        """Move the used bytes of ``rows`` records of ``length`` bytes at the address ``records``
        together; ``pieces`` and ``used`` as in :mod:`exporters.closing`. Returns how many."""
        target = records
        for row in range(rows):
            start = records + row * length
            for piece in range(pieces.shape[0]):
                size = pieces[piece, 1]
                if pieces[piece, 2] >= 0:
                    size *= used[pieces[piece, 2], row]
                copy_bytes(target, start + pieces[piece, 0], size)
                target += size
        return target - records if sources_fingerprint else 0

    return entry(_SIGNATURE, close_records)
