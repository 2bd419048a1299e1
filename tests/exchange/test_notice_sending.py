"""Sending notices to employers against real mail servers: once each, whatever breaks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest

from exchange.locks import BusyError
from exchange.notices.pace import Pace
from exchange.notices.postbox import Postbox
from exchange.notices.releasing import arrived, release
from exchange.notices.sending import MOST_ATTEMPTS, REFUSED_IN_A_ROW, done, send_notices
from exchange.watch.mail_server import MailServer
from interfaces.errors import OutsideFailure, WrongUse
from ledger.audit import verify_chain
from ledger.employer_mail import MailState
from tests.exchange.breaking_mail_server import breaking_server
from tests.exchange.notice_lists import (
    DAY,
    NEXT_DAY,
    SENDER,
    Notices,
    address,
    contact,
    notices,
    record,
)
from tests.exchange.notice_servers import (
    PASSWORD,
    USER,
    mail_server,
    make_certificate,
)
from tests.openssh import HOST, free_port

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")


@pytest.fixture
def three(tmp_path: Path) -> Notices:
    """Three employers that are to be told, each at an address of its own."""
    made = notices(tmp_path)
    made.usual(3)
    return made


def at(made: Notices, port: int) -> Notices:
    """The same installation with its mail server there."""
    return replace(made, port=port)


# -- what arrives


def test_each_address_gets_one_mail_and_a_second_run_sends_none(three: Notices) -> None:
    with mail_server() as server:
        made = at(three, server.port).send()
        assert made.counts == {
            "lists": 1,
            "mails": 3,
            "sent": 3,
            "deferred": 0,
            "bounced": 0,
            "refused": 0,
            "unknown": 0,
            "left_unknown": 0,
            "waiting": 0,
        }
        assert at(three, server.port).send().counts["mails"] == 0
        three.receive(NEXT_DAY)
        assert at(three, server.port).send(NEXT_DAY).counts["mails"] == 0
    assert server.envelopes == [(SENDER, [address(n)]) for n in range(3)]
    assert three.events(three.mails()[0]) == ["sending", "sent"]
    assert verify_chain(three.site.ledger).fault is None


def test_all_accounts_of_an_address_are_in_one_mail(tmp_path: Path) -> None:
    made = notices(tmp_path)
    made.register([contact(n, " office@Books.Example ") for n in range(3)])
    made.to_tell([record(n) for n in (0, 1, 2, 1)])
    made.receive()
    with mail_server() as server:
        assert at(made, server.port).send().counts["sent"] == 1
    (mail,) = server.mails
    assert server.envelopes == [(SENDER, ["office@books.example"])]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    for number in (0, 1, 2):
        assert f"บริษัท ตัวอย่าง {number} จำกัด" in text
    assert text.count("บริษัท ตัวอย่าง 1 จำกัด") == 2
    assert "รวม 4 รายการ 4,006.00 บาท" in text


def test_two_lists_are_two_notices_and_a_resent_file_is_none(three: Notices) -> None:
    first = three.site.home.mainframe_inbox / "EMPNOTE.D20270105.S000001"
    again = first.with_name("EMPNOTE.D20270105.S000009")
    again.write_bytes(first.read_bytes())
    three.to_tell([record(1)], sequence=2)
    three.receive()
    with mail_server() as server:
        made = at(three, server.port).send()
    assert (made.counts["lists"], made.counts["sent"]) == (2, 4)
    assert len({mail["Message-ID"] for mail in server.mails}) == 4


def test_a_list_of_a_day_to_come_waits(tmp_path: Path) -> None:
    made = notices(tmp_path)
    made.register([contact(0, address(0))])
    made.to_tell([record(0)], day=NEXT_DAY)
    assert made.receive()["files"] == 1
    made.receive(NEXT_DAY)
    with mail_server() as server:
        assert at(made, server.port).send(DAY).counts["lists"] == 0
        assert at(made, server.port).send(NEXT_DAY).counts["sent"] == 1


def test_limit_and_going_on(three: Notices) -> None:
    with mail_server() as server:
        here = at(three, server.port)
        first = here.send(limit=2)
        assert (first.counts["sent"], first.waiting) == (2, 1)
        assert here.send(limit=2).counts["sent"] == 1
    assert len({envelope[1][0] for envelope in server.envelopes}) == 3


def test_thousands_go_over_few_connections(tmp_path: Path) -> None:
    made = notices(tmp_path)
    made.usual(40)
    with breaking_server() as server:
        assert at(made, server.port).send().counts["sent"] == 40
    assert server.sessions == 1 and len(server.taken) == 40


# -- what the server says


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("450 mailbox busy", "deferred"),
        ("452 4.2.2 full", "deferred"),
        ("550 5.1.1 unknown", "bounced"),
        ("550 no such user", "bounced"),
        ("553 5.1.3 bad", "bounced"),
        ("550 5.7.1 relay denied", "refused"),
    ],
)
def test_what_is_said_of_a_recipient(three: Notices, answer: str, state: str) -> None:
    with breaking_server(answers={"rcpt": answer}) as server:
        made = at(three, server.port).send(limit=1)
        assert made.trouble is None
    assert three.states()[address(0)] == state
    detail = three.mails()[0].detail
    assert detail["step"] == "rcpt" and detail["code"] == int(answer[:3])
    assert "unknown" not in str(detail) and server.taken == []


@pytest.mark.parametrize(
    ("step", "answer", "state"),
    [
        ("data", "451 later", "deferred"),
        ("data", "554 no", "refused"),
        ("end", "452 no room", "deferred"),
        ("end", "554 5.7.1 spam", "refused"),
        ("end", "550 5.1.1 nobody", "bounced"),
    ],
)
def test_what_is_said_of_the_mail(three: Notices, step: str, answer: str, state: str) -> None:
    with breaking_server(answers={step: answer}) as server:
        assert at(three, server.port).send(limit=1).trouble is None
    assert three.states()[address(0)] == state


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("mail", "550 5.7.1 not you"),
        ("mail", "451 slow down"),
        ("mail", "421 closing"),
        ("rcpt", "530 log in first"),
        ("banner", "554 no"),
    ],
)
def test_trouble_that_is_not_about_one_mail_ends_the_run(
    three: Notices, step: str, answer: str
) -> None:
    answers = {step: answer}
    with breaking_server(answers=answers) as server:
        made = at(three, server.port).send()
        assert made.trouble is not None and answer[:3] in made.trouble
        with pytest.raises(OutsideFailure, match="sent by the next run"):
            done(made)
        assert set(three.states().values()) <= {"waiting", "deferred"}
        answers.clear()
        assert at(three, server.port).send().counts["sent"] == 3
    assert len(server.taken) == 3


def test_many_refusals_in_a_row_end_the_run(tmp_path: Path) -> None:
    made = notices(tmp_path)
    made.usual(REFUSED_IN_A_ROW + 5)
    with breaking_server(answers={"end": "554 spam"}) as server:
        told = at(made, server.port).send()
    assert told.counts["refused"] == REFUSED_IN_A_ROW and told.waiting == 5
    assert "prakan notices resend" in (told.trouble or "")


def test_a_deferred_mail_is_tried_so_often_and_then_left_to_a_person(three: Notices) -> None:
    answers = {"rcpt": "451 later"}
    with breaking_server(answers=answers) as server:
        here = at(three, server.port)
        tries = [here.send().counts["deferred"] for _ in range(MOST_ATTEMPTS + 2)]
        assert tries == [3] * MOST_ATTEMPTS + [0, 0]
        mail = three.mails()[0]
        assert mail.attempt == MOST_ATTEMPTS
        release(three.site, mail.message_id, None, who="ant", reason="relay is back")
        answers.clear()
        assert here.send().counts["sent"] == 1
    assert three.states() == {address(0): "sent", address(1): "deferred", address(2): "deferred"}


# -- connections that break off


@pytest.mark.parametrize("step", ["banner", "ehlo"])
def test_no_session_no_try(three: Notices, step: str) -> None:
    with breaking_server(step) as server:
        made = at(three, server.port).send()
        assert made.trouble is not None and set(three.states().values()) == {"waiting"}
        assert at(three, server.port).send().counts["sent"] == 3
    assert len(server.taken) == 3


@pytest.mark.parametrize(
    ("step", "outcome"), [("mail", "sent"), ("rcpt", "deferred"), ("data", "deferred")]
)
def test_broken_off_before_the_mail_nothing_is_lost_or_doubled(
    three: Notices, step: str, outcome: str
) -> None:
    with breaking_server(step) as server:
        assert at(three, server.port).send().trouble is None
        assert three.states()[address(0)] == outcome
        at(three, server.port).send()
    assert set(three.states().values()) == {"sent"}
    assert _recipients_taken(server.taken) == [address(n) for n in _order(outcome)]


def _order(outcome: str) -> tuple[int, ...]:
    """A deferred first mail goes last."""
    return (0, 1, 2) if outcome == "sent" else (1, 2, 0)


def _recipients_taken(taken: list[bytes]) -> list[str]:
    return [str(message_from_bytes(content)["To"]) for content in taken]


def test_broken_off_at_the_dot_is_unknown_and_not_sent_again(three: Notices) -> None:
    with breaking_server("end") as server:
        here = at(three, server.port)
        assert here.send().counts["unknown"] == 1
        assert three.states() == {
            address(0): "unknown",
            address(1): "sent",
            address(2): "sent",
        }
        assert here.send().counts["mails"] == 0
        assert len(server.taken) == 3  # the server had it after all: again would be twice
    assert three.events(three.mails()[0]) == ["sending", "unknown"]


def test_silence_after_the_dot_is_unknown(three: Notices) -> None:
    with breaking_server("end", silent=True) as server:
        here = at(three, server.port)
        box = Postbox(here.sender.server, final_seconds=0.2)
        made = send_notices(here.site, DAY, here.sender, limit=1, pace=Pace(0), postbox=box)
    assert made.counts["unknown"] == 1
    assert three.mails()[0].detail["why"] == "no answer in time"


def test_broken_off_within_the_mail(tmp_path: Path) -> None:
    """A mail of megabytes, of which the server takes one line: the dot cannot have gone."""
    made = notices(tmp_path)
    made.register([contact(0, address(0))])
    made.to_tell([record(0, remark="ก" * 60) for _ in range(9_000)])
    made.receive()
    with breaking_server("content") as server:
        told = at(made, server.port).send()
        assert told.counts["deferred"] == 1 and server.taken == []
        assert at(made, server.port).send().counts["sent"] == 1
    assert len(server.taken) == 1


def test_a_server_that_is_down_costs_no_try(three: Notices) -> None:
    told = at(three, free_port()).send()
    assert "refused" in (told.trouble or "") and told.waiting == 3
    assert set(three.states().values()) == {"waiting"}


# -- processes that die, and two at once


@pytest.fixture
def environment(three: Notices, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What a command needs to send for this installation, without its server."""
    for name in [n for n in os.environ if n.startswith("PRAKAN_")]:
        monkeypatch.delenv(name)
    yield {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PRAKAN_HOME": str(three.site.home.root),
        "PRAKAN_NOTICES_MAIL_FROM": SENDER,
        "PRAKAN_NOTICES_MAIL_A_MINUTE": "0",
    }


