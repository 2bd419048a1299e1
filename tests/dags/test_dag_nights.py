"""The DAGs for real: receive, feed, a partner that answers, one that is down, a holiday."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date

import pytest

from ledger.books import last_closed
from ledger.digest import content_digest
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
