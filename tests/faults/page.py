"""Run every fault and every crash point, and write docs/reliability.md: ``python -m
tests.faults.page``. Ends with 1 when something did not come out as it must; the page says so."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.crash_points import COMMANDS, instants, killed_at, run_again
from tests.faults.ground import Ground, temporary_ground
from tests.faults.inbound_runs import InboundRow
from tests.faults.matrix import ROWS, measure
from tests.faults.rows import AS_UNDISTURBED, Outcome, Row

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
_HEAD = (
    "| fault | phase | policy | SSH by | ledger right after | {there} | exit | sent twice "
    "| exit of the re-run | in the end |"
)
_RULE = "|---|---|---|---|---|---|---|---|---|---|"
_NOT = "**not as it must be:** "

TOP = """# Reliability: what goes wrong, and what comes of it

Written by `python -m tests.faults.page`, which makes each fault happen against a real OpenSSH
server and says here what it measured. `make soak` runs the same as tests, `make test` a short
form of it. Do not edit.

One delivery (a file, its manifest, the manifest's signature, for some policies a trigger) is
disturbed once by the fault and then run again, by the command that a night or an operator runs.
At the end the partner's directory and the digest of the ledger are compared with those of a
delivery that nothing disturbed: `{same}` means that both are the same. Where a failure is told,
it is told in one line.

- *policy*: how the partner's declaration wants files published; `resume` ones are of 3 MB, which
  is worth going on with, the others of 200 kB.
- *exit*: 0 done, 1 findings or breaks, 2 wrong use or a setting of ours, 3 the outside world.
- *sent twice*: which bytes of the disturbed attempt went over the wire again.
"""
SENDING = """
## Sending

{lines}
"""
TAKING = """
## Taking in

The partner's return is `open`, or `wrapped`: sealed by OpenPGP with a signed manifest. A fault of
the file itself stays on record: it is quarantined byte for byte and answered, and the corrected
file counts. Where the re-run has several commands (`replay`, `redeliver`) each has its exit.

{lines}
"""
CRASHES = """
## Crash points

The process is killed (SIGKILL) just before an instant: a file opened for writing, renamed,
removed or flushed below the home, a folder made, a transaction begun, committed or given back,
bytes sent to the partner. Then the same command runs again. Every instant is tried.

| what | instants | ended as undisturbed |
|---|---|---|
{lines}
"""


def table(measured: Sequence[tuple[Row, Outcome]]) -> Iterator[str]:
    """A line for each row, as measured."""
    for row, outcome in measured:
        cells = [
            row.fault,
            row.phase,
            row.policy,
            str(row.client),
            outcome.state,
            outcome.there,
            str(outcome.status),
            outcome.again,
            ", ".join(map(str, outcome.reruns)),
            outcome.end if outcome == row.must else f"{_NOT}{outcome.end}",
        ]
        yield f"| {' | '.join(cells)} |"


def main() -> int:
    """Measure everything, write the page."""
    with temporary_ground() as ground:
        measured = [(row, _measured(ground, row)) for row in ROWS]
        crashes = [_crashes(ground, way) for way in COMMANDS]
    sending = [one for one in measured if not isinstance(one[0], InboundRow)]
    taking = [one for one in measured if isinstance(one[0], InboundRow)]
    text = TOP.format(same=AS_UNDISTURBED)
    text += SENDING.format(
        lines="\n".join([_HEAD.format(there="partner has"), _RULE, *table(sending)])
    )
    text += TAKING.format(
        lines="\n".join([_HEAD.format(there="partner was told"), _RULE, *table(taking)])
    )
    text += CRASHES.format(lines="\n".join(line for line, _ in crashes))
    PAGE.write_text(text, "utf-8")
    wrong = [row.title for row, outcome in measured if outcome != row.must]
    wrong += [trouble for _, troubles in crashes for trouble in troubles]
    for title in wrong:
        _say(f"not as it must be: {title}")
    _say(f"{len(ROWS)} rows, {len(wrong)} not as they must be; {PAGE} written")
    return int(bool(wrong))


def _measured(ground: Ground, row: Row) -> Outcome:
    _say(row.title)
    try:
        return measure(ground, row)
    except Exception as error:
        # A defect, of the product or of the test: the page tells of it and goes on.
        _say(f"  {type(error).__name__}: {error}")
        return Outcome("?", "?", 0, "?", (), f"it could not be measured ({type(error).__name__})")


def _crashes(ground: Ground, way: str) -> tuple[str, list[str]]:
    seen = instants(ground, way)
    troubles = []
    for killed in killed_at(ground, way, range(1, len(seen) + 1)):
        _say(f"{way}: {killed.at} of {len(seen)}")
        try:
            trouble = run_again(ground, way, killed)
        except Exception as error:
            trouble = f"{type(error).__name__}: {error}"
        if trouble is not None:
            troubles.append(f"{way}, killed before {killed.at} ({seen[killed.at - 1]}): {trouble}")
    good = len(seen) - len(troubles)
    told = str(good) if good == len(seen) else f"{_NOT}{good}"
    return f"| {way} | {len(seen)} | {told} |", troubles


def _say(text: str) -> None:
    """Progress, for whoever waits."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    raise SystemExit(main())
