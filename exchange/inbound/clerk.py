"""Whoever stores and keeps the books beside the work.

What becomes of a batch waits until there are several: one transaction for many rows writes each
page of the ledger's indexes once, and file ids are in no order. One thread writes to the disk and
waits for it, one records, one receives what goes by itself; each does what it is given in order.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Self, TypeVar

import pyarrow as pa

from exchange.site import Site
from ledger.packs import Pack, record_packs

T = TypeVar("T")

RECORDED_BATCHES = 4
"""Batches that the ledger is told of at once."""
UNRECORDED = 2 * RECORDED_BATCHES + 1
"""Most batches, the one under way among them, of which the ledger may not know everything."""
_STORED_LATER = 1
"""Batches whose bytes may wait in memory for the disk."""


@dataclass(eq=False, slots=True)
class _Page:
    """What is to be recorded at once, and done afterwards."""

    landed: list[tuple[Pack, pa.Table]] = field(default_factory=list)
    decided: list[tuple[str, pa.Table]] = field(default_factory=list)
    afterwards: list[Callable[[], object]] = field(default_factory=list)


class Clerk:
    """Does what it is given beside the work; an error is raised at a later word.

    For one ``with`` block: its end waits for everything, and says nothing of errors.
    """

    def __init__(self, site: Site, came: datetime) -> None:
        """``came``: the moment at which all files of the run landed."""
        self._site = site
        self._came = came
        self._page = _Page()
        self._batch = 0
        self._given: dict[Future[Any], int] = {}
        self._giving = Lock()
        self._threads = ExitStack()

    def __enter__(self) -> Self:
        """Begin to work."""
        # The last one made is ended first: nobody is given anything by one that has ended.
        self._by_themselves = self._threads.enter_context(ThreadPoolExecutor(1, "alone"))
        self._books = self._threads.enter_context(ThreadPoolExecutor(1, "books"))
        self._disk = self._threads.enter_context(ThreadPoolExecutor(1, "disk"))
        return self

    def __exit__(self, *_error: object) -> None:
        """Wait until the threads have ended."""
        self._threads.close()

    def store(self, task: Callable[[], T]) -> Future[T]:
        """Have something put on the disk."""
        stored = self._disk.submit(task)
        self._add(self._batch - RECORDED_BATCHES + 1 + _STORED_LATER, stored)
        return stored

    def do(self, task: Callable[[], object]) -> None:
        """Have it done by whoever keeps the books."""
        self._add(self._batch, self._books.submit(task))

    def landed(self, pack: Pack, files: pa.Table) -> None:
        """A pack is on disk; to be called by a task. ``files`` has MEMBERS_SCHEMA."""
        self._page.landed.append((pack, files))

    def decided(self, pack_id: str, results: pa.Table) -> None:
        """Files of a pack have their results; to be called by a task. ``results`` has
        RESULTS_SCHEMA."""
        self._page.decided.append((pack_id, results))

    def afterwards(self, task: Callable[[], object]) -> None:
        """To be done once the ledger knows all that was given before."""
        self.do(lambda: self._page.afterwards.append(task))

    def record(self) -> None:
        """Have the ledger told of what waits."""
        batch = self._batch
        self.do(lambda: self._record(batch))

    def turn(self) -> None:
        """Begin a batch: wait until no more than UNRECORDED are under way."""
        self._batch += 1
        self._wait(self._batch - RECORDED_BATCHES)

    def settle(self) -> None:
        """Wait until all is done and recorded."""
        self.record()
        self._wait(self._batch + RECORDED_BATCHES)

    def _add(self, batch: int, given: Future[Any]) -> None:
        """What is waited for once that batch is so many back that its books are kept."""
        with self._giving:
            self._given[given] = batch

    def _wait(self, batch: int) -> None:
        """Until all is done that was given up to a batch; what that gives to do is waited for
        too."""
        while True:
            with self._giving:
                due = [given for given, number in self._given.items() if number <= batch]
            if not due:
                return
            for given in due:
                given.result()
            with self._giving:
                for given in due:
                    del self._given[given]

    def _record(self, batch: int) -> None:
        page, self._page = self._page, _Page()
        if page.landed or page.decided:
            record_packs(
                self._site.ledger,
                page.landed,
                page.decided,
                landed_at=self._came,
                recorded_at=self._site.clock(),
            )
        for task in page.afterwards:
            self._add(batch, self._by_themselves.submit(task))
