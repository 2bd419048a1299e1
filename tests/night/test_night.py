"""The whole night, on both databases, against what the country and the partner intended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from exchange.night import Night
from interfaces.catalogue import load_catalogue
from ledger.balances import balances
from ledger.breaks import outcomes_of
from ledger.deliveries import deliveries_of, events_of
from ledger.delivery import Delivery, DeliveryState
from ledger.files import FileStanding, files_of
from ledger.landing import Direction, FileState
from simulation.partner.evening import Evening
from tests.night.conftest import Undisturbed, stage_on
from tests.night.stage import DAY, FEEDS, PARTNER, Stage, walk_ins_of
from tests.openssh import Sshd
from tests.postgres import PostgresServer

CODES = {
    "right": "POSTED",
    "wrong_month": "WRONG_PERIOD",
    "wrong_amount": "AMOUNT_SHORT",
    "garbled_reference": "UNREADABLE_REFERENCE",
    "ended_status": "STATUS_ENDED",
    "unknown_person": "UNKNOWN_PERSON",
    "registered_after_the_feed": "NOT_SENT",
}


@dataclass(frozen=True)
class Done:
    """A finished night: the run before the partner's evening, the evening, the run after it."""

    stage: Stage
    first: Night
    evening: Evening
    second: Night
    ledger: Engine

    def counts(self, which: Night) -> dict[str, dict[str, Any]]:
        """Counts by name of the step; the night has no failed step."""
        assert [step.error for step in which.steps if step.error] == []
        return {step.name: dict(step.counts or {}) for step in which.steps}

    def return_file(self) -> FileStanding:
        """The evening's return file as the ledger knows it."""
        (found,) = (
            s for s in files_of(self.ledger, DAY) if s.file.name == self.evening.return_file
        )
        return found

    def outcomes(self) -> list[tuple[dict[str, Any], str]]:
        """Each payment of the partner's book with what became of it, in the file's order."""
        found = outcomes_of(self.ledger, self.return_file().file.file_id)
        book = self.stage.book(self.evening)
        return list(zip(book, found["outcome"].to_pylist(), strict=True))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def done(
    request: pytest.FixtureRequest,
    sshd: Sshd,
    large_country: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Done]:
    """The night on an empty ledger of either database; tests may run it again."""
    stage = stage_on(sshd, tmp_path_factory.mktemp(str(request.param)))
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        stage = stage.with_setting("PRAKAN_LEDGER_URL", server.create("night"))
    stage.receive_country(large_country)
    first = stage.night()
    evening = stage.evening(walk_ins=walk_ins_of(large_country))
    second = stage.night()
    with stage.ledger() as ledger:
        yield Done(stage, first, evening, second, ledger)


def test_a_night_counts_every_record_and_balances_to_the_satang(
    done: Done, large_night: Undisturbed
) -> None:
    before, after = done.counts(done.first), done.counts(done.second)
    for name, step in before.items():
        # No register or notice list comes in this night.
        if name.startswith("receive") and name != "receive registers":
            assert step["records_read"] == step["records_accepted"] + step["records_rejected"] > 0
            assert step["files"] == step["accepted"] + step["quarantined"]
    for feed in FEEDS:
        assert (before[f"publish {feed}"]["built"], before[f"publish {feed}"]["sent"]) == (1, 1)
        assert (after[f"publish {feed}"]["built"], after[f"publish {feed}"]["sent"]) == (0, 0)

    money = after[f"reconcile {PARTNER}"]
    assert money["posted"] + money["broken"] == done.evening.payments
    assert money["posted_satang"] + money["broken_satang"] == done.evening.satang
    rows = balances(done.ledger).to_pylist()
    assert sum(row["balance_satang"] for row in rows) == 0
    balance = {row["account"]: row["balance_satang"] for row in rows}
    assert balance.pop(f"clearing:{PARTNER}") == done.evening.satang
    assert balance.pop(f"suspense:{PARTNER}") == -money["broken_satang"]
    assert sum(balance.values()) == -money["posted_satang"]

    inbound = {FileState.ACCEPTED, FileState.QUARANTINED, FileState.ANSWERED}
    for standing in files_of(done.ledger, DAY):
        outbound = standing.file.direction is Direction.OUTBOUND
        assert standing.state in ({FileState.SENT} if outbound else inbound)
    deliveries = deliveries_of(done.ledger, DAY)
    assert {d.interface: d.state for d in deliveries} == {
        **dict.fromkeys(FEEDS, DeliveryState.ACKNOWLEDGED),  # by the partner's receipts
        "counter_acknowledgement": DeliveryState.DELIVERED,
    }
    # Nothing of it depends on the database.
    assert done.stage.digest() == large_night.digest
    assert done.stage.at_partner() == large_night.at_partner


