"""The original record behind a posting or a break: its bytes in our copy of the file, decoded.

Of a file that came in the copy is the one in the landing folder, of one that we sent the file in
the outbox.

Where framing allows, the file is opened at the record; elsewhere framing alone walks up to it. In
neither case does memory grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.inbound.landed import landed_path
from exchange.outbound.outbox import outbox_folder
from exchange.site import Site
from interfaces.errors import OutsideFailure, WrongUse
from interfaces.model import Compression, Framing, Interface, LineEnd
from ledger import schema
from ledger.database import reading
from ledger.delivery import select_deliveries
from ledger.files import FileStanding
from ledger.landing import Direction, FileRecord
from parsers.arrow_types import BYTE_OFFSET, RECORD_NUMBER, record_named
from parsers.copybook import load_layout
from parsers.decode import ORIGINAL, DecodedBlock, decode_file
from parsers.framing import ByteRange
from parsers.framing.fixed import FixedCutter
from parsers.framing.lengths import interface_measure
from parsers.framing.reading import cutter_of
from parsers.framing.splits import record_index
from parsers.layout import Record
from parsers.streams import compression_of

BLOCK_BYTES = 64 << 10
"""Read at once around the record."""


@dataclass(frozen=True, slots=True)
class OriginalRecord:
    """A record as it stands in its file. ``copy`` is our copy of that file, below the home;
    ``batch`` the one decoded row; ``raw`` are the record's bytes without descriptors and line ends,
    ``byte_offset`` is that of the first of them."""

    interface: Interface
    record: Record
    copy: str
    record_number: int
    byte_offset: int
    raw: bytes
    batch: pa.RecordBatch


def interface_of(site: Site, standing: FileStanding) -> Interface:
    """The interface version by which a file was read; WrongUse for one that nobody recognised."""
    file = standing.file
    if file.interface is None:
        raise WrongUse(f"{file.name} was never recognised: nothing tells its records apart")
    return site.registry.get(f"{file.interface}.{file.version}")


def read_original(
    site: Site, standing: FileStanding, record_number: int, byte_offset: int | None = None
) -> OriginalRecord:
    """Record ``record_number`` of a file that came in or was sent.

    ``byte_offset`` is where it is known to begin; it saves the walk. OutsideFailure when
    our copy is gone or of another size, WrongUse when the file has no such record of a
    declared type.
    """
    path = our_copy(site, standing)
    interface = interface_of(site, standing)
    part = _beginning(path, interface, record_number, byte_offset)
    for block in _blocks(path, interface, standing.file, part):
        for name, batch in block.batches.items():
            place = pc.index(batch.column(RECORD_NUMBER), record_number).as_py()
            if place < 0:
                continue
            row = batch.slice(place, 1)
            return OriginalRecord(
                interface=interface,
                record=record_named(load_layout(interface), name),
                copy=site.home.relative(path),
                record_number=record_number,
                byte_offset=row.column(BYTE_OFFSET)[0].as_py(),
                raw=row.column(ORIGINAL)[0].as_py(),
                batch=row.drop_columns([ORIGINAL]),
            )
        if _is_behind(block, record_number):
            break
    raise WrongUse(
        f"{standing.file.name} has no record {record_number} that is of a declared type and of "
        f"right length; `prakan show {standing.file.file_id[:12]}` tells how many there are"
    )


def our_copy(site: Site, standing: FileStanding) -> Path:
    """Our copy of a file; OutsideFailure when it is gone or of another size."""
    file = standing.file
    path = _copy_of(site, file)
    if path is None or not path.is_file():
        raise OutsideFailure(
            f"{path or 'the outbox'}: our copy of {file.name} is gone; restore the landing and "
            "outbox folders from backup, then run again"
        )
    if path.stat().st_size != file.size_bytes:
        raise OutsideFailure(
            f"{path} has {path.stat().st_size} bytes, {file.name} had {file.size_bytes}; restore "
            "the landing and outbox folders from backup, then run again"
        )
    return path


def _copy_of(site: Site, file: FileRecord) -> Path | None:
    if file.direction is Direction.INBOUND:
        return landed_path(site, file.file_id)
    with reading(site.ledger) as connection:
        of_file = schema.delivery_content.c.file_id == file.file_id
        for delivery in select_deliveries(connection, of_file):
            return outbox_folder(site, delivery) / file.name
    return None


def _blocks(
    path: Path, interface: Interface, file: FileRecord, part: ByteRange | None
) -> Iterator[DecodedBlock]:
    yield from decode_file(
        path,
        interface,
        file_id=file.file_id,
        name=file.name,  # of a spreadsheet it says whose it is
        block_bytes=BLOCK_BYTES,
        part=part,
        engine="numpy",  # for a few records it is done before compiled code is loaded
        originals=True,
    )


def _is_behind(block: DecodedBlock, record_number: int) -> bool:
    """Whether the block ends after the record that is looked for."""
    last = [batch.column(RECORD_NUMBER)[-1].as_py() for batch in block.batches.values()]
    return bool(last) and max(last) > record_number


def _beginning(
    path: Path, interface: Interface, record_number: int, byte_offset: int | None
) -> ByteRange | None:
    """Where to begin to read; None: at the beginning of the file."""
    rule = interface.file
    with path.open("rb") as source:
        packed = compression_of(source.read(4), rule.compression) is not Compression.NONE
    if packed or any(one.parent is not None for one in interface.records):
        return None
    layout = load_layout(interface)
    longest = max(record_named(layout, one.record).length for one in interface.records)
    measure = interface_measure(interface, layout)
    cutter = cutter_of(rule, longest, measure)
    if isinstance(cutter, FixedCutter):
        start = rule.skip.file_start + (record_number - 1) * cutter.stride
        return ByteRange(start if record_number > 1 else 0, None, max(record_number, 1))
    if byte_offset is not None and _is_lines(interface):
        start = byte_offset - rule.skip.record_start
        return ByteRange(start if record_number > 1 else 0, None, record_number)
    index = record_index(path, rule, longest, measure=measure, every=BLOCK_BYTES)
    place = max(int(np.searchsorted(index.numbers, record_number, side="right")) - 1, 0)
    return ByteRange(
        int(index.offsets[place]), None, int(index.numbers[place]), int(index.block_left[place])
    )


def _is_lines(interface: Interface) -> bool:
    return interface.file.framing is Framing.TEXT and interface.file.line_end is not LineEnd.NONE
