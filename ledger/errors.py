"""The one error that the ledger raises for things an operator can act on."""


class LedgerError(Exception):
    """One line: what is wrong, where, and what to do. Nothing was written."""
