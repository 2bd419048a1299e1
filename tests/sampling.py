"""What the usual run tries a sample of: examples of properties, instants to die at.

``make soak`` runs the tests marked ``sampled`` too and sets ``PRAKAN_TESTS=whole``: then all of it
is tried.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import settings

T = TypeVar("T")
WHOLE = os.environ.get("PRAKAN_TESTS") == "whole"


def sampled(usual: int, *, whole: int, **others: Any) -> Callable[[Any], Any]:
    """Settings of a property: how many examples it has in the usual run and in the soak."""

    def decorated(test: Any) -> Any:
        chosen = settings(max_examples=whole if WHOLE else usual, **others)
        return pytest.mark.sampled(chosen(test))

    return decorated


def spread(places: Sequence[T], usual: int) -> list[T]:
    """So many of these in the usual run (2 at least), in order: the first, the last and evenly
    between; all of them in the soak, or where there are not more."""
    if WHOLE or len(places) <= usual:
        return list(places)
    last = len(places) - 1
    return [places[last * n // (usual - 1)] for n in range(usual)]
