"""Books of an installation in which everything happens that a settlement statement can tell."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from interfaces.catalogue import load_catalogue
from ledger.balances import balances
from ledger.break_records import BreakKey, find_break
from ledger.deliveries import find, plan_delivery, record_content
from ledger.delivery import Delivery, DeliveryContent, DeliveryState
from ledger.holding import release
from ledger.moves import Move, MoveKind, Payee
from ledger.resolution_terms import By, Terms
from ledger.resolutions import approve, reopen, resolve
from tests.exchange.closed_books import MONDAY, TUESDAY, ClosedBooks
from tests.exchange.night_ledger import at, night_ledger
from tests.ledger.made_outcomes import MONTHLY, load, outcomes
from tests.ledger.payments import DAO, MALEE, PARTNER, PRASERT, SOMCHAI, land
from tests.ledger.settling import Line, collect, settle

STATEMENT, FEED = "counter_statement", "counter_feed_s39"
BEFORE = date(2026, 12, 30)
RETURN = hashlib.sha256(b"everything").hexdigest()
DEBITS = hashlib.sha256(b"a debit").hexdigest()
PERIOD, NEXT = 202701, 202702
RECORDS = {"option": 3, "moved": 6, "refunded": 7, "returned": 8, "dropped": 9, "held": 10}
TOLERATED, SHORT = 100, 50
RATES = {"39": MONTHLY, "40": 7_000}
FEE = 500
_BROKEN_CREDITS = (
    {"national_id": PRASERT, "period": 202703, "outcome": "WRONG_PERIOD"},
    {"period": PERIOD, "outcome": "DOUBLE_PAYMENT"},
    {"national_id": None, "outcome": "UNKNOWN_PERSON"},
    {"amount_satang": 300, "outcome": "AMOUNT_SHORT"},
    {"period": NEXT, "outcome": "WRONG_PERIOD"},
)


@dataclass
class Everything:
    """Books of December, Monday and Tuesday, and what has happened in them."""

    books: ClosedBooks

    def by(self, day: date) -> By:
        return By("malee", "a test", day, self.books.clock())

    def resolve(self, which: str, code: str, day: date, move: Move) -> None:
        made = Terms(
            kinds=load_catalogue()[code].resolutions,
            approve_above_satang=100_000,
            hold_sections=("39", "40"),
            due=lambda section, _option, _period: RATES[section],
        )
        key = BreakKey(DEBITS, 2) if which == "debit" else BreakKey(RETURN, RECORDS[which])
        ledger, by = self.books.site.ledger, self.by(day)
        settled = resolve(ledger, key, [move], by, made)
        if settled.state == "proposed":
            seen = find_break(ledger, str(key)).event_id
            assert seen is not None
            settled = approve(ledger, key, replace(by, who="somchai"), made, seen=seen)
        assert settled.state in ("resolved", "held")

    def december(self) -> None:
        """Before the bank's advices: 900 satang are collected, nobody says when they come."""
        collect(self.books.site.ledger, BEFORE, 900)
        self.close(BEFORE)

    def monday(self) -> None:
        """A feed of two people, payments of every kind, most of it credited by the bank."""
        self.feed(MONDAY)
        ledger = self.books.site.ledger
        land(ledger, [RETURN], MONDAY)
        rows: tuple[dict[str, object], ...] = (
            {"period": PERIOD},
            {"national_id": DAO, "section_code": "40", "option_code": "01", "period": PERIOD,
             "amount_satang": 7_000, "expected_satang": 7_000},
            {"national_id": MALEE, "period": PERIOD, "amount_satang": MONTHLY + TOLERATED,
             "tolerance_satang": TOLERATED, "pass_name": "tolerance.1"},
            {"national_id": PRASERT, "period": PERIOD, "amount_satang": MONTHLY - SHORT,
             "tolerance_satang": -SHORT, "pass_name": "tolerance.1"},
            *_BROKEN_CREDITS,
        )  # fmt: skip
        dated = [{**row, "payment_date": MONDAY} for row in rows]
        load(ledger, outcomes(*dated, file_id=RETURN), RETURN)
        settle(ledger, MONDAY, Line(MONDAY, 200_000, FEE, payments=5))
        self.resolve("moved", "WRONG_PERIOD", MONDAY,
                     Move(MoveKind.MOVE, MONTHLY, PRASERT, "39", None, 202612))  # fmt: skip
        self.resolve("held", "WRONG_PERIOD", MONDAY,
                     Move(MoveKind.HOLD, MONTHLY, SOMCHAI, "39", None, NEXT))  # fmt: skip
        self.close(MONDAY)

    def tuesday(self) -> None:
        """What was broken is settled, what was settled is undone, the bank takes money back."""
        ledger = self.books.site.ledger
        day = TUESDAY
        land(ledger, [DEBITS], day)
        debit = {"national_id": DAO, "section_code": "40", "option_code": "01", "period": PERIOD,
                 "amount_satang": 7_000, "outcome": "DEBIT", "payment_date": day}  # fmt: skip
        load(ledger, outcomes(debit, file_id=DEBITS), DEBITS)
        reopen(ledger, BreakKey(RETURN, RECORDS["moved"]), self.by(day))
        payee = Payee("006", "0001", "1234567890", "สมชาย ใจดี")
        self.resolve("refunded", "DOUBLE_PAYMENT", day, Move(MoveKind.REFUND, MONTHLY, payee=payee))
        self.resolve("returned", "UNKNOWN_PERSON", day, Move(MoveKind.RETURN, MONTHLY))
        self.resolve("dropped", "AMOUNT_SHORT", day, Move(MoveKind.WRITE_OFF, 300))
        self.resolve("debit", "DEBIT", day, Move(MoveKind.REVERSE, 7_000))
        # The books of February: its month has begun.
        released = release(
            ledger,
            BreakKey(RETURN, RECORDS["held"]),
            self.by(date(2027, 2, 1)),
            Terms(kinds=("hold",), hold_sections=("39",), due=lambda *_: MONTHLY),
        )
        assert released.state == "resolved"
        settle(ledger, day, Line(MONDAY, 93_850, FEE))
        self.close(day)

    def february(self) -> None:
        self.close(date(2027, 2, 1))

    def feed(self, day: date) -> None:
        """Two people of section 39 are offered three months, and it arrived."""
        site = self.books.site
        folder = site.home.root / "outbox" / str(day)
        folder.mkdir(parents=True)
        month = pa.struct([("period", pa.int32()), ("amount", pa.decimal128(9, 2))])
        offered = {"period": PERIOD, "amount": Decimal("432.00")}
        rows = pa.table(
            {
                "section_code": ["39", "39"],
                "option_code": pa.nulls(2, pa.string()),
                "payable_month": pa.array([[offered, offered], [offered]], pa.list_(month)),
            }
        )
        pq.write_table(rows, folder / "rows.parquet")
        uri = site.home.relative(folder / "rows.parquet")
        made = plan_delivery(
            site.ledger, partner=PARTNER, interface=FEED, version=1, business_date=day,
            recorded_at=self.books.clock(),
        )  # fmt: skip
        digest = hashlib.sha256(str(day).encode()).hexdigest()
        content = DeliveryContent(f"{FEED}.{day}", digest, 1, uri)
        record_content(site.ledger, made.delivery_id, content, recorded_at=self.books.clock())
        built = find(site.ledger, made.delivery_id)
        assert built is not None
        self.books.bring(built, DeliveryState.SENDING, DeliveryState.DELIVERED)

    def close(self, day: date) -> None:
        """An hour later; balances are recorded."""
        self.books.clock.now += timedelta(hours=1)
        self.books.close(day)
        self.books.clock.now += timedelta(hours=1)

    def lines(self, delivery: Delivery) -> list[dict[str, Any]]:
        read = self.books.read(delivery)
        assert read.findings.num_rows == 0
        found: list[dict[str, Any]] = read.tables["STATEMENT-DETAIL-RECORD"].to_pylist()
        return found

    def header(self, delivery: Delivery) -> dict[str, Any]:
        (found,) = self.books.read(delivery).tables["STATEMENT-HEADER-RECORD"].to_pylist()
        return dict(found)

    def balance(self, account: str, day: date) -> Decimal:
        rows = balances(self.books.site.ledger, booked_to=day).to_pylist()
        satang = sum(row["balance_satang"] for row in rows if row["account"] == account)
        return Decimal(satang) / 100


@contextmanager
def eventful_books(folder: Path) -> Iterator[Everything]:
    """December and Monday have happened."""
    night = night_ledger(folder)
    night.clock.now = at("20:00", BEFORE)
    made = Everything(ClosedBooks(night.site, night.clock))
    made.december()
    night.clock.now = at("20:00", MONDAY)
    made.monday()
    night.clock.now = at("20:00", TUESDAY)
    yield made
    night.site.ledger.dispose()
