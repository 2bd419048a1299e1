"""The mail of a notice: the same bytes each time, readable, and nothing in it from outside."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest

from exchange.notices.composing import NoticeKind, compose, notice_kind, statement
from exchange.notices.lines import Line
from exchange.notices.settings import MAILS_A_MINUTE, Sender, sender_from_environment
from exchange.watch.mail_server import MailServer
from interfaces.dated import code_list
from interfaces.errors import WrongUse
from tests.exchange.notice_lists import DAY, SENDER

ID = "0123456789abcdef0123456789abcdef"
ADDRESS = "payroll@employer.example"
LINE = Line(
    employer_account="1000000010",
    employer_branch="000000",
    employer_name="บริษัท ตัวอย่าง จำกัด",
    office_code="1001",
    wage_period=202611,
    amount=Decimal("1234567.50"),
    deadline_date=date(2027, 1, 15),
    remark="โปรดติดต่อ",
)
WRITER = Sender(MailServer("mail.example", 587), SENDER)
KIND = notice_kind("N020", DAY)


def composed(*lines: Line, kind: NoticeKind = KIND, sender: Sender = WRITER) -> EmailMessage:
    """The mail as its reader's program sees it."""
    content = compose(kind, DAY, ID, ADDRESS, lines or (LINE,), sender)
    mail = BytesParser(policy=default).parsebytes(content)
    assert isinstance(mail, EmailMessage)
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    """One of the two forms of the text."""
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_headers_text_page_and_file() -> None:
    sender = replace(WRITER, name="สำนักงานประกันสังคม", reply_to="help@agency.example")
    mail = composed(sender=sender)
    # The plain reader: the other one puts a space between the pieces of a long encoded name.
    raw = compose(KIND, DAY, ID, ADDRESS, [LINE], sender)
    writer = str(make_header(decode_header(message_from_bytes(raw)["From"])))
    assert writer == f"สำนักงานประกันสังคม <{SENDER}>"
    assert mail["To"] == ADDRESS and mail["Reply-To"] == "help@agency.example"
    assert mail["Subject"] == KIND.th
    assert mail["Date"] == "Tue, 05 Jan 2027 08:30:00 +0700"
    assert mail["Message-ID"] == f"<{ID}@agency.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    for form in ("plain", "html"):
        text = body(mail, form)
        for said in (KIND.text_th, KIND.act_th, LINE.employer_name, "1000000010", "11/2569"):
            assert said in text, (form, said)
        assert "1,234,567.50" in text and "วันศุกร์ที่ 15 มกราคม 2570" in text and ID in text
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "notice_N020_20270105.txt"
    assert file.get_content().splitlines()[1].split("\t") == [
        *("1000000010", "000000", LINE.employer_name, "202611", "1234567.50"),
        *("2027-01-15", "โปรดติดต่อ"),
    ]


def test_the_same_mail_again_is_the_same_bytes() -> None:
    first, second = (compose(KIND, DAY, ID, ADDRESS, [LINE], WRITER) for _ in range(2))
    assert first == second
    assert first.isascii() and b"\n" not in first.replace(b"\r\n", b"")
    assert max(map(len, first.split(b"\r\n"))) <= 998
    other = compose(KIND, DAY, "f" * 32, ADDRESS, [LINE], WRITER)
    assert other != first and other.replace(b"f" * 32, ID.encode())[:200] == first[:200]


def test_without_a_file_and_without_what_a_record_does_not_say() -> None:
    plain = replace(KIND, attachment=False)
    bare = replace(LINE, wage_period=None, amount=Decimal(0), deadline_date=None, remark=None)
    mail = composed(bare, kind=plain)
    assert list(mail.iter_attachments()) == []
    text = body(mail, "plain")
    for absent in ("งวดค่าจ้าง", "จำนวนเงิน", "หมายเหตุ", "รวม"):
        assert absent not in text
    assert statement([bare]).splitlines()[1] == "1000000010\t000000\tบริษัท ตัวอย่าง จำกัด\t\t0\t\t"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\t"])
def test_nothing_of_a_record_begins_a_header_a_line_or_a_column(end: str) -> None:
    hostile = f"บริษัท{end}Bcc: thief@example.com{end}{end}จำกัด"
    mail = composed(
        replace(LINE, employer_name=hostile, remark=hostile),
        kind=replace(KIND, th=f"หัวเรื่อง{end}Bcc: thief@example.com"),
    )
    assert mail["Bcc"] is None and mail["Subject"] == "หัวเรื่อง Bcc: thief@example.com"
    assert len(mail.keys()) == 8
    assert "1. บริษัท Bcc: thief@example.com จำกัด\r\n" in body(mail, "plain")
    (file,) = mail.iter_attachments()
    assert len(file.get_content().splitlines()) == 2
    assert file.get_content().splitlines()[1].count("\t") == 6


