"""An installation whose ledger holds two closed days, and the files that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from exchange.outbound.outbox import outbox_folder
from exchange.outbound.publish import plan, prepare
from exchange.site import Site
from interfaces.policies import SealKind
from ledger import accounts
from ledger.books import book_day, close_books
from ledger.breaks import record_break_event
from ledger.database import writing
from ledger.deliveries import record_event, record_seal
from ledger.delivery import Delivery, DeliveryState, Sealed
from ledger.legs import reverse_leg
from ledger.refunds import Refund, insert_refund
from parsers.decode import DecodedFile, decode_whole
from tests.exchange.night_ledger import Clock, at, night_ledger
from tests.ledger.made_outcomes import load, outcomes, resolution, resolve
from tests.ledger.payments import DAO, MALEE, PARTNER, PRASERT, SOMCHAI, land

MONDAY, TUESDAY, WEDNESDAY = date(2027, 1, 4), date(2027, 1, 5), date(2027, 1, 6)
RETURN = "3f9a0c12d4e7b851" * 4
BANK = "collection_bank"
PERIOD = 202701
PAYEE = "นายสมศักดิ์ ใจดีเสมอ"
RECORDS = {"posted": 2, "several": 3, "option": 4, "moved": 5, "debit": 6, "refunded": 7}


@dataclass
class ClosedBooks:
    """The ledger of an installation, filled step by step."""

    site: Site
    clock: Clock

    def take_payments(self, day: date) -> None:
        """A day's return: two posted by one movement, one by two, three that are broken."""
        land(self.site.ledger, [RETURN], day)
        rows = (
            {"period": PERIOD},
            {"national_id": MALEE, "period": 202612, "pass_name": "several_months.1"},
            {"national_id": MALEE, "period": PERIOD, "leg": 2, "pass_name": "several_months.1"},
            {
                "national_id": DAO,
                "section_code": "40",
                "option_code": "01",
                "period": PERIOD,
                "amount_satang": 7_000,
                "expected_satang": 7_000,
            },
            {"national_id": PRASERT, "period": 202703, "outcome": "WRONG_PERIOD"},
            {"national_id": DAO, "amount_satang": 7_000, "outcome": "DEBIT"},
            {"period": 202611, "outcome": "DOUBLE_PAYMENT"},
        )
        dated = ({**row, "payment_date": day} for row in rows)
        load(self.site.ledger, outcomes(*dated, file_id=RETURN), RETURN)

    def move_the_wrong_period(self, day: date) -> None:
        """The break is resolved to the month owed."""
        month = accounts.contribution("39", None)
        leg = resolution(RECORDS["moved"], month, day, file_id=RETURN, national_id=PRASERT,
                         period=202612)  # fmt: skip
        resolve(self.site.ledger, leg, day, self.clock())

    def refund_the_double_payment(self, day: date, *, name: str = PAYEE) -> Refund:
        """The break is resolved by giving the money back."""
        leg = resolution(RECORDS["refunded"], accounts.REFUNDS_PAYABLE, day, file_id=RETURN)
        number = resolve(self.site.ledger, leg, day, self.clock())
        refund = Refund(
            RETURN, RECORDS["refunded"], number, SOMCHAI, leg.amount_satang,
            "014", "0345", "6661234567", name,
        )  # fmt: skip
        with writing(self.site.ledger, "posting") as connection:
            insert_refund(connection, refund, recorded_at=self.clock())
        return refund

    def undo_for_the_debit(self, day: date) -> None:
        """The bank took DAO's money back: the posting is reversed, the debit resolved by it."""
        self.reverse("option", 1, day)
        leg = resolution(
            RECORDS["debit"], accounts.suspense(PARTNER), day, file_id=RETURN, satang=7_000,
            debit=accounts.clearing(PARTNER),
        )  # fmt: skip
        resolve(self.site.ledger, leg, day, self.clock())

    def undo_refund(self, refund: Refund, day: date) -> None:
        """The refund is taken back and its break open again."""
        self.reverse("refunded", refund.leg, day)
        record_break_event(
            self.site.ledger, RETURN, refund.record_number, "reopened", recorded_at=self.clock()
        )

    def reverse(self, record: str, leg: int, day: date) -> None:
        """A leg is reversed, in the books of the first open day."""
        with writing(self.site.ledger, "posting") as connection:
            reverse_leg(
                connection,
                RETURN,
                RECORDS[record],
                leg,
                effective_date=day,
                book_date=book_day(connection, day),
                recorded_at=self.clock(),
                pass_name="resolution.reverse.1",
            )

    def close(self, day: date) -> dict[str, int]:
        """The day's books are proven and closed; the balances of its end."""
        return dict(close_books(self.site.ledger, day, recorded_at=self.clock()).balances)

    def build(self, name: str, day: date) -> Delivery:
        """The file of a closed day is made, and read back."""
        interface = self.site.registry.get(name, on=day)
        return prepare(self.site, interface, plan(self.site, interface, day)).delivery

    def path(self, delivery: Delivery) -> Path:
        """Where the built file lies."""
        assert delivery.content is not None
        return outbox_folder(self.site, delivery) / delivery.content.name

    def read(self, delivery: Delivery) -> DecodedFile:
        """The built file as its partner decodes it."""
        interface = self.site.registry.get(delivery.interface, on=delivery.business_date)
        return decode_whole(self.path(delivery), interface)

    def bring(self, delivery: Delivery, *states: DeliveryState) -> Delivery:
        """The built delivery sealed, and after these states."""
        content = delivery.content
        assert content is not None
        ledger, name = self.site.ledger, delivery.delivery_id
        if delivery.sealed is None:
            seal = Sealed(SealKind.NONE, content.name, content.file_id, 1, content.file_id)
            delivery = record_seal(ledger, name, seal, recorded_at=self.clock())
        for state in states:
            delivery = record_event(ledger, name, state, recorded_at=self.clock())
        return delivery


def closed_books(folder: Path, day: date = MONDAY) -> ClosedBooks:
    """A day's return is loaded, nothing is closed."""
    night = night_ledger(folder)
    night.clock.now = at("20:00", day)
    books = ClosedBooks(night.site, night.clock)
    books.take_payments(day)
    return books
