"""Beside a contribution that is not the one due: the one that is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.filed_lines import Filed, Found
from exchange.employers.wording import MUST_BE, baht
from insurance.rates import WageRates
from insurance.wages import wage_contributions

WRONG_CONTRIBUTION = "FORM_CONTRIBUTION"


def with_due(
    texts: pa.Array, filed: Filed, found: Found, months: pa.Array, rates: WageRates
) -> pa.Array:
    """What findings show (utf8[n]): of a wrong contribution the one filed and the one due, in baht,
    as the rule works it out of the wage; the others as they are.

    ``months``: Gregorian yyyymm of each file, for lines whose block tells none. Where the line
    itself is not kept, or no rate is known, what was filed stands alone.
    """
    is_wrong = np.asarray(pc.equal(found.code, WRONG_CONTRIBUTION), np.bool_)
    rows = np.flatnonzero(is_wrong & (found.line >= 0))
    line = found.line[rows]
    wages, paid = filed.wages_satang[line], filed.contribution_satang[line]
    of_file = months.take(pa.array(found.file[rows]))
    periods = pc.fill_null(pc.coalesce(filed.period.take(pa.array(line)), of_file), 0)
    due = wage_contributions(wages, np.asarray(periods, np.int32), rates)
    # A line without amounts was not read: the rule finds nothing wrong with nothing for nothing.
    told = np.flatnonzero(due.known & ((wages > 0) | (paid > 0)))
    if not len(told):
        return texts
    shown = pc.binary_join_element_wise(baht(paid[told]), baht(due.employee[told]), MUST_BE)
    place = np.arange(len(texts))
    place[rows[told]] = len(texts) + np.arange(len(told))
    return pa.concat_arrays([texts, shown]).take(pa.array(place))
