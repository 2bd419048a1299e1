"""The payment reference of an employer, for a branch and wage month; defined by this project.

reference_1 is 18 digits: employer account (10), branch (6) and two check digits over these 16.
reference_2 is 10 digits: section ``33``, wage month in the common era yyyymm (6) and two check
digits over the 16 digits of reference_1 followed by these eight. Both are of ISO 7064
MOD 97-10, as in :mod:`insurance.reference`. So the first reference can be trusted by itself, and
a month that was printed for another employer or branch is seen.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insurance.digits import Bools, Ints, numbers_of, text_of_numbers
from insurance.identifiers import EMPLOYER_ACCOUNT_LENGTH
from insurance.periods import is_period

SECTION = 33
BRANCH_LENGTH = 6
REFERENCE_1_LENGTH = 18
REFERENCE_2_LENGTH = 10

_MODULUS = 97
_CHECKS = 100
_PERIOD = 10**6
_BODY: int = 10**8
_BRANCH: int = 10**BRANCH_LENGTH


def make_references(accounts: pa.Array, branches: pa.Array, periods: pa.Array) -> pa.Table:
    """Both references of each employer account, branch and wage month; n rows.

    ``accounts`` and ``branches`` utf8, ``periods`` int32 Gregorian yyyymm. Columns reference_1
    and reference_2, utf8, null where the account is not 10 digits, the branch not 6, or the
    month none.
    """
    account, known = numbers_of(accounts, EMPLOYER_ACCOUNT_LENGTH)
    branch, whole = numbers_of(branches, BRANCH_LENGTH)
    months = np.asarray(pc.fill_null(periods, 0), np.int32)
    known &= whole & is_period(months)
    employer = account * _BRANCH + branch
    body = SECTION * _PERIOD + months.astype(np.int64)
    first = employer * _CHECKS + _check_numbers(employer)
    second = body * _CHECKS + _check_numbers_of_both(employer, body)
    return pa.table(
        {
            "reference_1": _texts(first, REFERENCE_1_LENGTH, known),
            "reference_2": _texts(second, REFERENCE_2_LENGTH, known),
        }
    )


def read_references(reference_1: pa.Array, reference_2: pa.Array) -> pa.Table:
    """What each pair of references (utf8) says; n rows.

    Columns employer_account, employer_branch utf8, period int32 Gregorian yyyymm, valid bool: both
    references are as they were made. Account and branch are told where the first reference is
    right by itself, the month only where both are. Surrounding spaces are ignored, nothing else.
    """
    first, named = numbers_of(pc.utf8_trim(reference_1, " "), REFERENCE_1_LENGTH)
    second, whole = numbers_of(pc.utf8_trim(reference_2, " "), REFERENCE_2_LENGTH)
    employer, first_check = np.divmod(first, _CHECKS)
    body, second_check = np.divmod(second, _CHECKS)
    section, months = np.divmod(body, _PERIOD)
    periods = months.astype(np.int32)
    named &= first_check == _check_numbers(employer)
    valid = named & whole & (section == SECTION) & is_period(periods)
    valid &= second_check == _check_numbers_of_both(employer, body)
    account, branch = np.divmod(employer, _BRANCH)
    return pa.table(
        {
            "employer_account": _texts(account, EMPLOYER_ACCOUNT_LENGTH, named),
            "employer_branch": _texts(branch, BRANCH_LENGTH, named),
            "period": pa.array(periods, pa.int32(), mask=~valid),
            "valid": pa.array(valid),
        }
    )


def _check_numbers(employer: Ints) -> Ints:
    return 98 - employer % _MODULUS * _CHECKS % _MODULUS


def _check_numbers_of_both(employer: Ints, body: Ints) -> Ints:
    # The 26-digit number does not fit 64 bits; remainders of its two parts do.
    remainder = (employer % _MODULUS * (_BODY % _MODULUS) + body % _MODULUS) % _MODULUS
    return 98 - remainder * _CHECKS % _MODULUS


def _texts(values: Ints, width: int, known: Bools) -> pa.Array:
    texts = text_of_numbers(np.where(known, values, 0), width)
    return pc.if_else(pa.array(known), texts, pa.scalar(None, pa.utf8()))