def test_every_mistake_gets_exactly_its_code_and_everything_right_is_posted(done: Done) -> None:
    outcomes = done.outcomes()
    twice = [entry for entry, _ in outcomes if entry["intent"] == "twice"]
    pairs: dict[tuple[str, str], list[str]] = {
        (entry["reference_1"], entry["reference_2"]): [] for entry in twice
    }
    for entry, outcome in outcomes:
        pair = (entry["reference_1"], entry["reference_2"])
        if pair in pairs:
            pairs[pair].append(outcome)
        else:
            assert (entry["intent"], outcome) == (entry["intent"], CODES[entry["intent"]])
    assert set(done.evening.intents) == {*CODES, "twice"}
    assert set(map(tuple, pairs.values())) == {("POSTED", "DOUBLE_PAYMENT")}


def test_the_acknowledgement_has_a_return_code_for_every_record(done: Done) -> None:
    (path,) = (done.stage.root / "acks").glob("CSACK_*.TXT")
    header, *details, trailer = path.read_bytes().decode("cp874").splitlines()
    outcomes = done.outcomes()
    catalogue = load_catalogue()
    assert header[75:139] == done.return_file().file.file_id
    assert header[139] == "P"
    assert len(details) == len(outcomes)
    for number, (line, (entry, outcome)) in enumerate(zip(details, outcomes, strict=True), 2):
        code = "000" if outcome == "POSTED" else catalogue.return_code(outcome)
        assert line[:7] == f"D{number:06d}"
        assert line[7:27].strip() == entry["reference_1"]
        assert line[27:47].strip() == entry["reference_2"]
        assert (int(line[47:60]), line[60:63]) == (entry["amount"], code)
        assert line[63:143].strip()
    posted = [entry["amount"] for entry, outcome in outcomes if outcome == "POSTED"]
    broken = [entry["amount"] for entry, outcome in outcomes if outcome != "POSTED"]
    assert int(trailer[1:10]) == len(details)
    assert (int(trailer[10:19]), int(trailer[19:36])) == (len(posted), sum(posted))
    assert (int(trailer[36:45]), int(trailer[45:62])) == (len(broken), sum(broken))


def test_the_same_night_again_sends_nothing_and_posts_nothing(done: Done) -> None:
    seen, digest = done.stage.at_partner(), done.stage.digest()
    events = {d.delivery_id: events_of(done.ledger, d.delivery_id) for d in _deliveries(done)}
    again = done.counts(done.stage.night())
    for name, step in again.items():
        if name.startswith("receive"):
            assert step["already_received"] == step["files"]
        if name.startswith("publish"):
            assert not step["built"]
            assert not step["sent"]
    assert again[f"reconcile {PARTNER}"]["newly_posted"] == 0
    assert again[f"reconcile {PARTNER}"]["answered"] == 0
    assert done.stage.at_partner() == seen
    assert done.stage.digest() == digest
    assert {
        d.delivery_id: events_of(done.ledger, d.delivery_id) for d in _deliveries(done)
    } == events


def test_the_exit_status_says_whether_something_is_to_be_done(
    empty_stage: Stage, faultless_country: Path
) -> None:
    run = ("run", "--date", str(DAY))
    empty_stage.receive_country(faultless_country)
    assert empty_stage.prakan(*run) == 0
    assert empty_stage.prakan(*run) == 0
    empty_stage.evening(walk_ins=walk_ins_of(faultless_country))
    assert empty_stage.prakan(*run) == 1
    assert (empty_stage.home.report(DAY) / "report.html").is_file()


def _deliveries(done: Done) -> list[Delivery]:
    return deliveries_of(done.ledger, DAY)
