"""Thai names put together from parts (``names.toml``): plausible, and nobody's."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulation.population.country import DATA
from simulation.population.randomness import Dice


@dataclass(frozen=True)
class NameBook:
    """Every given name by sex, family name and company name that can be drawn.

    ``families`` holds ``clans`` clan names first, then the combinations of three parts.
    ``companies`` is the middle of a company's name; ``forms`` are (before, after, weight).
    """

    male: pa.StringArray
    female: pa.StringArray
    families: pa.StringArray
    clans: int
    companies: pa.StringArray
    forms: tuple[tuple[str, str, int], ...]

    def given(
        self, dice: Dice, persons: NDArray[np.int64], is_female: NDArray[np.bool_]
    ) -> pa.StringArray:
        """A given name for each person."""
        both = pa.concat_arrays([self.male, self.female])
        sizes = np.where(is_female, len(self.female), len(self.male))
        drawn = dice.below("given name", persons, sizes)
        return both.take(pa.array(drawn + np.where(is_female, len(self.male), 0)))

    def family(
        self, dice: Dice, persons: NDArray[np.int64], clan_per_thousand: int
    ) -> pa.StringArray:
        """A family name for each person; ``clan_per_thousand`` have a clan name."""
        clan = dice.below("clan name", persons, self.clans)
        other = self.clans + dice.below("family name", persons, len(self.families) - self.clans)
        is_clan = dice.chance("is clan", persons, clan_per_thousand)
        return self.families.take(pa.array(np.where(is_clan, clan, other)))

    def company(self, dice: Dice, employers: NDArray[np.int64]) -> pa.StringArray:
        """A company name for each employer, with its legal form."""
        form = dice.choice("company form", employers, [weight for _, _, weight in self.forms])
        middle = dice.below("company name", employers, len(self.companies))
        return pa.compute.binary_join_element_wise(
            pa.array([before for before, _, _ in self.forms]).take(pa.array(form)),
            self.companies.take(pa.array(middle)),
            pa.array([after for _, after, _ in self.forms]).take(pa.array(form)),
            "",
        )


@cache
def load_names(path: Path = DATA / "names.toml") -> NameBook:
    """Read the parts and join them; KeyError when a list is missing."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    family = data["family"]
    company = data["company"]
    return NameBook(
        male=_given(data["male"]),
        female=_given(data["female"]),
        families=pa.concat_arrays(
            [
                pa.array(family["clan"], pa.utf8()),
                _joined(family["first"], family["middle"], family["last"]),
            ]
        ),
        clans=len(family["clan"]),
        companies=_joined(company["first"], company["second"], company["trade"]),
        forms=tuple((row["before"], row["after"], row["weight"]) for row in company["forms"]),
    )


def _given(table: dict[str, list[str]]) -> pa.StringArray:
    return pa.concat_arrays(
        [_joined(table["first"], table["second"]), pa.array(table["whole"], pa.utf8())]
    )


def _joined(*parts: list[str]) -> pa.StringArray:
    return pa.array(["".join(combination) for combination in product(*parts)], pa.utf8())
