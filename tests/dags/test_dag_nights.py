"""The DAGs for real: receive, feed, a partner that answers, one that is down, a holiday."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import date

import pytest

from exchange.employers.answers import answer_pages
from ledger.books import last_closed
from ledger.digest import content_digest
from ledger.filings import filings_of
from ledger.landing import FileState
from ledger.listing import standings
from ledger.months import paid_months
from ledger.notices import notices_of
from simulation.airflow_night import (
    NIGHT,
    AirflowProcessError,
    airflow_process,
    failures,
    succeeded,
)
from simulation.partner.bank import advise
from simulation.partner.evening import close_evening
from tests.dags.rig import Rig, running_rig, states, tries

MONDAY, TUESDAY = date(2027, 1, 4), date(2027, 1, 5)  # from Monday on there are files from books
FEEDS = {
    "late_returns": "success",
    "refunds_paid": "success",
    "held_payments": "success",
    "work_out_standing": "success",
    "feeds_due": "success",
    "publish[counter_feed_s39]": "success",
    "publish[counter_feed_s40]": "success",
    "feeds_complete": "success",
}


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One Airflow for all tests here: starting it is what costs."""
    with running_rig(tmp_path_factory.mktemp("night")) as made:
        yield made


def test_a_night_from_the_extracts_to_the_report(rig: Rig) -> None:
    day = MONDAY
    rig.drop_country(day)
    with rig.server():
        outcomes = rig.run(day, *NIGHT[:3])
        assert failures(list(outcomes.values())) == []
        assert {dag_id: outcome.state for dag_id, outcome in outcomes.items()} == {
            "extracts": "success",
            "employer_contributions": "success",
            "feeds": "success",
        }
        assert states(outcomes["feeds"]) == FEEDS
        assert len(rig.dropped(day)) == 6  # two feeds, manifests, signatures; nothing half sent

        evening = close_evening(rig.partner, day, seed=5)
        advise(rig.partner, day)
        returned = rig.run(day, "returns")["returns"]
    assert states(returned) == {
        "working_day": "success",
        "partners_due": "success",
        "reconcile[collection_bank]": "success",
        "reconcile[counter_service]": "success",
        "reconcile[mainframe]": "success",
        "unreached": "success",
        "watch_the_settlements": "success",
        "close_the_books": "success",
        "book_files_due": "success",
        "publish_book_file[counter_statement]": "success",
        "publish_book_file[filed_contributions]": "success",
        "publish_book_file[ledger_posting]": "success",
        "publish_book_file[ledger_summary]": "success",
        "publish_book_file[refund_credit]": "success",
        "publish_book_file[registration_changes]": "success",
        "report": "success",
        "returns_complete": "success",
    }
    assert evening.payments > 0
    assert paid_months(rig.site().ledger, up_to=day).num_rows > 0
    assert last_closed(rig.site().ledger) == day
    assert list((rig.partner / "acks").iterdir())
    assert (rig.partner / "statements" / "CSSTM_20270104_000001.TXT").is_file()
    given = {path.name for path in (rig.partner / "mainframe" / "postings").glob("*.S000001")}
    kinds = ("FCTFILE", "LGRPOST", "LGRSUMM", "REGCHNG")
    assert given == {f"{kind}.D20270104.S000001" for kind in kinds}
    assert list((rig.partner / "bank" / "drop").iterdir()) == []  # nothing is to be credited
    assert (rig.home.report(day) / "report.html").is_file()
    # The day really was the partition key, and what started the feeds carried it.
    keys = rig.metadata("SELECT DISTINCT dag_id, partition_key FROM dag_run")
    assert {key for dag_id, key in keys if dag_id in NIGHT} >= {str(day)}
    made = rig.metadata(
        "SELECT source_dag_id, name FROM asset_event JOIN asset ON asset.id = asset_id"
        f" WHERE partition_key = '{day}'"
    )
    assert set(made) == {("extracts", "registers"), ("feeds", "feeds")}


def test_the_same_night_again_sends_nothing_twice(rig: Rig) -> None:
    day = TUESDAY
    rig.drop_country(day)
    with rig.server():
        rig.run(day)
        dropped, digest = rig.dropped(day), content_digest(rig.site().ledger)
        again = rig.run(day)
    assert succeeded(list(again.values()))
    assert len(dropped) == 6
    assert rig.dropped(day) == dropped
    assert content_digest(rig.site().ledger) == digest


def test_a_partner_that_is_down_fails_its_own_tasks_and_is_served_later(rig: Rig) -> None:
    day = date(2027, 1, 6)
    rig.drop_country(day)
    down = rig.run(day)
    assert down["extracts"].state == down["employer_contributions"].state == "success"
    assert down["feeds"].state == down["returns"].state == "failed"
    assert states(down["feeds"]) == FEEDS | {
        "publish[counter_feed_s39]": "failed",
        "publish[counter_feed_s40]": "failed",
        "feeds_complete": "upstream_failed",
    }
    assert tries(down["feeds"])["publish[counter_feed_s39]"] == 6  # five more, it might come up
    assert states(down["returns"])["report"] == "success"  # the night is reported all the same
    # Its own books wait for the partner, those of the days before it do not.
    assert states(down["returns"])["close_the_books"] == "success"
    assert last_closed(rig.site().ledger) == TUESDAY
    assert states(down["returns"])["returns_complete"] == "upstream_failed"
    lines = failures(list(down.values()))
    assert sorted(line.partition(":")[0] for line in lines) == [
        "feeds.publish[counter_feed_s39]",
        "feeds.publish[counter_feed_s40]",
        "returns.publish_book_file[counter_statement]",
        "returns.publish_book_file[filed_contributions]",
        "returns.publish_book_file[ledger_posting]",
        "returns.publish_book_file[ledger_summary]",
        "returns.publish_book_file[registration_changes]",
        "returns.reconcile[collection_bank]",
        "returns.reconcile[counter_service]",
        "returns.reconcile[mainframe]",
    ]
    assert all("127.0.0.1" in line for line in lines)
    assert rig.dropped(day) == {}

    with rig.server():
        up = rig.run(day)
    assert succeeded(list(up.values()))
    assert len(rig.dropped(day)) == 6
    assert last_closed(rig.site().ledger) == TUESDAY  # its return has not come


