"""Cutting a list of keys so that a query's parameters stay within either database's limit."""

from __future__ import annotations

from collections.abc import Iterable

KEYS_PER_QUERY = 5_000


def chunks(keys: Iterable[str]) -> list[list[str]]:
    """The distinct keys, sorted, in lists of at most KEYS_PER_QUERY."""
    ordered = sorted(set(keys))
    return [
        ordered[start : start + KEYS_PER_QUERY] for start in range(0, len(ordered), KEYS_PER_QUERY)
    ]
