"""One server, one set of keys and one set of bases for all faults of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.ground import Ground, temporary_ground


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """Where faults happen."""
    with temporary_ground() as made:
        yield made
