"""The engine for joins that may be larger than memory should be."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

MOST_MEMORY = "1GB"
"""Memory of one engine. What does not fit goes to its spill folder, and is slower."""


@contextmanager
def bounded_engine(
    spill: Path | None = None, *, most_memory: str = MOST_MEMORY
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own, in memory, of bounded size; rows come in no particular order.

    It spills into a folder that nobody else may read, below ``spill`` (default: the system's
    folder for temporary files), which is gone when the block ends. It reads and writes no other
    file than queries name.
    """
    with tempfile.TemporaryDirectory(prefix="prakan-spill-", dir=spill) as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": most_memory,
            "temp_directory": folder,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=settings) as engine:
            yield engine
