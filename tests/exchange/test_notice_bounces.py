"""Mails that come back: which of ours they are about, once each, and what is left to people."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.locks import BusyError, exclusive
from exchange.notices.bounces import Bounces, take_bounces
from exchange.notices.delivery_status import read_delivery_status
from exchange.notices.releasing import release
from exchange.notices.sending import LOCK
from ledger.audit import entries_of
from tests.exchange.breaking_mail_server import breaking_server
from tests.exchange.notice_lists import Notices, address, notices
from tests.exchange.returned_mails import BOUNCES, answer, report

OTHER_ID = "f" * 32


@pytest.fixture
def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notices:
    """Three mails that were sent."""
    monkeypatch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
    with breaking_server() as server:
        made = notices(tmp_path, server.port)
        made.usual(3)
        made.send()
    return made


def back(made: Notices, name: str, content: bytes) -> Path:
    """Put a mail into the inbox of returned mails."""
    path = made.site.home.bounces_inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def taken(made: Notices) -> dict[str, int]:
    """Numbers of a run that are not zero."""
    return {name: int(str(n)) for name, n in take_bounces(made.site).counts.items() if n}


@pytest.mark.parametrize(
    "written",
    [
        lambda one: report(one),
        lambda one: report(one, headers_only=True),
        lambda one: report(None, to=f"bounces+{one}@agency.example"),
        lambda one: report(OTHER_ID, to=f"bounces+{one}@agency.example"),
        lambda one: report(one).replace(b"\n", b"\r\n"),
        lambda one: report(one, action="Failed"),
    ],
    ids=["whole", "headers", "verp", "verp beside another id", "crlf", "capital"],
)
def test_a_report_is_told_to_its_mail(sent: Notices, written: Callable[[str], bytes]) -> None:
    mail = sent.mails()[0]
    path = back(sent, "1.eml", written(mail.message_id))
    content = path.read_bytes()
    assert taken(sent) == {"files": 1, "bounced": 1}
    assert sent.states() == {address(0): "bounced", address(1): "sent", address(2): "sent"}
    detail = sent.mails()[0].detail
    assert (detail["code"], detail["status"]) == ("NOTICE_BOUNCED", "5.1.1")
    landed = sent.site.home.landing(str(detail["report"]))
    assert landed.read_bytes() == content
    assert not path.exists() and (path.parent / "done" / "1.eml").read_bytes() == content
    entry = entries_of(sent.site.ledger, mail.message_id)[-1]
    assert entry.kind == "employer_mail.bounced" and "employer.example" not in str(entry.detail)


def test_each_mail_bounces_once_however_often_it_is_told(sent: Notices) -> None:
    first, second, _ = sent.mails()
    back(sent, "1.eml", report(first.message_id))
    back(sent, "2.eml", report(first.message_id, headers_only=True))
    back(sent, "3.eml", report(second.message_id, status="5.2.2"))
    assert taken(sent) == {"files": 3, "bounced": 2, "again": 1}
    back(sent, "1.eml", report(first.message_id))
    assert taken(sent) == {"files": 1, "again": 1}
    assert sent.events(first) == ["sending", "sent", "bounced"]


def test_a_bounced_mail_is_sent_again_only_when_a_person_says_so(sent: Notices) -> None:
    mail = sent.mails()[0]
    back(sent, "1.eml", report(mail.message_id))
    taken(sent)
    with breaking_server() as server:
        here = Notices(sent.site, sent.clock, server.port)
        assert here.send().counts["mails"] == 0
        release(sent.site, mail.message_id, None, who="ant", reason="the mailbox was full")
        assert here.send().counts["sent"] == 1
        back(sent, "2.eml", report(mail.message_id))
        assert taken(sent) == {"files": 1, "bounced": 1}


@pytest.mark.parametrize(
    ("action", "kind"),
    [("delayed", "delayed"), ("delivered", "confirmed"), ("relayed", "confirmed")],
)
def test_what_is_no_failure_changes_nothing(sent: Notices, action: str, kind: str) -> None:
    back(sent, "1.eml", report(sent.mails()[0].message_id, action=action, status="2.0.0"))
    assert taken(sent) == {"files": 1, kind: 1}
    assert set(sent.states().values()) == {"sent"}


def test_answers_and_strangers_are_left_to_people(sent: Notices) -> None:
    back(sent, "1.eml", answer(sent.mails()[0].message_id))
    back(sent, "2.eml", report(OTHER_ID))
    back(sent, "3.eml", b"")
    back(sent, "4.eml", os.urandom(4096))
    assert taken(sent) == {"files": 4, "other": 4}
    assert set(sent.states().values()) == {"sent"}
    inbox = sent.site.home.bounces_inbox
    assert len(list((inbox / "other").iterdir())) == 4
    assert [path for path in inbox.iterdir() if path.is_file()] == []


def test_a_mail_that_waits_does_not_bounce(tmp_path: Path, sent: Notices) -> None:
    """Whoever forges a report about a mail that never went changes nothing."""
    made = notices(tmp_path / "another")
    made.usual(1)
    from exchange.notices.planning import plan_lists
    from tests.exchange.notice_lists import DAY

    plan_lists(made.site, DAY)
    back(made, "1.eml", report(made.mails()[0].message_id))
    assert taken(made) == {"files": 1, "again": 1}
    assert set(made.states().values()) == {"waiting"}


def test_links_folders_and_files_under_way_stay(sent: Notices) -> None:
    mail = sent.mails()[0]
    path = back(sent, ".1.eml", report(mail.message_id))
    (path.parent / "2.eml").symlink_to(path)
    (path.parent / "folder").mkdir()
    assert taken(sent) == {}
    assert path.exists()


def test_one_that_cannot_be_read_does_not_stop_the_others(
    sent: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchange.inbound.landing import land
    from exchange.notices import bounces
    from interfaces.errors import OutsideFailure

    def refusing(path: Path, home: object) -> object:
        if path.name == "1.eml":
            raise OutsideFailure("no rights")
        return land(path, home)  # type: ignore[arg-type]

    monkeypatch.setattr(bounces, "land", refusing)
    back(sent, "1.eml", report(sent.mails()[0].message_id))
    back(sent, "2.eml", report(sent.mails()[1].message_id))
    assert taken(sent) == {"files": 1, "bounced": 1, "unreadable": 1}
    assert (sent.site.home.bounces_inbox / "1.eml").exists()


def test_a_crash_before_the_move_changes_nothing_the_second_time(
    sent: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchange.notices import bounces

    mail = sent.mails()[0]
    back(sent, "1.eml", report(mail.message_id))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(bounces, "_move", crash)
        take_bounces(sent.site)
    assert taken(sent) == {"files": 1, "again": 1}
    assert sent.events(mail) == ["sending", "sent", "bounced"]


def test_not_while_notices_are_sent(sent: Notices) -> None:
    back(sent, "1.eml", report(sent.mails()[0].message_id))
    with exclusive(sent.site, LOCK), pytest.raises(BusyError):
        take_bounces(sent.site)
    assert taken(sent) == {"files": 1, "bounced": 1}


def test_nothing_came_back(sent: Notices) -> None:
    assert take_bounces(sent.site) == Bounces()


@given(st.binary(max_size=600))
def test_any_bytes_are_a_report_or_none(content: bytes) -> None:
    assert read_delivery_status(content) is None


@given(st.data())
def test_a_damaged_report_never_names_another_mail(data: st.DataObject) -> None:
    whole = report("a1" * 16)
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + 1 :]
    found = read_delivery_status(damaged)
    assert found is None or set(found.candidates) <= {"a1" * 16}


def test_parts_within_parts_without_end() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000)
    )
    assert read_delivery_status(deep) is None
    assert BOUNCES.encode() in report(None)
