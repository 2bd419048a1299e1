"""Breaks of whole returns: refused ones and copies, each with the money at stake, each once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ledger.file_breaks import FileBreak, FileBreakCode, file_break_events, file_breaks
from simulation.partner.evening import Evening
from tests.night.stage import DAY, PARTNER, Stage
from tests.night.test_answers import declare, repaired
from tests.night.test_bad_returns import (
    cut_short,
    emptied,
    lying_trailer,
    with_letters_in_amounts,
    without_a_line,
)

SPOILT = {
    spoil.__name__: (spoil, reason, declared)
    for spoil, reason, declared in (
        (lying_trailer, "CONTROL_SUM", 1),
        (without_a_line, "SEQUENCE_BROKEN", 0),
        (with_letters_in_amounts, "FILE_REJECTED_RATIO", 0),
        (cut_short, "RECORD_TRAILER_MISSING", None),
        (emptied, "FILE_EMPTY", None),
    )
}
"""How it is spoilt, the reason, and how much more its trailer says than was paid; None: nothing."""


@pytest.fixture
def at_evening(stage: Stage) -> tuple[Stage, Evening]:
    """The feeds are delivered and the partner has closed its evening."""
    assert stage.night().status == 0
    return stage, stage.evening()


def breaks(stage: Stage) -> list[FileBreak]:
    with stage.ledger() as ledger:
        return file_breaks(ledger)


def left(stage: Stage, evening: Evening) -> Path:
    return stage.root / "returns" / evening.return_file


@pytest.mark.parametrize("case", sorted(SPOILT))
def test_a_refused_return_is_a_break_with_what_its_trailer_says(
    at_evening: tuple[Stage, Evening], case: str
) -> None:
    spoil, reason, more = SPOILT[case]
    stage, evening = at_evening
    path = left(stage, evening)
    path.write_bytes(spoil(path.read_bytes()))
    assert stage.night().status == 1
    refused = stage.file(evening.return_file).file
    (found,) = breaks(stage)
    assert found == FileBreak(
        break_id=f"total.{refused.file_id[:12]}",
        code=FileBreakCode.TOTAL_DIFFERS,
        partner=PARTNER,
        business_date=DAY,
        file_id=refused.file_id,
        amount_satang=0 if more is None else evening.satang + more,
        detail={"name": evening.return_file, "reason": reason},
    )
    # Nothing new came: the same break, once.
    assert stage.night().status == 0
    assert breaks(stage) == [found]


def test_a_posted_return_is_no_break(at_evening: tuple[Stage, Evening]) -> None:
    stage, _ = at_evening
    assert stage.night().status == 0
    assert breaks(stage) == []


def test_copies_of_a_posted_return_are_breaks_of_their_own(
    at_evening: tuple[Stage, Evening],
) -> None:
    stage, evening = at_evening
    assert stage.night().status == 0
    done = stage.root / "returns" / "done" / evening.return_file
    for number in (2, 3):
        shutil.copyfile(done, left(stage, evening).with_name(_numbered(evening, number)))
        assert stage.night().status == 0
    file_id = stage.file(evening.return_file).file.file_id
    assert [(one.break_id, one.amount_satang, one.detail) for one in breaks(stage)] == [
        (
            f"duplicate.{file_id[:12]}.{number}",
            evening.satang,
            {"name": _numbered(evening, number + 1), "first_name": evening.return_file},
        )
        for number in (1, 2)
    ]
    assert {one.code for one in breaks(stage)} == {FileBreakCode.DUPLICATE_FILE}
    digest = stage.digest()
    assert stage.night().status == 0
    assert stage.digest() == digest


def test_two_copies_that_come_together_post_once(at_evening: tuple[Stage, Evening]) -> None:
    stage, evening = at_evening
    path = left(stage, evening)
    shutil.copyfile(path, path.with_name(_numbered(evening, 2)))
    assert stage.night().status == 0
    (found,) = breaks(stage)
    assert (found.code, found.state) == (FileBreakCode.DUPLICATE_FILE, "open")


def test_a_copy_of_a_refused_return_is_no_second_break(
    at_evening: tuple[Stage, Evening],
) -> None:
    stage, evening = at_evening
    path = left(stage, evening)
    data = lying_trailer(path.read_bytes())
    path.write_bytes(data)
    stage.night()
    path.with_name(_numbered(evening, 2)).write_bytes(data)
    stage.night()
    assert [one.code for one in breaks(stage)] == [FileBreakCode.TOTAL_DIFFERS]


def test_a_refused_return_that_is_accepted_after_all_is_no_break_any_more(
    at_evening: tuple[Stage, Evening], tmp_path: Path
) -> None:
    stage, evening = at_evening
    declare(tmp_path / "wrong", encoding="cp838")
    wrong = stage.with_setting("PRAKAN_INTERFACES", str(tmp_path / "wrong"))
    assert wrong.night().status == 1
    (found,) = breaks(stage)
    assert (found.state, found.detail["reason"]) == ("open", "FILE_ENCODING")
    right = repaired(wrong, evening, tmp_path)
    assert right.night().status == 0
    (found,) = breaks(stage)
    assert found.state == "resolved"
    with stage.ledger() as ledger:
        (event,) = file_break_events(ledger, found.break_id)
    assert event.detail["who"] == "prakan"
    digest = stage.digest()
    assert right.night().status == 0
    assert stage.digest() == digest


def _numbered(evening: Evening, number: int) -> str:
    return evening.return_file.replace("_000001", f"_{number:06d}")
