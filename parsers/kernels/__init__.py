"""The compiled decoder: programs of a record's fields, and the kernels that run them.

Nothing here is imported before something is decoded: numba takes a third of a second to load.
Why and how: ``docs/decisions/0016-compiled-kernels.md``.
"""

from __future__ import annotations


def compile_all() -> None:
    """Compile every kernel of decoding and framing that is not in the cache yet."""
    import pkgutil
    from importlib import import_module

    import parsers.framing
    import parsers.sliding
    from parsers.kernels.driver import level_runner
    from parsers.kernels.occurrences import unfolder
    from parsers.kernels.ordering import orderer
    from parsers.kernels.recognising import recogniser
    from parsers.kernels.tabulating import tabulator

    for package in (parsers.framing, parsers.sliding):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)  # its loops are compiled as they are imported
    for kernel in (level_runner, unfolder, orderer, tabulator, recogniser):
        kernel()
