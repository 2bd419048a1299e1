"""The ways to people, against real servers: what arrives, what is refused, what is kept secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.watch.channel import Channel, ChannelFailure, Message
from exchange.watch.channels import channels_from_environment
from exchange.watch.handing_over import hand_over
from exchange.watch.log import Log
from exchange.watch.mail import Mail, mail_from
from exchange.watch.webhook import Webhook, webhook_from
from interfaces.errors import WrongUse
from tests.exchange.night_ledger import MONDAY
from tests.exchange.notice_servers import (
    HOST,
    PASSWORD,
    USER,
    Certificate,
    mail_server,
    make_certificate,
    silent_server,
    web_server,
)
from tests.openssh import free_port

# The test's server speaks TLS from the first byte, which it does not count as requiring it.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")

SENDER = "prakan@agency.example"
READERS = ("operator@agency.example", "lead@agency.example")
NOTICE = Message(
    message_id="0123456789abcdef",
    business_date=MONDAY,
    subject="registration_master",
    level="alarm",
    text_en="LATE: extract REGMAST.D20261130.S?????? is not there; it was due at 19:30",
    text_th="ล่าช้า: แฟ้มเมนเฟรม REGMAST.D20261130.S?????? ยังไม่มี",
    detail={"interface": "registration_master"},
)


def mail(port: int, **settings: object) -> Mail:
    """A channel to a server on loopback, quick to lose patience."""
    return replace(Mail(HOST, port, SENDER, READERS, seconds=5), **settings)  # type: ignore[arg-type]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate that this process trusts."""
    made = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    return made


# -- mail


def test_a_mail_says_it_in_thai_and_english() -> None:
    with mail_server() as server:
        assert mail(server.port).send(NOTICE) == {"accepted": 2, "refused": 0}
    (got,) = server.mails
    assert got["Subject"] == f"[prakan] ALARM {NOTICE.text_en}"
    assert got["From"] == SENDER and got["To"] == ", ".join(READERS)
    assert got["Message-ID"] == "<0123456789abcdef@agency.example>"
    assert got["Auto-Submitted"] == "auto-generated"
    text = got.get_content()
    assert NOTICE.text_th in text and NOTICE.text_en in text
    assert "prakan status --date 2026-11-30" in text
    assert server.envelopes == [(SENDER, list(READERS))]


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
def test_a_login_goes_over_verified_tls_only(certificate: Certificate, implicit: bool) -> None:
    login = {"user": USER, "password": PASSWORD, "implicit_tls": implicit}
    with mail_server(tls=certificate.context(), implicit=implicit, login=True) as server:
        mail(server.port, **login).send(NOTICE)
        assert server.encrypted == [True]
        with pytest.raises(ChannelFailure, match="535"):
            mail(server.port, **{**login, "password": "wrong"}).send(NOTICE)
    assert len(server.mails) == 1


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
@pytest.mark.parametrize("address", [HOST, "192.0.2.1"], ids=["unknown", "other host"])
def test_a_certificate_that_is_not_trusted_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, implicit: bool, address: str
) -> None:
    shown = make_certificate(tmp_path, "shown", address)
    trusted = shown if address != HOST else make_certificate(tmp_path, "trusted")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.path))
    with mail_server(tls=shown.context(), implicit=implicit, login=True) as server:
        channel = mail(server.port, user=USER, password=PASSWORD, implicit_tls=implicit)
        with pytest.raises(ChannelFailure, match="certificate is not trusted"):
            channel.send(NOTICE)
    assert server.mails == []


def test_a_login_is_not_given_to_a_server_without_tls() -> None:
    with mail_server() as server, pytest.raises(ChannelFailure, match="does not offer STARTTLS"):
        mail(server.port, user=USER, password=PASSWORD).send(NOTICE)
    assert server.mails == []


