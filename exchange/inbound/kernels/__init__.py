"""Compiled loops over many small files: reading them, and telling which are as plain as most.

A kernel never decides that a file is bad. It does what is usual; a file with anything else about
it is told, and goes the plain way, which decides. Many files are worth a kernel, few are not.
"""

from __future__ import annotations

__all__ = ["WORTH_COMPILED", "compile_all"]

WORTH_COMPILED = 256
"""Files from which a kernel is worth loading."""


def compile_all() -> None:
    """Compile every kernel, or load it from the cache: once, when prakan is installed."""
    # Here and not above: importing a kernel's module must not be what loads the others.
    from exchange.inbound.kernels import contents, reading

    for kernel in (*reading.KERNELS, *contents.KERNELS):
        kernel.compile()
