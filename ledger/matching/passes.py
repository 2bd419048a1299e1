"""The matching passes there are, and what a declaration of them may not say."""

from __future__ import annotations

from collections.abc import Mapping

from interfaces.model import MatchingRule
from ledger.matching import (
    check_digits,
    exact,
    midnight,
    one_digit,
    other_period,
    person_name,
    several_months,
    several_payments,
    tolerance,
)

#: SQL of each pass but the exact one: what fits which pending payment (ledger.matching.rounds).
FITTING: Mapping[str, str] = {
    each.NAME: each.FITTING
    for each in (
        midnight,
        check_digits,
        several_months,
        several_payments,
        tolerance,
        other_period,
        one_digit,
        person_name,
    )
}
NEVER_POSTED = frozenset({person_name.NAME})


def passes_problems(rule: MatchingRule) -> list[str]:
    """What is wrong with a declaration of passes, one line each; empty when nothing is."""
    known = {exact.NAME, *FITTING}
    declared = [*rule.post, *rule.suggest]
    problems = [
        f"there is no matching pass {name!r}; known: {', '.join(sorted(known))}"
        for name in dict.fromkeys(declared)
        if name not in known
    ]
    problems += [
        f"{name} is declared more than once; keep one"
        for name in dict.fromkeys(declared)
        if declared.count(name) > 1
    ]
    if rule.post[:1] != (exact.NAME,):
        problems.append(f"post begins with {exact.NAME}, what is right has to be posted first")
    problems += [
        f"{name} finds persons by name and never posts; put it into suggest"
        for name in rule.post
        if name in NEVER_POSTED
    ]
    for name, key, value in (
        (tolerance.NAME, "tolerance", rule.tolerance_satang),
        (midnight.NAME, "midnight_grace", rule.midnight_grace_minutes),
    ):
        if (name in declared) != (value > 0):
            problems.append(f"{name} and {key} go together; declare both or neither")
    return problems
