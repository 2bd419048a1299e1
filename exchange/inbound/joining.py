"""Files joined to one stream: decoded, validated and stored together, each with its own result.

The parts are the same as if the files had been read one at a time: rows and findings by file, in
the order of file ids, with the numbers and offsets of their own file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.inbound.packs import JoinedFiles
from exchange.inbound.stored import DETAILS, dataset_folder, stored_rows, stored_schemas
from exchange.inbound.streaming import memory_given_back
from exchange.parts import PartWriter, new_part, part_name
from exchange.site import Site
from interfaces.model import Interface, Role
from ledger.detail import to_text
from ledger.landing import FileState
from ledger.packs import RESULTS_SCHEMA
from parsers.blocks import BlockDecoder, DecodedBlock
from parsers.copybook import load_layout
from parsers.findings import FINDINGS_SCHEMA
from parsers.framing.frame import Frame
from parsers.framing.reading import cutter_of
from parsers.rows import Ints
from validation.bitmask import Mask
from validation.declared import DeclaredChecks
from validation.joined import JoinedBlock, JoinedValidator
from validation.members import Members

BLOCK_BYTES = 8 << 20
"""Bytes of the files decoded at once: more than a block of one file, for what each block
costs by itself is shared by the files in it."""


@dataclass(frozen=True, eq=False, slots=True)
class JoinedResults:
    """``results`` in ledger.packs.RESULTS_SCHEMA. ``headless``: places in the stream of files that
    cannot be read this way: their first line is no header. Nothing of them is stored. The results
    are true when :meth:`store` has returned."""

    results: pa.Table
    headless: Ints
    _parts: ExitStack

    def store(self) -> None:
        """End the parts: they are on disk before this returns, whole or not at all."""
        with memory_given_back():
            self._parts.close()


@dataclass(frozen=True, eq=False, slots=True)
class _Run:
    """Files that follow each other in the stream and are decoded at once."""

    start: int
    stop: int
    members: Members


def receive_joined(
    site: Site, business_date: date, stream: JoinedFiles, declared: DeclaredChecks
) -> JoinedResults:
    """Decode and validate the files of a stream, and begin to store them; to end that and to write
    to the ledger is the caller's."""
    interface = declared.interface
    layout = load_layout(interface)
    name = part_name(stream.file_ids)
    findings_path = site.home.findings(interface.name, business_date) / name
    folders = {
        dataset: dataset_folder(site.home, interface, dataset, business_date)
        for dataset in stored_schemas(interface, layout)
    }
    validator = JoinedValidator(declared, layout)
    header = interface.record(Role.HEADER).record
    outcomes, heads = [], []
    with memory_given_back(), ExitStack() as parts:
        findings = parts.enter_context(new_part(findings_path, FINDINGS_SCHEMA))
        writers = {
            dataset: parts.enter_context(new_part(folders[dataset] / name, schema))
            for dataset, schema in stored_schemas(interface, layout).items()
        }
        for run, block in _decoded(interface, stream):
            headed = run.members.beginning_with(block.batches.get(header))
            kept = run.members.without(block, headed)
            validated = validator.block(kept, run.members)
            is_stored = headed & ~validated.refused
            _store(interface, run.members, kept, validated, is_stored, writers)
            for found in validated.findings.to_batches():
                findings.write(found)
            heads.append(headed)
            outcomes.append(_outcomes(run.members, headed, validated))
        validator.close()
        results = pa.concat_tables(outcomes)
        accepted = pc.equal(results["state"], FileState.ACCEPTED.value)
        if not pc.any(accepted).as_py():
            for writer in writers.values():
                writer.abandon()
        if not len(results):
            findings.abandon()
        begun = parts.pop_all()
    part = site.home.relative(folders[DETAILS] / name)
    found_at = site.home.relative(findings_path)
    results = results.append_column(
        "part_uri", pc.if_else(accepted, part, pa.scalar(None, pa.utf8()))
    ).append_column("findings_uri", pa.repeat(pa.scalar(found_at), len(results)))
    headless = np.flatnonzero(~np.concatenate(heads)) if heads else np.zeros(0, np.int64)
    return JoinedResults(results.cast(RESULTS_SCHEMA), headless, begun)


