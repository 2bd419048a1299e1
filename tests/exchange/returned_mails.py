"""Mails that come back, as mail systems write them."""

from __future__ import annotations

from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

BOUNCES = "bounces@agency.example"


def report(
    message_id: str | None,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    headers_only: bool = False,
    to: str = BOUNCES,
) -> bytes:
    """A delivery report about the mail with that id (None: it does not say which)."""
    whole = MIMEMultipart("report", report_type="delivery-status", boundary="=_dsn")
    whole["From"] = "MAILER-DAEMON@relay.example"
    whole["To"] = to
    whole["Subject"] = "Undelivered Mail Returned to Sender"
    whole["Message-ID"] = "<20270106.ABCDEF@relay.example>"
    whole.attach(MIMEText("The following address had permanent fatal errors.", "plain"))
    told = MIMEBase("message", "delivery-status")
    told.set_payload(
        [_block(**{"Reporting-MTA": "dns; relay.example"}), _recipient(action, status)]
    )
    whole.attach(told)
    if message_id is not None:
        whole.attach(_returned(message_id, headers_only=headers_only))
    return whole.as_bytes()


def answer(message_id: str) -> bytes:
    """A person's, or a machine's, answer to a notice: no delivery report."""
    mail = EmailMessage()
    mail["From"] = "payroll000@employer.example"
    mail["To"] = BOUNCES
    mail["In-Reply-To"] = f"<{message_id}@agency.example>"
    mail["Subject"] = "Out of office"
    mail.set_content("I am away. 550 5.1.1 is my room number.")
    return mail.as_bytes()


def _recipient(action: str, status: str) -> Message:
    return _block(
        **{
            "Final-Recipient": "rfc822; payroll000@employer.example",
            "Action": action,
            "Status": status,
            "Diagnostic-Code": "smtp; 550 5.1.1 <payroll000@employer.example> unknown",
        }
    )


def _block(**headers: str) -> Message:
    block = Message()
    for name, value in headers.items():
        block[name] = value
    return block


def _returned(message_id: str, *, headers_only: bool) -> MIMEBase | MIMEText:
    lines = (
        f"From: notices@agency.example\nTo: payroll000@employer.example\n"
        f"Message-ID:\n <{message_id}@agency.example>\nSubject: x\n"
    )
    if headers_only:
        return MIMEText(lines, "rfc822-headers")
    mail = Message()
    mail["Message-ID"] = f"<{message_id}@agency.example>"
    mail["To"] = "payroll000@employer.example"
    mail.set_payload("text")
    part = MIMEBase("message", "rfc822")
    part.set_payload([mail])
    return part
