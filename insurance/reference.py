"""The payment reference printed for a payer and read back from a payment; defined by this project.

reference_1 is the national ID, 13 digits. reference_2 is 12 digits: section (2), option (2,
``00`` for section 39), period in the Buddhist era yyyymm (6) and two check digits of ISO 7064
MOD 97-10 over reference_1 followed by those ten digits. The check covers both references, so
that a month paid with somebody else's ID is seen.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from insurance.digits import Bools, Ints, numbers_of, text_of_numbers
from insurance.identifiers import NATIONAL_ID_LENGTH
from insurance.periods import buddhist, gregorian, is_period
from insurance.sections import is_plan, plan_numbers, section_of_plan

REFERENCE_2_LENGTH = 12
CHECK_LENGTH = 2

_MODULUS = 97
_BODY_LENGTH = REFERENCE_2_LENGTH - CHECK_LENGTH
_BODY: int = 10**_BODY_LENGTH
_PERIOD = 10**6


def reference_2_numbers(national_ids: Ints, plans: Ints, periods: npt.NDArray[np.int32]) -> Ints:
    """reference_2 of each (national ID, plan, Gregorian period) as a number; int64[n]."""
    body = plans * _PERIOD + buddhist(periods)
    return body * 100 + _check_numbers(national_ids, body)


def make_reference_2(
    national_ids: pa.Array, sections: pa.Array, options: pa.Array, periods: pa.Array
) -> pa.Array:
    """reference_2 as 12 digits; utf8[n].

    ``national_ids``, ``sections``, ``options`` utf8; ``periods`` int32 Gregorian yyyymm. Null
    where the ID is not 13 digits, the section not 39 or 40, its option or the period missing.
    """
    ids, known = numbers_of(national_ids, NATIONAL_ID_LENGTH)
    plans = plan_numbers(sections, options)
    months = np.asarray(pc.fill_null(periods, 0), np.int32)
    known &= is_plan(plans) & is_period(months)
    made = reference_2_numbers(ids, np.where(known, plans, 0), months)
    texts = text_of_numbers(np.where(known, made, 0), REFERENCE_2_LENGTH)
    return pc.if_else(pa.array(known), texts, pa.scalar(None, pa.utf8()))


def text_of_body(national_ids: pa.Array, bodies: pa.Array) -> pa.Array:
    """reference_2 of each national ID and body, the first ten of its digits; utf8[n].

    Null where the ID is not 13 digits or the body not ten; what they say is not looked at.
    """
    ids, known = numbers_of(national_ids, NATIONAL_ID_LENGTH)
    body, whole = numbers_of(bodies, _BODY_LENGTH)
    return _texts(body * 100 + _check_numbers(ids, body), REFERENCE_2_LENGTH, known & whole)


def read_references(reference_1: pa.Array, reference_2: pa.Array) -> pa.Table:
    """What each pair of references (utf8) says; n rows.

    Columns national_id utf8, section_code utf8, option_code utf8 (null for section 39), period
    int32 Gregorian yyyymm, valid bool. All but ``valid`` are null where the pair is not valid:
    with a wrong check digit nobody knows which part is wrong. Surrounding spaces are ignored,
    nothing else is.
    """
    ids, valid = numbers_of(pc.utf8_trim(reference_1, " "), NATIONAL_ID_LENGTH)
    numbers, whole = numbers_of(pc.utf8_trim(reference_2, " "), REFERENCE_2_LENGTH)
    body, check = np.divmod(numbers, 100)
    plans, months = np.divmod(body, _PERIOD)
    periods = gregorian(months.astype(np.int32))
    valid &= whole & (check == _check_numbers(ids, body)) & is_plan(plans) & is_period(periods)
    options = np.where(valid, plans % 100, 0)
    return pa.table(
        {
            "national_id": _texts(ids, NATIONAL_ID_LENGTH, valid),
            "section_code": _texts(section_of_plan(plans), 2, valid),
            "option_code": _texts(options, 2, valid & (options != 0)),
            "period": pa.array(periods, pa.int32(), mask=~valid),
            "valid": pa.array(valid),
        }
    )


def _check_numbers(national_ids: Ints, body: Ints) -> Ints:
    # The 25-digit number does not fit 64 bits; remainders of its two parts do.
    remainder = (national_ids % _MODULUS * (_BODY % _MODULUS) + body % _MODULUS) % _MODULUS
    return 98 - remainder * 100 % _MODULUS


def _texts(values: Ints, width: int, known: Bools) -> pa.Array:
    texts = text_of_numbers(np.where(known, values, 0), width)
    return pc.if_else(pa.array(known), texts, pa.scalar(None, pa.utf8()))
