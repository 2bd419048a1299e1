"""The life of a file after it landed: events, results, and finding it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from ledger import schema
from ledger.chain import Entry, append_entries
from ledger.chunks import chunks
from ledger.database import reading, writing
from ledger.detail import from_text, to_text
from ledger.errors import LedgerError
from ledger.judged_names import judged_as
from ledger.landing import Direction, FileRecord, FileState

VERDICTS = (FileState.ACCEPTED, FileState.QUARANTINED)


@dataclass(frozen=True, slots=True)
class FileEvent:
    """Something that happened to a file; ``detail`` is free, JSON-able, without personal data."""

    file_id: str
    state: FileState
    detail: Mapping[str, object]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class FileResult:
    """What came out of receiving a file: ``state`` is ACCEPTED or QUARANTINED.

    ``controls`` are the proven control totals by field name, as text. URIs are null when
    nothing was written. ``records_read == records_accepted + records_rejected`` always.
    ``judged_as``: the name under which it was judged, where that is not its first one; it is kept
    with the event, and null in results that are read.
    """

    file_id: str
    state: FileState
    records_read: int
    records_accepted: int
    records_rejected: int
    controls: Mapping[str, str]
    part_uri: str | None = None
    findings_uri: str | None = None
    judged_as: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FileStanding:
    """A file with its latest state and result."""

    file: FileRecord
    state: FileState
    result: FileResult | None


def record_events(
    engine: Engine,
    file_ids: Sequence[str],
    state: FileState,
    *,
    recorded_at: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Record one event for many files in one transaction.

    A file whose latest event already is that state with that detail is left alone.
    """
    with writing(engine, "files") as connection:
        insert_events(
            connection, [(file_id, state, detail or {}) for file_id in file_ids], recorded_at
        )


def insert_events(
    connection: Connection,
    events: Sequence[tuple[str, FileState, Mapping[str, object]]],
    recorded_at: datetime,
) -> None:
    """Insert events that differ from the file's latest, within the caller's transaction."""
    new = _insert_events(connection, events, recorded_at)
    append_entries(
        connection,
        [(f"file.{state.value}", file_id, detail) for file_id, state, detail in new],
        recorded_at,
    )


def _insert_events(
    connection: Connection,
    events: Sequence[tuple[str, FileState, Mapping[str, object]]],
    recorded_at: datetime,
) -> list[tuple[str, FileState, Mapping[str, object]]]:
    """The events that were new."""
    latest = _latest_events(connection, [file_id for file_id, _, _ in events])
    new = [
        (file_id, state, detail)
        for file_id, state, detail in events
        if latest.get(file_id) != (state.value, to_text(detail))
    ]
    rows = [
        {
            "file_id": file_id,
            "state": state.value,
            "detail": to_text(detail),
            "recorded_at": recorded_at,
        }
        for file_id, state, detail in new
    ]
    if rows:
        connection.execute(sa.insert(schema.file_event), rows)
    return new


def record_results(engine: Engine, results: Sequence[FileResult], *, recorded_at: datetime) -> None:
    """Record results and their events for many files in one transaction.

    The same result again changes nothing. A quarantined file may get a further result (its
    declaration was repaired); an accepted one is final and another result is a LedgerError.
    """
    for result in results:
        _check(result)
    with writing(engine, "files") as connection:
        latest = _latest_results(connection, [result.file_id for result in results])
        changed = [result for result in results if latest.get(result.file_id) != result]
        for result in changed:
            before = latest.get(result.file_id)
            if before is not None and before.state is FileState.ACCEPTED:
                raise LedgerError(
                    f"file {result.file_id} was accepted with {before.records_accepted} records; "
                    f"a result with {result.records_accepted} cannot replace it"
                )
        if not changed:
            return
        connection.execute(
            sa.insert(schema.file_result), [_result_row(r, recorded_at) for r in changed]
        )
        _insert_events(
            connection, [(r.file_id, r.state, judged_as(r.judged_as)) for r in changed], recorded_at
        )
        append_entries(connection, [_result_entry(r) for r in changed], recorded_at)


def find(engine: Engine, file_id: str) -> FileStanding | None:
    """The file of that id, or of that beginning of an id; LedgerError when several match."""
    with reading(engine) as connection:
        found = select_standings(
            connection, schema.file.c.file_id.startswith(file_id, autoescape=True), 2
        )
    if len(found) > 1:
        raise LedgerError(f"several files begin with {file_id}: give more digits")
    return found[0] if found else None


def files_of(engine: Engine, business_date: date) -> list[FileStanding]:
    """Every file of a business date, both directions, by interface, name and id."""
    with reading(engine) as connection:
        return select_standings(connection, schema.file.c.business_date == business_date)


def files_of_interface(engine: Engine, interface: str, business_date: date) -> list[FileStanding]:
    """Every file of an interface and business date, by name and id."""
    file = schema.file
    with reading(engine) as connection:
        return select_standings(
            connection,
            sa.and_(file.c.business_date == business_date, file.c.interface == interface),
        )


