"""Steps of a night: one fails without keeping the others from running, and lines of them run
side by side."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from interfaces.errors import OutsideFailure, PrakanError

Counts = dict[str, object]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the night: counts when it was done, the error's one line when it failed."""

    name: str
    counts: Counts | None
    error: str | None = None
    status: int = 0


Told = Callable[[Step], None]


@dataclass(slots=True)
class Line:
    """What is to be done with one partner, in order, and what became of it."""

    to_do: list[tuple[str, Callable[[], Counts]]] = field(default_factory=list)
    done: list[Step] = field(default_factory=list)


def run_step(name: str, action: Callable[[], Counts]) -> Step:
    """Do it; what it raises becomes the step's one line."""
    try:
        return Step(name, action())
    except PrakanError as error:
        return Step(name, None, str(error), error.status)
    except Exception as error:
        # A defect in one step is loud, and does not take the others' work with it.
        traceback.print_exception(error)
        return Step(name, None, f"a defect of prakan: {error!r}", OutsideFailure.status)


def side_by_side(lines: Sequence[Line], tell: Told) -> list[Step]:
    """Each line in a thread of its own; the steps in the order of the lines when all have ended,
    or what ``tell`` raised.

    The threads do not keep the process alive: whoever interrupts it need not wait for a partner
    that hangs, and finds *sending* in the ledger as after a crash.
    """
    one_at_a_time = threading.Lock()
    unheard: list[BaseException] = []

    def work(line: Line) -> None:
        for name, action in line.to_do:
            step = run_step(name, action)
            line.done.append(step)
            with one_at_a_time:
                try:
                    tell(step)
                except BaseException as error:  # that nobody listens is no reason not to send
                    unheard.append(error)

    threads = [threading.Thread(target=work, args=(line,), daemon=True) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if unheard:
        raise unheard[0]
    return [step for line in lines for step in line.done]
