"""The ledger: what files came and went, what was delivered, what was posted and what broke.

Append-only tables on SQLite or PostgreSQL. Money is integer satang. No function here reads a
clock: the moment of recording is always an argument.
"""
