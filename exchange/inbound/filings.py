"""Receiving a folder of filings: hundreds of thousands of small files, batch by batch.

A thread reads ahead, in compiled code that does not need the lock of the interpreter; one decodes
and validates; others write to the disk, keep the books, and receive one at a time what cannot be
joined, after the joined files of its batch (:mod:`exchange.inbound.clerk`).

A crash at any instant is mended by running again. Files go from the inbox when the ledger has the
results of all: a run that is repeated meets the same batches, and makes the same parts of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from exchange.inbound.clerk import RECORDED_BATCHES, UNRECORDED, Clerk
from exchange.inbound.intake import take_in
from exchange.inbound.joinable import joinable_filing
from exchange.inbound.joining import receive_joined
from exchange.inbound.leftovers import sweep_leftovers
from exchange.inbound.packs import JoinedFiles, joined, land_pack
from exchange.inbound.reading import Looks, OtherFile, ReadFiles, read_files
from exchange.inbound.receive import receive
from exchange.inbound.references import references_for
from exchange.inbound.small_files import Look, remove_unchanged
from exchange.inbound.tally import Counts, Tally
from exchange.inbound.telling_apart import told_apart
from exchange.locks import exclusive
from exchange.site import Site
from interfaces.model import Interface, Kind
from ledger.packs import MEMBERS_SCHEMA, Pack
from parsers.copybook import load_layout
from parsers.rows import Ints
from validation.bitmask import Mask
from validation.declared import DeclaredChecks
from validation.references import References

BATCH_FILES = 8192
"""Files that are read, landed, decoded and recorded together: some 30 MB."""
ALONE_FILES = 1000
"""Files received one at a time that are held at once."""


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


@dataclass(frozen=True, eq=False, slots=True)
class _Batch:
    """Files that were read; ``is_taken``: which of them can be joined."""

    found: ReadFiles
    is_taken: Mask


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
        self._declared: DeclaredChecks | None = None
        self._done: list[tuple[list[str], Looks]] = []
        self._unrecorded: deque[frozenset[str]] = deque(maxlen=UNRECORDED)

    def receive(self, names: Sequence[str]) -> None:
        """All files, batch by batch; each is read while the one before is worked on."""
        came = self._arriving.clock()
        with Clerk(self._site, came) as clerk, ThreadPoolExecutor(1, "reading") as reader:
            start = number = 0
            reading = reader.submit(self._read, names[:BATCH_FILES])
            while start < len(names):
                batch = reading.result()
                start += batch.found.asked
                number += 1
                reading = reader.submit(self._read, names[start : start + BATCH_FILES])
                self._batch(batch, clerk)
                # At the end one by one: little is left to record when all other work is done.
                if number % RECORDED_BATCHES == 0 or len(names) - start <= 2 * BATCH_FILES:
                    clerk.record()
            clerk.settle()
        if self._empties:
            for done, looks in self._done:
                remove_unchanged(self._folder, zip(done, map(_look, looks.tolist()), strict=True))

    def _read(self, names: Sequence[str]) -> _Batch:
        found = read_files(self._folder, names)
        if self._joinable is None:
            return _Batch(found, np.zeros(len(found.names), np.bool_))
        return _Batch(found, self._joinable.takes_each(found))

    def _batch(self, batch: _Batch, clerk: Clerk) -> None:
        site, day, found = self._site, self._day, batch.found
        interface = self._joinable.interface if self._joinable else None
        self._tally.unreadable += found.unreadable
        ids = frozenset(found.file_ids)
        # Of this run the books may lack some batches, whose names are others than these.
        clerk.turn()
        if not all(map(ids.isdisjoint, self._unrecorded)):
            clerk.settle()
            self._unrecorded.clear()
        self._unrecorded.append(ids)
        apart = told_apart(site, day, interface, found, batch.is_taken)
        clerk.do(lambda: self._tally.add_decided(apart.decided.values()))
        self._end(found.names, found.looks, np.array(list(apart.decided), np.int64))
        alone = [found.by_itself(file) for file in apart.alone]
        if interface is not None and len(apart.new):
            stream = joined(found, apart.new)
            landed = clerk.store(lambda: self._land(interface, stream))
            clerk.do(lambda: clerk.landed(*landed.result()))
            alone += self._join(interface, stream, lambda: landed.result()[0].pack_id, clerk)
        if interface is not None:
            for pack_id, files in sorted(apart.begun.items()):
                stream = joined(found, files)
                alone += self._join(interface, stream, partial(str, pack_id), clerk)
        if alone:
            self._known()  # made by one thread
            alone.sort(key=lambda one: one.name)
            clerk.afterwards(lambda: self._receive_alone(alone))

    def _land(self, interface: Interface, stream: JoinedFiles) -> tuple[Pack, pa.Table]:
        """Land the files as a pack: what the ledger is to be told of it."""
        pack_id = land_pack(self._site.home, stream.data.data)
        files = pa.Table.from_arrays(
            [
                pa.array(stream.file_ids, pa.utf8()),
                pa.array(stream.names, pa.utf8()),
                pa.array(stream.sizes),
                pa.array(stream.offsets),
            ],
            schema=MEMBERS_SCHEMA,
        )
        size = len(stream.data)
        return Pack(pack_id, size, self._day, interface.name, interface.version), files

    def _join(
        self,
        interface: Interface,
        stream: JoinedFiles,
        pack_id: Callable[[], str],
        clerk: Clerk,
    ) -> list[OtherFile]:
        """Bring files to their results; those that must be read by themselves are left."""
        done = receive_joined(self._site, self._day, stream, self._checks(interface))
        stored = clerk.store(done.store)

        def decided() -> None:
            stored.result()
            self._tally.add_results(done.results)
            if len(done.results):
                clerk.decided(pack_id(), done.results)

        clerk.do(decided)
        has_result = np.ones(len(stream.names), np.bool_)
        has_result[done.headless] = False
        self._end(stream.names, stream.looks, np.flatnonzero(has_result))
        return [
            OtherFile(
                stream.names[place], stream.file_ids[place], _look(stream.looks[place].tolist())
            )
            for place in done.headless.tolist()
        ]

    def _end(self, names: list[str], looks: Looks, files: Ints) -> None:
        """Files of which the ledger will have the result when the run ends well."""
        if self._empties:
            self._done.append(([names[file] for file in files.tolist()], looks[files]))

    def _receive_alone(self, files: Sequence[OtherFile]) -> None:
        """Receive files one at a time."""
        for start in range(0, len(files), ALONE_FILES):
            self._receive_some(files[start : start + ALONE_FILES])

    def _receive_some(self, files: Sequence[OtherFile]) -> None:
        site, day = self._site, self._day
        arrivals = take_in(self._arriving, day, [self._folder / one.name for one in files])
        interfaces = {a.interface.id: a.interface for a in arrivals if a.interface is not None}
        if interfaces and all(i.kind is Kind.FILING for i in interfaces.values()):
            references = self._known()
        else:
            references = references_for(site, day, tuple(interfaces.values()))
        self._tally.add_received(receive(site, day, arrivals, references))
        if self._empties:
            looks = np.array([one.look for one in files], np.int64)
            self._done.append(([one.name for one in files], looks))

    def _checks(self, interface: Interface) -> DeclaredChecks:
        """What is asked of files that are joined, made once."""
        if self._declared is None:
            layout = load_layout(interface)
            self._declared = DeclaredChecks(interface, layout, self._site.catalogue, self._known())
        return self._declared

    def _known(self) -> References:
        """What filings are checked against, made when the first of them needs it."""
        if self._references is None:
            filings = self._site.registry.of_kind(Kind.FILING, on=self._day)
            self._references = references_for(self._site, self._day, filings)
        return self._references


def _look(row: list[int]) -> Look:
    inode, size, changed = row
    return inode, size, changed