def test_the_page_is_escaped_and_loads_nothing() -> None:
    page = body(composed(replace(LINE, employer_name="<script>alert(1)</script> & 'x'")), "html")
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"https?:|src=|href=|url\(", page)
    assert "<script>alert(1)</script>" in body(
        composed(replace(LINE, employer_name="<script>alert(1)</script>")), "plain"
    )


def test_every_kind_of_notice_can_be_written() -> None:
    kinds = code_list("notice_kinds", DAY)
    assert kinds.num_rows >= 4
    for code in kinds["code"].to_pylist():
        mail = composed(kind=notice_kind(code, DAY))
        assert re.search("[ก-๙]", mail["Subject"])
    with pytest.raises(WrongUse, match="add a row to codes/notice_kinds"):
        notice_kind("N999", DAY)


def test_a_line_that_begins_with_a_dot_is_a_line() -> None:
    """Base64 has no dots, and no header of ours begins with one; nobody relies on that."""
    content = compose(KIND, DAY, ID, ADDRESS, [replace(LINE, remark=".\r\n.")], WRITER)
    assert not re.search(rb"^\.", content, re.MULTILINE)


# -- settings

SETTINGS = {
    "PRAKAN_NOTICES_MAIL_URL": "smtp://us%40x@mail.example:2525",
    "PRAKAN_NOTICES_MAIL_PASSWORD": "hidden",
    "PRAKAN_NOTICES_MAIL_FROM": SENDER,
}


def test_settings_of_an_installation() -> None:
    found = sender_from_environment(SETTINGS)
    assert found.server == MailServer("mail.example", 2525, user="us@x", password="hidden")
    assert (found.address, found.mails_a_minute) == (SENDER, MAILS_A_MINUTE)
    assert found.envelope_sender(ID) == SENDER and "hidden" not in repr(found)
    more = {"NAME": "สปส.\r\nBcc: x@y.example", "REPLY_TO": "a@b.example", "A_MINUTE": "0"}
    more["RETURNS"] = "bounces+{id}@agency.example"
    full = sender_from_environment(
        {**SETTINGS, **{f"PRAKAN_NOTICES_MAIL_{name}": text for name, text in more.items()}}
    )
    assert full.name == "สปส. Bcc: x@y.example" and full.reply_to == "a@b.example"
    assert full.mails_a_minute == 0
    assert full.envelope_sender(ID) == f"bounces+{ID}@agency.example"


def test_the_password_may_come_from_elsewhere() -> None:
    given = {**SETTINGS, "PRAKAN_NOTICES_MAIL_PASSWORD": ""}
    assert sender_from_environment(given, secret=lambda: "kept").server.password == "kept"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"URL": ""}, "PRAKAN_NOTICES_MAIL_URL"),
        ({"FROM": ""}, "PRAKAN_NOTICES_MAIL_FROM"),
        ({"FROM": "a@b\r\nBcc: c@d"}, "PRAKAN_NOTICES_MAIL_FROM"),
        ({"PASSWORD": ""}, "go together"),
        ({"URL": "smtp://us:pw@mail.example"}, "PRAKAN_NOTICES_MAIL_PASSWORD"),
        ({"URL": "http://mail.example"}, "PRAKAN_NOTICES_MAIL_URL is written"),
        ({"RETURNS": "bounces+{id}{id}@agency.example"}, "PRAKAN_NOTICES_MAIL_RETURNS"),
        ({"RETURNS": "bounces@agency.example>"}, "PRAKAN_NOTICES_MAIL_RETURNS"),
        ({"REPLY_TO": "help"}, "PRAKAN_NOTICES_MAIL_REPLY_TO"),
        ({"A_MINUTE": "fast"}, "PRAKAN_NOTICES_MAIL_A_MINUTE"),
        ({"A_MINUTE": "-1"}, "PRAKAN_NOTICES_MAIL_A_MINUTE"),
        ({"A_MINUTE": "๑๐"}, "PRAKAN_NOTICES_MAIL_A_MINUTE"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_settings_that_cannot_be_used_are_told(changed: dict[str, str], says: str) -> None:
    given = {f"PRAKAN_NOTICES_MAIL_{name}": value for name, value in changed.items()}
    with pytest.raises(WrongUse, match=says) as told:
        sender_from_environment({**SETTINGS, **given})
    assert "hidden" not in str(told.value)
