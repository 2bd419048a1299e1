"""Rounds of watching: a warning, an alarm, an all-clear, each once by each channel."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest

from exchange.locks import BusyError, exclusive
from exchange.watch.channel import ChannelFailure, Message
from exchange.watch.mail import Mail
from exchange.watch.rounds import Round, watch, watched_days
from exchange.watch.sending import message_of
from exchange.watch.webhook import Webhook
from ledger.audit import verify_chain
from ledger.delivery import DeliveryState as State
from ledger.notices import NoticeState, channels_of, notices_of
from tests.exchange.night_ledger import ARRIVING, FEED, MONDAY, NightLedger, at, night_ledger
from tests.exchange.notice_servers import HOST, mail_server, web_server
from tests.openssh import free_port
from tests.postgres import PostgresServer

TUESDAY = MONDAY + timedelta(days=1)
MASTER = "registration_master"
_numbers = itertools.count(1)


@dataclass
class Inbox:
    """A channel that keeps what it gets, or fails."""

    name: str = "inbox"
    failing: bool = False
    got: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Mapping[str, object]:
        """Keep it."""
        if self.failing:
            raise ChannelFailure(f"{self.name}: down")
        self.got.append(message)
        return {}

    def about(self, subject: str = MASTER) -> list[str]:
        """Levels of what came about a subject."""
        return [m.level for m in self.got if m.subject == subject]


class Killed(BaseException):
    """What ends a process between two steps."""


@pytest.fixture(params=["sqlite", "postgresql"])
def night(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NightLedger]:
    """An empty ledger, once on each database."""
    if request.param == "sqlite":
        yield night_ledger(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    made = night_ledger(tmp_path, server.create(f"rounds{next(_numbers)}"))
    yield made
    made.site.ledger.dispose()


def look(night: NightLedger, now: str, *channels: Inbox, day: date = MONDAY) -> Round:
    """A round over the Monday at a time of ``day``."""
    night.clock.now = at(now, day)
    return watch(night.site, channels, night.clock.now, (MONDAY,))


def test_a_warning_before_and_an_alarm_after_and_cleared_when_it_came(night: NightLedger) -> None:
    inbox = Inbox()
    assert look(night, "18:30", inbox).status == 0
    assert inbox.got == []
    assert look(night, "18:45", inbox).status == 0
    assert look(night, "19:00", inbox).sent == ()
    assert inbox.about() == ["warning"]
    late = look(night, "19:30", inbox)
    assert late.status == 1 and late.counts["late"] == 3
    assert look(night, "19:45", inbox).status == 1
    assert inbox.about() == ["warning", "alarm"]
    night.clock.now = at("20:10")
    night.receive("REGMAST.D20261130.S000001", MASTER)
    look(night, "20:15", inbox)
    look(night, "20:30", inbox)
    assert inbox.about() == ["warning", "alarm", "cleared"]
    assert inbox.about("employer_master") == ["warning", "alarm"]
    texts = {m.level: m for m in inbox.got if m.subject == MASTER}
    name = "REGMAST.D20261130.S??????"
    assert texts["warning"].text_en == (
        f"extract {name} is not there; it is due at 19:30 on 2026-11-30"
    )
    assert texts["alarm"].text_en == (
        f"LATE: extract {name} is not there; it was due at 19:30 on 2026-11-30"
    )
    assert texts["cleared"].text_en == f"extract {name} is in order since at 20:10 on 2026-11-30"
    assert "ล่าช้า" in texts["alarm"].text_th and "2569-11-30" in texts["alarm"].text_th
    assert verify_chain(night.site.ledger, None).fault is None


def test_what_comes_in_time_is_not_talked_about(night: NightLedger) -> None:
    inbox = Inbox()
    night.receive("REGMAST.D20261130.S000001", MASTER)
    look(night, "19:00", inbox)
    look(night, "20:00", inbox)
    assert inbox.about() == []


def test_warned_and_then_in_time_is_not_cleared(night: NightLedger) -> None:
    inbox = Inbox()
    look(night, "18:50", inbox)
    night.receive("REGMAST.D20261130.S000001", MASTER)
    look(night, "20:00", inbox)
    assert inbox.about() == ["warning"]


def test_no_round_before_the_deadline_is_an_alarm_without_a_warning(night: NightLedger) -> None:
    inbox = Inbox()
    look(night, "21:00", inbox)
    assert inbox.about() == ["alarm"]


def test_a_feed_that_arrives_late_is_cleared(night: NightLedger) -> None:
    inbox = Inbox()
    delivery = night.bring(night.plan(), *ARRIVING[:3], State.UNKNOWN)
    look(night, "22:00", inbox)
    (alarm,) = [m for m in inbox.got if m.subject == FEED]
    assert "(the delivery is unknown)" in alarm.text_en and "counter_service" in alarm.text_en
    night.bring(delivery, State.DELIVERED)
    look(night, "22:15", inbox)
    assert inbox.about(FEED) == ["alarm", "cleared"]


def test_what_a_newer_one_made_needless_is_cleared(night: NightLedger) -> None:
    inbox = Inbox()
    look(night, "20:00", inbox)
    night.receive("REGMAST.D20261201.S000001", MASTER, day=TUESDAY)
    look(night, "19:00", inbox, day=TUESDAY)
    assert inbox.about() == ["alarm", "cleared"]
    assert "needed no more: a newer extract took its place" in inbox.got[-1].text_en


def test_a_channel_that_fails_is_tried_again_and_holds_up_no_other(night: NightLedger) -> None:
    down, up = Inbox("down", failing=True), Inbox("up")
    found = look(night, "19:30", down, up)
    assert found.status == 3
    assert {line.failure for line in found.sent if line.channel == "down"} == {"down: down"}
    assert len(up.got) == 3
    assert look(night, "19:45", down, up).status == 3
    assert len(up.got) == 3
    down.failing = False
    assert look(night, "20:00", down, up).status == 1
    assert sorted(m.subject for m in down.got) == sorted(m.subject for m in up.got)
    notice = notices_of(night.site.ledger, MONDAY)[0]
    assert set(channels_of(night.site.ledger, notice).values()) == {NoticeState.SENT}
    assert look(night, "20:15", down, up).sent == ()


def test_both_real_channels_down_and_up_again(night: NightLedger) -> None:
    sender, port = "prakan@agency.example", free_port()
    night.clock.now = at("19:30")
    dead = (
        Mail(HOST, port, sender, (sender,), seconds=2),
        Webhook(f"http://{HOST}:{port}/x", seconds=2),
    )
    found = watch(night.site, dead, at("19:30"), (MONDAY,))
    assert found.status == 3
    assert len([line for line in found.sent if line.failure]) == 6
    with mail_server() as mails, web_server() as web:
        alive = (Mail(HOST, mails.port, sender, (sender,)), Webhook(web.url, "key"))
        assert watch(night.site, alive, at("19:45"), (MONDAY,)).status == 1
        assert watch(night.site, alive, at("20:00"), (MONDAY,)).status == 1
        subjects = sorted(body["subject"] for body in web.bodies())
        assert len(mails.mails) == 3
    assert subjects == ["contribution_history", "employer_master", MASTER]


@pytest.mark.parametrize("step", ["hand_over", "record_notice_event"])
def test_a_round_that_dies_between_claim_and_sending_is_made_good(
    night: NightLedger, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    inbox = Inbox()

    def die(*_values: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(f"exchange.watch.sending.{step}", die)
        with pytest.raises(Killed):
            look(night, "19:30", inbox)
    assert inbox.got == []
    assert len(notices_of(night.site.ledger, MONDAY)) == 3
    look(night, "19:45", inbox)
    assert sorted(m.level for m in inbox.got) == ["alarm"] * 3
    assert look(night, "20:00", inbox).sent == ()


def test_a_notice_sent_twice_after_a_crash_is_told_by_its_id(
    night: NightLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent, and died before that was recorded: the reader can tell that it is the same."""
    inbox = Inbox()
    from exchange.watch import sending

    real = sending.record_notice_event

    def die_when_sent(*values: object, **named: object) -> None:
        if NoticeState.SENT in values:
            raise Killed
        real(*values, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(sending, "record_notice_event", die_when_sent)
        with pytest.raises(Killed):
            look(night, "19:30", inbox)
    look(night, "19:45", inbox)
    assert len(inbox.got) == 4
    assert inbox.got[0].message_id == inbox.got[1].message_id
    assert len({m.message_id for m in inbox.got}) == 3


def test_each_notice_has_an_id_of_its_own(night: NightLedger) -> None:
    look(night, "18:50")
    look(night, "19:50")
    notices = notices_of(night.site.ledger, MONDAY)
    assert len({message_of(n).message_id for n in notices}) == len(notices) == 6


def test_a_channel_set_up_later_gets_what_the_watched_days_owe_and_nothing_older(
    night: NightLedger,
) -> None:
    look(night, "19:30")
    inbox = Inbox()
    week = timedelta(days=8)
    night.clock.now = at("10:00", MONDAY + week)
    watch(night.site, [inbox], night.clock.now, watched_days(night.clock.now))
    assert not [m for m in inbox.got if m.business_date == MONDAY]
    look(night, "19:45", inbox)
    assert len([m for m in inbox.got if m.business_date == MONDAY]) == 3


def test_a_second_round_at_the_same_time_is_turned_away(night: NightLedger) -> None:
    inbox = Inbox()
    with exclusive(night.site, "watch"), pytest.raises(BusyError, match="watch"):
        look(night, "19:30", inbox)
    assert inbox.got == []


def test_the_days_watched_are_today_in_bangkok_and_a_week_back() -> None:
    night_in_utc = at("00:30", TUESDAY)  # still Monday in UTC
    days = watched_days(night_in_utc)
    assert (days[0], days[-1], len(days)) == (TUESDAY - timedelta(days=7), TUESDAY, 8)


def test_what_was_not_met_is_watched_for_a_week(night: NightLedger) -> None:
    inbox = Inbox()
    now = at("09:00", MONDAY + timedelta(days=7))
    watch(night.site, [inbox], now, watched_days(now))
    assert "alarm" in [m.level for m in inbox.got if m.business_date == MONDAY]


def test_a_holiday_is_quiet(tmp_path: Path) -> None:
    made, inbox = night_ledger(tmp_path), Inbox()
    holiday = date(2026, 12, 10)
    found = watch(made.site, [inbox], at("23:59", holiday), (holiday,))
    assert (found.lines, found.status, inbox.got) == ((), 0, [])


def test_a_year_without_calendar_is_told_and_the_others_are_watched(tmp_path: Path) -> None:
    made, inbox = night_ledger(tmp_path), Inbox()
    found = watch(made.site, [inbox], at("20:00"), (date(2035, 1, 3), MONDAY))
    assert found.status == 2 and "2035" in found.undeclared[0]
    assert inbox.about() == ["alarm"]


def test_no_notice_names_a_person(night: NightLedger) -> None:
    identity, inbox = "1101700203451", Inbox()
    night.receive(f"CSPAY_20261130_{identity}.TXT", "counter_return")
    look(night, "13:00", inbox, day=TUESDAY)
    assert any(m.subject.startswith("counter_acknowledgement:") for m in inbox.got)
    for message in inbox.got:
        said = f"{message.text_en} {message.text_th} {message.subject} {message.detail}"
        assert identity not in said
