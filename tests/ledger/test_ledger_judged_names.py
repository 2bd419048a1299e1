"""Under which name a file was judged, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from sqlalchemy.engine import Engine

from ledger.copied_files import copies_of
from ledger.files import FileResult, find, record_results
from ledger.judged_names import judged_names, under_judged_names
from ledger.landing import Direction, FileRecord, FileState, LandingOutcome, record_landed

DAY = date(2027, 1, 15)
NOW = datetime(2027, 1, 15, 13, 0, tzinfo=UTC)


def a_file(letter: str, name: str, day: date = DAY) -> FileRecord:
    return FileRecord(letter * 64, "form_1_10", 1, Direction.INBOUND, None, day, name, 100)


def judged(ledger: Engine, letter: str, state: FileState, name: str | None = None) -> None:
    result = FileResult(letter * 64, state, 0, 0, 0, {}, judged_as=name)
    record_results(ledger, [result], recorded_at=NOW)


def test_the_last_verdict_names_the_file(ledger: Engine) -> None:
    record_landed(ledger, [a_file("a", "A"), a_file("b", "B")], recorded_at=NOW)
    judged(ledger, "a", FileState.QUARANTINED)
    judged(ledger, "b", FileState.ACCEPTED)
    assert judged_names(ledger, ["a" * 64, "b" * 64]) == {}
    judged(ledger, "a", FileState.ACCEPTED, "A_C01")
    judged(ledger, "a", FileState.ACCEPTED, "A_C02")  # known already: nothing is new
    assert judged_names(ledger, ["a" * 64, "b" * 64]) == {"a" * 64: "A_C01"}
    files = pa.table({"file_id": ["b" * 64, "a" * 64], "name": ["B", "A"]})
    among = pa.chunked_array([["a" * 64]], pa.string())
    assert under_judged_names(ledger, files, among)["name"].to_pylist() == ["B", "A_C01"]
    assert under_judged_names(ledger, files.slice(0, 0), among).num_rows == 0
    standing = find(ledger, "a" * 64)
    assert standing is not None
    assert standing.state is FileState.ACCEPTED


def test_a_further_name_that_other_content_had_is_told_whenever_it_is_asked(
    ledger: Engine,
) -> None:
    record_landed(ledger, [a_file("a", "A"), a_file("b", "B")], recorded_at=NOW)
    judged(ledger, "b", FileState.QUARANTINED)
    later = DAY + timedelta(days=1)
    for outcome in (LandingOutcome.SAME_CONTENT, LandingOutcome.KNOWN):
        (landing,) = record_landed(
            ledger, [a_file("b", "A", later)], recorded_at=NOW + timedelta(days=1)
        )
        assert (landing.outcome, landing.taken_by) == (outcome, "a" * 64)
    (free,) = record_landed(ledger, [a_file("b", "C", later)], recorded_at=NOW)
    assert (free.outcome, free.taken_by) == (LandingOutcome.SAME_CONTENT, None)
    found = copies_of(ledger, later, ["form_1_10"])
    told = zip(found["name"].to_pylist(), found["is_name_taken"].to_pylist(), strict=True)
    assert list(told) == [("A", True), ("C", False)]
