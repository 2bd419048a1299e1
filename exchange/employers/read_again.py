"""Refused filings read once more: who the wrong lines are about, and whose the file is.

Nothing that was read of a refused file is kept, and its answer must still say which person a wrong
line is about and go to the employer who filed it. Our own copy of the bytes is decoded again; the
results stay in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.filed_lines import Batch
from exchange.employers.line_columns import FIELDS, KEYS, LINES_SCHEMA, READ, lines_of
from exchange.inbound.landed import landed_bytes
from exchange.inbound.stored import DETAILS, HEADERS
from exchange.site import Site
from interfaces.model import Framing, Interface, RecordRule, Role
from parsers.copybook import load_layout
from parsers.decode import decode_file
from parsers.layout import Record

_MARK_OF_UTF8 = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """``lines`` (LINES_SCHEMA) of the refused files of a batch that can be decoded; ``accounts``
    utf8[n]: the account at the beginning of each of them, null where none can be read and of
    files that were accepted."""

    lines: pa.Table
    accounts: pa.Array


def read_again(site: Site, batch: Batch) -> ReadAgain:
    """Read the refused files of a batch of which findings are kept, one at a time: they are few.

    OutsideFailure when our copy of one is gone.
    """
    ids = batch.files["file_id"].to_pylist()
    names = batch.files["name"].to_pylist()
    read = batch.files["records_read"].to_pylist()
    told = np.asarray(pc.is_valid(batch.files["findings_uri"])) & ~batch.is_accepted
    beginnings = list(_beginnings(batch.interface))
    accounts: list[str | None] = [None] * len(ids)
    rows: dict[str, list[pa.Table]] = {}
    for place in np.flatnonzero(told).tolist():
        with _our_copy(site, ids[place]) as path:
            accounts[place] = _account(path, beginnings)
            if read[place]:  # else it was refused unread, maybe for its size
                for record, table in _records(batch.interface, path, ids[place], names[place]):
                    rows.setdefault(record, []).append(table)
    own = batch.files["file_id"].combine_chunks()
    header = next((r.record for r in batch.interface.records if r.role is Role.HEADER), None)
    lines = [
        lines_of(pa.concat_tables(tables), own, HEADERS if record == header else DETAILS)
        for record, tables in rows.items()
    ]
    return ReadAgain(
        pa.concat_tables([LINES_SCHEMA.empty_table(), *lines]), pa.array(accounts, pa.utf8())
    )


def _records(
    interface: Interface, path: Path, file_id: str, name: str
) -> Iterator[tuple[str, pa.Table]]:
    """The records of a file that can be decoded, by their 01 name."""
    for block in decode_file(path, interface, file_id=file_id, name=name):
        for record, batch in block.batches.items():
            columns = [each for each in batch.schema.names if each in (*KEYS, *READ)]
            rows = pa.Table.from_batches([batch.select(columns)]).append_column(
                KEYS[0], pa.repeat(pa.scalar(file_id, pa.utf8()), batch.num_rows)
            )
            yield record, rows


@contextmanager
def _our_copy(site: Site, file_id: str) -> Iterator[Path]:
    """Where our copy can be read: by itself, or taken from its pack into a file on no disk."""
    path = site.home.landing(file_id)
    if path.is_file():
        yield path
        return
    content = landed_bytes(site, file_id)
    descriptor = os.memfd_create("filing", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as writer:
            writer.write(content)
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class _Beginning:
    """How a file begins that tells an account: bytes that must stand there, and where it stands."""

    literals: tuple[tuple[slice, tuple[bytes, ...]], ...]
    account: slice

    @property
    def length(self) -> int:
        """Bytes that have to be looked at."""
        ends = [int(place.stop) for place, _ in self.literals]
        return max([*ends, int(self.account.stop)])


def _beginnings(interface: Interface) -> Iterator[_Beginning]:
    """For text whose digits are ASCII, whatever happened to its letters."""
    if interface.file.framing is not Framing.TEXT:
        return
    layout = {record.name: record for record in load_layout(interface)}
    for rule in interface.records:
        made = _beginning(rule, layout[rule.record])
        if made is not None:
            yield made


def _beginning(rule: RecordRule, record: Record) -> _Beginning | None:
    places = {item.name: slice(item.offset, item.offset + item.length) for item in record.walk()}
    columns = {item.column: item.name for item in record.walk()}
    name = next((columns[one] for one in FIELDS["account"] if one in columns), None)
    if name is None or not all(one in places for one in rule.when):
        return None
    literals = tuple(
        (places[one], tuple(value.encode("ascii") for value in values))
        for one, values in rule.when.items()
    )
    return _Beginning(literals, places[name])


def _account(path: Path, beginnings: list[_Beginning]) -> str | None:
    """The account in the first record, as it stands there; None where no digits do."""
    longest = max((one.length for one in beginnings), default=0)
    with path.open("rb") as reader:
        content = reader.read(longest + len(_MARK_OF_UTF8)).removeprefix(_MARK_OF_UTF8)
    for one in beginnings:
        if all(content[place] in values for place, values in one.literals):
            found = content[one.account]
            is_whole = len(found) == one.account.stop - one.account.start
            return found.decode("ascii") if is_whole and found.isdigit() else None
    return None