def test_bad_data_is_not_tried_again_and_a_late_file_is(rig: Rig) -> None:
    day = date(2027, 1, 7)
    rig.drop_country(day)
    (bad,) = rig.home.mainframe_inbox.glob(f"REGMAST.D{day:%Y%m%d}*")
    os.truncate(bad, bad.stat().st_size - 1)
    (late,) = rig.home.mainframe_inbox.glob(f"EMPMAST.D{day:%Y%m%d}*")
    late.unlink()
    night = rig.run(day, "extracts", "feeds")
    assert states(night["extracts"]) == {
        "working_day": "success",
        "interfaces_due": "success",
        "receive[contribution_history]": "success",
        "receive[employer_master]": "failed",
        "receive[registration_master]": "failed",
        "registers_complete": "upstream_failed",
    }
    assert tries(night["extracts"])["receive[registration_master]"] == 1
    assert tries(night["extracts"])["receive[employer_master]"] == 4
    assert any("quarantined" in line for line in failures([night["extracts"]]))
    # Without the registers there is no feed of yesterday's standing either.
    assert night["feeds"].state == "not started"
    assert night["feeds"].waits_for == ("registers",)


def test_employers_files_of_another_folder_are_received_entered_and_answered(rig: Rig) -> None:
    day = date(2027, 1, 8)
    rig.drop_country(day)
    given = rig.home.root / "inbox" / "deliveries" / "by courier"
    given.mkdir(parents=True)
    for path in rig.home.employer_inbox.iterdir():
        # Their names came on these nights with other contents: corrections have names of their own.
        path.rename(given / path.name.replace(".TXT", "_C07.TXT"))
    later = rig.home.employer_inbox / "SPS110_later.TXT"
    later.write_bytes(b"")
    before = {path.name: path.read_bytes() for path in given.iterdir()}
    assert rig.run(day, "extracts")["extracts"].state == "success"
    for _ in range(2):
        outcome = rig.airflow.run("employer_contributions", day, {"folder": str(given)})
        assert states(outcome) == dict.fromkeys(
            ("receive_registers", "receive", "enter_filings", "enter_registrations", "answer"),
            "success",
        )
    assert {path.name: path.read_bytes() for path in given.iterdir()} == before
    assert later.exists()  # the inbox waits for its own run
    site = rig.site()
    # A country files much the same every day: some of it came on an earlier one of these nights.
    ids = [hashlib.sha256(content).hexdigest() for content in before.values()]
    taken = standings(site.ledger, ids)
    assert set(taken) == set(ids)
    assert day in {standing.file.business_date for standing in taken.values()}
    due = filings_of(site.ledger, file_ids=ids)
    accepted = {s.file.file_id for s in taken.values() if s.state is FileState.ACCEPTED}
    assert set(due["file_id"].to_pylist()) == accepted
    assert len(accepted) > 0
    for standing in taken.values():
        assert answer_pages(site, standing.file.business_date, standing.file.file_id)


def test_a_folder_from_outside_is_refused_in_one_line(rig: Rig) -> None:
    day = date(2027, 1, 11)
    rig.drop_country(day)
    assert rig.run(day, "extracts")["extracts"].state == "success"
    before = len(list(rig.home.employer_inbox.iterdir()))
    outcome = rig.airflow.run("employer_contributions", day, {"folder": str(rig.partner)})
    assert outcome.state == "failed"
    assert states(outcome)["receive"] == "failed"
    assert tries(outcome)["receive"] == 1  # a person must mend it
    (line,) = failures([outcome])
    assert "is not below" in line
    assert "PRAKAN_DELIVERIES" in line
    assert len(list(rig.home.employer_inbox.iterdir())) == before


def test_on_a_holiday_nothing_is_received_and_nothing_sent(rig: Rig) -> None:
    day = date(2027, 2, 22)  # Makha Bucha, moved to a Monday
    night = rig.run(day)
    assert {dag_id: outcome.state for dag_id, outcome in night.items()} == {
        "extracts": "success",
        "employer_contributions": "not started",
        "feeds": "not started",
        "returns": "success",
    }
    for dag_id in ("extracts", "returns"):
        found = states(night[dag_id])
        assert found.pop("working_day") == "success"
        assert set(found.values()) == {"skipped"}, dag_id
    assert rig.dropped(day) == {}
    assert not rig.home.report(day).exists()
    assert succeeded(list(night.values()))


def test_deadlines_are_watched_and_told_once(rig: Rig) -> None:
    day = date(2026, 1, 5)  # whenever this runs, its deadlines have passed
    assert states(rig.run(day, "watch")["watch"]) == {"look": "success"}
    told = notices_of(rig.site().ledger, day)
    assert {notice.level.value for notice in told} == {"alarm"}
    # Not the masters: this rig has received later ones, which are whole pictures.
    assert "counter_return" in {notice.subject for notice in told}
    assert states(rig.run(day, "watch")["watch"]) == {"look": "success"}
    assert notices_of(rig.site().ledger, day) == told


def test_one_process_at_a_time_has_an_airflow_home(rig: Rig) -> None:
    with (
        pytest.raises(AirflowProcessError, match="another process"),
        airflow_process(rig.root / "airflow", {}),
    ):
        pytest.fail("two processes write the same metadata")
