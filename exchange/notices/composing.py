"""A notice as a mail: Thai text, the same as HTML, the accounts as a file where the kind asks it.

The same list, address and settings give the same bytes: a mail that is sent again is the same
mail, and mail systems on the way may drop the second one. The day in it is the list's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from exchange.notices.lines import Line
from exchange.notices.settings import Sender
from exchange.status.wording import day_in_thai, month
from exchange.watch.channel import one_line
from exchange.watch.expectation import BANGKOK
from interfaces.dated import code_list
from interfaces.errors import WrongUse

OFFICE_HOURS = time(8, 30)
"""Time in the mail's Date, which the business date alone does not have."""

_KINDS = "notice_kinds"
_BOUNDARY = "=_prakan_{}_{}"


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """What a notice of one code says, in Thai; ``attachment``: its accounts as a file too."""

    code: str
    th: str
    text_th: str
    act_th: str
    attachment: bool


def notice_kind(code: str, on: date) -> NoticeKind:
    """The wording in force on a business date; WrongUse when there is none."""
    for row in code_list(_KINDS, on).to_pylist():
        if row["code"] == code:
            return NoticeKind(
                code, row["th"], row["text_th"], row["act_th"], row["attachment"] == "Y"
            )
    raise WrongUse(f"notice {code!r} has no wording on {on}: add a row to codes/{_KINDS}.csv")


def compose(
    kind: NoticeKind,
    business_date: date,
    message_id: str,
    address: str,
    lines: Sequence[Line],
    sender: Sender,
) -> bytes:
    """The mail as it goes over the wire, with CRLF line ends."""
    told = [_clean(line) for line in lines]
    values = {
        "kind": kind,
        "business_date": business_date,
        "lines": told,
        "total": sum((line.amount for line in told), Decimal(0)),
        "reference": message_id,
    }
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(sender.name, addr_spec=sender.address)
    mail["To"] = Address(addr_spec=address)
    mail["Subject"] = one_line(kind.th)
    mail["Date"] = datetime.combine(business_date, OFFICE_HOURS, BANGKOK)
    mail["Message-ID"] = f"<{message_id}@{sender.domain}>"
    if sender.reply_to is not None:
        mail["Reply-To"] = Address(addr_spec=sender.reply_to)
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = "th"
    mail.set_content(_text(values), charset="utf-8", cte="base64")
    mail.add_alternative(_html(values), subtype="html", charset="utf-8", cte="base64")
    mail.set_boundary(_BOUNDARY.format("text", message_id))
    if kind.attachment:
        mail.add_attachment(
            statement(told),
            subtype="plain",
            charset="utf-8",
            cte="base64",
            filename=f"notice_{kind.code}_{business_date:%Y%m%d}.txt",
        )
        mail.set_boundary(_BOUNDARY.format("file", message_id))
    return mail.as_bytes()


def statement(lines: Sequence[Line]) -> str:
    """The accounts as tab-separated lines under a heading: amounts in baht, days Gregorian."""
    heading = "account\tbranch\temployer\twage_month\tamount\tdeadline\tremark"
    rows = (
        "\t".join(
            (
                line.employer_account,
                line.employer_branch,
                line.employer_name,
                "" if line.wage_period is None else str(line.wage_period),
                str(line.amount),
                "" if line.deadline_date is None else str(line.deadline_date),
                line.remark or "",
            )
        )
        for line in lines
    )
    return "\n".join([heading, *rows, ""])


def _clean(line: Line) -> Line:
    """The line with control characters out of its texts: nothing begins a line of its own."""
    return Line(
        employer_account=line.employer_account,
        employer_branch=line.employer_branch,
        employer_name=one_line(line.employer_name),
        office_code=line.office_code,
        wage_period=line.wage_period,
        amount=line.amount,
        deadline_date=line.deadline_date,
        remark=one_line(line.remark) if line.remark else None,
    )


def _text(values: Mapping[str, object]) -> str:
    return _templates().get_template("mail.txt.j2").render(values)


def _html(values: Mapping[str, object]) -> str:
    return _templates().get_template("mail.html.j2").render(values)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html.j2"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"baht": _baht, "month": month, "day": day_in_thai}
    return environment


def _baht(amount: Decimal) -> str:
    return f"{amount:,.2f}"
