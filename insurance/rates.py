"""Contribution rates by month: flat amounts of sections 39 and 40, wage rates of section 33.

A rate applies to whole contribution months; the month decides, not the day of payment.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from insurance.digits import Bools, Ints
from insurance.money import satang_of
from insurance.periods import Days, Periods, index_of_days, month_index
from insurance.sections import plan_numbers
from interfaces.dated import INTEGER, MONEY, SHIPPED, TEXT, TableRule, read_table
from interfaces.errors import WrongUse

FLAT_RULE = TableRule(
    {"section": TEXT, "option": TEXT, "amount": MONEY},
    key=("section", "option"),
    nullable=frozenset({"amount"}),
)
WAGE_RULE = TableRule(
    {
        "employee_rate": INTEGER,  # hundredths of a percent: 500 is 5.00 %
        "employer_rate": INTEGER,
        "government_rate": INTEGER,
        "wage_floor": MONEY,
        "wage_ceiling": MONEY,
    },
    key=(),
)

_FIRST_INDEX = 1990 * 12
_MONTHS = 200 * 12  # 1990-01 … 2189-12; outside no rate is known
_UNKNOWN = -1


class RateError(WrongUse):
    """Rate rows that cannot be applied month by month."""


class ContributionRates:
    """Flat monthly amounts of sections 39 and 40, from rows under FLAT_RULE."""

    def __init__(self, rows: pa.Table) -> None:
        """RateError for a row that is of neither section or does not cover whole months."""
        plans = plan_numbers(_column(rows, "section"), _column(rows, "option"))
        if np.any(plans < 0):
            raise RateError("a rate row is not of section 39, or of section 40 with its option")
        satang, known = satang_of(_column(rows, "amount"))
        begin, end = _columns_covered(rows)
        self._row_of_plan = np.full(10_000, _UNKNOWN, np.int64)
        distinct = np.unique(plans)
        self._row_of_plan[distinct] = np.arange(len(distinct))
        self._satang = np.full((len(distinct) + 1, _MONTHS), _UNKNOWN, np.int64)
        for row in np.flatnonzero(known):
            self._satang[self._row_of_plan[plans[row]], begin[row] : end[row]] = satang[row]

    def amounts_satang(
        self, sections: pa.Array, options: pa.Array, periods: npt.NDArray[np.int32]
    ) -> tuple[Ints, Bools]:
        """``(satang int64[n], known bool[n])`` for section and option (utf8) and period yyyymm."""
        return self.amounts_of_plans(plan_numbers(sections, options), month_index(periods))

    def amounts_of_plans(self, plans: Ints, month_indices: Periods) -> tuple[Ints, Bools]:
        """The same for plan numbers and month indices, broadcast against each other."""
        # Row -1 and months outside the table hold no rate, so both read as unknown.
        rows = np.where(plans >= 0, self._row_of_plan[np.maximum(plans, 0)], _UNKNOWN)
        columns = month_indices.astype(np.int64) - _FIRST_INDEX
        inside = (columns >= 0) & (columns < _MONTHS)
        satang = self._satang[rows, np.where(inside, columns, 0)]
        known = inside & (satang != _UNKNOWN)
        return np.where(known, satang, 0), known


class WageRates:
    """Rates, floor and ceiling of section 33, from rows under WAGE_RULE."""

    def __init__(self, rows: pa.Table) -> None:
        """RateError for a row that does not cover whole months, and for no row at all."""
        if not rows.num_rows:
            raise RateError("no wage rate is declared")
        begin, end = _columns_covered(rows)
        self._row_of_month = np.full(_MONTHS, _UNKNOWN, np.int64)
        for row in range(rows.num_rows):
            self._row_of_month[begin[row] : end[row]] = row
        self._employee = np.asarray(rows["employee_rate"], np.int64)
        self._employer = np.asarray(rows["employer_rate"], np.int64)
        self._government = np.asarray(rows["government_rate"], np.int64)
        self._floor, _ = satang_of(_column(rows, "wage_floor"))
        self._ceiling, _ = satang_of(_column(rows, "wage_ceiling"))

    def known(self, periods: npt.NDArray[np.int32]) -> Bools:
        """Whether a rate holds in each period; the other answers mean nothing where not."""
        result: Bools = self._rows(periods) != _UNKNOWN
        return result

    def employee_rate(self, periods: npt.NDArray[np.int32]) -> Ints:
        """Employee's share in hundredths of a percent; int64[n]."""
        return self._employee[self._rows(periods)]

    def employer_rate(self, periods: npt.NDArray[np.int32]) -> Ints:
        """Employer's share in hundredths of a percent; int64[n]."""
        return self._employer[self._rows(periods)]

    def government_rate(self, periods: npt.NDArray[np.int32]) -> Ints:
        """Government's share in hundredths of a percent; int64[n]."""
        return self._government[self._rows(periods)]

    def floor_satang(self, periods: npt.NDArray[np.int32]) -> Ints:
        """Least wage that contributions are taken from; int64[n]."""
        return self._floor[self._rows(periods)]

    def ceiling_satang(self, periods: npt.NDArray[np.int32]) -> Ints:
        """Greatest wage that contributions are taken from; int64[n]."""
        return self._ceiling[self._rows(periods)]

    def _rows(self, periods: npt.NDArray[np.int32]) -> Ints:
        columns = month_index(periods).astype(np.int64) - _FIRST_INDEX
        inside = (columns >= 0) & (columns < _MONTHS)
        return np.where(inside, self._row_of_month[np.where(inside, columns, 0)], _UNKNOWN)


def load_contribution_rates(path: Path = SHIPPED / "rates" / "flat.csv") -> ContributionRates:
    """Flat rates of a table, by default the shipped one; DatedTableError or RateError."""
    return ContributionRates(read_table(path, FLAT_RULE))


def load_wage_rates(path: Path = SHIPPED / "rates" / "wage.csv") -> WageRates:
    """Wage rates of a table, by default the shipped one; DatedTableError or RateError."""
    return WageRates(read_table(path, WAGE_RULE))


def _column(rows: pa.Table, name: str) -> pa.Array:
    return rows[name].combine_chunks()


def _columns_covered(rows: pa.Table) -> tuple[Ints, Ints]:
    """Half-open range of table columns that each row's ``from`` … ``to`` covers."""
    lower = np.datetime64("1990-01-01")
    upper = np.datetime64("2189-12-31")
    first = np.array([day or lower for day in rows["from"].to_pylist()], "datetime64[D]")
    last = np.array([day or upper for day in rows["to"].to_pylist()], "datetime64[D]")
    after: Days = np.add(last, np.timedelta64(1, "D"))
    for name, days in (("from", first), ("to", after)):
        uneven = days != days.astype("datetime64[M]")
        if uneven.any():
            row = int(np.flatnonzero(uneven)[0])
            raise RateError(f"{name} {rows[name][row]}: a rate begins and ends with a month")
    begin = np.clip(index_of_days(first).astype(np.int64) - _FIRST_INDEX, 0, _MONTHS)
    end = np.clip(index_of_days(after).astype(np.int64) - _FIRST_INDEX, 0, _MONTHS)
    return begin, end
