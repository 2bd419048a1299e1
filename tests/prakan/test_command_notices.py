"""``prakan notices``: what it prints, its exit status, and what it needs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from prakan.__main__ import main
from tests.exchange.breaking_mail_server import breaking_server
from tests.exchange.notice_lists import DAY, SENDER, Notices, address, contact, notices, record
from tests.exchange.returned_mails import report
from tests.openssh import HOST, free_port


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notices:
    """An installation to which the command is pointed: two employers with an address, one
    without."""
    for name in [n for n in os.environ if n.startswith("PRAKAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path))
    monkeypatch.setenv("PRAKAN_NOTICES_MAIL_FROM", SENDER)
    monkeypatch.setenv("PRAKAN_NOTICES_MAIL_A_MINUTE", "0")
    found = notices(tmp_path)
    found.register([contact(0, address(0)), contact(1, address(1))])
    found.to_tell([record(number) for number in range(3)])
    found.receive()
    return found


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """Exit status and answer of ``prakan notices … --json``."""
    status = main(["notices", *arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def point(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Let the command send there."""
    monkeypatch.setenv("PRAKAN_NOTICES_MAIL_URL", f"smtp://{HOST}:{port}")


def test_send_status_report(
    made: Notices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notices", "status", "--date", str(DAY)]) == 0
    assert "EMPNOTE.D20270105.S000001: accepted" in capsys.readouterr().out
    with breaking_server() as server:
        point(monkeypatch, server.port)
        assert main(["notices", "send", "--date", str(DAY), "--limit", "1"]) == 1
        text = capsys.readouterr().out
        assert "N020 of 2027-01-05: 3 accounts, 2 mails, 1 without an address" in text
        assert "mails: sent 1; waiting 1" in text
        assert main(["notices", "send", "--date", str(DAY)]) == 0
        assert "mails: sent 1; waiting 0" in capsys.readouterr().out
        status, told = asked(capsys, "send", "--date", str(DAY))
    assert (status, told["mails"], told["trouble"]) == (0, 0, None)
    status, told = asked(capsys, "status", "--date", str(DAY))
    assert status == 1 and told["lists"][0]["mails"] == {"sent": 2}
    assert told["lists"][0]["unmatched"] == 1 and told["waiting_for_people"] == []
    assert main(["notices", "status", "--date", str(DAY)]) == 1
    assert "sent 2" in capsys.readouterr().out
    status, told = asked(capsys, "report", "--date", str(DAY), "--by", "office")
    assert status == 1 and sum(line["sent"] for line in told["lines"]) == 2


def test_report_to_a_file(
    made: Notices, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notices", "report", "--until", str(DAY), "--out", str(tmp_path / "r.csv")]) == 0
    assert capsys.readouterr().out == "no notices\n"
    assert (tmp_path / "r.csv").read_text("utf-8-sig").startswith("business_date,notice_code")
    assert main(["notices", "report", "--out", str(tmp_path / "r.pdf")]) == 2
    assert ".html" in capsys.readouterr().err


def test_a_server_that_is_down_is_status_3_and_one_line(
    made: Notices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    point(monkeypatch, free_port())
    assert main(["notices", "send", "--date", str(DAY)]) == 3
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "sent by the next run" in captured.err
    assert "waiting 2" in captured.out


def test_what_a_person_decides(
    made: Notices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with breaking_server("end", times=2) as server:
        point(monkeypatch, server.port)
        assert main(["notices", "send", "--date", str(DAY)]) == 1
        capsys.readouterr()
        status, told = asked(capsys, "status", "--date", str(DAY))
        waiting = told["waiting_for_people"]
        assert status == 1 and [m["state"] for m in waiting] == ["unknown", "unknown"]
        assert [m["address"] for m in waiting] == ["p…@employer.example"] * 2
        ids = [m["message_id"] for m in waiting]
        assert main(["notices", "status", "--date", str(DAY)]) == 1
        text = capsys.readouterr().out
        assert ids[0] in text and "prakan notices resend" in text and "payroll" not in text
        why = ("--reason", "they never got it", "--who", "ant")
        status, told = asked(capsys, "resend", ids[0], *why)
        assert (status, told) == (0, {"mails": [ids[0]], "arrived": False})
        status, told = asked(capsys, "resend", waiting[1]["list_id"], "--arrived", *why)
        assert (status, told) == (0, {"mails": [ids[1]], "arrived": True})
        assert main(["notices", "resend", ids[1], *why]) == 2
        assert "nobody is mailed twice" in capsys.readouterr().err
        assert main(["notices", "resend", ids[0], "--reason", " "]) == 2
        capsys.readouterr()
        assert main(["notices", "send", "--date", str(DAY)]) == 0
        assert "sent 1" in capsys.readouterr().out
    assert len(server.taken) == 3


def test_mails_that_came_back(
    made: Notices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, "bounces")[0] == 0
    with breaking_server() as server:
        point(monkeypatch, server.port)
        main(["notices", "send", "--date", str(DAY)])
    capsys.readouterr()
    inbox = made.site.home.bounces_inbox
    inbox.mkdir(parents=True)
    (inbox / "1.eml").write_bytes(report(made.mails()[0].message_id))
    status, told = asked(capsys, "bounces")
    assert (status, told["bounced"], told["files"]) == (1, 1, 1)
    assert main(["notices", "bounces"]) == 0
    assert "bounced 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("send", "--date", "2027-01-05"), "PRAKAN_NOTICES_MAIL_URL"),
        (("send", "--date", "2027-01-05", "--limit", "0"), "--limit"),
        (("status", "--date", "2027-01-05", "--from", "2027-01-01"), "--date is one day"),
        (("report", "--from", "2027-01-06", "--until", "2027-01-05"), "is after"),
        (("resend", "zzzzzz", "--reason", "x"), "prakan notices status"),
    ],
)
def test_wrong_use_is_one_line(
    made: Notices, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert main(["notices", *arguments]) == 2
    told = capsys.readouterr().err
    assert says in told and told.count("\n") == 1


def test_a_buddhist_year_sends_nothing(
    made: Notices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    point(monkeypatch, free_port())
    assert main(["notices", "send", "--date", "2570-01-05"]) == 2
    assert "2570" in capsys.readouterr().err
    assert made.mails() == []


def test_without_a_register_nobody_is_called_unreachable(
    tmp_path: Path, made: Notices, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    other = notices(tmp_path / "other")
    other.to_tell([record(0)])
    other.receive()
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path / "other"))
    point(monkeypatch, free_port())
    assert main(["notices", "send", "--date", str(DAY)]) == 3
    assert "employer_contact" in capsys.readouterr().err
    assert other.mails() == []
