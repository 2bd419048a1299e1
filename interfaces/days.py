"""A day as a person or a partition key writes it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from interfaces.errors import WrongUse


def parse_day(text: str) -> date:
    """``YYYY-MM-DD``, Gregorian; WrongUse for anything else."""
    # The standard library also takes 20261130, which would be another key for the same day.
    if len(text) == len("YYYY-MM-DD"):
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise WrongUse(f"{text!r} is not a day written YYYY-MM-DD")