def test_another_machine_is_not_spoken_to_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same server, taken for another machine."""
    monkeypatch.setattr("exchange.watch.mail_server.is_loopback", lambda _host: False)
    with mail_server() as server, pytest.raises(ChannelFailure, match="does not offer STARTTLS"):
        mail(server.port).send(NOTICE)
    assert server.mails == []


def test_refused_addresses_are_counted_and_refusing_all_is_a_failure() -> None:
    with mail_server() as server:
        server.refused = frozenset(READERS[:1])
        assert mail(server.port).send(NOTICE) == {"accepted": 1, "refused": 1}
        assert len(server.mails) == 1
        server.refused = frozenset(READERS)
        with pytest.raises(ChannelFailure, match="every address") as told:
            mail(server.port).send(NOTICE)
    assert READERS[0] not in str(told.value)


def test_a_server_that_refuses_the_mail_is_told_by_its_number() -> None:
    with mail_server() as server:
        server.answer = "451 try again operator@agency.example"
        with pytest.raises(ChannelFailure, match="answers 451") as told:
            mail(server.port).send(NOTICE)
    assert "operator" not in str(told.value)


def test_a_mail_server_that_is_down_or_silent() -> None:
    with pytest.raises(ChannelFailure, match="refused"):
        mail(free_port()).send(NOTICE)
    with silent_server() as port, pytest.raises(ChannelFailure, match="no answer in time"):
        mail(port, seconds=0.3).send(NOTICE)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028"])
def test_no_text_can_begin_a_header(end: str) -> None:
    hostile = f"X{end}Bcc: thief@example.com{end}{end}body"
    with mail_server() as server:
        mail(server.port).send(replace(NOTICE, text_en=hostile, text_th=hostile))
    (got,) = server.mails
    assert got["Bcc"] is None and server.envelopes[0][1] == list(READERS)
    assert got["Subject"] == "[prakan] ALARM X Bcc: thief@example.com body"


def test_a_long_text_is_cut_in_the_subject_only() -> None:
    long = replace(NOTICE, text_en="x" * 5000)
    with mail_server() as server:
        mail(server.port).send(long)
    (got,) = server.mails
    assert len(got["Subject"]) == 160 and "x" * 5000 in got.get_content()


# -- webhook


def test_a_webhook_gets_json_signed_with_the_secret() -> None:
    with web_server() as server:
        assert Webhook(server.url, "key").send(NOTICE) == {"status": 204}
    ((path, headers, body),) = server.posts
    assert path == "/hook/secret-path"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    signature = "sha256=" + hmac.new(b"key", body, hashlib.sha256).hexdigest()
    assert headers["X-Prakan-Signature"] == signature
    assert json.loads(body) == {
        "id": "0123456789abcdef",
        "business_date": "2026-11-30",
        "subject": "registration_master",
        "level": "alarm",
        "text": {"en": NOTICE.text_en, "th": NOTICE.text_th},
        "detail": {"interface": "registration_master"},
    }


def test_without_a_secret_nothing_is_signed() -> None:
    with web_server() as server:
        Webhook(server.url).send(NOTICE)
    assert "X-Prakan-Signature" not in server.posts[0][1]


@pytest.mark.parametrize("status", [300, 400, 404, 429, 500, 503])
def test_anything_but_success_is_a_failure(status: int) -> None:
    with web_server() as server:
        server.status = status
        with pytest.raises(ChannelFailure, match=f"answers {status}") as told:
            Webhook(server.url, "key").send(NOTICE)
    assert "secret-path" not in str(told.value) and "key" not in str(told.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_nowhere(status: int) -> None:
    with web_server() as elsewhere, web_server() as server:
        server.status, server.headers = status, {"Location": elsewhere.url}
        with pytest.raises(ChannelFailure, match=f"answers {status}"):
            Webhook(server.url).send(NOTICE)
    assert elsewhere.posts == []


def test_a_web_server_that_is_down_silent_or_breaks_off() -> None:
    with pytest.raises(ChannelFailure, match="refused"):
        Webhook(f"http://{HOST}:{free_port()}/x").send(NOTICE)
    with silent_server() as port, pytest.raises(ChannelFailure, match="no answer in time"):
        Webhook(f"http://{HOST}:{port}/x", seconds=0.3).send(NOTICE)


def test_an_answer_that_is_no_http_is_not_kept_whole() -> None:
    with socket.create_server((HOST, 0)) as listening:

        def babble() -> None:
            connection = listening.accept()[0]
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b"x" * 60_000 + b"\r\n")

        threading.Thread(target=babble, daemon=True).start()
        with pytest.raises(ChannelFailure) as error:
            Webhook(f"http://{HOST}:{listening.getsockname()[1]}/x").send(NOTICE)
    assert len(str(error.value)) < 250


def test_https_is_verified(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server(tls=certificate.context()) as server:
        url = server.url.replace("http:", "https:")
        assert Webhook(url).send(NOTICE) == {"status": 204}
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(ChannelFailure, match="certificate is not trusted"):
            Webhook(url).send(NOTICE)
    assert len(server.posts) == 1


def test_a_proxy_is_not_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://{HOST}:{free_port()}")
    with web_server() as server:
        Webhook(server.url).send(NOTICE)
    assert len(server.posts) == 1


# -- the log


@pytest.mark.parametrize(
    ("level", "number"),
    [("warning", logging.WARNING), ("alarm", logging.ERROR), ("cleared", logging.INFO)],
)
def test_the_log_has_one_line(caplog: pytest.LogCaptureFixture, level: str, number: int) -> None:
    with caplog.at_level(logging.INFO, "prakan.notices"):
        Log().send(replace(NOTICE, level=level, text_en="a\nCRITICAL forged"))
    (record,) = caplog.records
    assert record.levelno == number
    assert record.getMessage() == f"{level.upper()} a CRITICAL forged"


# -- settings

MAIL = {
    "PRAKAN_NOTIFY_MAIL_URL": "smtp://us%40x@mail.example:2525",
    "PRAKAN_NOTIFY_MAIL_PASSWORD": "hidden",
    "PRAKAN_NOTIFY_MAIL_FROM": SENDER,
    "PRAKAN_NOTIFY_MAIL_TO": ", ".join(READERS),
}
WEBHOOK = {
    "PRAKAN_NOTIFY_WEBHOOK_URL": "https://hooks.example/T0/B0/token",
    "PRAKAN_NOTIFY_WEBHOOK_SECRET": "hidden",
}


def test_the_log_is_always_there_and_the_rest_by_setting() -> None:
    assert [c.name for c in channels_from_environment({})] == ["log"]
    found = channels_from_environment({**MAIL, **WEBHOOK})
    assert [c.name for c in found] == ["log", "mail", "webhook"]
    assert found[1] == Mail(
        "mail.example",
        2525,
        SENDER,
        READERS,
        user="us@x",
        password="hidden",
    )
    assert "hidden" not in repr(found) and "token" not in repr(found)
    assert str(found[2]) == "https://hooks.example"
    assert str(Webhook("https://hooks.example:8443/token")) == "https://hooks.example:8443"


def test_ports_and_tls_follow_the_scheme() -> None:
    plain = mail_from("smtp://mail.example", sender=SENDER, recipients=SENDER, password=None)
    assert (plain.port, plain.implicit_tls, plain.user) == (587, False, None)
    tls = mail_from("smtps://mail.example", sender=SENDER, recipients=SENDER, password=None)
    assert (tls.port, tls.implicit_tls) == (465, True)


def test_secrets_may_come_from_elsewhere() -> None:
    settings = {**MAIL, **WEBHOOK}
    for name in ("PRAKAN_NOTIFY_MAIL_PASSWORD", "PRAKAN_NOTIFY_WEBHOOK_SECRET"):
        del settings[name]
    _, mail_channel, hook = channels_from_environment(settings, secret="of {}".format)
    assert isinstance(mail_channel, Mail) and mail_channel.password == "of mail"
    assert isinstance(hook, Webhook) and hook.secret == "of webhook"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"MAIL_URL": "smtp://us:pw@mail.example"}, "MAIL_PASSWORD"),
        ({"MAIL_URL": "http://mail.example"}, "smtp://user@host"),
        ({"MAIL_URL": "smtp://mail.example/path"}, "smtp://user@host"),
        ({"MAIL_URL": "smtp://us@mail.example:port"}, "smtp://user@host"),
        ({"MAIL_URL": "smtp://us@"}, "smtp://user@host"),
        ({"MAIL_URL": "smtp://us@mail.example%0d%0a"}, "smtp://user@host"),
        ({"MAIL_URL": "smtp://mail.example"}, "go together"),
        ({"MAIL_PASSWORD": ""}, "go together"),
        ({"MAIL_FROM": ""}, "MAIL_FROM"),
        ({"MAIL_TO": ""}, "MAIL_TO"),
        ({"MAIL_FROM": "a@b\r\nBcc: c@d"}, "MAIL_FROM"),
        ({"MAIL_TO": "a@b, c"}, "MAIL_TO"),
        ({"MAIL_TO": "a@b,"}, "MAIL_TO"),
        ({"MAIL_TO": "Name <a@b>"}, "MAIL_TO"),
        ({"MAIL_URL": ""}, "MAIL_URL is not"),
        ({"WEBHOOK_URL": "http://hooks.example/x"}, "only https"),
        ({"WEBHOOK_URL": "ftp://hooks.example/x"}, "https://host/path"),
        ({"WEBHOOK_URL": "https://us:pw@hooks.example/x"}, "a user stands"),
        ({"WEBHOOK_URL": "https://hooks.example/x\r\nX-Other: 1"}, "https://host/path"),
        ({"WEBHOOK_URL": "https:///x"}, "https://host/path"),
        ({"WEBHOOK_URL": "https://hooks.example:x/"}, "https://host/path"),
        ({"WEBHOOK_URL": "https://hooks.example/ไทย"}, "https://host/path"),
        ({"WEBHOOK_URL": ""}, "WEBHOOK_URL is not"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_settings_that_cannot_be_used_are_told(changed: dict[str, str], says: str) -> None:
    given = {f"PRAKAN_NOTIFY_{name}": value for name, value in changed.items()}
    with pytest.raises(WrongUse, match=says) as told:
        channels_from_environment({**MAIL, **WEBHOOK, **given})
    assert "hidden" not in str(told.value) and "token" not in str(told.value)


def test_http_is_for_this_machine_only() -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        webhook_from(f"http://{host}:8080/x", secret=None)
    for host in ("127.0.0.1.example", "localhost.example", "10.0.0.1"):
        with pytest.raises(WrongUse):
            webhook_from(f"http://{host}/x", secret=None)


# -- several channels at once


class Slow:
    """Waits for a sign before it sends."""

    name = "slow"

    def __init__(self) -> None:
        self.may_end = threading.Event()

    def send(self, message: Message) -> dict[str, object]:
        """Wait."""
        self.may_end.wait(30)
        return {"sent": message.message_id}


class Broken:
    """Has a defect."""

    name = "broken"

    def send(self, _message: Message) -> dict[str, object]:
        """Fail as no channel should."""
        raise ZeroDivisionError("secret")


def test_none_waits_for_another_and_a_hanging_one_is_given_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    slow = Slow()
    channels: list[Channel] = [slow, Broken(), Log()]
    began = time.monotonic()
    found = {outcome.channel: outcome for outcome in hand_over(NOTICE, channels, seconds=0.5)}
    assert time.monotonic() - began < 5
    slow.may_end.set()
    assert found["log"].failure is None
    assert found["slow"].hangs and "not done after" in (found["slow"].failure or "")
    assert found["broken"].failure == "a defect of prakan: ZeroDivisionError"
    assert not found["broken"].hangs
    assert "ZeroDivisionError" in capsys.readouterr().err
