"""Age at which insurance under section 33 begins: full years on the day of entry.

The Social Security Act (s. 33) insures employees of at least fifteen and at most sixty years; who
is insured when turning sixty stays so. Confidence B.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insurance.digits import Bools, Ints

YOUNGEST_AT_ENTRY = 15
OLDEST_AT_ENTRY = 60
"""Full years, both inclusive."""

_MONTHS_WEIGHT = 100


def full_years(born: pa.Array, on: pa.Array) -> pa.Array:
    """Full years between two days (date32) of each row, negative before birth, null where a day is
    not known; int64[n]. Who was born on 29 February has their birthday on 1 March of other years.
    """
    years = pc.subtract(pc.year(on), pc.year(born))
    has_had_birthday = pc.greater_equal(_day_of_year(on), _day_of_year(born))
    return pc.if_else(has_had_birthday, years, pc.subtract(years, 1))


def outside_entry_age(born: pa.Array, on: pa.Array) -> Bools:
    """Who was too young or too old on the day of entry; False where a day is not known; bool[n]."""
    years: Ints = pc.fill_null(full_years(born, on), YOUNGEST_AT_ENTRY).to_numpy(
        zero_copy_only=False
    )
    outside: Bools = (years < YOUNGEST_AT_ENTRY) | (years > OLDEST_AT_ENTRY)
    return np.asarray(outside, np.bool_)


def _day_of_year(days: pa.Array) -> pa.Array:
    """Month and day as one number that grows through every year: 101 … 1231."""
    return pc.add(pc.multiply(pc.month(days), _MONTHS_WEIGHT), pc.day(days))
