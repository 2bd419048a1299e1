"""Compiling the kernels, and keeping what was compiled.

It is kept in the first of these folders that can be written, or has been filled before:
``NUMBA_CACHE_DIR``, the ``__pycache__`` beside the sources, the user's cache folder. It is used
while the sources of *all* kernels are the same; numba itself looks at one file only, and would
run a function whose callee has changed since. Where nothing can be kept, the kernels are compiled
in memory, at each start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

import numba
from numba.core import config as numba_config
from numba.core.caching import InTreeCacheLocator, UserProvidedCacheLocator

Kernel = TypeVar("Kernel", bound=Callable[..., object])

_compiling = Lock()
_config: Any = numba_config
_njit: Any = numba.njit


def _accept_what_is_there(locator: Any) -> None:
    """A folder that cannot be written will do when kernels were put there at installation."""
    try:
        super(type(locator), locator).ensure_cache_path()
    except OSError:
        if not any(Path(locator.get_cache_path()).glob("*.nbi")):
            raise


_METHODS = {"ensure_cache_path": _accept_what_is_there}
ChosenFolder: Any = type("ChosenFolder", (UserProvidedCacheLocator,), _METHODS)
SourceFolder: Any = type("SourceFolder", (InTreeCacheLocator,), _METHODS)
_LOCATORS = f"{__name__}.ChosenFolder,{__name__}.SourceFolder,UserWideCacheLocator"


def inlined(function: Kernel) -> Kernel:
    """A function that only other kernels call; it becomes part of them."""
    return cast(Kernel, _njit(nogil=True, error_model="numpy")(function))


@cache
def fingerprint() -> int:
    """Hash of the sources of all kernels."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:7], "big")


def entry(signature: str, function: Kernel) -> Kernel:
    """A kernel that Python calls: compiled now, or taken from the cache.

    ``function`` is a closure over :func:`fingerprint`: numba's cache knows closures by what
    they close over.
    """
    options = {"nogil": True, "error_model": "numpy"}
    with _compiling:
        before = _config.CACHE_LOCATOR_CLASSES
        _config.CACHE_LOCATOR_CLASSES = before or _LOCATORS
        try:
            return cast(Kernel, _njit(signature, cache=True, **options)(function))
        except (OSError, RuntimeError):  # nowhere to write: compile for this process alone
            return cast(Kernel, _njit(signature, **options)(function))
        finally:
            _config.CACHE_LOCATOR_CLASSES = before
