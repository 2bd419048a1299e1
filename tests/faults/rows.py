"""One row of the fault matrix: what goes wrong, and what must follow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from interfaces.policies import Client
from tests.faults.ground import DELIVERY, FEED, Case
from tests.night.stage import DAY, PARTNER, Stage

Fault = Callable[[Case], AbstractContextManager[Stage]]
Command = tuple[str, ...]

PUBLISH: Command = ("publish", FEED, "--date", str(DAY))
RECONCILE: Command = ("reconcile", PARTNER, "--date", str(DAY))
RETRY: Command = ("retry", DELIVERY, "--reason", "the fault is mended")
REDELIVER: Command = ("redeliver", DELIVERY, "--reason", "the partner has it not")

NOTHING, NOTHING_TWICE = "nothing", "nothing"
THE_PART, THE_FILE = "at most the part begun", "the whole file"
RESUMED = "nothing: went on where it broke"
AS_UNDISTURBED = "as undisturbed"


@dataclass(frozen=True)
class Outcome:
    """What must come of a fault, and in the same form what has come of it.

    ``state`` is that in the ledger right after, ``there`` what the partner then has complete,
    ``status`` what the command ended with, ``again`` what was sent a second time by the re-run,
    ``reruns`` the exit statuses of the commands after the repair, ``end`` where all ends.
    """

    state: str
    there: str
    status: int
    again: str = NOTHING_TWICE
    reruns: tuple[int, ...] = (0,)
    end: str = AS_UNDISTURBED


@dataclass(frozen=True)
class Row:
    """A fault at a phase of a delivery under a policy."""

    fault: str
    phase: str
    policy: str
    do: Fault
    must: Outcome
    client: Client = Client.PARAMIKO
    rerun: tuple[Command, ...] = (PUBLISH,)
    says: str = ""  # in the one line that the operator is told

    @property
    def title(self) -> str:
        """As the page and the tests name it."""
        return f"{self.fault}, {self.phase}, {self.policy}, {self.client}"
