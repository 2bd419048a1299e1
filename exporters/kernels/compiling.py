"""How the kernels are compiled: machine code that runs without the interpreter lock.

numba keeps machine code by the file of the function asked for: a change in a module that it
calls would go unnoticed, and old code would run on. So each entry point is a closure over the
fingerprint of all sources, which is part of the key that numba finds it by. The code is kept
in ``NUMBA_CACHE_DIR``, else beside the sources or in the user's cache folder; where nothing can
be written it is compiled for the process alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

import parsers.dates

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
_FINGERPRINT_BYTES = 7  # so that it fits an int64


def inlined(function: Kernel) -> Kernel:
    """A function that only kernels call; its code becomes part of theirs."""
    return cast(Kernel, njit(nogil=True, error_model="numpy")(function))


def entry(signature: str, function: Kernel) -> Kernel:
    """A kernel that Python calls, compiled now or taken from the cache; ``function`` closes over
    :func:`fingerprint`."""
    compile_now = partial(njit, signature, nogil=True, error_model="numpy")
    try:
        return cast(Kernel, compile_now(cache=True)(function))
    except (OSError, RuntimeError):  # no folder to keep it in
        return cast(Kernel, compile_now()(function))


@cache
def fingerprint() -> int:
    """A number made of the kernels' source files and of the one whose constants they take."""
    digest = hashlib.sha256()
    for path in [*sorted(Path(__file__).parent.glob("*.py")), Path(parsers.dates.__file__)]:
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:_FINGERPRINT_BYTES], "big")
