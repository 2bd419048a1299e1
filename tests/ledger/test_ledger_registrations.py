"""Registration files in the books: once each, on an open day, and no money moved."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.audit import verify_chain
from ledger.books import check_books, close_books
from ledger.files import FileResult, record_results
from ledger.landing import Direction, FileRecord, FileState, record_landed
from ledger.registrations import (
    REGISTRATIONS,
    enter_registration_files,
    registration_files,
)
from tests.ledger.payments import NOW

MONDAY, TUESDAY = date(2027, 1, 4), date(2027, 1, 5)
FILES = [f"{number:x}" * 64 for number in (10, 11, 12)]


def receive(ledger: Engine, file_ids: list[str], *, accepted: bool = True) -> None:
    """Registration files came, one a minute, and were judged."""
    for minute, file_id in enumerate(file_ids):
        record = FileRecord(
            file_id=file_id,
            interface="employee_registration",
            version=1,
            direction=Direction.INBOUND,
            partner=None,
            business_date=MONDAY,
            name=f"SPS103_{file_id[:8]}.TXT",
            size_bytes=1,
        )
        at = NOW + timedelta(minutes=minute)
        record_landed(ledger, [record], recorded_at=at)
        state = FileState.ACCEPTED if accepted else FileState.QUARANTINED
        part = f"datasets/{file_id[:4]}.parquet" if accepted else None
        result = FileResult(file_id, state, 1, int(accepted), int(not accepted), {}, part)
        record_results(ledger, [result], recorded_at=at)


def enter(ledger: Engine, file_ids: list[str], day: date = MONDAY) -> int:
    ids = pa.chunked_array([pa.array(file_ids, pa.string())])
    return enter_registration_files(ledger, ids, day, recorded_at=NOW + timedelta(days=1))


def entered(ledger: Engine, after: date | None, up_to: date) -> list[str]:
    ids: list[str] = registration_files(ledger, after, up_to)["file_id"].to_pylist()
    return ids


def test_files_stand_in_the_books_of_the_day_in_the_order_of_landing(ledger: Engine) -> None:
    receive(ledger, [FILES[2], FILES[0]])
    assert enter(ledger, [FILES[0], FILES[2]]) == 2
    assert registration_files(ledger, None, MONDAY).to_pylist() == [
        {
            "file_id": file_id,
            "business_date": MONDAY,
            "part_uri": f"datasets/{file_id[:4]}.parquet",
        }
        for file_id in (FILES[2], FILES[0])
    ]
    assert entered(ledger, MONDAY, TUESDAY) == []


def test_entering_again_changes_nothing(ledger: Engine) -> None:
    receive(ledger, FILES)
    assert [enter(ledger, FILES[:2]), enter(ledger, FILES), enter(ledger, FILES)] == [2, 1, 0]
    with ledger.connect() as connection:
        batch = schema.posting_batch.c
        rows = connection.execute(sa.select(batch.kind, batch.posted_satang)).all()
        links = sa.select(sa.func.count()).where(schema.audit.c.kind == "registrations.entered")
        assert connection.scalar(links) == 2
    assert [tuple(row) for row in rows] == [(REGISTRATIONS, 0)] * 3
    assert verify_chain(ledger).fault is None


def test_two_processes_at_once_enter_each_file_once(ledger: Engine) -> None:
    receive(ledger, FILES)
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda _: enter(ledger, FILES), range(2)))
    assert sorted(told) == [0, 3]
    assert sorted(entered(ledger, None, MONDAY)) == FILES


@pytest.mark.parametrize("closed", [MONDAY, TUESDAY])
def test_nothing_is_entered_in_closed_books(ledger: Engine, closed: date) -> None:
    receive(ledger, FILES)
    enter(ledger, FILES[:1])
    close_books(ledger, closed, recorded_at=NOW)
    assert enter(ledger, FILES) == 2
    next_day = closed + timedelta(days=1)
    assert entered(ledger, None, closed) == FILES[:1]
    assert entered(ledger, closed, next_day) == FILES[1:]


def test_registrations_leave_the_identities_of_the_books_alone(ledger: Engine) -> None:
    receive(ledger, FILES)
    enter(ledger, FILES)
    identities = check_books(ledger, MONDAY, full=True)
    assert identities
    assert [one for one in identities if not one.agrees] == []
    assert close_books(ledger, MONDAY, recorded_at=NOW).balances == {}
