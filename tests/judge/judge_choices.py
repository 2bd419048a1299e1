"""Random choices that a seed decides.

Hypothesis draws the seeds. It would rather vary one copybook than draw another, and every copybook
costs a compilation, so that it does not draw what is in them.
"""

from __future__ import annotations

import random
from typing import TypeVar

Choice = TypeVar("Choice")


class Choices:
    """What a copybook or a program is made of, piece by piece."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def one_of(self, *choices: Choice) -> Choice:
        """One of these, each as likely as the others."""
        return self._rng.choice(choices)

    def integer(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``, both included."""
        return self._rng.randint(low, high)

    def chance(self, one_in: int) -> bool:
        """True in one case of so many."""
        return self._rng.randrange(one_in) == 0
