"""One delivery, or the taking in of one return, killed at any instant and started again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.command_lines import command
from tests.faults.ground import Case, Ground, Undisturbed
from tests.faults.inbound_faults import WRAPPED, inbound_case, sealed_ahead
from tests.faults.inbound_runs import InboundRow, meaning, undisturbed_evening
from tests.faults.outbound_runs import undisturbed
from tests.faults.rows import NOTHING, PUBLISH, RECONCILE, Command, Outcome
from tests.night.stage import PARTNER

SENDING, TAKING_IN = "sending a sealed feed", "taking in a sealed return and answering it"
TO_SEAL = "OpenPGP, not yet sealed"
COMMANDS: Mapping[str, Command] = {SENDING: PUBLISH, TAKING_IN: RECONCILE}
AT_ONCE = 20


@dataclass(frozen=True)
class Killed:
    """A case that was killed just before the instant number ``at``."""

    at: int
    case: Case


def instants(ground: Ground, way: str) -> list[str]:
    """What happens, instant by instant, when nobody is killed."""
    case = _case(ground, way)
    seen = case.stage.folder / "seen.json"
    assert _driven([_job(case, way) | {"seen": str(seen)}])() == [0]
    found: list[str] = json.loads(seen.read_bytes())
    case.close()
    return found


def killed_at(ground: Ground, way: str, places: Sequence[int]) -> Iterator[Killed]:
    """Cases killed just before each of these instants (the first is 1)."""
    batches = [places[start : start + AT_ONCE] for start in range(0, len(places), AT_ONCE)]
    waiting = iter(batches)
    # While the cases of one batch are run again those of the next one are killed.
    dying = _dying(ground, way, next(waiting, ()))
    while dying is not None:
        killed, driver = dying
        ends = driver()
        dying = _dying(ground, way, next(waiting, ()))
        # One run has a few instants more than another: whoever ended before its own is undisturbed.
        assert set(ends) <= {-signal.SIGKILL, 0}
        assert -signal.SIGKILL in ends
        yield from killed


def _dying(
    ground: Ground, way: str, chosen: Sequence[int]
) -> tuple[list[Killed], Callable[[], list[int]]] | None:
    if not chosen:
        return None
    killed = [Killed(at, _case(ground, way)) for at in chosen]
    return killed, _driven([_job(one.case, way) | {"at": one.at} for one in killed])


def spread(count: int, wanted: int) -> list[int]:
    """So many numbers between 1 and ``count``, evenly."""
    return [count * (2 * place + 1) // (2 * wanted) for place in range(wanted)]


def run_again(ground: Ground, way: str, killed: Killed) -> str | None:
    """Run the same command again; None when all is then as undisturbed, else what is not."""
    case = killed.case
    try:
        case.understood()  # what stands under its name right after is whole, or this fails
        status, told = command(case, case.stage, COMMANDS[way])
        expected = _expected(ground, way)
        if (status, told) != (0, []):
            return f"the re-run ends with {status}: {' '.join(told)}"
        if _meaning(case, way) != expected.understood:
            return "the partner's directory differs"
        if case.stage.digest() != expected.digest:
            return "the ledger differs"
        waiting = case.stage.home.partner_inbox(PARTNER).rglob("*")
        left = [path.name for path in waiting if path.is_file() and path.suffix != ".part"]
        return f"left in the inbox: {left}" if left else None
    finally:
        case.close()


def _case(ground: Ground, way: str) -> Case:
    return ground.case(TO_SEAL) if way == SENDING else inbound_case(ground, WRAPPED)


def _expected(ground: Ground, way: str) -> Undisturbed:
    if way == SENDING:
        return undisturbed(ground, TO_SEAL)
    row = InboundRow("", "", WRAPPED, sealed_ahead, Outcome("", NOTHING, 0))
    return undisturbed_evening(ground, row)


def _meaning(case: Case, way: str) -> dict[str, str]:
    return case.understood() if way == SENDING else meaning(case)


def _job(case: Case, way: str) -> dict[str, Any]:
    return {
        "arguments": COMMANDS[way],
        "environment": case.stage.environment,
        "partners": str(case.stage.partners),
    }


def _driven(jobs: Sequence[dict[str, Any]]) -> Callable[[], list[int]]:
    """Start the jobs; what is given back waits, and says how each ended: its status, or minus the
    signal that killed it."""
    driver = subprocess.Popen(
        [sys.executable, "-m", "tests.night.dying"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert driver.stdin is not None
    driver.stdin.write(json.dumps(jobs))
    driver.stdin.close()
    driver.stdin = None

    def ends() -> list[int]:
        said, _ = driver.communicate()
        assert driver.returncode == 0
        found: list[int] = json.loads(said)
        return found

    return ends
