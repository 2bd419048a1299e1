"""Payment references that a slip of the hand spoilt, read as what they may have been.

Nothing here is certain: whoever uses a repaired reference compares it with what was offered.
``insurance.reference`` tells how the references are made.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from insurance.digits import Bools, Bytes, Ints, digit_matrix, number_of_digits, text_of_digits
from insurance.identifiers import ALIEN, NATIONAL_ID_LENGTH, OK, national_id_faults
from insurance.reference import CHECK_LENGTH, REFERENCE_2_LENGTH, read_references, text_of_body

REPAIRED_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),  # of the arrays given, from 0
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("section_code", pa.string(), nullable=False),
        pa.field("option_code", pa.string()),
        pa.field("period", pa.int32(), nullable=False),
    ]
)

_BODY_LENGTH = REFERENCE_2_LENGTH - CHECK_LENGTH
_CHECKED_LENGTH = NATIONAL_ID_LENGTH + _BODY_LENGTH  # digits that the check digits are over
_MODULUS = 97
_BLOCK = 1 << 16  # rows at a time: keeps the digits in the cache

#: What a digit at each place weighs in the remainder of the whole 25-digit number.
_WEIGHTS = np.array(
    [pow(10, _CHECKED_LENGTH + CHECK_LENGTH - 1 - i, _MODULUS) for i in range(_CHECKED_LENGTH)]
)
_INVERSES = np.array([pow(int(weight), -1, _MODULUS) for weight in _WEIGHTS])


def repair_check_digits(reference_1: pa.Array, reference_2: pa.Array) -> pa.Table:
    """References of which the two check digits alone are wrong; REPAIRED_SCHEMA.

    ``reference_1`` and ``reference_2`` are utf8. At most one row for each: the national ID is
    sound by its own check digit, section, option and period can be read, and the last two of
    12 characters are not their check digits. Sound pairs are not listed.
    """
    ids = pc.utf8_trim(reference_1, " ")
    seconds = pc.utf8_trim(reference_2, " ")
    whole = pc.equal(pc.utf8_length(seconds), REFERENCE_2_LENGTH)
    body = pc.utf8_slice_codeunits(seconds, 0, _BODY_LENGTH)
    made = text_of_body(ids, pc.if_else(whole, body, pa.scalar(None, pa.utf8())))
    wrong = pc.fill_null(pc.and_(pc.not_equal(made, seconds), _sound_ids(ids)), False)
    rows = np.flatnonzero(np.asarray(wrong))
    places = pa.array(rows)
    return _read(rows, ids.take(places), made.take(places))


def repair_one_digit(reference_1: pa.Array, reference_2: pa.Array) -> pa.Table:
    """What the references may have been before one slip; REPAIRED_SCHEMA, in order of row.

    ``reference_1`` and ``reference_2`` are utf8, 13 and 12 digits; others give nothing. A slip is
    one wrong digit or two neighbours swapped, within the national ID or within section, option
    and period, with the check digits right as they stand. Every repair after which the ID and
    both references are sound is listed, so a row may occur more than once.
    """
    first, good = digit_matrix(pc.utf8_trim(reference_1, " "), NATIONAL_ID_LENGTH)
    second, whole = digit_matrix(pc.utf8_trim(reference_2, " "), REFERENCE_2_LENGTH)
    rows = np.flatnonzero(good & whole)
    blocks = [
        _slips(np.hstack([first[chosen], second[chosen]]), chosen)
        for chosen in (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))
    ]
    found = pa.concat_tables([REPAIRED_SCHEMA.empty_table(), *blocks])
    return (
        found.group_by(REPAIRED_SCHEMA.names)
        .aggregate([])
        .sort_by([(name, "ascending") for name in REPAIRED_SCHEMA.names])
    )


def _slips(digits: Bytes, rows: npt.NDArray[np.intp]) -> pa.Table:
    """Repairs of one block; ``digits`` uint8[n, 25] of the rows."""
    # The remainder that a repair has to add: a sound number leaves 1.
    missing = (1 - _remainders(digits)) % _MODULUS
    parts = list(_repairs(digits, missing))
    chosen = np.concatenate([places for places, _ in parts])
    repaired = np.concatenate([changed for _, changed in parts])
    ids = text_of_digits(repaired[:, :NATIONAL_ID_LENGTH])
    sound = np.asarray(_sound_ids(ids))
    seconds = text_of_digits(repaired[:, NATIONAL_ID_LENGTH:])
    places = pa.array(np.flatnonzero(sound))
    return _read(rows[chosen[sound]], ids.take(places), seconds.take(places))


def _repairs(digits: Bytes, missing: Ints) -> Iterator[tuple[npt.NDArray[np.intp], Bytes]]:
    """Places in the block with the digits after a repair that leaves the right remainder."""
    for place in range(_CHECKED_LENGTH):
        change = missing * _INVERSES[place] % _MODULUS
        change = np.where(change > 9, change - _MODULUS, change)
        changed = digits[:, place] + change
        chosen = np.flatnonzero((change != 0) & (changed >= 0) & (changed <= 9))
        repaired = digits[chosen]
        repaired[:, place] = changed[chosen]
        yield chosen, repaired
    for place in range(_CHECKED_LENGTH - 1):
        if place == NATIONAL_ID_LENGTH - 1:  # the last of one reference, the first of the other
            continue
        gain = digits[:, place + 1].astype(np.int64) - digits[:, place]
        added = gain * (_WEIGHTS[place] - _WEIGHTS[place + 1]) % _MODULUS
        chosen = np.flatnonzero((gain != 0) & (added == missing))
        repaired = digits[chosen]
        repaired[:, [place, place + 1]] = repaired[:, [place + 1, place]]
        yield chosen, repaired


def _remainders(digits: Bytes) -> Ints:
    # The 25-digit number does not fit 64 bits; remainders of its two parts do.
    upper = number_of_digits(digits[:, :NATIONAL_ID_LENGTH]) % _MODULUS
    lower = number_of_digits(digits[:, NATIONAL_ID_LENGTH:]) % _MODULUS
    shift = pow(10, REFERENCE_2_LENGTH, _MODULUS)
    remainders: Ints = (upper * shift + lower) % _MODULUS
    return remainders


def _sound_ids(ids: pa.Array) -> pa.Array:
    faults = national_id_faults(ids)
    sound: Bools = (faults == OK) | (faults == ALIEN)
    return pa.array(sound & np.asarray(ids.is_valid()))


def _read(rows: npt.NDArray[np.intp], ids: pa.Array, seconds: pa.Array) -> pa.Table:
    """The repaired references as REPAIRED_SCHEMA, those left out that do not read."""
    read = read_references(ids, seconds)
    table = read.append_column("row", pa.array(rows.astype(np.int64))).filter(read["valid"])
    return table.select(REPAIRED_SCHEMA.names).cast(REPAIRED_SCHEMA)
