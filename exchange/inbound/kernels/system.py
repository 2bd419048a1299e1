"""Where the functions lie that the reading kernel calls: the system's library and OpenSSL, which
Python itself is linked with.

Kernels get addresses and not names: what is compiled and kept must not depend on where a library
was loaded.
"""

from __future__ import annotations

import _hashlib  # what hashlib hashes with; only its path is asked for
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

_SYSTEM = ("openat", "statx", "read", "close")
_HASHING = ("EVP_DigestInit_ex", "EVP_DigestUpdate", "EVP_DigestFinal_ex")
_CONTEXTS = ("EVP_MD_CTX_new", "EVP_MD_CTX_free", "EVP_sha256")


@dataclass(frozen=True, slots=True)
class SystemCalls:
    """Addresses of functions: those of the system in the order openat, statx, read, close, then
    those that begin, continue and end a digest."""

    addresses: tuple[int, ...]
    _crypto: Any

    @contextmanager
    def sha256(self) -> Iterator[int]:
        """Address of a context in which SHA-256 is begun anew for each content (EVP_MD_CTX)."""
        new, free, algorithm = (getattr(self._crypto, name) for name in _CONTEXTS)
        new.restype = algorithm.restype = ctypes.c_void_p
        free.argtypes, free.restype = [ctypes.c_void_p], None
        begin = self._crypto.EVP_DigestInit_ex
        begin.argtypes = [ctypes.c_void_p] * 3
        context = new()
        if not context:
            raise MemoryError("OpenSSL has no room for a digest")
        try:
            if not begin(context, algorithm(), None):
                raise RuntimeError("OpenSSL has no SHA-256")
            yield context
        finally:
            free(context)


@cache
def system_calls() -> SystemCalls | None:
    """The functions; None where this system or this Python has no such ones."""
    system: Any = ctypes.CDLL(None)
    crypto: Any = ctypes.CDLL(getattr(_hashlib, "__file__", None))
    try:
        found = [getattr(system, name) for name in _SYSTEM]
        found += [getattr(crypto, name) for name in _HASHING]
        for name in _CONTEXTS:
            getattr(crypto, name)
    except AttributeError:  # not Linux, or OpenSSL hidden within the interpreter
        return None
    addresses = tuple(ctypes.cast(one, ctypes.c_void_p).value or 0 for one in found)
    return SystemCalls(addresses, crypto)
