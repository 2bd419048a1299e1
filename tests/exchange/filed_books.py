"""An installation that employers file with, day by day, and the files made of its closed books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from exchange.employers.entering import enter_filings
from exchange.employers.registering import enter_registrations
from exchange.inbound.arrivals import receive_filings
from exporters.writer import FileWriter
from interfaces.names import make_name
from simulation.partner.employer_files import FiledPerson
from tests.exchange.closed_books import MONDAY, ClosedBooks
from tests.exchange.night_ledger import at, night_ledger
from tests.prakan.sample_tables import NAMES, account, person, table

PERIOD = 202612
CEILING, FLOOR, RATE = Decimal(17_500), Decimal(1_650), Decimal("0.05")
Wages = Mapping[int, int]
"""Number of a person → wage in whole baht."""


class FiledBooks(ClosedBooks):
    """The ledger of an installation that employers file with."""

    def file(
        self,
        employer: int,
        branches: Mapping[str, Wages],
        *,
        day: date = MONDAY,
        mark: str = "",
        name: str = "a",
        period: int = PERIOD,
    ) -> Path:
        """A form 1-10 in the inbox: for each branch who worked there and for what."""
        interface = self.site.registry.get("form_1_10", on=day)
        path = self.inbox / f"SPS110_{account(employer)}-{name}{mark}.TXT"
        with FileWriter(path, interface, {}) as writer:
            for branch, wages in branches.items():
                header = {
                    "acc_no": account(employer),
                    "branch_no": branch,
                    "paid_date": day,
                    "paid_period": period,
                    "company_name": "บริษัท ตัวอย่างการค้า จำกัด",
                    "rate": Decimal("5.00"),
                }
                rows = [_detail(number, wage) for number, wage in wages.items()]
                writer.write_block(header, table(interface, rows))
            writer.close()
        return path

    def register(self, rows: Sequence[dict[str, Any]], *, name: str = "a") -> Path:
        """A registration file in the inbox."""
        interface = self.site.registry.get("employee_registration", on=MONDAY)
        path = self.inbox / make_name(interface.file, MONDAY, 1, any_part=name)
        with FileWriter(path, interface, {}) as writer:
            writer.write_details(table(interface, list(rows)))
            writer.close()
        return path

    def take_in(self, day: date) -> dict[str, object]:
        """What waits is received and entered; a minute passes."""
        self.clock.now += timedelta(minutes=1)
        told = receive_filings(self.site, day)
        assert told["quarantined"] == 0
        return {**enter_filings(self.site, day), **enter_registrations(self.site, day)}

    @property
    def inbox(self) -> Path:
        """Where employers' files arrive."""
        folder = self.site.home.employer_inbox
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def content(self, name: str, day: date) -> bytes:
        """The bytes of a file that is made of that day's closed books."""
        return self.path(self.build(name, day)).read_bytes()


def filed_books(folder: Path) -> FiledBooks:
    """Nothing has come yet, nothing is closed."""
    night = night_ledger(folder)
    night.clock.now = at("20:00", MONDAY)
    return FiledBooks(night.site, night.clock)


def persons(wages: Wages) -> dict[str, FiledPerson]:
    """What the mainframe is to know of these persons, by national ID."""
    told = {}
    for number, wage in wages.items():
        satang = int(_contribution(wage) * 100)
        told[person(number)] = FiledPerson(person(number), wage * 100, satang)
    return told


def _detail(number: int, wage: int) -> dict[str, Any]:
    title, _, given, family = NAMES[number % len(NAMES)]
    return {
        "record_type": "2",
        "sso_id": person(number),
        "prefix": title,
        "fname": given,
        "lname": family,
        "wages": Decimal(wage),
        "paid_amount": _contribution(wage),
    }


def _contribution(wage: int) -> Decimal:
    if not wage:
        return Decimal(0)
    base = min(max(Decimal(wage), FLOOR), CEILING)
    return (base * RATE).quantize(Decimal(1), ROUND_HALF_UP)
