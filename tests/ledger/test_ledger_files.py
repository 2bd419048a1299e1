"""Landing, events and results of files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import files
from ledger.errors import LedgerError
from ledger.files import FileResult
from ledger.landing import (
    Direction,
    Duplicate,
    FileRecord,
    FileState,
    Landing,
    LandingOutcome,
    duplicates_of,
    record_landed,
)
from ledger.listing import parts_of

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
DAY = date(2026, 11, 20)


def a_file(digit: str = "a", **changes: object) -> FileRecord:
    file = FileRecord(
        file_id=digit * 64,
        interface="form_1_10",
        version=1,
        direction=Direction.INBOUND,
        partner=None,
        business_date=DAY,
        name=f"SPS110_{digit}.TXT",
        size_bytes=1_350,
    )
    return replace(file, **changes)  # type: ignore[arg-type]


def a_result(digit: str = "a", **changes: object) -> FileResult:
    result = FileResult(
        file_id=digit * 64,
        state=FileState.ACCEPTED,
        records_read=10,
        records_accepted=9,
        records_rejected=1,
        controls={"TOTAL-WAGES": "150000.00"},
        part_uri=f"parts/{digit}.parquet",
        findings_uri=f"findings/{digit}.parquet",
    )
    return replace(result, **changes)  # type: ignore[arg-type]


def land(engine: Engine, *arrived: FileRecord) -> list[Landing]:
    return record_landed(engine, arrived, recorded_at=NOW)


def test_a_new_file_has_landed(ledger: Engine) -> None:
    assert land(ledger, a_file()) == [Landing("a" * 64, LandingOutcome.NEW)]
    found = files.find(ledger, "a" * 64)
    assert found is not None
    assert (found.file, found.state, found.result) == (a_file(), FileState.LANDED, None)


def test_landing_again_changes_nothing(ledger: Engine) -> None:
    land(ledger, a_file())
    (again,) = record_landed(ledger, [a_file()], recorded_at=LATER)
    assert again.outcome is LandingOutcome.KNOWN
    assert [e.recorded_at for e in files.events_of(ledger, "a" * 64)] == [NOW]


def test_same_content_under_another_name_is_told_and_kept_as_a_duplicate(ledger: Engine) -> None:
    land(ledger, a_file())
    copy = a_file(name="COPY.TXT", business_date=date(2026, 11, 23))
    expected = Landing("a" * 64, LandingOutcome.SAME_CONTENT, "SPS110_a.TXT")
    assert land(ledger, copy) == [expected]
    assert land(ledger, copy)[0].outcome is LandingOutcome.KNOWN
    assert duplicates_of(ledger, date(2026, 11, 23)) == [
        Duplicate("a" * 64, "COPY.TXT", date(2026, 11, 23), "SPS110_a.TXT", DAY)
    ]
    assert duplicates_of(ledger, DAY) == []


def test_same_name_with_other_content_is_a_new_file_and_names_the_old(ledger: Engine) -> None:
    land(ledger, a_file())
    other = a_file("b", name="SPS110_a.TXT")
    assert land(ledger, other) == [Landing("b" * 64, LandingOutcome.SAME_NAME, "a" * 64)]
    assert files.find(ledger, "b" * 64) is not None


def test_the_same_name_from_another_partner_is_no_reuse(ledger: Engine) -> None:
    land(ledger, a_file(partner="bank"))
    (landing,) = land(ledger, a_file("b", name="SPS110_a.TXT", partner="counter_service"))
    assert landing.outcome is LandingOutcome.NEW


def test_duplicates_within_one_batch_are_told_apart(ledger: Engine) -> None:
    outcomes = land(
        ledger, a_file(), a_file(), a_file(name="COPY.TXT"), a_file("b", name="COPY.TXT")
    )
    assert [landing.outcome for landing in outcomes] == [
        LandingOutcome.NEW,
        LandingOutcome.KNOWN,
        LandingOutcome.SAME_CONTENT,
        LandingOutcome.SAME_NAME,
    ]


def test_two_workers_landing_the_same_files_record_each_once(ledger: Engine) -> None:
    arrived = [a_file(digit) for digit in "0123456789abcdef"]
    with ThreadPoolExecutor(4) as threads:
        landings = list(threads.map(lambda _: land(ledger, *arrived), range(4)))
    new = [one for batch in landings for one in batch if one.outcome is LandingOutcome.NEW]
    assert sorted(one.file_id for one in new) == sorted(file.file_id for file in arrived)


def test_results_of_many_files_are_one_transaction(ledger: Engine) -> None:
    digits = [f"{number:064x}" for number in range(400)]
    land(ledger, *(a_file(file_id=d, name=d) for d in digits))
    commits: list[int] = []
    sa.event.listen(ledger, "commit", lambda connection: commits.append(1))
    results = [a_result(file_id=d, part_uri=f"parts/{d}") for d in digits]
    files.record_results(ledger, results, recorded_at=NOW)
    assert len(commits) == 1
    standings = files.files_of(ledger, DAY)
    assert [s.state for s in standings] == [FileState.ACCEPTED] * 400
    parts = parts_of(ledger, ["form_1_10"])
    assert parts == [f"parts/{d}" for d in sorted(digits)]


def test_the_same_result_again_changes_nothing(ledger: Engine) -> None:
    land(ledger, a_file())
    files.record_results(ledger, [a_result()], recorded_at=NOW)
    files.record_results(ledger, [a_result()], recorded_at=LATER)
    states = [event.state for event in files.events_of(ledger, "a" * 64)]
    assert states == [FileState.LANDED, FileState.ACCEPTED]


def test_an_accepted_result_is_final(ledger: Engine) -> None:
    land(ledger, a_file(), a_file("b"))
    files.record_results(ledger, [a_result()], recorded_at=NOW)
    other = a_result(records_accepted=10, records_rejected=0)
    with pytest.raises(LedgerError, match="was accepted with 9 records"):
        files.record_results(ledger, [a_result("b"), other], recorded_at=NOW)
    found = files.find(ledger, "b" * 64)
    assert found is not None and found.result is None, "the batch is one transaction"


def test_a_quarantined_file_can_be_accepted_after_the_repair(ledger: Engine) -> None:
    land(ledger, a_file())
    refused = a_result(
        state=FileState.QUARANTINED, records_accepted=0, records_rejected=10, part_uri=None
    )
    files.record_results(ledger, [refused], recorded_at=NOW)
    assert parts_of(ledger, ["form_1_10"]) == []
    files.record_results(ledger, [a_result()], recorded_at=LATER)
    found = files.find(ledger, "a" * 64)
    assert found is not None
    assert (found.state, found.result) == (FileState.ACCEPTED, a_result())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"records_rejected": 0}, "read 10 records but accepted 9 and rejected 0"),
        ({"state": FileState.SENT}, "sent is not a result"),
    ],
)
def test_a_result_that_does_not_account_for_its_records_is_refused(
    ledger: Engine, changes: dict[str, object], says: str
) -> None:
    land(ledger, a_file())
    with pytest.raises(LedgerError, match=says):
        files.record_results(ledger, [a_result(**changes)], recorded_at=NOW)


def test_a_result_of_an_unknown_file_is_one_line(ledger: Engine) -> None:
    with pytest.raises(LedgerError, match="database refused") as caught:
        files.record_results(ledger, [a_result()], recorded_at=NOW)
    assert len(str(caught.value).splitlines()) == 1


def test_the_same_event_twice_is_one(ledger: Engine) -> None:
    land(ledger, a_file())
    for detail in ({"why": "เลขไม่ตรง"}, {"why": "เลขไม่ตรง"}, {"why": "other"}):
        files.record_events(
            ledger, ["a" * 64], FileState.QUARANTINED, recorded_at=NOW, detail=detail
        )
    details = [event.detail for event in files.events_of(ledger, "a" * 64)]
    assert details == [{}, {"why": "เลขไม่ตรง"}, {"why": "other"}]


def test_a_file_is_found_by_the_beginning_of_its_id(ledger: Engine) -> None:
    land(ledger, a_file(file_id="ab" + "0" * 62), a_file(file_id="ac" + "0" * 62, name="OTHER"))
    found = files.find(ledger, "ab")
    assert found is not None and found.file.file_id.startswith("ab")
    assert files.find(ledger, "f") is None
    assert files.find(ledger, "%") is None
    with pytest.raises(LedgerError, match="several files begin with a"):
        files.find(ledger, "a")


def test_a_file_without_known_interface_is_kept_and_listed_first(ledger: Engine) -> None:
    land(ledger, a_file(), a_file("b", interface=None, version=None))
    assert [s.file.interface for s in files.files_of(ledger, DAY)] == [None, "form_1_10"]
