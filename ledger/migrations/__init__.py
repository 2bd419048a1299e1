"""The ledger's schema, step by step, in the order in which it grew."""
