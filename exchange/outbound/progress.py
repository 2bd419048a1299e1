"""How far an attempt came, as the ledger tells it: what it means that a file is not there.

While a delivery is *sending*, the ledger is told of each file that stands complete just before it
is renamed into place. So a file that is not at the partner either never got that far, and has
surely not arrived; or it did, and then its absence means that somebody took it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from exchange.remote.happenings import Happening, Told
from exchange.remote.two_phase import RemoteState
from exchange.site import Site
from ledger.audit import record_movement
from ledger.deliveries import record_progress
from ledger.delivery import ARRIVED, Delivery, DeliveryEvent

STEP, FILE, FOUND, ANEW = "step", "file", "found", "anew"
TAKEN = "taken"
GONE = "gone"

#: What the ledger must know before the next step is taken, by its name there.
STEPS: Mapping[Happening, str] = {
    Happening.WRITING: "writing",
    Happening.COMPLETE: "uploaded",
    Happening.WITHDRAWN: "withdrawn",
}
MOVEMENTS = (Happening.UPLOADED, Happening.READ_BACK, Happening.RENAMED, Happening.REMOVED)
_THERE = frozenset({str(RemoteState.SAME), TAKEN, GONE})


@dataclass(slots=True)
class Progress:
    """Names of files since the delivery last arrived or was last begun anew.

    ``complete`` stood complete or were about to be renamed; ``begun`` were about to be made
    under their final name (where nothing is renamed); ``taken`` were settled as taken by the
    partner, and are not sent again.
    """

    complete: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)


def known_of(events: Sequence[DeliveryEvent]) -> Progress:
    """What the events of a delivery, oldest first, say of its files."""
    known = Progress()
    for event in events:
        if event.state in ARRIVED or event.detail.get(ANEW):
            known = Progress()
            continue
        _take_step(known, str(event.detail.get(STEP)), str(event.detail.get(FILE)))
        found = event.detail.get(FOUND)
        if isinstance(found, Mapping):
            _take_found(known, found)
    return known


def _take_step(known: Progress, step: str, name: str) -> None:
    if step == STEPS[Happening.COMPLETE]:
        known.complete.add(name)
    elif step == STEPS[Happening.WRITING]:
        known.begun.add(name)
    elif step == STEPS[Happening.WITHDRAWN]:
        known.complete.discard(name)
        known.begun.discard(name)


def _take_found(known: Progress, found: Mapping[str, object]) -> None:
    for name, state in found.items():
        if state in _THERE:
            known.complete.add(name)
        else:
            known.complete.discard(name)
            known.begun.discard(name)
        if state == TAKEN:
            known.taken.add(name)


class Recorder:
    """Writes what happens to a delivery's files into the ledger, as it happens.

    The steps that settling depends on are committed before the next thing is done at the
    partner, and end the attempt (LedgerError) when another one was begun since; movements of
    bytes are kept for the audit.
    """

    def __init__(self, site: Site, delivery: Delivery) -> None:
        self._site = site
        self._delivery_id = delivery.delivery_id
        self._attempt = delivery.attempt

    def __call__(self, told: Told) -> None:
        """Hear of one happening; see :func:`exchange.remote.two_phase.publish_file`."""
        step = STEPS.get(told.happening)
        if step is not None:
            record_progress(
                self._site.ledger,
                self._delivery_id,
                step,
                {FILE: told.name},
                recorded_at=self._site.clock(),
                attempt=self._attempt,
            )
        if told.happening in MOVEMENTS:
            record_movement(
                self._site.ledger,
                str(told.happening),
                self._delivery_id,
                {FILE: told.name, "path": told.path, "size": told.size, "sha256": told.sha256},
                recorded_at=self._site.clock(),
            )
