"""Takes the absent occurrences out of records, in place."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from exporters.kernels.compiling import entry, fingerprint
from exporters.kernels.memory import copy_bytes

_SIGNATURE = "int64(int64, int64, int64[::1], int64[::1])"


@cache
def closer() -> Callable[..., int]:
    """The compiled kernel that closes records up."""
    sources_fingerprint = fingerprint()

    def close_records(records: int, size: int, starts: Any, sizes: Any) -> int:
        """Take runs of bytes out of ``size`` bytes at the address ``records`` and move the rest
        together; ``starts`` and ``sizes`` as in :mod:`exporters.closing`. Returns how many bytes
        are left."""
        source = target = records
        for run in range(len(starts)):
            kept = records + starts[run] - source
            copy_bytes(target, source, kept)
            target += kept
            source += kept + sizes[run]
        kept = records + size - source
        copy_bytes(target, source, kept)
        target += kept
        return target - records if sources_fingerprint else 0

    return entry(_SIGNATURE, close_records)
