"""Compiled loops over Arrow buffers: they say quickly what needs no closer look.

A kernel never decides that a record is bad. It screens: values it does not flag are sound, and
those it flags are looked at by the named checks, which decide and explain. Keys and totals are
exact here as in the plain code that takes over for small batches.
"""

from __future__ import annotations

__all__ = ["WORTH_COMPILED", "compile_all"]

WORTH_COMPILED = 4096
"""Rows from which a batch is worth a compiled kernel: loading the compiler takes longer than
checking fewer by the plain code."""


def compile_all() -> None:
    """Compile every kernel, or load it from the cache: once, when prakan is installed."""
    # Here and not above: importing a kernel's module must not be what loads the others.
    from validation.kernels import keys, names, numbers, texts

    for kernel in (*texts.KERNELS, *numbers.KERNELS, *keys.KERNELS, *names.KERNELS):
        kernel.compile()
