"""Contributions of section 33: wage between floor and ceiling, times the rate, to the baht.

50 satang and over rounds up to one baht, less is dropped, per person; the employer pays the
same rounded amount where the rates are equal (form 1-10 instructions).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from insurance.digits import Bools, Ints
from insurance.rates import WageRates

_BAHT = 100  # satang
_WHOLE = 10_000  # hundredths of a percent


@dataclass(frozen=True, slots=True)
class WageContributions:
    """Shares of each wage in satang, whole baht; 0 and not known where no rate holds.

    ``employee``, ``employer`` int64[n]; ``known`` bool[n].
    """

    employee: Ints
    employer: Ints
    known: Bools


def wage_contributions(
    wage_satang: Ints, periods: npt.NDArray[np.int32], rates: WageRates
) -> WageContributions:
    """Contributions from monthly wages (int64 satang[n]) of periods (yyyymm[n]).

    No wage, no contribution: a person listed with wage 0 pays 0, not the floor's amount. A
    negative wage is not known.
    """
    known = rates.known(periods) & (wage_satang >= 0)
    base = np.clip(wage_satang, rates.floor_satang(periods), rates.ceiling_satang(periods))
    base = np.where(known & (wage_satang > 0), base, 0)
    return WageContributions(
        employee=to_whole_baht(base, rates.employee_rate(periods)),
        employer=to_whole_baht(base, rates.employer_rate(periods)),
        known=known,
    )


def to_whole_baht(base_satang: Ints, rate: Ints) -> Ints:
    """``base · rate`` in satang, rounded to the baht, half a baht up; int64[n].

    ``rate`` in hundredths of a percent. Exact: the product is rounded once.
    """
    unit = _WHOLE * _BAHT
    return (base_satang * rate + unit // 2) // unit * _BAHT
