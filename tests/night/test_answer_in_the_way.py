"""An answer that cannot be delivered: later returns are posted and answered all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.deliveries import deliveries_of
from ledger.delivery import Delivery, DeliveryState
from ledger.landing import FileState
from tests.night.conftest import Undisturbed
from tests.night.stage import DAY, PARTNER, Stage, walk_ins_of

FIRST = f"CSACK_{DAY:%Y%m%d}_000001.TXT"
IDS = [f"{PARTNER}.counter_acknowledgement.{number:06d}" for number in (1, 2, 3)]


def answers(stage: Stage) -> dict[str, Delivery]:
    with stage.ledger() as ledger:
        return {d.delivery_id: d for d in deliveries_of(ledger, DAY) if d.answers is not None}


@pytest.fixture
def in_the_way(stage: Stage) -> Stage:
    """Somebody has put another file under the name of our first answer."""
    assert stage.night().status == 0
    first = stage.evening()
    (stage.root / "acks" / FIRST).write_bytes(b"not ours")
    night = stage.night()
    (failed,) = (step for step in night.steps if step.error is not None)
    assert "regenerate" in str(failed.error)
    assert stage.file(first.return_file).state is FileState.POSTED
    assert answers(stage)[IDS[0]].state is DeliveryState.REFUSED
    return stage


def test_what_is_paid_later_is_posted_and_answered(in_the_way: Stage, country: Path) -> None:
    second = in_the_way.evening(sequence=2, walk_ins=walk_ins_of(country))
    assert in_the_way.night().status == 3  # the first answer is still in trouble
    assert in_the_way.file(second.return_file).state is FileState.ANSWERED
    assert answers(in_the_way)[IDS[1]].state is DeliveryState.DELIVERED


def test_the_answer_is_made_anew_under_the_next_number(
    in_the_way: Stage, undisturbed: Undisturbed, capsys: pytest.CaptureFixture[str]
) -> None:
    def regenerate(delivery_id: str) -> tuple[int, Any]:
        status = in_the_way.prakan("regenerate", delivery_id, "--reason", "name is taken")
        return status, capsys.readouterr()

    status, said = regenerate(IDS[0])
    assert status == 0, said.err
    found = answers(in_the_way)
    assert found[IDS[0]].superseded_by == IDS[1]
    assert found[IDS[1]].state is DeliveryState.DELIVERED
    assert (in_the_way.root / "acks" / FIRST).read_bytes() == b"not ours"
    assert in_the_way.night().status == 0
    assert len(answers(in_the_way)) == 2

    status, said = regenerate(IDS[0])
    assert status == 2 and "superseded" in said.err
    status, said = regenerate(IDS[1])
    assert status == 2 and "has arrived" in said.err
