"""Matching payments with what the partner had been sent and what is already paid.

A payment of day P is judged by the feeds of its section that the partner may have had in hand
on P: every one of a business date up to P that was still valid on P, superseded versions too,
since nobody knows which of them the counter had at that hour. Only when there is none, by the
feeds of the latest business date before P. It is good when any of these offered that month at
that amount within its window. Otherwise the best of them tells the break: one that offered the
month within its window, else one that offered it, else one that listed the person, and of
equals the newest.

The exact pass posts what is good. Further passes, declared by the interface of the return, each
see what the earlier ones left, in their order; a month posted or suggested is not given again.
Every payment gets exactly one outcome. What no pass posted is a break, named by the first of
``ledger.outcomes.Outcome`` that holds, with a suggestion where a pass or the law has one. Later
payments for a month that the file posts are double payments, whatever else is wrong with them,
while an earlier one that could not be posted keeps its own break. Nothing else in a file has a
say in an outcome.
"""

from __future__ import annotations

from ledger.matching.match import match_payments
from ledger.matching.passes import passes_problems
from ledger.matching.schemas import (
    FEEDS_SCHEMA,
    HISTORY,
    PAID_SCHEMA,
    PAYMENTS_SCHEMA,
    PERSONS_SCHEMA,
    SENT_SCHEMA,
)

RULE_VERSION = 3
"""Version of these rules, kept with every posting; a change of outcome needs a new number."""

__all__ = [
    "FEEDS_SCHEMA",
    "HISTORY",
    "PAID_SCHEMA",
    "PAYMENTS_SCHEMA",
    "PERSONS_SCHEMA",
    "RULE_VERSION",
    "SENT_SCHEMA",
    "match_payments",
    "passes_problems",
]
