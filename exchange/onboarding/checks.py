"""What one step of the walk came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from interfaces.errors import PrakanError


class Outcome(StrEnum):
    """How a step ended."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # not wanted by this partner's policy, or one before it failed


@dataclass(frozen=True, slots=True)
class Check:
    """One step. ``told`` says what was seen, or what failed and what to do about it."""

    step: str
    outcome: Outcome
    told: str


class NotWanted(Exception):
    """The partner's policy has no use for this step; the text says why."""


def check(step: str, action: Callable[[], str]) -> Check:
    """Carry out one step: what it gives back was seen, a PrakanError is what failed."""
    try:
        return Check(step, Outcome.DONE, action())
    except NotWanted as reason:
        return Check(step, Outcome.SKIPPED, str(reason))
    except PrakanError as error:
        return Check(step, Outcome.FAILED, str(error))
