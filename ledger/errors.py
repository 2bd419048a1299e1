"""The one error that the ledger raises for things an operator can act on."""

from __future__ import annotations

from interfaces.errors import OutsideFailure


class LedgerError(OutsideFailure):
    """One line: what is wrong, where, and what to do. Nothing was written."""
