"""What must hold of every table that is written, whatever its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from fuzz_files import Sample

from exporters.codecs.integers import ColumnTypeError
from exporters.encode import EncodedBlock, encode_batch
from exporters.preserved import PRESERVED, keep_preserved, preserved_originals
from exporters.preserved.originals import decoded
from exporters.rows import MissingColumnError
from interfaces.model import Interface
from parsers.codepages import code_page
from parsers.decode import ORIGINAL, decode_file
from parsers.layout import Field, Record


def decoded_batches(sample: Sample, folder: Path) -> Iterator[tuple[Record, pa.RecordBatch]]:
    """Every batch of the file, with its records' own bytes."""
    path = folder / "file"
    path.write_bytes(sample.data)
    for block in decode_file(path, sample.interface, file_id="f", originals=True):
        for record in sample.layout:
            if record.name in block.batches:
                yield record, block.batches[record.name]


def encoded(batch: pa.RecordBatch, record: Record, interface: Interface) -> EncodedBlock:
    """The batch encoded; both engines give the same."""
    plain = encode_batch(batch, record, interface, file_id="f", engine="numpy")
    compiled = encode_batch(batch, record, interface, file_id="f", engine="compiled")
    assert plain.findings.to_pylist() == compiled.findings.to_pylist()
    if not plain.findings.num_rows:
        assert records_of(plain) == records_of(compiled)
    return plain


def records_of(block: EncodedBlock) -> list[bytes]:
    """The records one by one."""
    if block.lengths is None:
        return [row.tobytes() for row in block.data]
    ends = np.cumsum(block.lengths)
    flat = block.data.tobytes()
    starts = ends - block.lengths
    assert len(flat) == (int(ends[-1]) if len(ends) else 0)
    return [flat[start:end] for start, end in zip(starts, ends, strict=True)]


def comes_back(batch: pa.RecordBatch, record: Record, interface: Interface) -> None:
    """With the originals that are not canonical beside it, a table gives the file's own bytes."""
    originals = batch.column(ORIGINAL)
    place = batch.schema.get_field_index(ORIGINAL)
    bare = batch.remove_column(place)
    encoded(bare, record, interface)
    kept = preserved_originals(bare, originals, record, interface)
    carried = pa.RecordBatch.from_arrays([*bare.columns, kept], [*bare.schema.names, PRESERVED])
    block = encode_batch(carried, record, interface)
    assert block.findings.num_rows == 0, block.findings.to_pylist()[:3]
    written = records_of(keep_preserved(block, carried, record, interface))
    space = bytes([code_page(interface.file.encoding).space])
    for one, original in zip(written, originals.to_pylist(), strict=True):
        assert one.ljust(len(original), space) == original


REFUSED: tuple[type[Exception], ...] = (ColumnTypeError, MissingColumnError)


def is_written_or_refused(batch: pa.RecordBatch, record: Record, interface: Interface) -> bool:
    """Whether a table of any values becomes records, which then read back as the same values;
    else it has findings, or is refused, by both engines alike."""
    outcomes = []
    for engine in ("numpy", "compiled"):
        try:
            block = encode_batch(batch, record, interface, engine=engine)
        except REFUSED as error:
            outcomes.append(str(error))
        else:
            outcomes.append(block)
    one, other = outcomes
    if isinstance(one, str) or isinstance(other, str):
        # The columns listed behind the semicolon may be those of a group of rows.
        wrongs = [_shown(outcome).partition(";")[0] for outcome in outcomes]
        assert wrongs[0] == wrongs[1] or not batch.num_rows, wrongs
        return False
    assert one.findings.to_pylist() == other.findings.to_pylist()
    if one.findings.num_rows or not batch.num_rows:
        return False
    records = records_of(one)
    assert records == records_of(other)
    reads_back(batch, decoded(pa.array(records, pa.binary()), record, interface), record, interface)
    return True


def _shown(outcome: str | EncodedBlock) -> str:
    return outcome if isinstance(outcome, str) else f"{outcome.findings.num_rows} findings"


def reads_back(
    batch: pa.RecordBatch, again: pa.RecordBatch, record: Record, interface: Interface
) -> None:
    """Values outside redefinitions and tables are as they were; nulls may have become blanks."""
    for item in plain_items(record.fields):
        if item.column not in batch.schema.names or item.column not in again.schema.names:
            continue
        kind = again.schema.field(item.column).type
        try:
            wanted = batch.column(item.column).cast(kind).to_pylist()
        except pa.ArrowInvalid:
            continue
        for said, read in zip(wanted, again.column(item.column).to_pylist(), strict=True):
            if isinstance(said, float) or said is None:
                continue
            if isinstance(said, str):
                said = (said.lstrip(" ") if item.justified else said.rstrip(" ")) or None
            assert said == read, f"{item.name}: {said!r} was read as {read!r}"


def plain_items(items: Sequence[Field]) -> list[Field]:
    """Elementary items outside tables and redefinitions."""
    redefined = {item.redefines for item in items if item.redefines}
    found = []
    for item in items:
        is_apart = item.redefines or item.name in redefined or item.occurs
        if is_apart or (item.is_filler and not item.is_group):
            continue
        found += plain_items(item.children) if item.is_group else [item]
    return found
