"""Nights with the mainframe: it gets what was closed, proves it and answers; what it cannot load is
a break until the same bytes have been sent again and taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.outbound.again import retry
from ledger.balances import balances
from ledger.deliveries import deliveries_of
from ledger.delivery import DeliveryState
from ledger.file_breaks import FileBreakCode, file_breaks
from simulation.partner.mainframe import load_ledger_files, read_postings, read_summary
from tests.night.january import MONDAY, TUESDAY, January, january, steps_of
from tests.night.stage import Stage
from tests.openssh import Sshd

POSTING, SUMMARY = "ledger_posting", "ledger_summary"
FILED, CHANGES = "filed_contributions", "registration_changes"
ACKNOWLEDGED, REFUSED = DeliveryState.ACKNOWLEDGED, DeliveryState.REFUSED


@pytest.fixture(scope="module")
def nights(sshd: Sshd, tmp_path_factory: pytest.TempPathFactory, _no_settling: None) -> January:
    return january(sshd, tmp_path_factory.mktemp("mainframe"))


@pytest.fixture
def monday(nights: January) -> Stage:
    """Monday's books are closed and its files lie at the mainframe."""
    stage = nights.stage()
    steps_of(stage, MONDAY)
    stage.evening(MONDAY)
    steps = steps_of(stage, MONDAY)
    assert [step.name for step in steps.values() if step.error] == []
    return stage


def lying(stage: Stage, name: str) -> Path:
    (path,) = (stage.root / "mainframe" / "postings").glob(f"{name}.D20270104.S000001")
    return path


def states(stage: Stage) -> dict[str, DeliveryState]:
    with stage.ledger() as ledger:
        found = deliveries_of(ledger, MONDAY)
    return {d.interface: d.state for d in found if d.partner == "mainframe"}


def all_acknowledged() -> dict[str, DeliveryState]:
    return dict.fromkeys((FILED, POSTING, SUMMARY, CHANGES), ACKNOWLEDGED)


def breaks(stage: Stage) -> list[tuple[str, str, int]]:
    with stage.ledger() as ledger:
        found = file_breaks(ledger, code=FileBreakCode.REJECTED_BY_PARTNER)
    return [(one.break_id, one.state, one.amount_satang) for one in found]


def test_the_mainframe_proves_what_was_closed_and_acknowledges_it(monday: Stage) -> None:
    entries = read_postings(lying(monday, "LGRPOST").read_bytes())
    accounts = read_summary(lying(monday, "LGRSUMM").read_bytes())
    with monday.ledger() as ledger:
        rows = balances(ledger, booked_to=MONDAY).to_pylist()
    assert {a.name: a.closing for a in accounts} == {
        row["account"]: row["balance_satang"] for row in rows
    }
    contributions = [a.closing for a in accounts if a.name.startswith("contributions:")]
    assert sum(e.satang for e in entries) == -sum(contributions) > 0
    assert {e.kind for e in entries} == {"C"}

    assert [one.result for one in load_ledger_files(monday.root, MONDAY)] == ["A"] * 4
    steps_of(monday, TUESDAY)
    assert states(monday) == all_acknowledged()
    assert breaks(monday) == []


def test_a_damaged_file_is_refused_and_sent_again(monday: Stage) -> None:
    path = lying(monday, "LGRPOST")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"\x40")
    assert [one.result for one in load_ledger_files(monday.root, MONDAY)] == list("ARAA")
    satang = sum(entry.satang for entry in read_postings(whole))
    steps_of(monday, TUESDAY)
    assert states(monday) == all_acknowledged() | {POSTING: REFUSED}
    name = f"mainframe.{POSTING}.000001"
    assert breaks(monday) == [(f"receipt.{name}", "open", satang)]
    # Tuesday's entries wait for it, and nothing else does.
    monday.evening(TUESDAY)
    steps = steps_of(monday, TUESDAY)
    (waiting,) = (step for step in steps.values() if step.error)
    assert waiting.name == f"publish {POSTING}"
    assert f"{name} was refused by its partner" in str(waiting.error)
    folder = monday.root / "mainframe" / "postings"
    assert len(list(folder.glob("LGRSUMM.D20270105.S000002"))) == 1
    assert list(folder.glob("LGRPOST.D20270105.*")) == []

    path.unlink()  # what stands under that name and is not ours is never touched
    site = monday.site()
    retry(site, name, who="tester", reason="damaged on the mainframe")
    site.ledger.dispose()
    assert path.read_bytes() == whole
    assert [one.result for one in load_ledger_files(monday.root, TUESDAY)] == ["A"] * 4
    assert not [step for step in steps_of(monday, TUESDAY).values() if step.error]
    assert len(list(folder.glob("LGRPOST.D20270105.S000002"))) == 1
    assert states(monday) == all_acknowledged()
    assert breaks(monday) == [(f"receipt.{name}", "resolved", satang)]
