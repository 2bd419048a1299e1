"""Rows of the file of filed contributions: what counts for every branch and month that changed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.books.posting_rows import books_context, file_before
from exchange.employers.lines import live_lines
from exchange.outbound.rows import FileRows
from exchange.site import Site
from insurance.digits import Ints, numbers_of
from insurance.identifiers import NATIONAL_ID_LENGTH
from insurance.money import baht_of
from interfaces.model import Interface
from ledger.books import period_of_close
from ledger.filings import MONTH, touched_months

DATASET = "filed_contributions"
MOST_PERSONS = 500
"""Persons of one record; what a branch has beyond them goes on in further records."""

_COLUMNS = (*MONTH, "national_id", "wage_satang", "contribution_satang")
_MONTHS_AT_ONCE = 65_536
"""Branches and months whose lines are read together: some 1.5 million lines."""
_WAGE_DIGITS, _CONTRIBUTION_DIGITS, _SUM_DIGITS = 15, 13, 17


def contribution_rows(site: Site, interface: Interface, business_date: date) -> FileRows:
    """All lines that count, of each branch and month of which a filing was entered, withdrawn or
    reinstated in the books since the file before; by account, branch, month and person.

    A month of which nothing counts any more has one row of no persons. The first file has every
    month filed since the beginning. LedgerError when the day's books are not closed.
    """
    _, up_to = period_of_close(site.ledger, business_date)
    after = file_before(site, interface, up_to)
    months = touched_months(site.ledger, after, up_to)
    months = months.sort_by([(name, "ascending") for name in MONTH])
    parts = [
        branch_records(some, live_lines(site, months=some, booked_to=up_to, columns=_COLUMNS))
        for start in range(0, max(months.num_rows, 1), _MONTHS_AT_ONCE)
        for some in (months.slice(start, _MONTHS_AT_ONCE),)
    ]
    return FileRows(pa.concat_tables(parts), books_context(after, up_to))


def branch_records(months: pa.Table, lines: pa.Table) -> pa.Table:
    """A row for each record of these months, each once, in their order; persons by national ID.

    ``lines`` (month, person and amounts of LINES_SCHEMA) are of no other months; money int64 satang
    in, baht out.
    """
    place = _month_of(lines, months)
    national_id = lines["national_id"].combine_chunks()
    person, _ = numbers_of(national_id, NATIONAL_ID_LENGTH)
    order = np.lexsort((person, place))
    persons: Ints = np.bincount(place, minlength=months.num_rows).astype(np.int64)
    parts = np.maximum(-(-persons // MOST_PERSONS), 1)
    month = np.repeat(np.arange(months.num_rows), parts)
    number = np.arange(len(month)) - np.repeat(np.cumsum(parts) - parts, parts) + 1
    count = np.minimum(persons[month] - (number - 1) * MOST_PERSONS, MOST_PERSONS)
    ends = np.append(0, np.cumsum(count))
    wages = _ints(lines["wage_satang"].combine_chunks())[order]
    contributions = _ints(lines["contribution_satang"].combine_chunks())[order]
    people = pa.StructArray.from_arrays(
        [
            national_id.take(pa.array(order)),
            _baht(wages, _WAGE_DIGITS),
            _baht(contributions, _CONTRIBUTION_DIGITS),
        ],
        names=["national_id", "wage_amount", "contribution_amount"],
    )
    return pa.table(
        {
            **{name: months[name].take(pa.array(month)) for name in MONTH[:2]},
            "paid_period": months["period"].take(pa.array(month)),
            "part_number": pa.array(number),
            "part_count": pa.array(parts[month]),
            "branch_persons": pa.array(persons[month]),
            "record_wages": _baht(_sums(wages, ends), _SUM_DIGITS),
            "record_contributions": _baht(_sums(contributions, ends), _SUM_DIGITS),
            "person_count": pa.array(count),
            "person": pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), people),
        }
    )


def _month_of(lines: pa.Table, months: pa.Table) -> Ints:
    """The place in ``months`` of each line's month; int64[n]."""
    own = _key(lines)
    place = pc.index_in(own, value_set=_key(months))
    if place.null_count:
        raise ValueError("a line is of a month that was not asked for")
    return _ints(place)


def _key(table: pa.Table) -> pa.Array:
    """Account, branch and month as one text of 22 digits."""
    columns = [table[name].combine_chunks().cast(pa.utf8()) for name in MONTH]
    return pc.binary_join_element_wise(*columns, "")


def _sums(satang: Ints, ends: Ints) -> Ints:
    """Sum of each run of values between two ends."""
    running = np.append(0, np.cumsum(satang))
    sums: Ints = running[ends[1:]] - running[ends[:-1]]
    return sums


def _baht(satang: Ints, digits: int) -> pa.Array:
    return baht_of(satang, np.ones(len(satang), np.bool_), digits)


def _ints(values: pa.Array) -> Ints:
    return np.asarray(values.to_numpy(zero_copy_only=False), np.int64)
