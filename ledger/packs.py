"""Packs in the ledger: many small files that landed together, and where each of them lies.

A pack is recorded in one transaction with all its files, alone or with other packs, and its links
of the audit are one for the whole pack: the pack's SHA-256 proves every byte of its members.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.among import is_among
from ledger.bulk import csv_bytes, insert_again, insert_rows
from ledger.chain import append_entries
from ledger.database import reading, writing
from ledger.errors import LedgerError
from ledger.files import VERDICTS
from ledger.landing import Direction, FileState

MEMBERS_SCHEMA = pa.schema(
    [
        ("file_id", pa.utf8()),
        ("name", pa.utf8()),
        ("size_bytes", pa.int64()),
        ("offset", pa.int64()),
    ]
)
"""Files of a pack: SHA-256, recorded name, bytes, and where in the pack they begin."""

RESULTS_SCHEMA = pa.schema(
    [
        ("file_id", pa.utf8()),
        ("state", pa.utf8()),
        ("records_read", pa.int64()),
        ("records_accepted", pa.int64()),
        ("records_rejected", pa.int64()),
        ("controls", pa.utf8()),
        ("part_uri", pa.utf8()),
        ("findings_uri", pa.utf8()),
    ]
)
"""Results of many files, as :class:`ledger.files.FileResult` has them; ``controls`` is the JSON
object with its keys in order."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as it lies on disk. ``pack_id`` is its SHA-256; ``interface`` and ``version`` are
    those of all its files."""

    pack_id: str
    size_bytes: int
    business_date: date
    interface: str
    version: int


@dataclass(frozen=True, slots=True)
class PackPlace:
    """Where a file lies: in which pack, from which byte on, how many bytes."""

    file_id: str
    pack_id: str
    offset: int
    size_bytes: int


def place_of(engine: Engine, file_id: str) -> PackPlace | None:
    """The place of a file in its pack; None for one that lies by itself or is unknown."""
    file = schema.file
    query = sa.select(file.c.file_id, file.c.pack_id, file.c.pack_offset, file.c.size_bytes).where(
        file.c.file_id == file_id, file.c.pack_id.is_not(None)
    )
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else PackPlace(*row)


def packs_of(engine: Engine, file_ids: Sequence[str]) -> dict[str, str | None]:
    """Those of these contents that the ledger knows, with the pack that each lies in."""
    file = schema.file
    with reading(engine) as connection:
        query = sa.select(file.c.file_id, file.c.pack_id).where(
            is_among(connection, file.c.file_id, file_ids)
        )
        return {row.file_id: row.pack_id for row in connection.execute(query)}


def known_names(engine: Engine, names: Sequence[str]) -> set[str]:
    """Which of these names a file of nobody's (of no partner) that came in had before."""
    with reading(engine) as connection:
        return _known_names(connection, names)


def record_pack(engine: Engine, pack: Pack, files: pa.Table, *, recorded_at: datetime) -> None:
    """Record that the files of a pack landed: :func:`record_packs` for one."""
    record_packs(engine, [(pack, files)], [], landed_at=recorded_at, recorded_at=recorded_at)


def record_pack_results(
    engine: Engine, pack_id: str, results: pa.Table, *, recorded_at: datetime
) -> None:
    """Record the first results of files of one pack: :func:`record_packs` for one."""
    record_packs(engine, [], [(pack_id, results)], landed_at=recorded_at, recorded_at=recorded_at)


def record_packs(
    engine: Engine,
    landed: Sequence[tuple[Pack, pa.Table]],
    decided: Sequence[tuple[str, pa.Table]],
    *,
    landed_at: datetime,
    recorded_at: datetime,
) -> None:
    """Record that packs landed, with their files, and the first results of files of packs, of these
    or of earlier ones, with their events; in one transaction.

    ``landed`` has MEMBERS_SCHEMA of each pack, ``decided`` the id of a pack and RESULTS_SCHEMA.
    Every content and every name that landed must be new, and no file may have a result already:
    LedgerError when one came meanwhile, in which case nothing is recorded. The audit has one link
    for each pack that landed, and one for its results with their sums and a hash of all rows.

    Several packs cost less together: the hashes of their files lie all over the indexes, whose
    pages are written once for a transaction.
    """
    for _, results in decided:
        _check(results)
    with writing(engine, "files") as connection:
        if landed:
            _insert_landed(connection, landed, landed_at)
        if decided:
            arrived = [files["file_id"] for _, files in landed]
            _insert_decided(connection, decided, arrived, recorded_at)


