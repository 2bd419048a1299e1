"""What one run of the population is drawn from: seed, size, day, country, code lists, rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from insurance.periods import index_of_date, period_of_index
from insurance.rates import (
    ContributionRates,
    WageRates,
    load_contribution_rates,
    load_wage_rates,
)
from interfaces.dated import code_list
from simulation.population.country import Country, load_country
from simulation.population.employers import EmployerBook
from simulation.population.identities import NationalIds
from simulation.population.names import NameBook, load_names
from simulation.population.randomness import Dice

WINDOW = 24  # months of history before the month of the business date
AHEAD = 12  # months that can be prepaid, that of the business date included


@dataclass(frozen=True)
class Scenario:
    """Everything that people, histories and filings depend on."""

    dice: Dice
    persons: int
    business_date: date
    country: Country
    names: NameBook
    ids: NationalIds
    employers: EmployerBook
    titles: pa.StringArray  # codes of man, single woman, married woman
    flat_rates: ContributionRates
    wage_rates: WageRates

    @classmethod
    def plan(cls, *, persons: int, employers: int, seed: int, business_date: date) -> Scenario:
        """Lay out a country of ``persons`` and ``employers`` (both at least one).

        ValueError when a number is too small, or code lists and country data disagree.
        """
        if persons < 1 or employers < 1:
            raise ValueError(f"{persons} persons and {employers} employers; at least 1 of each")
        country = load_country()
        names = load_names()
        dice = Dice(seed)
        digits = {row.digit: row.weight for row in country.first_digits}
        wage_rates = load_wage_rates()
        scenario = cls(
            dice=dice,
            persons=persons,
            business_date=business_date,
            country=country,
            names=names,
            ids=NationalIds.plan(persons, digits, dict(country.provinces)),
            employers=EmployerBook.draw(dice, employers, country, names),
            titles=_titles(country, business_date),
            flat_rates=load_contribution_rates(),
            wage_rates=wage_rates,
        )
        if not wage_rates.known(np.array([scenario.filing_period], dtype=np.int32))[0]:
            raise ValueError(
                f"no wage rate is known for {scenario.filing_period}; choose a later date"
            )
        return scenario

    @property
    def month(self) -> int:
        """Month index of the business date."""
        return index_of_date(self.business_date)

    @property
    def filing_period(self) -> int:
        """Period (yyyymm) that employers file: the month before the business date."""
        return int(period_of_index(np.array([self.month - 1]))[0])

    @property
    def ceiling(self) -> int:
        """Greatest wage (satang) that contributions of that period are taken from."""
        period = np.array([self.filing_period], dtype=np.int32)
        return int(self.wage_rates.ceiling_satang(period)[0])

    @property
    def day(self) -> int:
        """Business date in days since 1970-01-01."""
        return self.business_date.toordinal() - date(1970, 1, 1).toordinal()


def _titles(country: Country, on: date) -> pa.StringArray:
    listed = code_list("titles", on)
    by_word = dict(zip(listed["word"].to_pylist(), listed["code"].to_pylist(), strict=True))
    words = (country.man, country.single_woman, country.married_woman)
    missing = [word for word in words if word not in by_word]
    if missing:
        raise ValueError(f"code list titles has no {missing[0]!r} on {on}")
    return pa.array([by_word[word] for word in words])