def events_of(engine: Engine, file_id: str) -> list[FileEvent]:
    """The file's whole life, oldest first."""
    event = schema.file_event
    query = sa.select(event).where(event.c.file_id == file_id).order_by(event.c.event_id)
    with reading(engine) as connection:
        return [
            FileEvent(row.file_id, FileState(row.state), from_text(row.detail), row.recorded_at)
            for row in connection.execute(query)
        ]


def _check(result: FileResult) -> None:
    if result.state not in VERDICTS:
        raise LedgerError(f"file {result.file_id}: {result.state} is not a result")
    if result.records_read != result.records_accepted + result.records_rejected:
        raise LedgerError(
            f"file {result.file_id}: read {result.records_read} records but accepted "
            f"{result.records_accepted} and rejected {result.records_rejected}"
        )


def is_latest_event() -> sa.ColumnElement[bool]:
    """Keeps of a join of file and file_event the newest event of each file."""
    later = schema.file_event.alias("later_event")
    return schema.file_event.c.event_id == (
        sa.select(sa.func.max(later.c.event_id))
        .where(later.c.file_id == schema.file.c.file_id)
        .correlate(schema.file)
        .scalar_subquery()
    )


def is_latest_result() -> sa.ColumnElement[bool]:
    """Keeps of a join of file and file_result the newest result of each file."""
    later = schema.file_result.alias("later_result")
    return schema.file_result.c.result_id == (
        sa.select(sa.func.max(later.c.result_id))
        .where(later.c.file_id == schema.file.c.file_id)
        .correlate(schema.file)
        .scalar_subquery()
    )


def _latest_events(connection: Connection, file_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    file, event = schema.file, schema.file_event
    query = (
        sa.select(file.c.file_id, event.c.state, event.c.detail)
        .join(event, event.c.file_id == file.c.file_id)
        .where(is_latest_event())
    )
    return {
        row.file_id: (row.state, row.detail)
        for keys in chunks(file_ids)
        for row in connection.execute(query.where(file.c.file_id.in_(keys)))
    }


def _latest_results(connection: Connection, file_ids: Sequence[str]) -> dict[str, FileResult]:
    file, result = schema.file, schema.file_result
    query = (
        sa.select(result).join(file, file.c.file_id == result.c.file_id).where(is_latest_result())
    )
    return {
        row.file_id: _result(row)
        for keys in chunks(file_ids)
        for row in connection.execute(query.where(file.c.file_id.in_(keys)))
    }


def select_standings(
    connection: Connection, condition: sa.ColumnElement[bool], limit: int | None = None
) -> list[FileStanding]:
    """Files that meet a condition on ``file``, with latest state and result, in name order."""
    file, event, result = schema.file, schema.file_event, schema.file_result
    query = (
        sa.select(file, event.c.state.label("latest_state"))
        .join(event, event.c.file_id == file.c.file_id)
        .where(is_latest_event(), condition)
        # Unrecognised files first on both databases, which place nulls differently.
        .order_by(sa.func.coalesce(file.c.interface, ""), file.c.name, file.c.file_id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    results = {
        row.file_id: _result(row)
        for row in connection.execute(
            sa.select(result)
            .join(file, file.c.file_id == result.c.file_id)
            .where(is_latest_result(), condition)
        )
    }
    return [
        FileStanding(_file(row), FileState(row.latest_state), results.get(row.file_id))
        for row in rows
    ]


def _file(row: Row[tuple[object, ...]]) -> FileRecord:
    return FileRecord(
        file_id=row.file_id,
        interface=row.interface,
        version=row.version,
        direction=Direction(row.direction),
        partner=row.partner,
        business_date=row.business_date,
        name=row.name,
        size_bytes=row.size_bytes,
    )


def _result(row: Row[tuple[object, ...]]) -> FileResult:
    return FileResult(
        file_id=row.file_id,
        state=FileState(row.state),
        records_read=row.records_read,
        records_accepted=row.records_accepted,
        records_rejected=row.records_rejected,
        controls={name: str(value) for name, value in from_text(row.controls).items()},
        part_uri=row.part_uri,
        findings_uri=row.findings_uri,
    )


def _result_entry(result: FileResult) -> Entry:
    told = {
        "read": result.records_read,
        "accepted": result.records_accepted,
        "rejected": result.records_rejected,
        "controls": dict(result.controls),
    }
    return (f"file.{result.state.value}", result.file_id, told)


def _result_row(result: FileResult, recorded_at: datetime) -> dict[str, object]:
    return {
        "file_id": result.file_id,
        "state": result.state.value,
        "records_read": result.records_read,
        "records_accepted": result.records_accepted,
        "records_rejected": result.records_rejected,
        "controls": to_text(result.controls),
        "part_uri": result.part_uri,
        "findings_uri": result.findings_uri,
        "recorded_at": recorded_at,
    }
