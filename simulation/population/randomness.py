"""Random numbers without state: a value is a pure function of (seed, purpose, number).

A person drawn alone, in a chunk of ten or in a chunk of a million is the same person, so the
bytes of a file do not depend on how it was cut. Integers only: no platform rounds them
differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]

# Increment and multipliers of SplitMix64 (Steele, Lea, Flood 2014), a counter-based generator.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_HALF = np.uint64(32)


class Dice:
    """Draws for one seed. ``purpose`` names what is drawn: other purposes are independent."""

    def __init__(self, seed: int) -> None:
        if seed < 0:
            raise ValueError(f"seed {seed} is negative; use 0 or a positive number")
        self.seed = seed

    def bits(self, purpose: str, numbers: NDArray[np.integer]) -> Numbers:
        """64 random bits for each of ``numbers`` (not negative)."""
        x = numbers.astype(np.uint64)
        x *= _STEP
        x += _key(self.seed, purpose)
        x ^= x >> np.uint64(30)
        x *= _MIX_1
        x ^= x >> np.uint64(27)
        x *= _MIX_2
        x ^= x >> np.uint64(31)
        return x

    def below(
        self, purpose: str, numbers: NDArray[np.integer], limit: int | NDArray[np.integer]
    ) -> NDArray[np.int64]:
        """Whole numbers 0 ≤ value < ``limit`` (1 … 2**31, one for all or one each)."""
        return scale(self.bits(purpose, numbers), limit)

    def choice(
        self, purpose: str, numbers: NDArray[np.integer], weights: Sequence[int]
    ) -> NDArray[np.int64]:
        """Positions in ``weights``, each as often as its weight says."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(edges, self.below(purpose, numbers, int(edges[-1])), side="right")

    def chance(
        self, purpose: str, numbers: NDArray[np.integer], per_thousand: int
    ) -> NDArray[np.bool_]:
        """True for ``per_thousand`` of a thousand."""
        return self.below(purpose, numbers, 1000) < per_thousand

    def quantile(
        self,
        purpose: str,
        numbers: NDArray[np.integer],
        shares: Sequence[int],
        values: Sequence[int],
    ) -> NDArray[np.int64]:
        """Values of a distribution given by its quantiles, straight lines between them.

        ``shares`` rise from 0 to 65536; ``values`` stand at those shares.
        """
        at = np.asarray(shares, dtype=np.int64)
        value = np.asarray(values, dtype=np.int64)
        drawn = self.below(purpose, numbers, int(at[-1]) << 10)
        place = np.searchsorted(at, drawn >> 10, side="right") - 1
        width = (at[place + 1] - at[place]) << 10
        return (
            value[place] + (value[place + 1] - value[place]) * (drawn - (at[place] << 10)) // width
        )


def scale(bits: Numbers, limit: int | NDArray[np.integer]) -> NDArray[np.int64]:
    """The upper 32 bits brought into 0 ≤ value < ``limit`` (1 … 2**31)."""
    bound = np.asarray(limit).astype(np.uint64)
    return (((bits >> _HALF) * bound) >> _HALF).astype(np.int64)


@lru_cache(maxsize=1024)
def _key(seed: int, purpose: str) -> np.uint64:
    words = np.random.SeedSequence([seed, *purpose.encode()]).generate_state(1, np.uint64)
    return np.uint64(words[0])
