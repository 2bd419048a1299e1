"""Notice lists and contact registers as the mainframe sends them, and what was made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exchange.notices.arriving import receive_notices
from exchange.notices.pace import Pace
from exchange.notices.sending import Sent, send_notices
from exchange.notices.settings import Sender
from exchange.site import Site, open_site
from exchange.watch.mail_server import MailServer
from exporters.writer import FileWriter
from insurance.identifiers import employer_accounts
from interfaces.names import make_name
from ledger.audit import entries_of
from ledger.employer_mail import EmployerMail, MailState, mails_in_state
from tests.exchange.night_ledger import Clock
from tests.openssh import HOST
from tests.prakan.sample_tables import table

DAY = date(2027, 1, 5)  # a Tuesday; the interfaces begin the day before
NEXT_DAY = date(2027, 1, 6)
SENDER = "notices@agency.example"
ACCOUNTS = [str(text) for text in employer_accounts(np.arange(100_000_001, 100_000_101))]


def record(number: int, branch: str = "000000", **changed: Any) -> dict[str, Any]:
    """A record of a list about the employer of that number."""
    return {
        "notice_code": "N020",
        "employer_account": ACCOUNTS[number],
        "employer_branch": branch,
        "employer_name": f"บริษัท ตัวอย่าง {number} จำกัด",
        "employer_type": ("10", "20", "30")[number % 3],
        "office_code": f"10{number % 4:02d}",
        "wage_period": 202611,
        "amount": Decimal(f"{1000 + number}.50"),
        "deadline_date": date(2027, 1, 15),
        "remark": None,
        **changed,
    }


def contact(number: int, address: str | None, branch: str = "000000") -> dict[str, Any]:
    """The address of the employer of that number."""
    return {
        "employer_account": ACCOUNTS[number],
        "employer_branch": branch,
        "contact_name": f"ผู้ติดต่อ {number}",
        "contact_email": address,
        "confirmed_date": date(2026, 6, 1),
    }


def address(number: int) -> str:
    """An address of its own for each employer."""
    return f"payroll{number:03d}@employer.example"


@dataclass(frozen=True)
class Notices:
    """An installation that sends notices to a mail server on loopback."""

    site: Site
    clock: Clock
    port: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sender(self) -> Sender:
        """Who writes; no limit on the pace."""
        server = MailServer(HOST, self.port, seconds=5)
        return Sender(server, SENDER, **{"mails_a_minute": 0, **self.settings})

    def drop(
        self,
        name: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        day: date = DAY,
        sequence: int = 1,
        code: str = "N020",
    ) -> Path:
        """Put a file of an interface into the mainframe's inbox."""
        interface = self.site.registry.get(name, on=day)
        path = self.site.home.mainframe_inbox / make_name(interface.file, day, sequence)
        path.parent.mkdir(parents=True, exist_ok=True)
        context = {"business_date": day, "sequence": sequence, "notice_code": code}
        with FileWriter(path, interface, context) as writer:
            writer.write_details(table(interface, [dict(row) for row in rows]))
            writer.close()
        return path

    def register(self, rows: Sequence[Mapping[str, Any]], **named: Any) -> Path:
        """Drop a contact register."""
        return self.drop("employer_contact", rows, **named)

    def to_tell(self, rows: Sequence[Mapping[str, Any]], **named: Any) -> Path:
        """Drop a notice list."""
        return self.drop("employer_notice", rows, **named)

    def usual(self, count: int = 3) -> None:
        """A register and a list of so many employers, each with its own address; received."""
        self.register([contact(n, address(n)) for n in range(count)])
        self.to_tell([record(n) for n in range(count)])
        self.receive()

    def receive(self, day: date = DAY) -> dict[str, object]:
        """Receive what was dropped; every file is accepted."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
            counts = receive_notices(self.site, day)
        assert counts["quarantined"] == 0, counts
        return counts

    def send(self, day: date = DAY, **named: Any) -> Sent:
        """One run, as fast as it goes."""
        return send_notices(self.site, day, self.sender, pace=Pace(0), **named)

    def mails(self) -> list[EmployerMail]:
        """Every mail, by list and address."""
        return mails_in_state(self.site.ledger, list(MailState))

    def states(self) -> dict[str, str]:
        """State of each mail by its address."""
        return {mail.address: mail.state.value for mail in self.mails()}

    def events(self, mail: EmployerMail) -> list[str]:
        """What the audit tells of a mail, in order."""
        found = entries_of(self.site.ledger, mail.message_id)
        return [entry.kind.removeprefix("employer_mail.") for entry in found]


def notices(folder: Path, port: int = 0, *, url: str | None = None, **settings: Any) -> Notices:
    """An empty installation in ``folder``, its ledger at ``url`` (default: SQLite in it)."""
    clock = Clock()
    environment = {"PRAKAN_HOME": str(folder), "PRAKAN_LEDGER_URL": url or ""}
    return Notices(open_site(environment, clock=clock), clock, port, settings)
