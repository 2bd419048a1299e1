"""What may be declared of passes, and what is refused."""

from __future__ import annotations

import pytest

from interfaces.model import MatchingRule
from interfaces.registry import Registry
from ledger.matching import match_payments, passes_problems
from tests.ledger.matching_tables import feeds, paid, payments, register, sent

EVERY_PASS = MatchingRule(
    post=(
        "exact.1",
        "midnight.1",
        "check_digits.1",
        "several_months.1",
        "several_payments.1",
        "tolerance.1",
        "other_period.1",
        "one_digit.1",
    ),
    suggest=("person_name.1",),
    tolerance_satang=100,
    midnight_grace_minutes=10,
)


def test_the_usual_rule_and_one_with_every_pass_are_good() -> None:
    assert passes_problems(MatchingRule()) == []
    assert passes_problems(EVERY_PASS) == []


def test_every_declared_interface_is_good() -> None:
    rules = {interface.id: interface.matching for interface in Registry().all()}
    assert [name for name, rule in rules.items() if passes_problems(rule)] == []
    assert len(rules["counter_return.1"].post) > 1


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (MatchingRule(post=("exact.1", "guess.1")), "no matching pass 'guess.1'"),
        (MatchingRule(post=("exact.2",)), "no matching pass 'exact.2'"),
        (MatchingRule(suggest=("one_digit.7",)), "no matching pass 'one_digit.7'"),
        (MatchingRule(post=("exact.1", "person_name.1")), "person_name.1 finds persons by name"),
        (MatchingRule(post=("other_period.1", "exact.1")), "post begins with exact.1"),
        (MatchingRule(post=(), suggest=("exact.1",)), "post begins with exact.1"),
        (MatchingRule(suggest=("exact.1",)), "exact.1 is declared more than once"),
        (MatchingRule(suggest=("tolerance.1",)), "tolerance.1 and tolerance go together"),
        (MatchingRule(tolerance_satang=1), "tolerance.1 and tolerance go together"),
        (MatchingRule(suggest=("midnight.1",)), "midnight.1 and midnight_grace go together"),
        (MatchingRule(midnight_grace_minutes=5), "midnight.1 and midnight_grace go together"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_matched(rule: MatchingRule, says: str) -> None:
    (first, *_) = [problem for problem in passes_problems(rule) if says in problem]
    assert "\n" not in first
    with pytest.raises(ValueError, match="matching: "):
        match_payments(payments({}), feeds({}), sent({}), paid(), register(), rule)
