"""National ID, juristic ID and employer account: check digits, faults, masking.

National ID: 13 digits, check = (11 - Σ dᵢ·(13-i) mod 11) mod 10 over i = 0…11 (civil
registration; as in python-stdnum ``th.pin``). Juristic ID: 13 digits beginning with 0, same
check. Employer account: 10 digits, (11 - Σ dᵢ·(10-i) mod 11) mod 10 over i = 0…8; it fits the
numbers seen but is documented nowhere, so callers warn and never reject.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from insurance.digits import (
    Bools,
    Bytes,
    Ints,
    digit_matrix,
    digits_of_number,
    text_of_numbers,
)

NATIONAL_ID_LENGTH = 13
EMPLOYER_ACCOUNT_LENGTH = 10

OK = 0
LENGTH = 1  # not the right number of characters
CHARACTER = 2  # something else than ASCII 0-9 (Thai digits are not digits)
CHECKSUM = 3
ALIEN = 4  # checksum holds, first digit 0 or 9: a registered alien; accept with its own code
NOT_JURISTIC = 5  # checksum holds, but a juristic ID begins with 0
ALIEN_CHECKSUM = 6  # first digit 0 or 9 and the checksum does not hold: doubtful, not wrong

Faults = npt.NDArray[np.uint8]
_PrefixRule = Callable[[Bytes, Bools], Faults]  # fault of the digits, by whether the checksum holds

_BLOCK = 1 << 18  # rows at a time: keeps the digit matrix in the cache


def national_id_faults(texts: pa.Array | pa.ChunkedArray) -> Faults:
    """Fault of each national ID: OK, LENGTH, CHARACTER, CHECKSUM, ALIEN, ALIEN_CHECKSUM; uint8[n].

    The first that applies in that order. A null is OK: absence is another check's business.
    ALIEN_CHECKSUM is doubtful only: employers are asked to put an alien's social security card
    number there, whose check digit nobody documents. One digit thirteen times over stands for no
    number, so it is CHECKSUM.
    """
    return _faults(texts, NATIONAL_ID_LENGTH, _national_prefix)


def juristic_id_faults(texts: pa.Array | pa.ChunkedArray) -> Faults:
    """Fault of each juristic ID: OK, LENGTH, CHARACTER, CHECKSUM or NOT_JURISTIC; uint8[n].

    NOT_JURISTIC is a sound national ID: an employer may be a natural person.
    """
    return _faults(texts, NATIONAL_ID_LENGTH, _juristic_prefix)


def employer_account_faults(texts: pa.Array | pa.ChunkedArray) -> Faults:
    """Fault of each employer account: OK, LENGTH, CHARACTER or CHECKSUM; uint8[n]."""
    return _faults(texts, EMPLOYER_ACCOUNT_LENGTH, None)


def national_id_check_digits(first_twelve: Ints) -> Bytes:
    """Check digit of each 12-digit number (int64[n], 0 … 10¹²-1); uint8[n]."""
    return _check_digits(digits_of_number(first_twelve, NATIONAL_ID_LENGTH - 1))


def employer_account_check_digits(first_nine: Ints) -> Bytes:
    """Check digit of each 9-digit number (int64[n], 0 … 10⁹-1); uint8[n]."""
    return _check_digits(digits_of_number(first_nine, EMPLOYER_ACCOUNT_LENGTH - 1))


def national_ids(first_twelve: Ints) -> pa.StringArray:
    """Complete national (or juristic) IDs with their check digit; utf8[n] of 13 digits."""
    whole = first_twelve.astype(np.int64) * 10 + national_id_check_digits(first_twelve)
    return text_of_numbers(whole, NATIONAL_ID_LENGTH)


def employer_accounts(first_nine: Ints) -> pa.StringArray:
    """Complete employer accounts with their check digit; utf8[n] of 10 digits."""
    whole = first_nine.astype(np.int64) * 10 + employer_account_check_digits(first_nine)
    return text_of_numbers(whole, EMPLOYER_ACCOUNT_LENGTH)


def mask_ids(texts: pa.Array) -> pa.Array:
    """``1-10xx-xxxxx-xx-9``: three first digits and the last, for logs and reports; utf8[n].

    Anything that is not 13 characters long shows nothing of itself; null stays null.
    """
    masked = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(texts, 0, 1),
        pc.binary_join_element_wise(
            pc.utf8_slice_codeunits(texts, 1, 3),
            "xx-xxxxx-xx-",
            pc.utf8_slice_codeunits(texts, NATIONAL_ID_LENGTH - 1, NATIONAL_ID_LENGTH),
            "",
        ),
        "-",
    )
    whole = pc.equal(pc.utf8_length(texts), NATIONAL_ID_LENGTH)
    return pc.if_else(whole, masked, "x-xxxx-xxxxx-xx-x")


def mask_id(text: str) -> str:
    """One ID as :func:`mask_ids` shows it."""
    return str(mask_ids(pa.array([text], pa.utf8()))[0].as_py())


def _national_prefix(digits: Bytes, sound: Bools) -> Faults:
    first = digits[:, 0]
    alien = (first == 0) | (first == 9)
    faults = np.where(sound, np.uint8(OK), np.uint8(CHECKSUM))
    rows = np.flatnonzero(alien)
    filler = (digits[rows] == digits[rows, :1]).all(axis=1)
    faults[rows] = np.where(sound[rows], ALIEN, np.where(filler, CHECKSUM, ALIEN_CHECKSUM))
    return faults


def _juristic_prefix(digits: Bytes, sound: Bools) -> Faults:
    of_company = np.where(digits[:, 0] == 0, np.uint8(OK), np.uint8(NOT_JURISTIC))
    return np.where(sound, of_company, np.uint8(CHECKSUM))


def _faults(texts: pa.Array | pa.ChunkedArray, width: int, prefix: _PrefixRule | None) -> Faults:
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    parts = [
        _block_faults(chunk.slice(start, _BLOCK), width, prefix)
        for chunk in chunks
        for start in range(0, len(chunk), _BLOCK)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, np.uint8)


def _block_faults(texts: pa.Array, width: int, prefix: _PrefixRule | None) -> Faults:
    digits, good = digit_matrix(texts, width)
    sound = _check_digits(digits[:, :-1]) == digits[:, -1]
    if prefix is not None:
        faults = prefix(digits, sound)
    else:
        faults = np.where(sound, np.uint8(OK), np.uint8(CHECKSUM))
    if not good.all():
        length = np.asarray(pc.fill_null(pc.utf8_length(texts), width))
        faults[~good] = np.where(length == width, np.uint8(CHARACTER), np.uint8(LENGTH))[~good]
        faults[np.asarray(texts.is_null())] = OK
    return faults


def _check_digits(digits: Bytes) -> Bytes:
    """Mod-11 check digit over all columns, weights falling to 2."""
    total = np.zeros(len(digits), np.uint16)
    for position, column in enumerate(digits.T):
        total += column.astype(np.uint16) * np.uint16(digits.shape[1] + 1 - position)
    return ((11 - total % 11) % 10).astype(np.uint8)
