"""One landed file, block by block: decode, validate, store.

Blocks are decoded and checked in file order by the calling thread, since keys, totals and
headers are those of all records before. Meanwhile the row groups of those before are encoded
by threads of their own (:mod:`exchange.parts`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from exchange.inbound.complaints import complaint_findings
from exchange.inbound.manifests import wrong_totals
from exchange.inbound.stored import BatchStore, stored_rows, with_file_id
from exchange.parts import PartWriter
from exporters.manifest import Manifest
from interfaces.catalogue import Catalogue
from interfaces.model import ControlKind, Interface, Kind, Severity
from parsers.blocks import DecodedBlock
from parsers.decode import decode_file
from parsers.layout import Record
from parsers.streams import LARGEST_UNPACKED
from validation.validate import FileValidator, FileVerdict

NOT_PROVABLE = "CONTROL_NOT_PROVABLE"
MONEY = (Kind.RETURN, Kind.SETTLEMENT)
"""Kinds of files whose totals must be proven: money that cannot be is not posted."""

_changing = threading.Lock()
_inside = 0
_usual: pa.MemoryPool = pa.default_memory_pool()


def expected_records(layout: tuple[Record, ...], size: int) -> int:
    """How many records a file of ``size`` bytes holds if they are all as long as the longest, as
    in extracts of fixed length; at least so many otherwise."""
    return size // max(record.length for record in layout)


def store_file(
    path: Path,
    interface: Interface,
    validator: FileValidator,
    catalogue: Catalogue,
    store: BatchStore,
    findings: PartWriter,
    file_id: str,
    *,
    manifest: Manifest | None = None,
    largest_unpacked: int = LARGEST_UNPACKED,
    name: str | None = None,
) -> FileVerdict:
    """Decode and validate a landed file block by block and store what it held.

    Memory does not grow with the file, except by the keys that the validator has seen. Row
    groups are encoded by other threads while the next blocks are decoded. What was read is held
    against ``manifest``, if there is one; of a packed file at most ``largest_unpacked`` bytes are
    read.
    """
    blocks = _Counted(
        decode_file(path, interface, file_id=file_id, largest_unpacked=largest_unpacked, name=name)
    )
    with memory_given_back():
        verdict = _stored(blocks, interface, validator, catalogue, store, findings, file_id)
    if manifest is None or verdict.refused:
        return verdict
    wrong = wrong_totals(
        manifest,
        interface,
        records=blocks.records,
        details=verdict.read,
        controls=verdict.controls,
    )
    for found in complaint_findings(file_id, wrong).to_batches():
        findings.write(found)
    return replace(verdict, refused=bool(wrong))


class _Counted:
    """Blocks as they come, and how many records they held."""

    def __init__(self, blocks: Iterator[DecodedBlock]) -> None:
        self._blocks = blocks
        self.records = 0

    def __iter__(self) -> Iterator[DecodedBlock]:
        for block in self._blocks:
            self.records += block.records_read
            yield block


@contextmanager
def memory_given_back() -> Iterator[None]:
    """Arrow takes memory from the system and gives it back: its own allocators keep what each
    thread has freed, a hundred megabytes while a large file is stored.

    The pool is one for the process: the first of several threads changes it, the last one back.
    """
    global _inside, _usual
    with _changing:
        if not _inside:
            _usual = pa.default_memory_pool()
            pa.set_memory_pool(pa.system_memory_pool())
        _inside += 1
    try:
        yield
    finally:
        with _changing:
            _inside -= 1
            if not _inside:
                pa.set_memory_pool(_usual)


def _stored(
    blocks: Iterable[DecodedBlock],
    interface: Interface,
    validator: FileValidator,
    catalogue: Catalogue,
    store: BatchStore,
    findings: PartWriter,
    file_id: str,
) -> FileVerdict:
    provable = True
    for block in blocks:
        validated = validator.block(block)
        for dataset, rows in stored_rows(interface, block.batches, validated.accepted):
            store.add(dataset, with_file_id(rows, file_id))
        if validated.findings.num_rows:
            provable &= totals_readable(catalogue, interface, validated.findings)
            for found in validated.findings.to_batches():
                findings.write(found)
    verdict = validator.close()
    for found in verdict.findings.to_batches():
        findings.write(found)
    provable &= NOT_PROVABLE not in verdict.findings["code"].to_pylist()
    if interface.kind in MONEY and not provable:
        # The partner sends the file again.
        return replace(verdict, refused=True)
    return verdict


def totals_readable(catalogue: Catalogue, interface: Interface, findings: pa.Table) -> bool:
    """Whether every field that the control totals are made of could be read in each record."""
    fields = {rule.of for rule in interface.controls if rule.kind is ControlKind.SUM}
    fields |= {name for rule in interface.controls for name in rule.where}
    about = findings.filter(
        pc.is_in(findings["field"], value_set=pa.array(sorted(fields), pa.utf8()))
    )
    codes = set(about["code"].to_pylist())
    return not any(catalogue.severity(code) is Severity.REJECT for code in codes)
