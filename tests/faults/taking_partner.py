"""A partner that takes files away at once, played by a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.faults.ground import Case


@dataclass
class Taking:
    """A partner that takes complete sets of files away as soon as it sees them."""

    case: Case
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A thread watches the drop."""
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            self.take()

    def take(self) -> None:
        """Each file whose trigger stands, with all that belongs to it, the trigger last."""
        drop = self.case.drop
        for trigger in sorted(drop.glob("[!.]*.go")):
            stem = trigger.name.removesuffix(".go")
            for path in sorted(drop.glob(f"{stem}*"), key=lambda path: path == trigger):
                target = self.case.stage.root / "taken" / path.name
                while target.exists():  # the same file twice must be seen
                    target = target.with_name(target.name + ".again")
                path.rename(target)

    def _watch(self) -> None:
        while not self._over.wait(0.002):
            self.take()
