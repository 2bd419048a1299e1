"""Sending notices as a task: the DAG's order, its secret, and what fails it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exchange.notices.arriving import receive_notices
from exchange.schedule import noticing, scheduled
from exchange.schedule.orchestration import RetryTheOutsideWorld
from interfaces.errors import OutsideFailure, WrongUse
from tests.dags.conftest import DagFiles
from tests.exchange.breaking_mail_server import breaking_server
from tests.exchange.notice_lists import DAY, SENDER, Notices, notices
from tests.openssh import HOST, free_port


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notices:
    """An installation, and a run of Airflow on the day."""
    monkeypatch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path))
    monkeypatch.setattr(scheduled, "get_current_context", lambda: {"partition_key": str(DAY)})
    for name in ("URL", "PASSWORD", "FROM", "RETURNS", "REPLY_TO", "NAME"):
        monkeypatch.delenv(f"PRAKAN_NOTICES_MAIL_{name}", raising=False)
    monkeypatch.setenv("PRAKAN_NOTICES_MAIL_A_MINUTE", "0")
    return notices(tmp_path)


def point(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let the task send there."""
    monkeypatch.setenv("PRAKAN_NOTICES_MAIL_URL", url)
    monkeypatch.setenv("PRAKAN_NOTICES_MAIL_FROM", SENDER)


def test_the_dag_runs_in_the_morning_one_step_after_the_other(dag_files: DagFiles) -> None:
    dag = dag_files.dags["notices"]
    days = ["2026-11-27", "2026-11-30", "2026-12-01"]  # Friday, Monday, Tuesday
    assert dag["keys"] == [[f"{day} 09:00", day] for day in days]
    assert {name: task["upstream"] for name, task in dag["tasks"].items()} == {
        "working_day": [],
        "receive": ["working_day"],
        "bounces": ["receive"],
        "send": ["bounces"],
        "report": ["send"],
    }


def test_where_no_list_ever_came_no_server_is_needed(made: Notices) -> None:
    assert noticing.send_now() == {"lists": 0, "mails": 0}


def test_a_list_needs_a_server(made: Notices) -> None:
    made.usual(1)
    with pytest.raises(WrongUse, match="PRAKAN_NOTICES_MAIL_URL"):
        noticing.send_now()


def test_what_waits_is_sent_once(made: Notices, monkeypatch: pytest.MonkeyPatch) -> None:
    made.usual(2)
    with breaking_server() as server:
        point(monkeypatch, f"smtp://{HOST}:{server.port}")
        counts = noticing.send_now()
        assert (counts["lists"], counts["sent"]) == (1, 2)
        assert noticing.send_now() == {"lists": 0, "mails": 0}
    assert receive_notices(made.site, DAY)["already_received"] == 2


def test_a_server_that_is_down_fails_the_task_which_is_tried_again(
    made: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.usual(1)
    point(monkeypatch, f"smtp://{HOST}:{free_port()}")
    with pytest.raises(OutsideFailure, match="sent by the next run") as failure:
        noticing.send_now()
    decision = RetryTheOutsideWorld().evaluate(failure.value, try_number=1, max_tries=3)
    assert decision.action.value == "default"


def test_the_password_comes_from_the_airflow_connection(
    made: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.usual(1)
    point(monkeypatch, f"smtp://us@{HOST}:{free_port()}")
    with pytest.raises(WrongUse, match="PRAKAN_NOTICES_MAIL_PASSWORD"):
        noticing.send_now()
    connection = {"conn_type": "smtp", "password": "from airflow"}
    monkeypatch.setenv("AIRFLOW_CONN_PRAKAN_NOTICES_MAIL", json.dumps(connection))
    with pytest.raises(OutsideFailure, match="refused"):
        noticing.send_now()
