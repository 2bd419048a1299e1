"""Who had a name first is told by the ledger alone, as often as it is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from ledger.landing import Direction, FileRecord, Landing, LandingOutcome, record_landed

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
NAME = "CSPAY_20261120_000001.TXT"
NEW, KNOWN = LandingOutcome.NEW, LandingOutcome.KNOWN
SAME_NAME, SAME_CONTENT = LandingOutcome.SAME_NAME, LandingOutcome.SAME_CONTENT


def a_file(digit: str, name: str = NAME) -> FileRecord:
    return FileRecord(
        file_id=digit * 64,
        interface="counter_return",
        version=1,
        direction=Direction.INBOUND,
        partner="counter_service",
        business_date=date(2026, 11, 20),
        name=name,
        size_bytes=514,
    )


def land(engine: Engine, *files: FileRecord, at: datetime = NOW) -> list[Landing]:
    return record_landed(engine, files, recorded_at=at)


def outcomes(landings: list[Landing]) -> list[LandingOutcome]:
    return [landing.outcome for landing in landings]


@pytest.mark.parametrize("minutes", [-5, 0, 5], ids=["set_back", "stood_still", "later"])
def test_a_taken_name_is_told_again_after_a_crash(ledger: Engine, minutes: int) -> None:
    """The second landing was committed, then the process died: nothing of it is forgotten."""
    land(ledger, a_file("b"))
    for again in range(3):
        at = NOW + timedelta(minutes=minutes * (again + 1))
        assert land(ledger, a_file("a"), at=at) == [Landing("a" * 64, SAME_NAME, "b" * 64)]
    assert outcomes(land(ledger, a_file("b"))) == [KNOWN]


def test_the_first_holder_is_named_whoever_came_in_between(ledger: Engine) -> None:
    for digit in "cba":
        land(ledger, a_file(digit))
    for digit in "ab":
        assert land(ledger, a_file(digit)) == [Landing(digit * 64, SAME_NAME, "c" * 64)]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_of_two_files_of_one_name_in_one_call_the_first_has_it(ledger: Engine, order: str) -> None:
    files = [a_file(digit) for digit in order]
    assert outcomes(land(ledger, *files)) == [NEW, SAME_NAME]
    assert outcomes(land(ledger, *files)) == [KNOWN, SAME_NAME]
    assert outcomes(land(ledger, *reversed(files))) == [SAME_NAME, KNOWN]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_copy_and_a_new_file_of_one_name_keep_their_order(ledger: Engine, order: str) -> None:
    land(ledger, a_file("a", "FIRST.TXT"))
    files = [a_file(digit) for digit in order]
    expected = {"ab": [SAME_CONTENT, SAME_NAME], "ba": [NEW, SAME_CONTENT]}[order]
    assert outcomes(land(ledger, *files)) == expected
    again = {"ab": [KNOWN, SAME_NAME], "ba": [KNOWN, KNOWN]}[order]
    assert outcomes(land(ledger, *files)) == again


def test_a_taken_name_does_not_spoil_content_that_came_under_its_own_name(ledger: Engine) -> None:
    """A copy under somebody else's name says nothing about the original."""
    land(ledger, a_file("b"))
    original, copy = a_file("a", "OWN.TXT"), a_file("a")
    assert outcomes(land(ledger, original, copy)) == [NEW, SAME_CONTENT]
    assert outcomes(land(ledger, original, copy)) == [KNOWN, KNOWN]
