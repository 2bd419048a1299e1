"""Command lines as an operator or a night runs them: how they end, what they tell, what stands
in the ledger then, and which bytes they sent again."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence

from ledger.balances import balances
from tests.faults.ground import POLICIES, Case
from tests.faults.moments import Upload, kind_of
from tests.faults.rows import NOTHING_TWICE, RESUMED, THE_PART
from tests.faults.taking_partner import Taking
from tests.night.stage import Stage


def command(case: Case, stage: Stage, arguments: Sequence[str]) -> tuple[int, list[str]]:
    """One command line; its exit status and what it said on standard error, line by line."""
    said = io.StringIO()
    with contextlib.ExitStack() as stack:
        if POLICIES[case.policy].takes:
            stack.enter_context(Taking(case).watching())
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(said))
        status = stage.prakan(*arguments)
    return status, said.getvalue().splitlines()


def wrongly_told(row_says: str, status: int, told: Sequence[str]) -> str | None:
    """What is wrong with what the operator was told: a failure is one line, and a useful one."""
    if status in (2, 3) or told:
        if len(told) != 1 or not told[0].startswith("prakan "):
            return "the operator is not told in one line"
        if row_says not in told[0]:
            return f"the operator is not told {row_says!r}"
    return None


def money(stage: Stage) -> dict[str, int]:
    """Balance of each account in the ledger, satang."""
    with stage.ledger() as ledger:
        rows = balances(ledger).to_pylist()
    return {row["account"]: row["balance_satang"] for row in rows}


def sent_again(first: Sequence[Upload], second: Sequence[Upload]) -> str:
    """What of the bytes that the first command sent, the later ones sent again."""
    whole = {one.name for one in first if one.is_confirmed and one.taken}
    begun = {one.name for one in first if one.taken}
    worst = NOTHING_TWICE
    for one in second:
        if one.start:
            worst = RESUMED
        elif one.name in whole:
            return f"the whole {kind_of(one.name)}"
        elif one.name in begun:
            worst = THE_PART
    return worst
