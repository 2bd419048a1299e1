"""Why a row is not accepted: one uint64 per row, one bit per code.

This mask is the only authority on accept or reject. Which bits reject is the catalogue's
decision, so that a severity changes without a change of code.
"""

from __future__ import annotations

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
    "JURISTIC_CHECKSUM",
    "ACCOUNT_CHECKSUM",
    "KEY_DUPLICATE",
    "SEQUENCE_BROKEN",
    "AMOUNT_NOT_POSITIVE",
    "TEXT_NOT_IN_CP874",
    "PAYMENT_DATE_FUTURE",
    "FORM_YEAR_GREGORIAN",
    "FORM_PERIOD",
    "FORM_RATE",
    "FORM_EMPLOYER_UNKNOWN",
    "FORM_BRANCH_UNANNOUNCED",
    "FORM_TITLE_SCHEME",
    "FORM_WAGE_CAPPED",
    "FORM_WAGE_ZERO",
    "FORM_CONTRIBUTION",
    "RECEIPT_FILE_UNKNOWN",
    "RECEIPT_HASH_DIFFERS",
    "RECEIPT_COUNTS",
    "SETTLEMENT_DATE",
    "SETTLEMENT_NET",
)
"""Codes that can be said of a single record, in bit order."""

_BIT = {code: np.uint64(1 << position) for position, code in enumerate(ROW_CODES)}

Bits = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


class ReasonMask:
    """Reasons of the rows of one batch. ``bits`` is uint64, shape (rows,), 0 = no finding."""

    def __init__(self, rows: int, catalogue: Catalogue) -> None:
        self.bits: Bits = np.zeros(rows, np.uint64)
        self._rejecting = bits_of(catalogue, Severity.REJECT)

    def mark(self, code: str, rows: npt.NDArray[np.int64] | Mask) -> None:
        """Set the bit of ``code`` on rows (indices or boolean mask).

        A code that cannot be said of a record is a KeyError: a programming error.
        """
        self.bits[rows] |= _BIT[code]

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


def bits_of(catalogue: Catalogue, severity: Severity) -> np.uint64:
    """All bits whose code has that severity."""
    codes = [code for code in ROW_CODES if catalogue.severity(code) is severity]
    return np.uint64(np.bitwise_or.reduce([_BIT[code] for code in codes], initial=np.uint64(0)))


def codes_in(bits: Bits) -> tuple[str, ...]:
    """Codes set in at least one row, in bit order."""
    present = np.bitwise_or.reduce(bits, initial=np.uint64(0))
    return tuple(code for code, bit in _BIT.items() if present & bit)


def rows_with(bits: Bits, code: str) -> npt.NDArray[np.int64]:
    """Indices of the rows that have the bit of ``code``."""
    return np.flatnonzero(bits & _BIT[code]).astype(np.int64)
