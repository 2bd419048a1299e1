"""Numbers of people and employers: valid checksums, unique, ascending, and nobody's.

A national ID names the registration office of its holder in digits 2 to 5 (province, district).
District ``00`` has no office, so a number made here is valid and belongs to no person. A
juristic ID names the year of registration in digits 5 to 7; those made here lie in Buddhist
years after 2900.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insurance.identifiers import employer_account_check_digits, national_id_check_digits
from simulation.population.randomness import Dice

_CELL = 10_000_000  # numbers in one registration office: the seven digits 6 to 12
_ACCOUNTS = 900_000_000  # first nine digits of an employer account: 100000000 to 999999999
_JURISTIC = 10_000_000  # years 900 to 999 by five digits
_COMPANY = 5  # digit 4: a limited company


@dataclass(frozen=True)
class NationalIds:
    """National IDs of persons 0 … persons − 1, in ascending order of person number.

    The people are spread over first digits and provinces by weight; within a cell the numbers
    are spread evenly, each at a random place of its own stretch, so that none repeats.
    """

    edges: NDArray[np.int64]  # first person of each cell, and the end of the last
    prefixes: NDArray[np.int64]  # digits 1 to 5 of each cell

    @classmethod
    def plan(cls, persons: int, digits: dict[int, int], provinces: dict[int, int]) -> NationalIds:
        """Share ``persons`` out by the weights of first digits and of province codes.

        ValueError when a cell would hold more people than it has numbers.
        """
        cells = sorted(
            (digit * 10_000 + province * 100, digit_weight * province_weight)
            for digit, digit_weight in digits.items()
            for province, province_weight in provinces.items()
        )
        weights = np.cumsum([0] + [weight for _, weight in cells])
        edges = np.array([int(w) * persons // int(weights[-1]) for w in weights], dtype=np.int64)
        if np.diff(edges).max(initial=0) > _CELL:
            raise ValueError(f"{persons} people do not fit in the numbers of their provinces")
        return cls(edges, np.array([prefix for prefix, _ in cells], dtype=np.int64))

    def numbers(self, dice: Dice, persons: NDArray[np.int64]) -> NDArray[np.int64]:
        """13-digit numbers of the persons of those numbers."""
        cell = np.searchsorted(self.edges, persons, side="right") - 1
        first = self.edges[cell]
        size = self.edges[cell + 1] - first
        low = (persons - first) * _CELL // size
        high = (persons - first + 1) * _CELL // size
        body = low + dice.below("national id", persons, high - low)
        return _with_national_check(self.prefixes[cell] * _CELL + body)

    def first_digits(self, persons: NDArray[np.int64]) -> NDArray[np.int64]:
        """First digit of each person's number."""
        return self._cells(persons) // 10_000

    def provinces(self, persons: NDArray[np.int64]) -> NDArray[np.int64]:
        """Province code (two digits) of each person's registration office."""
        return self._cells(persons) // 100 % 100

    def _cells(self, persons: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.prefixes[np.searchsorted(self.edges, persons, side="right") - 1]


def employer_accounts(dice: Dice, employers: int) -> NDArray[np.int64]:
    """``employers`` ten-digit account numbers, ascending and different."""
    rank = np.arange(employers, dtype=np.int64)
    low = rank * _ACCOUNTS // employers
    high = (rank + 1) * _ACCOUNTS // employers
    body = low + dice.below("employer account", rank, high - low)
    first = 100_000_000 + body
    return first * 10 + employer_account_check_digits(first)


def juristic_ids(dice: Dice, provinces: NDArray[np.int64]) -> NDArray[np.int64]:
    """A juristic ID (13 digits, the first a zero) for each employer, all different.

    ValueError for more employers than there are numbers (ten million).
    """
    employers = len(provinces)
    if employers > _JURISTIC:
        raise ValueError(f"{employers} employers; at most {_JURISTIC} have a number")
    start = dice.below("juristic id", np.zeros(1, dtype=np.int64), _JURISTIC)
    # A step that shares no factor with ten million visits every number once.
    body = (start + np.arange(employers, dtype=np.int64) * 6_180_339) % _JURISTIC
    return _with_national_check(((provinces * 10 + _COMPANY) * 1000 + 900) * 100_000 + body)


def _with_national_check(first_twelve: NDArray[np.int64]) -> NDArray[np.int64]:
    return first_twelve * 10 + national_id_check_digits(first_twelve)