def _decoded(interface: Interface, stream: JoinedFiles) -> Iterator[tuple[_Run, DecodedBlock]]:
    """Blocks of whole files, with numbers and offsets as if each were a stream of its own."""
    decoder = BlockDecoder(interface, "")
    for run in _runs(stream):
        cutter = cutter_of(interface.file, decoder.record_length)
        cut = cutter.cut(stream.data[run.start : run.stop], True)
        frame = Frame(cut.rows, cut.lengths, 1, 0, cut.consumed)
        yield run, decoder.decode(frame)


def _runs(stream: JoinedFiles) -> Iterator[_Run]:
    """The stream in pieces of about BLOCK_BYTES that end where a file does."""
    ids = pa.array(stream.file_ids, pa.utf8())
    first = 0
    while first < len(stream.file_ids):
        start = int(stream.offsets[first])
        after = int(np.searchsorted(stream.offsets, start + BLOCK_BYTES))
        after = max(after, first + 1)
        stop = int(stream.offsets[after]) if after < len(stream.file_ids) else len(stream.data)
        numbers: Ints = stream.first_numbers[first:after] - stream.first_numbers[first] + 1
        offsets: Ints = stream.offsets[first:after] - start
        yield _Run(start, stop, Members(ids.slice(first, after - first), numbers, offsets))
        first = after


def _store(
    interface: Interface,
    members: Members,
    block: DecodedBlock,
    validated: JoinedBlock,
    is_stored: Mask,
    writers: dict[str, PartWriter],
) -> None:
    for dataset, rows in stored_rows(interface, block.batches, validated.accepted):
        if not is_stored.all():
            numbers = np.asarray(rows.column("_record_number").to_numpy(), np.int64)
            rows = rows.filter(pa.array(is_stored[members.of(numbers)]))
        if rows.num_rows:
            writers[dataset].write(members.own(rows))


def _outcomes(members: Members, headed: Mask, validated: JoinedBlock) -> pa.Table:
    """State, counts and control totals of the files that could be read; no addresses yet."""
    taken = np.where(validated.refused, 0, validated.accepted_counts)
    states = np.where(validated.refused, FileState.QUARANTINED.value, FileState.ACCEPTED.value)
    table = pa.table(
        {
            "file_id": members.file_ids,
            "state": pa.array(states.tolist(), pa.utf8()),
            "records_read": validated.read,
            "records_accepted": taken,
            "records_rejected": validated.read - taken,
            "controls": _controls(len(members), validated),
        }
    )
    return table if headed.all() else table.filter(pa.array(headed))


def _controls(count: int, validated: JoinedBlock) -> pa.Array:
    """Declared control totals of each file as the JSON object that the ledger keeps."""
    files = validated.header_files
    headers = np.bincount(files, minlength=count)
    names = sorted(validated.declared)
    if not names:
        return pa.repeat(pa.scalar("{}"), count)
    texts: list[pa.Array | str] = []
    for place, name in enumerate(names):
        texts += [f'{"," if place else "{"}"{name}":"', validated.declared[name], '"']
    of_header = pc.binary_join_element_wise(*texts, "}", "")
    first = np.searchsorted(files, np.arange(count))
    single = of_header.take(pa.array(np.where(headers == 1, first, 0), mask=headers != 1))
    if (headers == 1).all():
        return single
    told = single.to_pylist()
    for file in np.flatnonzero(headers != 1).tolist():
        told[file] = _of_several(validated, int(first[file]), int(headers[file]))
    return pa.array(told, pa.utf8())


def _of_several(validated: JoinedBlock, first: int, headers: int) -> str:
    """The same of a file with several headers: those after the first are numbered."""
    return to_text(
        {
            name + (f"#{number + 1}" if number else ""): values[first + number].as_py()
            for number in range(headers)
            for name, values in validated.declared.items()
        }
    )
