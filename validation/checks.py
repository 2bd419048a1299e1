"""Named field checks: what an interface may ask of a text field by name.

A check takes the values (utf8) and gives, for each code it knows, which values have that
fault. A null has no fault: whether a value must be there is the declaration's ``required``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insurance import identifiers
from parsers.codepages import code_page
from validation.bitmask import Mask
from validation.mail_address import is_mail_address

FieldCheck = Callable[[pa.Array], Mapping[str, Mask]]


def digits(values: pa.Array) -> Mapping[str, Mask]:
    """ASCII 0-9 only. Thai digits are letters here: no other system would read them."""
    sound = pc.match_substring_regex(values, r"^[0-9]+\z")
    return {"DIGITS_EXPECTED": ~np.asarray(pc.fill_null(sound, True), np.bool_)}


def national_id(values: pa.Array) -> Mapping[str, Mask]:
    """13 digits with the right check digit; a first digit 0 or 9 is accepted with its code, whether
    the check digit is right or not."""
    faults = identifiers.national_id_faults(values)
    return {
        "ID_LENGTH": faults == identifiers.LENGTH,
        "DIGITS_EXPECTED": faults == identifiers.CHARACTER,
        "ID_CHECKSUM": faults == identifiers.CHECKSUM,
        "ID_ALIEN": faults == identifiers.ALIEN,
        "ID_ALIEN_CHECKSUM": faults == identifiers.ALIEN_CHECKSUM,
    }


def juristic_id(values: pa.Array) -> Mapping[str, Mask]:
    """13 digits with the right check digit; a sound national ID passes too, since an employer
    may be a natural person."""
    faults = identifiers.juristic_id_faults(values)
    sound = (identifiers.OK, identifiers.NOT_JURISTIC)
    return {"JURISTIC_CHECKSUM": ~np.isin(faults, sound)}


def employer_account(values: pa.Array) -> Mapping[str, Mask]:
    """10 digits that fit the usual check digit, which is documented nowhere: a warning."""
    return {"ACCOUNT_CHECKSUM": identifiers.employer_account_faults(values) != identifiers.OK}


def positive(values: pa.Array) -> Mapping[str, Mask]:
    """More than nothing. A refund or a nil payment is not a month paid. Numbers written as
    text are taken too."""
    if pa.types.is_string(values.type):
        values = values.cast(pa.decimal128(31, 2))
    return {"AMOUNT_NOT_POSITIVE": np.asarray(pc.fill_null(pc.less_equal(values, 0), False))}


def cp874(values: pa.Array) -> Mapping[str, Mask]:
    """Characters that files for partners can say too; CCSID 838 has a few more."""
    known = re.escape("".join(map(chr, sorted(code_page("cp874").encode_map))))
    foreign = pc.match_substring_regex(values, f"[^{known}]")
    return {"TEXT_NOT_IN_CP874": np.asarray(pc.fill_null(foreign, False))}


def mail_address(values: pa.Array) -> Mapping[str, Mask]:
    """One address that a mail can be sent to. Blanks around it are no fault."""
    sound = is_mail_address(pc.utf8_trim_whitespace(values))
    return {"NOTICE_ADDRESS_INVALID": ~np.asarray(pc.fill_null(sound, True), np.bool_)}


FIELD_CHECKS: Mapping[str, FieldCheck] = {
    "digits": digits,
    "national_id": national_id,
    "juristic_id": juristic_id,
    "employer_account": employer_account,
    "positive": positive,
    "cp874": cp874,
    "mail_address": mail_address,
}


#: Checks of numbers; the others are of texts.
NUMBER_CHECKS = frozenset({"positive"})


def field_check(name: str) -> FieldCheck:
    """The check of that name; KeyError with the known names otherwise."""
    try:
        return FIELD_CHECKS[name]
    except KeyError:
        known = ", ".join(FIELD_CHECKS)
        raise KeyError(f"no field check {name!r}; known: {known}") from None
