"""What becomes of each bill payment of an employer: posted to the month that it names, or broken.

Nothing is matched with what was offered: nobody offers an employer anything. A payment that
names a registered employer and a month that can be paid is that employer's, whatever it comes to.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.datasets import latest, scan
from exchange.inbound.references import EMPLOYERS
from exchange.returns.matching_inputs import (
    accepted_records,
    return_details,
    return_interface,
)
from exchange.site import Site
from insurance.employer_reference import read_references
from insurance.money import satang_of
from insurance.surcharge_terms import SurchargeError, SurchargeTerms, shipped_terms
from interfaces.errors import OutsideFailure
from interfaces.model import Role
from ledger.employer_payments import EMPLOYER_OUTCOMES_SCHEMA
from ledger.files import FileStanding
from ledger.outcomes import Outcome

_DEBIT = "D"


def employer_outcomes(site: Site, standing: FileStanding) -> pa.Table:
    """Outcome of every record of an accepted file of employers' payments.

    EMPLOYER_OUTCOMES_SCHEMA. The first that holds: the bank takes money back; validation
    rejected the record; a reference is not as it was made; the account is not registered on the
    file's business date (a branch may be new); the month has not begun on the day of payment, or
    no surcharge terms are declared for it; there is no amount.
    """
    detail = return_interface(site, standing).record(Role.DETAIL).record
    details = return_details(site, standing).tables[detail]
    first, second = (details[name].combine_chunks() for name in ("reference_1", "reference_2"))
    named = read_references(first, second)
    satang, _ = satang_of(details["amount"].combine_chunks())
    number = details["_record_number"].combine_chunks()
    paid_on = details["payment_date"].combine_chunks()
    outcome = _first_that_holds(
        (Outcome.DEBIT, pc.equal(details["transaction_kind"].combine_chunks(), _DEBIT)),
        (
            Outcome.RECORD_REJECTED,
            pc.invert(pc.is_in(number, value_set=accepted_records(site, standing))),
        ),
        (Outcome.UNREADABLE_REFERENCE, pc.invert(named["valid"].combine_chunks())),
        (Outcome.UNKNOWN_EMPLOYER, pc.invert(_is_registered(site, standing, named))),
        (
            Outcome.WRONG_WAGE_MONTH,
            _cannot_be_paid(named["period"].combine_chunks(), paid_on, standing.file.business_date),
        ),
        (Outcome.NOTHING_PAID, pc.equal(satang, 0)),
    )
    return pa.table(
        {
            "record_number": number,
            **{name: named[name] for name in ("employer_account", "employer_branch", "period")},
            "amount_satang": satang,
            "payment_date": paid_on,
            "outcome": outcome,
        }
    ).cast(EMPLOYER_OUTCOMES_SCHEMA)


def _first_that_holds(*tried: tuple[Outcome, pa.Array]) -> pa.Array:
    found: pa.Array | pa.Scalar = pa.scalar(Outcome.POSTED.value)
    for outcome, holds in reversed(tried):
        found = pc.if_else(pc.fill_null(holds, False), outcome.value, found)
    return found


def _is_registered(site: Site, standing: FileStanding, named: pa.Table) -> pa.Array:
    day = standing.file.business_date
    known = latest(site, EMPLOYERS, day)
    if known is None:
        raise OutsideFailure(
            f"no {EMPLOYERS} up to {day} has been received: payments cannot be told from errors; "
            "receive one and run again"
        )
    accounts = scan(site, *known).to_table(columns=["employer_account"])["employer_account"]
    paid_to = named["employer_account"].combine_chunks()
    return pc.is_in(paid_to, value_set=accounts.combine_chunks())


def _cannot_be_paid(periods: pa.Array, paid_on: pa.Array, business_date: date) -> pa.Array:
    day = pc.fill_null(paid_on, pa.scalar(business_date, pa.date32()))
    month = pc.add(pc.multiply(pc.year(day), 100), pc.month(day))
    unknown = without_terms(periods, shipped_terms())
    return pc.or_kleene(pc.greater(periods.cast(pa.int64()), month), unknown)


def without_terms(periods: pa.Array, terms: SurchargeTerms) -> pa.Array:
    """Which months (Gregorian yyyymm, int32) no surcharge terms are declared for; bool[n].

    Distinct months are few, whatever number of payments.
    """
    distinct = pc.unique(periods.drop_null())
    unknown = [period for period in distinct.to_pylist() if not _has_terms(period, terms)]
    return pc.is_in(periods, value_set=pa.array(np.array(unknown, np.int32), pa.int32()))


def _has_terms(period: int, terms: SurchargeTerms) -> bool:
    try:
        terms.due(period)
    except SurchargeError:
        return False
    return True
