"""A round of watching as a task: its days, its secrets, and what fails it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from exchange.schedule import watching
from exchange.schedule.orchestration import RetryTheOutsideWorld
from exchange.watch.channel import ChannelFailure
from exchange.watch.webhook import signature_of
from interfaces.errors import WrongUse
from ledger.notices import notices_of
from tests.exchange.night_ledger import NightLedger, night_ledger
from tests.exchange.notice_servers import HOST, web_server
from tests.openssh import free_port

DAY = date(2026, 1, 5)  # a Monday; whenever this runs, its deadlines have passed


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NightLedger:
    """An installation, and a run of Airflow with the parameter business_date."""
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path))
    given(monkeypatch, {"partition_key": None, "params": {"business_date": str(DAY)}})
    return night_ledger(tmp_path)


def given(monkeypatch: pytest.MonkeyPatch, context: dict[str, object]) -> None:
    """What Airflow says of the run."""
    monkeypatch.setattr(watching, "get_current_context", lambda: context)


def test_the_secret_comes_from_the_airflow_connection(
    night: NightLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {"conn_type": "http", "password": "from airflow"}
    monkeypatch.setenv("AIRFLOW_CONN_PRAKAN_NOTIFY_WEBHOOK", json.dumps(connection))
    with web_server() as web:
        monkeypatch.setenv("PRAKAN_NOTIFY_WEBHOOK_URL", web.url)
        counts = watching.watch_now()
    assert counts == {"met": 0, "open": 0, "warning": 0, "late": 6, "notices": 12}
    for _, headers, body in web.posts:
        assert headers["X-Prakan-Signature"] == signature_of(body, "from airflow")


def test_without_a_connection_nothing_is_signed(
    night: NightLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_server() as web:
        monkeypatch.setenv("PRAKAN_NOTIFY_WEBHOOK_URL", web.url)
        watching.watch_now()
    assert "X-Prakan-Signature" not in web.posts[0][1]


def test_a_channel_that_fails_fails_the_task_which_is_tried_again(
    night: NightLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRAKAN_NOTIFY_WEBHOOK_URL", f"http://{HOST}:{free_port()}/x")
    with pytest.raises(ChannelFailure, match="wait for the next round") as failure:
        watching.watch_now()
    decision = RetryTheOutsideWorld().evaluate(failure.value, try_number=1, max_tries=3)
    assert decision.action.value == "default"
    assert len(notices_of(night.site.ledger, DAY)) == 6


def test_without_a_business_date_the_clock_says_which_days(
    night: NightLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, {"params": {}})
    monkeypatch.setattr(
        watching, "scheduled_site", lambda: night.site
    )  # its clock stands at noon of 30 November 2026
    assert watching.watch_now()["late"] == 6 * 5  # Monday to Friday of the week before
    friday = night.clock.now.date() - timedelta(days=3)
    assert notices_of(night.site.ledger, friday)


def test_a_day_that_cannot_be_judged_fails_the_task(
    night: NightLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, {"partition_key": "2035-01-03"})
    with pytest.raises(WrongUse, match="2035"):
        watching.watch_now()
