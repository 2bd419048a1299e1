"""Employers and their branches: a book of arrays, small enough to be kept whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from insurance.digits import text_of_numbers
from insurance.money import baht_of
from insurance.periods import first_day_of_index, month_index
from simulation.population.country import Country
from simulation.population.identities import employer_accounts, juristic_ids
from simulation.population.names import NameBook
from simulation.population.randomness import Dice

_LATEST_REGISTRATION = 201512  # so that long service is possible everywhere
_BRANCHES_FROM_SIZE = (10, 100)  # relative sizes from which a second and a third may exist


@dataclass(frozen=True)
class EmployerBook:
    """All employers in ascending order of account, and their branches in ascending order.

    Arrays of one value an employer, except ``branch_…`` (one a branch). Branches of employer
    ``e`` are those from ``first_branch[e]`` to ``first_branch[e + 1] - 1``; the first is the
    head office 000000. ``shares`` is the running sum of the relative sizes of active employers.
    """

    accounts: NDArray[np.int64]
    juristic: NDArray[np.int64]
    provinces: NDArray[np.int64]
    offices: NDArray[np.int64]
    is_closed: NDArray[np.bool_]
    shares: NDArray[np.int64]
    registered_month: NDArray[np.int64]  # month index
    registered_day: NDArray[np.int32]  # days since 1970-01-01
    types: pa.StringArray
    names: pa.StringArray
    first_branch: NDArray[np.int64]
    branch_employer: NDArray[np.int64]
    branch_number: NDArray[np.int64]

    @classmethod
    def draw(cls, dice: Dice, employers: int, country: Country, names: NameBook) -> EmployerBook:
        """``employers`` employers (at least one) of a country."""
        rank = np.arange(employers, dtype=np.int64)
        codes = np.array(list(country.provinces), dtype=np.int64)
        provinces = codes[dice.choice("employer province", rank, list(country.provinces.values()))]
        is_closed = dice.chance("employer closed", rank, country.employers_closed_per_thousand)
        is_closed[0] = False  # somebody must employ
        sizes = dice.quantile(
            "employer size", rank, country.employer_sizes.shares, country.employer_sizes.values
        )
        begun = int(month_index(np.array([country.begun[33]]))[0])
        latest = int(month_index(np.array([_LATEST_REGISTRATION]))[0])
        month = begun + dice.below("employer registered", rank, latest - begun)
        day = _days(month) + dice.below("employer registered day", rank, 28).astype(np.int32)
        first_branch, branch_employer, branch_number = _branches(dice, sizes)
        return cls(
            accounts=employer_accounts(dice, employers),
            juristic=juristic_ids(dice, provinces),
            provinces=provinces,
            offices=provinces * 100 + 1 + dice.below("employer office", rank, 3),
            is_closed=is_closed,
            shares=np.cumsum(np.where(is_closed, 0, sizes)),
            registered_month=month,
            registered_day=day,
            types=pa.array(country.employer_types).take(
                pa.array(dice.below("employer type", rank, len(country.employer_types)))
            ),
            names=names.company(dice, rank),
            first_branch=first_branch,
            branch_employer=branch_employer,
            branch_number=branch_number,
        )

    def __len__(self) -> int:
        return len(self.accounts)

    def of(self, dice: Dice, persons: NDArray[np.int64]) -> NDArray[np.int64]:
        """An active employer for each person, large ones more often."""
        drawn = dice.below("employer", persons, int(self.shares[-1]))
        return np.searchsorted(self.shares, drawn, side="right")

    def branch_of(
        self, dice: Dice, persons: NDArray[np.int64], employers: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Position in the branch arrays of each person's place of work."""
        first = self.first_branch[employers]
        count = self.first_branch[employers + 1] - first
        return first + dice.below("branch", persons, count)

    def account_texts(self, employers: NDArray[np.int64]) -> pa.StringArray:
        """Ten-digit accounts of employers as text."""
        return text_of_numbers(self.accounts[employers], 10)

    def branch_texts(self, branches: NDArray[np.int64]) -> pa.StringArray:
        """Six-digit branch numbers of branch positions as text."""
        return text_of_numbers(self.branch_number[branches], 6)

    def master(
        self, branches: NDArray[np.int64], employees: NDArray[np.int64], rate_percent_2: int
    ) -> pa.RecordBatch:
        """Rows of the employer master for branch positions, in their order.

        ``employees`` is the number of active employees of each of these branches;
        ``rate_percent_2`` the contribution rate of one side in hundredths of a percent.
        """
        employer = self.branch_employer[branches]
        of = pa.array(employer)
        accounts = self.account_texts(employer)
        rate = np.full(len(branches), rate_percent_2, dtype=np.int64)
        return pa.record_batch(
            {
                "employer_account": accounts,
                "employer_branch": self.branch_texts(branches),
                "employer_name": self.names.take(of),
                "juristic_id": text_of_numbers(self.juristic[employer], 13),
                "contribution_rate": baht_of(rate, np.ones(len(rate), np.bool_), 4),
                "status_code": pa.array(["A", "C"]).take(
                    pa.array(self.is_closed[employer].astype(np.int8))
                ),
                "registered_date": pa.array(self.registered_day[employer], pa.date32()),
                "employee_count": pa.array(employees, pa.int64()),
                "office_code": text_of_numbers(self.offices[employer], 4),
                "employer_type": self.types.take(of),
                "contact_email": pa.compute.binary_join_element_wise(
                    "contributions@e", accounts, ".example", ""
                ),
            }
        )


def _branches(
    dice: Dice, sizes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """First branch of each employer (and the end), employer of each branch, branch numbers."""
    rank = np.arange(len(sizes), dtype=np.int64)
    most = 1 + sum((sizes >= size).astype(np.int64) for size in _BRANCHES_FROM_SIZE)
    count = 1 + dice.below("branches", rank, most)
    first = np.concatenate([[0], np.cumsum(count)])
    employer = np.repeat(rank, count)
    place = np.arange(len(employer)) - first[employer]
    # Numbers rise but need not be consecutive: each branch leaves up to three numbers out.
    step = 1 + dice.below("branch number", employer * 8 + place, 4)
    number = np.cumsum(np.where(place == 0, 0, step))
    return first, employer, number - number[first[employer]]


def _days(months: NDArray[np.int64]) -> NDArray[np.int32]:
    days: NDArray[np.int32] = first_day_of_index(months).astype(np.int64).astype(np.int32)
    return days
