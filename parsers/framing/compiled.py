"""Loops that are compiled: numba, loaded only when a file needs one of them.

What was compiled is kept where numba keeps it (``NUMBA_CACHE_DIR``, the folder of the module, or
the user's cache folder); where nothing can be written it is compiled in memory, at each start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, TypeVar, cast

import numba

READ: Final = "Array(uint8, 1, 'C', True)"
WRITE: Final = "uint8[::1]"
INTS: Final = "int64[::1]"
TABLE: Final = "int64[:, ::1]"

Function = TypeVar("Function", bound=Callable[..., object])


def inlined(function: Function) -> Function:
    """A function that only compiled loops call; it becomes part of them."""
    return cast(Function, numba.njit(forceinline=True)(function))


def compiled(*arguments: str, returns: str) -> Callable[[Function], Function]:
    """Decorator: compile for exactly these argument types (numba's notation), or take what was
    kept. The interpreter must not be held while a worker cuts a file, hence ``nogil``."""
    signature = f"{returns}({', '.join(arguments)})"

    def decorate(function: Function) -> Function:
        try:
            return cast(Function, numba.njit(signature, cache=True, nogil=True)(function))
        except (OSError, RuntimeError):  # nowhere to keep it
            return cast(Function, numba.njit(signature, nogil=True)(function))

    return decorate


@cache
def fingerprint() -> int:
    """Hash of the sources of this package, for loops that call functions of other files: numba
    looks at a loop's own file only, and at what the loop closes over."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:7], "big")
