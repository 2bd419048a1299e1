"""Encoding and totals as compiled kernels, for columns and fields of the common kinds.

A program (:mod:`~exporters.kernels.program`) made for each batch tells one compiled function
what to do; a field that no kernel writes is left to :mod:`exporters.columnwise`. Nothing here
decides what a value looks like in a file: that module does, and the tests compare the two.
"""


def compile_all() -> None:
    """Compile every kernel, or take it from the cache: for set-up, so that no job waits."""
    from exporters.kernels.closing import closer
    from exporters.kernels.driver import encoder
    from exporters.kernels.totals import compile_adders

    encoder()
    closer()
    compile_adders()
