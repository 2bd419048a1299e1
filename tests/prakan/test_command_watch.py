"""``prakan watch``: what it prints, what it sends, its exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from prakan.__main__ import main
from tests.exchange.night_ledger import MONDAY, NightLedger, at, night_ledger
from tests.exchange.notice_servers import HOST, mail_server, web_server
from tests.openssh import free_port

ROOT = Path(__file__).parents[2]
ADDRESSES = {
    "PRAKAN_NOTIFY_MAIL_FROM": "prakan@agency.example",
    "PRAKAN_NOTIFY_MAIL_TO": "operator@agency.example",
}


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NightLedger:
    """An installation to which the command is pointed."""
    for name in [n for n in os.environ if n.startswith("PRAKAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path))
    return night_ledger(tmp_path)


def test_a_round_before_at_and_after_the_deadline(
    night: NightLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["watch", "--date", str(MONDAY), "--now"]
    assert main([*arguments, "2026-11-30T12:00"]) == 0
    text = capsys.readouterr().out
    assert "2026-11-30, as of 2026-11-30 12:00 (Bangkok)" in text
    assert "met: 0 of 6 expected" in text
    assert main([*arguments, "2026-11-30T19:00"]) == 0
    captured = capsys.readouterr()
    assert "warning registration_master of 2026-11-30 by log: sent" in captured.out
    night.clock.now = at("19:10")
    night.receive("REGMAST.D20261130.S000001", "registration_master")
    assert main([*arguments, "2026-11-30T12:30:00+00:00"]) == 1
    captured = capsys.readouterr()
    assert "alarm employer_master of 2026-11-30 by log: sent" in captured.out
    assert "met: 1 of 6 expected" in captured.out
    assert "registration_master" not in captured.out
    assert main([*arguments, "2026-11-30T19:45"]) == 1
    assert "sent" not in capsys.readouterr().out


def test_json_tells_everything(night: NightLedger, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "--date", str(MONDAY), "--now", "2026-11-30T21:00", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"now", "business_dates", "lines", "sent", "undeclared", "status"}
    stands = {x["expectation"]["subject"]: x["punctuality"] for x in told["lines"]}
    assert stands["registration_master"] == "late"
    assert stands["counter_feed_s39"] == "warning" and stands["counter_return"] == "open"
    assert {(x["subject"], x["level"], x["channel"], x["failure"]) for x in told["sent"]} == {
        *((name, "alarm", "log", None) for name in stands if "counter" not in name),
        *((f"counter_feed_{name}", "warning", "log", None) for name in ("s39", "s40")),
    }
    assert told["business_dates"] == ["2026-11-30"] and told["status"] == 1


def test_without_a_date_today_and_the_week_before(
    night: NightLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "--now", "2026-12-01T00:30", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["business_dates"][0] == "2026-11-24" and told["business_dates"][-1] == "2026-12-01"
    subjects = {x["expectation"]["business_date"] for x in told["lines"]}
    assert "2026-11-29" not in subjects and "2026-11-30" in subjects  # a Sunday owes nothing


def test_a_dead_channel_is_status_3_and_the_other_is_served(
    night: NightLedger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ADDRESSES.items():
        monkeypatch.setenv(name, value)
    arguments = ["watch", "--date", str(MONDAY), "--now", "2026-11-30T19:30"]
    port = free_port()
    monkeypatch.setenv("PRAKAN_NOTIFY_MAIL_URL", f"smtp://{HOST}:{port}")
    with web_server() as web:
        monkeypatch.setenv("PRAKAN_NOTIFY_WEBHOOK_URL", web.url)
        assert main(arguments) == 3
        text = capsys.readouterr().out
        assert "by mail: FAILED, tried again at the next round" in text
        assert "by webhook: sent" in text and "secret-path" not in text
        assert len(web.posts) == 3
        with mail_server() as mails:
            monkeypatch.setenv("PRAKAN_NOTIFY_MAIL_URL", f"smtp://{HOST}:{mails.port}")
            assert main(arguments) == 1
            assert len(mails.mails) == 3
        assert len(web.posts) == 3


def test_wrong_settings_are_told_before_anything_is_claimed(
    night: NightLedger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRAKAN_NOTIFY_WEBHOOK_URL", "http://hooks.example/token")
    assert main(["watch", "--date", str(MONDAY), "--now", "2026-11-30T19:30"]) == 2
    assert "token" not in capsys.readouterr().err
    monkeypatch.delenv("PRAKAN_NOTIFY_WEBHOOK_URL")
    assert main(["watch", "--date", str(MONDAY), "--now", "2026-11-30T18:00"]) == 0
    assert "alarm" not in capsys.readouterr().out
    assert main(["watch", "--now", "soon"]) == 2
    assert main(["watch", "--date", "2569-11-30"]) == 2


def test_a_year_without_holidays_is_status_2(
    night: NightLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "--date", "2035-01-03", "--now", "2035-01-03T12:00"]) == 2
    assert "NOT WATCHED: no holidays are declared for 2035" in capsys.readouterr().out


def test_a_round_killed_while_it_sends_is_made_good(tmp_path: Path, night: NightLedger) -> None:
    """SIGKILL while the webhook has the notice and has not answered."""
    arguments = [
        *(sys.executable, "-m", "prakan", "watch"),
        *("--date", str(MONDAY), "--now", "2026-11-30T19:30"),
    ]
    with web_server() as web:
        environment = {**os.environ, "PRAKAN_NOTIFY_WEBHOOK_URL": web.url, "PYTHONPATH": str(ROOT)}
        running: list[subprocess.Popen[bytes]] = []

        def kill() -> None:
            if len(web.posts) == 1:
                running[0].send_signal(signal.SIGKILL)
                running[0].wait()

        web.before_answer = kill
        with subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL) as process:
            running.append(process)
        assert process.returncode == -signal.SIGKILL
        assert len(web.posts) == 1
        again = subprocess.run(arguments, env=environment, check=False, stdout=subprocess.DEVNULL)
        assert again.returncode == 1
        ids = [body["id"] for body in web.bodies()]
        assert len(ids) == 4 and ids[0] == ids[1] and len(set(ids)) == 3
        assert (
            subprocess.run(
                arguments, env=environment, check=False, stdout=subprocess.DEVNULL
            ).returncode
            == 1
        )
        assert len(web.posts) == 4
