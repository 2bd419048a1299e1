"""The goals that the benchmarks show, and how a result is printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

Result = dict[str, object]


@dataclass(frozen=True, slots=True)
class Goal:
    """A measured value and what it should be: at least, or at most, ``goal``."""

    name: str
    value: float
    goal: float
    at_least: bool

    @property
    def is_met(self) -> bool:
        """Whether the value, as it is shown, is as it should be."""
        return self.shown >= self.goal if self.at_least else self.shown <= self.goal

    @property
    def shown(self) -> float:
        """The value with three decimals."""
        return round(self.value, 3)

    def as_dict(self) -> Result:
        """For JSON."""
        return {
            "name": self.name,
            "value": self.shown,
            "goal": f"{'>=' if self.at_least else '<='} {self.goal:g}",
            "met": self.is_met,
        }


def at_least(name: str, value: float, goal: float) -> Goal:
    """A value that should not be lower than ``goal``."""
    return Goal(name, value, goal, at_least=True)


def at_most(name: str, value: float, goal: float) -> Goal:
    """A value that should not be higher than ``goal``."""
    return Goal(name, value, goal, at_least=False)


def print_result(result: Mapping[str, object], *, as_json: bool) -> None:
    """One JSON object, or tables for people: the goals first, then the rates."""
    if as_json:
        print(json.dumps(result, sort_keys=True))
        return
    goals = result.get("goals")
    if isinstance(goals, list):
        print(f"{'goal':<66}{'measured':>10}{'wanted':>10}")
        for goal in goals:
            mark = "" if goal["met"] else "   not met"
            print(f"{goal['name']:<66}{goal['value']:>10,}{goal['goal']:>10}{mark}")
        print()
    for name, value in result.items():
        if name != "goals":
            _print_value(name, value)


def _print_value(name: str, value: object) -> None:
    if isinstance(value, Mapping):
        print(name)
        for inner, number in value.items():
            print(f"  {inner:<32}{_shown(number):>16}")
    else:
        print(f"{name:<34}{_shown(value):>16}")


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)