def command(environment: dict[str, str], port: int) -> subprocess.Popen[str]:
    """``prakan notices send`` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "prakan", "notices", "send", "--date", str(DAY)],
        env={**environment, "PRAKAN_NOTICES_MAIL_URL": f"smtp://{HOST}:{port}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "end"])
def test_killed_at_any_step_nobody_is_mailed_twice(
    three: Notices, environment: dict[str, str], step: str
) -> None:
    """SIGKILL at that step of the second mail."""
    running: list[subprocess.Popen[str]] = []
    with breaking_server() as server:

        def kill(at_step: str) -> None:
            if at_step == step and server.steps.count(step) == 2 and running:
                running[0].send_signal(signal.SIGKILL)
                running[0].wait()

        server.at_step = kill
        with command(environment, server.port) as process:
            running.append(process)
        assert process.returncode == -signal.SIGKILL
        assert three.states() == {
            # The outcome of the first mail was committed with the intent of the second.
            address(0): "sent",
            address(1): "sending",
            address(2): "waiting",
        }
        again = command(environment, server.port)
        _, said = again.communicate()
        assert (again.returncode, said) == (1, "")
    assert three.states() == {address(0): "sent", address(1): "unknown", address(2): "sent"}
    got = _recipients_taken(server.taken)
    assert len(got) == len(set(got))
    assert (address(1) in got) == (step == "end")
    assert verify_chain(three.site.ledger).fault is None


def test_two_processes_at_once_one_is_turned_away(
    three: Notices, environment: dict[str, str]
) -> None:
    with breaking_server() as server:
        other: list[tuple[int, str]] = []

        def second(at_step: str) -> None:
            if at_step == "data" and not other:
                process = command(environment, server.port)
                _, said = process.communicate()
                other.append((process.returncode, said))

        server.at_step = second
        with command(environment, server.port) as first:
            first.communicate()
    assert first.returncode == 0
    ((status, said),) = other
    assert status == 3 and "another process is working on employer notices" in said
    assert len(server.taken) == 3


def test_within_a_process_too(three: Notices) -> None:
    busy: list[type] = []
    with breaking_server() as server:

        def second(at_step: str) -> None:
            if at_step == "data" and not busy:
                try:
                    three.send()
                except BusyError as error:
                    busy.append(type(error))

        server.at_step = second
        at(three, server.port).send()
    assert busy == [BusyError]


# -- pace


def test_mails_go_evenly_by_the_clock(three: Notices) -> None:
    now, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    with breaking_server() as server:
        here = at(three, server.port)
        pace = Pace(30, clock=lambda: now[0], sleep=sleep)
        send_notices(here.site, DAY, here.sender, pace=pace)
    assert slept == [2.0, 2.0] and len(server.taken) == 3


def test_what_took_longer_than_the_gap_is_not_waited_for() -> None:
    now, slept = [0.0], list[float]()
    pace = Pace(60, clock=lambda: now[0], sleep=slept.append)
    pace.wait()
    now[0] = 5.0
    assert not pace.must_wait
    pace.wait()
    assert slept == []
    now[0] = 5.25
    assert pace.must_wait


def test_before_a_wait_the_outcome_is_on_record(three: Notices) -> None:
    """A pause of a second is no time in which a crash may make a mail unknown."""
    seen: list[dict[str, str]] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        seen.append(three.states())
        now[0] += seconds

    with breaking_server() as server:
        here = at(three, server.port)
        send_notices(here.site, DAY, here.sender, pace=Pace(1, clock=lambda: now[0], sleep=sleep))
    assert [list(states.values()).count("sent") for states in seen] == [1, 2]
    assert all("sending" not in states.values() for states in seen)


# -- a person decides


def test_an_unknown_mail_is_sent_again_or_taken_for_sent(three: Notices) -> None:
    with breaking_server("end", times=2) as server:
        here = at(three, server.port)
        assert here.send().counts["unknown"] == 2
        first, second = three.mails()[:2]
        list_id = first.file_id[:12]
        with pytest.raises(WrongUse, match="--state"):
            release(three.site, list_id, None, who="ant", reason="asked them")
        release(three.site, first.message_id, None, who="ant", reason="never came")
        arrived(three.site, second.message_id, None, who="ant", reason="they have it")
        assert here.send().counts["sent"] == 1
    assert set(three.states().values()) == {"sent"}
    assert three.events(first) == [
        "sending",
        "unknown",
        "act.notices.resend",
        "released",
        "sending",
        "sent",
    ]
    assert three.events(second) == ["sending", "unknown", "act.notices.arrived", "sent"]
    assert len(server.taken) == 4


def test_what_was_sent_is_never_released(three: Notices) -> None:
    with breaking_server() as server:
        at(three, server.port).send()
    mail = three.mails()[0]
    with pytest.raises(WrongUse, match="nobody is mailed twice"):
        release(three.site, mail.message_id, None, who="ant", reason="again please")
    with pytest.raises(WrongUse, match="no mail that is bounced"):
        release(three.site, mail.file_id[:8], MailState.BOUNCED, who="ant", reason="x")
    with pytest.raises(WrongUse, match="no mail and not the beginning"):
        release(three.site, "0000", None, who="ant", reason="x")
    assert three.events(mail) == ["sending", "sent"]


# -- over TLS


def test_a_login_goes_over_verified_tls_only(
    three: Notices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with mail_server(tls=certificate.context(), login=True) as server:
        sender = replace(
            at(three, server.port).sender,
            server=MailServer(HOST, server.port, user=USER, password="wrong", seconds=5),
        )
        told = send_notices(three.site, DAY, sender, pace=Pace(0))
        assert "535" in (told.trouble or "") and set(three.states().values()) == {"waiting"}
        sender = replace(
            sender, server=MailServer(HOST, server.port, user=USER, password=PASSWORD, seconds=5)
        )
        assert send_notices(three.site, DAY, sender, pace=Pace(0)).counts["sent"] == 3
        assert server.encrypted == [True] * 3
    with mail_server() as plain:
        sender = replace(sender, server=replace(sender.server, port=plain.port))
        three.to_tell([record(0)], sequence=2)
        three.receive()
        told = send_notices(three.site, DAY, sender, pace=Pace(0))
        assert "does not offer STARTTLS" in (told.trouble or "")
        assert plain.mails == []
