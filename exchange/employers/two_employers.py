"""The combined ceiling: persons whom several employers filed for one wage month.

Each employer contributes on the wage that it pays. Where the wages together exceed the ceiling,
the employee has paid more than a person can owe for a month, and may have the excess back
(Social Security Act B.E. 2533, section 46 in connection with the ceiling of the wage base; that
the employers' shares stay is our inference, confidence D). Nothing is posted: the list is for the
office that decides.
"""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.follow_up import month_end
from exchange.employers.lines import lines_by_part, live_lines
from exchange.site import Site
from insurance.digits import numbers_of, text_of_numbers
from insurance.identifiers import NATIONAL_ID_LENGTH
from insurance.wages import wage_contributions
from ledger.filings import counting, filings_of

COMBINED_SCHEMA = pa.schema(
    [
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("given_name", pa.string()),  # as the first employer filed it
        pa.field("family_name", pa.string()),
        pa.field("period", pa.int32(), nullable=False),  # Gregorian yyyymm
        pa.field("employers", pa.int64(), nullable=False),
        pa.field("employer_account", pa.string(), nullable=False),
        pa.field("wage_satang", pa.int64(), nullable=False),  # from this employer
        pa.field("contribution_satang", pa.int64(), nullable=False),  # employee's share there
        pa.field("wages_together_satang", pa.int64(), nullable=False),
        pa.field("contributions_together_satang", pa.int64(), nullable=False),
        pa.field("most_satang", pa.int64(), nullable=False),  # share of the wages together
        pa.field("excess_satang", pa.int64(), nullable=False),  # to be given back
    ]
)
"""A row a person and employer account; the sums are the same on each of a person's rows."""

_COLUMNS = (
    "employer_account",
    "employer_branch",
    "national_id",
    "given_name",
    "family_name",
    "wage_satang",
    "contribution_satang",
)

_SEVERAL = """
WITH paid AS (  -- branches of one account are one employer
    SELECT national_id, employer_account, sum(wage_satang)::BIGINT AS wage_satang,
        sum(contribution_satang)::BIGINT AS contribution_satang,
        min_by(given_name, employer_branch) AS given_name,
        min_by(family_name, employer_branch) AS family_name
    FROM lines GROUP BY national_id, employer_account
), together AS (
    SELECT national_id, count(*) AS employers,
        sum(wage_satang)::BIGINT AS wages_together_satang,
        sum(contribution_satang)::BIGINT AS contributions_together_satang,
        min_by(given_name, employer_account) AS given_name,
        min_by(family_name, employer_account) AS family_name
    FROM paid GROUP BY national_id HAVING count(*) > 1
)
SELECT t.national_id, t.given_name, t.family_name, $period AS period, employers,
    employer_account, wage_satang, contribution_satang, wages_together_satang,
    contributions_together_satang
FROM together t JOIN paid p USING (national_id)
ORDER BY national_id, employer_account
"""


def combined_ceiling(site: Site, period: int, *, booked_to: date | None = None) -> pa.Table:
    """Persons of several employers who paid more for a wage month (Gregorian yyyymm) than on all
    their wages together is due: COMBINED_SCHEMA, by national ID and account.

    Of the lines that count, in the books up to ``booked_to``, by default all. A line without a
    readable ID is nobody's.
    """
    month_end(period)  # a month, or nothing
    several = _of_several_accounts(site, period, booked_to)
    lines = live_lines(
        site, periods=[period], booked_to=booked_to, columns=_COLUMNS, persons=several
    )
    with duckdb.connect() as engine:
        engine.register("lines", lines)
        found: pa.Table = engine.sql(_SEVERAL, params={"period": period}).to_arrow_table()
    wages = np.asarray(found["wages_together_satang"], np.int64)
    paid = np.asarray(found["contributions_together_satang"], np.int64)
    due = wage_contributions(wages, np.full(len(wages), period, np.int32), site.wages)
    excess = np.where(due.known, paid - due.employee, 0)
    found = found.append_column("most_satang", pa.array(due.employee))
    found = found.append_column("excess_satang", pa.array(excess))
    return found.filter(pa.array(excess > 0)).cast(COMBINED_SCHEMA)


def _of_several_accounts(site: Site, period: int, booked_to: date | None) -> pa.Array:
    """National IDs that filings of several accounts name, those too that a later filing left out.

    Of everybody no more is held than a number and an account: a month has twelve million lines.
    """
    live = counting(filings_of(site.ledger, periods=[period], booked_to=booked_to))
    accounts = live["employer_account"].combine_chunks().dictionary_encode().indices
    of_filing = np.asarray(accounts, np.int32)
    persons, employers = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    odd = [pa.array([], pa.string())]
    for lines, filing in lines_by_part(site, live, ("national_id",)):
        ids = lines["national_id"].combine_chunks()
        numbers, is_number = numbers_of(ids, NATIONAL_ID_LENGTH)
        persons.append(numbers[is_number])
        employers.append(of_filing[filing[is_number]])
        odd.append(ids.filter(pa.array(~is_number)))
    person, employer = np.concatenate(persons), np.concatenate(employers)
    order = np.lexsort((employer, person))
    person, employer = person[order], employer[order]
    is_further = (person[1:] == person[:-1]) & (employer[1:] != employer[:-1])
    found = text_of_numbers(np.unique(person[1:][is_further]), NATIONAL_ID_LENGTH)
    # What is no number is rare, and looked at as it is.
    return pa.concat_arrays([found, *odd])


def persons_and_excess(found: pa.Table) -> tuple[int, int]:
    """Number of persons of COMBINED_SCHEMA, and their excess together in satang."""
    each = found.group_by(["national_id", "excess_satang"]).aggregate([])
    return each.num_rows, int(pc.sum(each["excess_satang"]).as_py() or 0)