def _insert_landed(
    connection: Connection, landed: Sequence[tuple[Pack, pa.Table]], landed_at: datetime
) -> None:
    taken = _known_names(connection, [n for _, files in landed for n in files["name"].to_pylist()])
    if taken:
        raise LedgerError(
            f"{min(taken)} came another way meanwhile: run again, it will be told apart"
        )
    connection.execute(
        sa.insert(schema.pack),
        [
            {
                "pack_id": pack.pack_id,
                "business_date": pack.business_date,
                "files": len(files),
                "size_bytes": pack.size_bytes,
                "recorded_at": landed_at,
            }
            for pack, files in landed
        ],
    )
    for alike in _by_declaration(landed):
        day = alike[0][0].business_date
        files = _in_order(
            files.append_column("pack_id", pa.repeat(pa.scalar(pack.pack_id), len(files)))
            for pack, files in alike
        ).rename_columns({"offset": "pack_offset"})
        insert_rows(
            connection,
            schema.file,
            files,
            interface=alike[0][0].interface,
            version=alike[0][0].version,
            direction=Direction.INBOUND.value,
            business_date=day,
            recorded_at=landed_at,
        )
        insert_again(
            connection,
            schema.file_sighting,
            schema.file,
            files.select(["file_id", "name"]),
            business_date=day,
            recorded_at=landed_at,
        )
        insert_again(
            connection,
            schema.file_event,
            schema.file,
            files.select(["file_id"]),
            state=FileState.LANDED.value,
            detail="{}",
            recorded_at=landed_at,
        )
    append_entries(
        connection,
        [
            ("pack.landed", pack.pack_id, {"files": len(files), "size": pack.size_bytes})
            for pack, files in landed
        ],
        landed_at,
    )


def _insert_decided(
    connection: Connection,
    decided: Sequence[tuple[str, pa.Table]],
    arrived: Sequence[pa.ChunkedArray],
    recorded_at: datetime,
) -> None:
    """``arrived`` are ids that landed in this very transaction: no file of theirs has a result."""
    results = _in_order(results for _, results in decided)
    ids = results["file_id"]
    if arrived:
        new = pa.chunked_array([chunk for column in arrived for chunk in column.chunks])
        ids = ids.filter(pc.invert(pc.is_in(ids, value_set=new)))
    before = _decided(connection, ids.to_pylist()) if len(ids) else None
    if before:
        raise LedgerError(
            f"file {min(before)} got its result another way meanwhile: run again, it will "
            "not be read twice"
        )
    insert_rows(connection, schema.file_result, results, recorded_at=recorded_at)
    insert_again(
        connection,
        schema.file_event,
        schema.file_result,
        results.select(["file_id", "state"]),
        detail="{}",
        recorded_at=recorded_at,
    )
    append_entries(
        connection,
        [("pack.results", pack_id, _summary(some)) for pack_id, some in decided],
        recorded_at,
    )


def _by_declaration(
    landed: Sequence[tuple[Pack, pa.Table]],
) -> list[list[tuple[Pack, pa.Table]]]:
    """Packs whose files share their columns."""
    alike: dict[tuple[date, str, int], list[tuple[Pack, pa.Table]]] = {}
    for pack, files in landed:
        key = (pack.business_date, pack.interface, pack.version)
        alike.setdefault(key, []).append((pack, files))
    return list(alike.values())


def _in_order(tables: Iterable[pa.Table]) -> pa.Table:
    """All rows by file id: an index takes keys in order two to three times as fast."""
    return pa.concat_tables(tables).sort_by("file_id")


def _check(results: pa.Table) -> None:
    states = set(results["state"].unique().to_pylist())
    if not states <= {state.value for state in VERDICTS}:
        raise LedgerError(f"{', '.join(sorted(states))}: not all of these are results")
    handled = pc.add(results["records_accepted"], results["records_rejected"])
    wrong = results.filter(pc.not_equal(results["records_read"], handled))
    if len(wrong):
        raise LedgerError(
            f"file {wrong['file_id'][0]}: read {wrong['records_read'][0]} records but accepted "
            f"{wrong['records_accepted'][0]} and rejected {wrong['records_rejected'][0]}"
        )


def _summary(results: pa.Table) -> dict[str, object]:
    """What the audit keeps: sums, and the SHA-256 of the results without their addresses."""
    proven = results.drop_columns(["part_uri", "findings_uri"]).sort_by("file_id")
    accepted = pc.equal(results["state"], FileState.ACCEPTED.value)
    return {
        "files": len(results),
        "accepted": pc.sum(accepted).as_py() or 0,
        "records": pc.sum(results["records_read"]).as_py() or 0,
        "sha256": hashlib.sha256(csv_bytes(proven)).hexdigest(),
    }


def _known_names(connection: Connection, names: Sequence[str]) -> set[str]:
    file, sighting = schema.file, schema.file_sighting
    query = (
        sa.select(sighting.c.name)
        .join(file, file.c.file_id == sighting.c.file_id)
        .where(
            is_among(connection, sighting.c.name, names),
            file.c.direction == Direction.INBOUND.value,
            file.c.partner.is_(None),
        )
    )
    return set(connection.scalars(query))


def _decided(connection: Connection, file_ids: Sequence[str]) -> set[str]:
    result = schema.file_result
    query = sa.select(result.c.file_id).where(is_among(connection, result.c.file_id, file_ids))
    return set(connection.scalars(query))
