"""Receiving a folder of filings: hundreds of thousands of small files, batch by batch.

One thread reads and decodes, another keeps the books: what it is given is done in order, a pack
before the results of its files. A third that reads ahead gained nothing measurable: it gives up
and takes back the lock of the interpreter several times for each file. What cannot be joined is
received one at a time, after the joined files of its batch.

A crash at any instant is mended by running again. Files go from the inbox when the ledger has the
results of all: a run that is repeated meets the same batches, and makes the same parts of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from exchange.inbound.intake import take_in
from exchange.inbound.joinable import joinable_filing
from exchange.inbound.joining import receive_joined
from exchange.inbound.leftovers import sweep_leftovers
from exchange.inbound.packs import JoinedFiles, joined, land_pack
from exchange.inbound.receive import Received, receive
from exchange.inbound.references import references_for
from exchange.inbound.small_files import (
    Look,
    OtherFile,
    ReadFiles,
    SmallFile,
    read_files,
    remove_unchanged,
)
from exchange.inbound.telling_apart import told_apart
from exchange.locks import exclusive
from exchange.site import Site
from interfaces.model import Interface, Kind
from ledger.files import FileStanding
from ledger.landing import FileState
from ledger.packs import MEMBERS_SCHEMA, Pack, record_pack, record_pack_results
from validation.references import References

T = TypeVar("T")

BATCH_FILES = 8192
"""Files that are read, landed, decoded and recorded together: some 30 MB."""
ALONE_FILES = 1000
"""Files received one at a time that are held at once."""
SHOWN = 20
"""Most names of unreadable files that are told."""

Counts = dict[str, object]


@dataclass(slots=True)
class Tally:
    """What became of the files so far."""

    numbers: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    def add_results(self, results: pa.Table) -> None:
        """Files that were received joined."""
        accepted = pc.sum(pc.equal(results["state"], FileState.ACCEPTED.value)).as_py() or 0
        self.numbers["files"] += len(results)
        self.numbers["accepted"] += accepted
        self.numbers["quarantined"] += len(results) - accepted
        for name in ("read", "accepted", "rejected"):
            self.numbers[f"records_{name}"] += pc.sum(results[f"records_{name}"]).as_py() or 0

    def add_decided(self, standings: Sequence[FileStanding]) -> None:
        """Files that an earlier run had brought to their result."""
        for standing in standings:
            result = standing.result
            state = result.state if result is not None else standing.state
            refused = state is FileState.QUARANTINED
            self.numbers.update(
                files=1,
                accepted=not refused,
                quarantined=refused,
                already_received=1,
                records_read=result.records_read if result else 0,
                records_accepted=result.records_accepted if result else 0,
                records_rejected=result.records_rejected if result else 0,
            )

    def add_received(self, received: Sequence[Received]) -> None:
        """Files that were received one at a time."""
        for one in received:
            is_copy = one.duplicate_of is not None
            self.numbers.update(
                files=1,
                accepted=not one.is_quarantined and not is_copy,
                quarantined=one.is_quarantined and not is_copy,
                duplicates=is_copy,
                already_received=one.repeated and not is_copy,
                records_read=one.read,
                records_accepted=one.accepted,
                records_rejected=one.rejected,
            )

    def as_counts(self) -> Counts:
        """Plain, for XCom and logs; as :func:`exchange.inbound.arrivals.counts`."""
        names = ("files", "accepted", "quarantined", "duplicates", "already_received")
        told: Counts = {name: self.numbers[name] for name in names}
        for name in ("read", "accepted", "rejected"):
            told[f"records_{name}"] = self.numbers[f"records_{name}"]
        if self.unreadable:
            told["unreadable"] = len(self.unreadable)
            told["unreadable_files"] = sorted(self.unreadable)[:SHOWN]
        return told


def receive_folder(
    site: Site,
    business_date: date,
    folder: Path,
    names: Sequence[str],
    *,
    empties: bool,
    references: References | None = None,
) -> Counts:
    """Receive these files of a folder; counts for the caller.

    With ``empties`` files are removed when the ledger has their result, unless they were written
    again meanwhile. Files that cannot be read stay, are counted, and keep no other from being
    received. BusyError while another process receives filings.
    """
    sweep_leftovers(site)
    tally = Tally()
    if not names:
        return tally.as_counts()
    with exclusive(site, "filings"):
        run = _Run(site, business_date, folder, empties, tally, references)
        run.receive(sorted(names))
    return tally.as_counts()


class _Run:
    """One run over a folder."""

    def __init__(
        self,
        site: Site,
        business_date: date,
        folder: Path,
        empties: bool,
        tally: Tally,
        references: References | None,
    ) -> None:
        self._site = site
        # Files of one run came at one moment, however they are received: which of them was meant
        # to come first is told by their names.
        came = site.clock()
        self._arriving = replace(site, clock=lambda: came)
        self._day = business_date
        self._folder = folder
        self._empties = empties
        self._tally = tally
        self._joinable = joinable_filing(site, business_date)
        self._references = references
        self._done: list[tuple[str, Look]] = []
        self._last_ids: frozenset[str] = frozenset()

    def receive(self, names: Sequence[str]) -> None:
        """All files, batch by batch."""
        starts = range(0, len(names), BATCH_FILES)
        with ThreadPoolExecutor(1, "books") as books:
            clerk = _Clerk(books)
            for start in starts:
                self._batch(self._read(names[start : start + BATCH_FILES]), clerk)
            clerk.settle()
        if self._empties:
            remove_unchanged(self._folder, self._done)

    def _read(self, names: Sequence[str]) -> ReadFiles:
        return read_files(self._folder, names, self._joinable.takes if self._joinable else _never)

    def _batch(self, found: ReadFiles, clerk: _Clerk) -> None:
        site, day = self._site, self._day
        interface = self._joinable.interface if self._joinable else None
        self._tally.unreadable += found.unreadable
        ids = frozenset(
            [one.file_id for one in found.small] + [one.file_id for one in found.others]
        )
        # Of this run the books may lack the batch before, and its names are others than these.
        clerk.turn()
        if not ids.isdisjoint(self._last_ids):
            clerk.settle()
        self._last_ids = ids
        apart = told_apart(site, day, interface, found)
        self._tally.add_decided(list(apart.decided.values()))
        everything: list[SmallFile | OtherFile] = [*found.small, *found.others]
        looks = {one.name: one.look for one in everything}
        self._done += [(name, looks[name]) for name in apart.decided]
        alone = list(apart.alone)
        if interface is not None and apart.new:
            stream = joined(apart.new)
            landed = clerk.do(lambda: self._land(interface, stream))
            alone += self._join(interface, stream, landed.result, clerk)
        if interface is not None:
            for pack_id, files in sorted(apart.begun.items()):
                alone += self._join(interface, joined(files), partial(str, pack_id), clerk)
        if alone:
            clerk.settle()
        alone.sort(key=lambda one: one.name)
        for start in range(0, len(alone), ALONE_FILES):
            self._receive_alone(alone[start : start + ALONE_FILES])

    def _land(self, interface: Interface, stream: JoinedFiles) -> str:
        """Land the files as a pack; its id."""
        pack_id = land_pack(self._site.home, stream.data)
        files = pa.Table.from_arrays(
            [
                pa.array([one.file_id for one in stream.files], pa.utf8()),
                pa.array([one.name for one in stream.files], pa.utf8()),
                pa.array([len(one.content) for one in stream.files], pa.int64()),
                pa.array(stream.offsets),
            ],
            schema=MEMBERS_SCHEMA,
        )
        pack = Pack(pack_id, len(stream.data), self._day, interface.name, interface.version)
        record_pack(self._site.ledger, pack, files, recorded_at=self._arriving.clock())
        return pack_id

    def _join(
        self,
        interface: Interface,
        stream: JoinedFiles,
        pack_id: Callable[[], str],
        clerk: _Clerk,
    ) -> list[OtherFile]:
        """Bring files to their results; those that must be read by themselves are left."""
        done = receive_joined(self._site, interface, self._day, stream, self._known())
        self._tally.add_results(done.results)
        left = {one.name for one in done.headless}

        def record() -> None:
            if len(done.results):
                now = self._site.clock()
                record_pack_results(self._site.ledger, pack_id(), done.results, recorded_at=now)

        clerk.do(record)
        self._done += [(one.name, one.look) for one in stream.files if one.name not in left]
        return [OtherFile(one.name, one.file_id, one.look) for one in done.headless]

    def _receive_alone(self, files: Sequence[OtherFile]) -> None:
        """Receive files one at a time."""
        site, day = self._site, self._day
        arrivals = take_in(self._arriving, day, [self._folder / one.name for one in files])
        interfaces = {a.interface.id: a.interface for a in arrivals if a.interface is not None}
        if interfaces and all(i.kind is Kind.FILING for i in interfaces.values()):
            references = self._known()
        else:
            references = references_for(site, day, tuple(interfaces.values()))
        self._tally.add_received(receive(site, day, arrivals, references))
        self._done += [(one.name, one.look) for one in files]

    def _known(self) -> References:
        """What filings are checked against, made when the first of them needs it."""
        if self._references is None:
            filings = self._site.registry.of_kind(Kind.FILING, on=self._day)
            self._references = references_for(self._site, self._day, filings)
        return self._references


class _Clerk:
    """Does what it is given in order, beside the work; an error is raised at the next word."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._before: list[Future[Any]] = []
        self._given: list[Future[Any]] = []

    def do(self, task: Callable[[], T]) -> Future[T]:
        """Have it done some time."""
        given = self._pool.submit(task)
        self._given.append(given)
        return given

    def turn(self) -> None:
        """Begin a batch: wait until all is done that was given before the last one began."""
        before, self._before, self._given = self._before, self._given, []
        for one in before:
            one.result()

    def settle(self) -> None:
        """Wait until all is done."""
        self.turn()
        self.turn()


def _never(_name: str, _content: bytes) -> bool:
    return False
