"""The errors that the ledger raises for things an operator can act on."""

from __future__ import annotations

from interfaces.errors import OutsideFailure


class LedgerError(OutsideFailure):
    """One line: what is wrong, where, and what to do. Nothing was written."""


class BooksError(LedgerError):
    """The books of a day do not balance: every identity that fails, with both its sides."""

    status = 1
