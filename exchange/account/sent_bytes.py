"""Looking for a person in the very bytes of a file that was sent."""

from __future__ import annotations

import mmap
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from exchange.account.sent_rows import PERSON_COLUMN, people_column
from interfaces.model import Interface, Role
from parsers.arrow_types import BYTE_OFFSET, RECORD_NUMBER
from parsers.blocks import Engine
from parsers.codepages import code_page
from parsers.copybook import load_layout
from parsers.decode import decode_file

Row = dict[str, object]

_SMALL_BYTES = 4 << 20
"""Up to here a file is decoded before compiled code would be loaded."""


def holds(path: Path, interface: Interface, person: str) -> bool:
    """Whether the digits of the ID stand anywhere in the file, in its code page.

    Quick, and never wrong when it says no: an ID that a file carries as text stands there so.
    True for a file whose IDs are not text: its records must be decoded.
    """
    if not _names_people_in_text(interface):
        return True
    wanted = code_page(interface.file.encoding).encode(person)
    with path.open("rb") as source:
        if path.stat().st_size == 0:
            return False
        with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return data.find(wanted) >= 0


def records_of(
    path: Path, interface: Interface, person: str, details: Collection[int] = ()
) -> list[Row]:
    """Detail records that name the person in one of their fields, or are the ``details``-th of
    the file (from 1), decoded; one pass in constant memory. Of a record about several people only
    the person's own part of the list is given."""
    name = interface.record(Role.DETAIL).record
    engine: Engine = "numpy" if path.stat().st_size <= _SMALL_BYTES else "compiled"
    found: list[Row] = []
    seen = 0
    for block in decode_file(path, interface, file_id=path.name, records=(name,), engine=engine):
        batch = block.batches.get(name)
        if batch is None:
            continue
        numbers = pa.array(range(seen + 1, seen + batch.num_rows + 1), pa.int64())
        wanted = pc.is_in(numbers, value_set=pa.array(sorted(details), pa.int64()))
        for texts in _texts(batch):
            wanted = pc.or_(wanted, pc.fill_null(pc.match_substring(texts, person), False))
        people = people_column(batch.schema)
        if people is not None:
            wanted = pc.or_(wanted, _among(batch.column(people), person))
        seen += batch.num_rows
        plain = batch.filter(wanted).drop_columns([RECORD_NUMBER, BYTE_OFFSET])
        found += [_own_part(row, people, person) for row in plain.to_pylist()]
    return found


def _among(people: pa.ListArray, person: str) -> pa.Array:
    """Whether the person is one of each list's."""
    is_own = pc.equal(pc.struct_field(pc.list_flatten(people), PERSON_COLUMN), person)
    owners = pc.list_parent_indices(people).filter(pc.fill_null(is_own, False))
    rows = pa.array(range(len(people)), owners.type)
    return pc.is_in(rows, value_set=owners)


def _own_part(row: Row, people: str | None, person: str) -> Row:
    listed = row.get(people) if people is not None else None
    if people is None or not isinstance(listed, list):
        return row
    return {**row, people: [one for one in listed if one[PERSON_COLUMN] == person]}


def _texts(batch: pa.RecordBatch) -> Iterator[pa.Array]:
    for column in batch.columns:
        if pa.types.is_string(column.type):
            yield column
        elif pa.types.is_integer(column.type) or pa.types.is_decimal(column.type):
            yield column.cast(pa.utf8())


def _names_people_in_text(interface: Interface) -> bool:
    """Whether every item that is declared to be a national ID is characters of the code page."""
    declared = {name for name, rule in interface.fields.items() if "national_id" in rule.checks}
    return all(
        item.usage == "display"
        for record in load_layout(interface)
        for item in record.fields
        for item in item.walk()
        if item.name in declared
    )
