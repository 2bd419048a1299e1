"""Why a row is not accepted: one uint64 per row, one bit per code that withholds something.

This mask is the only authority on accept or reject. Which codes reject is the catalogue's
decision, so that a severity changes without a change of code; a code that only warns has no bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from interfaces.catalogue import Catalogue
from interfaces.model import Severity

ROW_CODES = (
    "RECORD_LENGTH",
    "RECORD_TYPE",
    "RECORD_BLANK",
    "RDW_INVALID",
    "ODO_COUNT",
    "NUMBER_DIGIT",
    "NUMBER_SIGN",
    "NUMBER_SPACES",
    "NUMBER_LOW_VALUES",
    "NUMBER_HIGH_VALUES",
    "PACKED_DIGIT",
    "PACKED_SIGN",
    "DATE_INVALID",
    "PERIOD_INVALID",
    "TEXT_UNMAPPABLE",
    "TEXT_UTF8",
    "TEXT_SHIFT",
    "VARCHAR_LENGTH",
    "EDITED_PICTURE",
    "FLOAT_NOT_FINITE",
    "FLOAT_ROUNDED",
    "VIEW_UNREADABLE",
    "SEGMENT_ORPHAN",
    "VALUE_MISSING",
    "VALUE_NOT_ALLOWED",
    "CODE_UNKNOWN",
    "DIGITS_EXPECTED",
    "ID_LENGTH",
    "ID_CHECKSUM",
    "ID_ALIEN",
    "ID_ALIEN_CHECKSUM",
    "JURISTIC_CHECKSUM",
    "ACCOUNT_CHECKSUM",
    "KEY_DUPLICATE",
    "SEQUENCE_BROKEN",
    "AMOUNT_NOT_POSITIVE",
    "TEXT_NOT_IN_CP874",
    "PAYMENT_DATE_FUTURE",
    "FORM_YEAR_GREGORIAN",
    "FORM_PERIOD",
    "FORM_PAID_DATE",
    "FORM_RATE",
    "FORM_EMPLOYER_UNKNOWN",
    "FORM_EMPLOYER_CLOSED",
    "FORM_BRANCH_UNANNOUNCED",
    "FORM_TITLE_SCHEME",
    "FORM_TITLE",
    "FORM_NAME",
    "FORM_PERSON_UNKNOWN",
    "FORM_PERSON_TWICE",
    "FORM_PERSON_TWO_BRANCHES",
    "FORM_AGE",
    "FORM_CHANGES_SECTION",
    "FORM_WAGE_CAPPED",
    "FORM_WAGE_ZERO",
    "FORM_WAGE_BELOW_FLOOR",
    "FORM_CONTRIBUTION",
    "REGISTRATION_TYPE",
    "REGISTRATION_DATE_AHEAD",
    "REGISTRATION_LEAVING_EARLY",
    "REGISTRATION_EMPLOYER_UNKNOWN",
    "REGISTRATION_BRANCH_UNANNOUNCED",
    "REGISTRATION_EMPLOYER_CLOSED",
    "REGISTRATION_AGE",
    "REGISTRATION_EMPLOYED",
    "REGISTRATION_REPEATED",
    "REGISTRATION_CHANGES_SECTION",
    "REGISTRATION_NOT_EMPLOYED",
    "REGISTRATION_PROVINCE",
    "REGISTRATION_TITLE",
    "REGISTRATION_REASON",
    "REGISTRATION_HOSPITAL",
    "RECEIPT_FILE_UNKNOWN",
    "RECEIPT_HASH_DIFFERS",
    "RECEIPT_COUNTS",
    "SHEET_NUMBER",
    "SHEET_ID_ROUNDED",
    "SHEET_FORMULA",
    "SHEET_NAME_PADDED",
    "SHEET_HIDDEN",
    "SHEET_COLUMN_UNKNOWN",
    "SHEET_ID_PADDED",
    "SHEET_AMOUNT_ROUNDED",
    "SHEET_TEXT_CUT",
    "SHEET_TITLE",
    "SHEET_TITLE_CODE",
    "SETTLEMENT_DATE",
    "SETTLEMENT_NET",
    "NOTICE_CODE_DIFFERS",
    "NOTICE_DEADLINE_PAST",
    "NOTICE_ADDRESS_INVALID",
)
"""Codes that can be said of a single record; those that withhold have their bits in this order."""

_WITHHOLDING = (Severity.REJECT, Severity.REFUSE)

Bits = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


class ReasonMask:
    """Reasons of the rows of one batch. ``bits`` is uint64, shape (rows,), 0 = accepted."""

    def __init__(self, rows: int, catalogue: Catalogue) -> None:
        self.bits: Bits = np.zeros(rows, np.uint64)
        self._bit = bits_by_code(catalogue)
        self._rejecting = bits_of(catalogue, Severity.REJECT)

    def mark(self, code: str, rows: npt.NDArray[np.int64] | Mask) -> None:
        """Set the bit of ``code``, if it has one, on rows (indices or boolean mask).

        A code that cannot be said of a record is a KeyError: a programming error.
        """
        bit = self._bit[code]
        if bit:
            self.bits[rows] |= bit

    def fold(self, bits: Bits) -> None:
        """Add the reasons of other records, one entry per row (a header's to its details)."""
        self.bits |= bits

    @property
    def rejected(self) -> Mask:
        """Rows with at least one reason of severity reject."""
        return np.asarray(self.rejecting_bits, np.bool_)

    @property
    def rejecting_bits(self) -> Bits:
        """Only the reasons that reject."""
        return self.bits & self._rejecting


@cache
def bits_by_code(catalogue: Catalogue) -> Mapping[str, np.uint64]:
    """The bit of each code of ROW_CODES, 0 for one that only warns.

    OverflowError when more codes withhold than a row has bits: a programming error.
    """
    withholding = [code for code in ROW_CODES if catalogue.severity(code) in _WITHHOLDING]
    bits = {code: np.uint64(1 << position) for position, code in enumerate(withholding)}
    return {code: bits.get(code, np.uint64(0)) for code in ROW_CODES}


@cache
def bits_of(catalogue: Catalogue, severity: Severity) -> np.uint64:
    """All bits whose code has that severity, which is reject or refuse."""
    bits = bits_by_code(catalogue)
    codes = [code for code in ROW_CODES if catalogue.severity(code) is severity]
    return np.uint64(np.bitwise_or.reduce([bits[code] for code in codes], initial=np.uint64(0)))


def codes_in(bits: Bits, catalogue: Catalogue) -> tuple[str, ...]:
    """Codes set in at least one row, in bit order."""
    present = np.bitwise_or.reduce(bits, initial=np.uint64(0))
    return tuple(code for code, bit in bits_by_code(catalogue).items() if present & bit)


def rows_with(bits: Bits, code: str, catalogue: Catalogue) -> npt.NDArray[np.int64]:
    """Indices of the rows that have the bit of ``code``."""
    return np.flatnonzero(bits & bits_by_code(catalogue)[code]).astype(np.int64)
