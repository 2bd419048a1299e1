"""The ledger told once more in plain Python: lists and dictionaries, nothing of the product.

What the machine in test_ledger_model does to the real ledger is done to this one too, and both
must hold the same entries, months and balances. It knows the exact pass of matching, double
entry, the ways in which a break may be settled, and that closed days stay as they are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

DUE = {"39": 43_200, "40": 7_000}
OPTION = {"39": None, "40": "01"}
OFFERED = (202610, 202611)
ACTIVE, ENDED, NOT_LISTED = "active", "ended", "not listed"
PEOPLE = {
    "1100000000011": ("39", ACTIVE),
    "1100000000029": ("39", ACTIVE),
    "1100000000037": ("40", ACTIVE),
    "1100000000045": ("39", ENDED),
    "1100000000053": ("39", NOT_LISTED),
}
"""Section and standing of everybody in the register; others are unknown."""
STRANGER = "1999999999999"
BANK = "collection_bank"

Month = tuple[str, str, int]
Key = tuple[str, int]
About = tuple[str | None, str | None, int | None]
NOBODY: About = (None, None, None)


class Refused(Exception):
    """The model's way to say that something may not be done."""


@dataclass(frozen=True)
class Payment:
    """One payment as the partner tells it; ``readable`` false: its references say nothing."""

    person: str
    period: int
    amount: int
    is_debit: bool
    readable: bool
    day: date

    @property
    def section(self) -> str:
        return PEOPLE.get(self.person, ("39", ""))[0]

    @property
    def month(self) -> Month:
        return self.person, self.section, self.period

    @property
    def is_as_offered(self) -> bool:
        known = PEOPLE.get(self.person)
        return (
            self.readable
            and not self.is_debit
            and known is not None
            and known[1] == ACTIVE
            and self.period in OFFERED
            and self.amount == DUE[self.section]
        )


@dataclass(frozen=True)
class Entry:
    """One movement. ``number`` counts entries in the order in which they were made."""

    file: str
    record: int
    leg: int
    person: str | None
    section: str | None
    period: int | None
    amount: int
    debit: str
    credit: str
    effective: date
    book: date
    step: int
    number: int

    @property
    def pays(self) -> bool:
        return self.leg > 0 and self.credit.startswith("contributions:")


@dataclass
class Break:
    """A broken payment and what has become of it."""

    partner: str
    code: str
    payment: Payment
    state: str = "open"
    moves: list[tuple[str, int, Month | None]] = field(default_factory=list)
    legs: list[int] = field(default_factory=list)
    took_back: Entry | None = None


def account(month_section: str) -> str:
    option = OPTION[month_section]
    return f"contributions:{month_section}" + (f":{option}" if option else "")


class Books:
    """All that the ledger should hold."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.partner_of: dict[str, str] = {}
        self.breaks: dict[Key, Break] = {}
        self.outcomes: dict[str, list[str]] = {}
        self.taken_in: Counter[str] = Counter()
        self.settled: Counter[str] = Counter()
        self.refunds: dict[tuple[str, int, int], int] = {}
        self.refunds_paid: set[tuple[str, int, int]] = set()
        self.last_closed: date | None = None

    # what is asked of it

    def reversed_legs(self, up_to: date | None = None) -> set[tuple[str, int, int]]:
        return {
            (e.file, e.record, -e.leg)
            for e in self.entries
            if e.leg < 0 and (up_to is None or e.book <= up_to)
        }

    def live(self, up_to: date | None = None) -> list[Entry]:
        """Entries that pay a month and stand."""
        gone = self.reversed_legs(up_to)
        return [
            e
            for e in self.entries
            if e.pays
            and (up_to is None or e.book <= up_to)
            and (e.file, e.record, e.leg) not in gone
        ]

    def months(self, up_to: date | None = None) -> dict[Month, int]:
        paid: Counter[Month] = Counter()
        for e in self.live(up_to):
            paid[str(e.person), str(e.section), int(e.period or 0)] += e.amount
        return dict(paid)

    def balances(self, **limits: date | int) -> dict[str, int]:
        total: Counter[str] = Counter()
        for e in self.entries:
            if all(getattr(e, name) <= limit for name, limit in limits.items()):
                total[e.debit] += e.amount
                total[e.credit] -= e.amount
        return dict(total)

    def first_open(self, wanted: date) -> date:
        if self.last_closed is None or wanted > self.last_closed:
            return wanted
        return self.last_closed + timedelta(days=1)

    # files of payments

    def judge(self, partner: str, day: date, payments: list[Payment]) -> list[str]:
        """The code of each payment, as matching sees the books of that day."""
        paid_by: dict[Month, set[str]] = {}
        for e in self.live(day):
            month = (str(e.person), str(e.section), int(e.period or 0))
            paid_by.setdefault(month, set()).add(self.partner_of[e.file])
        first: dict[Month, int] = {}
        for place, payment in enumerate(payments):
            if payment.is_as_offered and payment.month not in paid_by:
                first.setdefault(payment.month, place)
        return [
            "POSTED"
            if payment.is_as_offered and first.get(payment.month) == place
            else self._broken(payment, partner, paid_by, first.get(payment.month, place) < place)
            for place, payment in enumerate(payments)
        ]

    def _broken(
        self, payment: Payment, partner: str, paid_by: dict[Month, set[str]], is_later: bool
    ) -> str:
        if payment.is_debit:
            return "DEBIT"
        if not payment.readable:
            return "UNREADABLE_REFERENCE"
        if payment.person not in PEOPLE:
            return "UNKNOWN_PERSON"
        standing = PEOPLE[payment.person][1]
        if standing != ACTIVE:
            return "NOT_SENT" if standing == NOT_LISTED else "STATUS_ENDED"
        by = paid_by.get(payment.month)
        if by is not None and partner not in by:
            return "PAID_ELSEWHERE"
        if by is not None or is_later:
            return "DOUBLE_PAYMENT"
        if payment.period not in OFFERED:
            return "WRONG_PERIOD"
        return "AMOUNT_OVER" if payment.amount > DUE[payment.section] else "AMOUNT_SHORT"

    def load(
        self,
        file: str,
        partner: str,
        day: date,
        today: date,
        matched: list[tuple[Payment, str]],
        step: int,
    ) -> None:
        """Enter a file as it was matched; a month that was paid meanwhile is a double payment."""
        book = self.first_open(day)
        if book != day:
            book = self.first_open(max(book, today))
        paid = self.months()
        self.partner_of[file] = partner
        self.outcomes[file] = []
        for record, (payment, code) in enumerate(matched, start=2):
            if code == "POSTED" and payment.month in paid:
                code = "DOUBLE_PAYMENT"
            self.outcomes[file].append(code)
            self.taken_in[partner] += -payment.amount if payment.is_debit else payment.amount
            clearing, suspense = f"clearing:{partner}", f"suspense:{partner}"
            if code == "POSTED":
                sides = (clearing, account(payment.section))
            else:
                self.breaks[file, record] = Break(partner, code, payment)
                sides = (suspense, clearing) if payment.is_debit else (clearing, suspense)
            if payment.amount:
                self._enter(
                    (file, record),
                    payment.month if payment.readable else NOBODY,
                    payment.amount,
                    sides,
                    payment.day,
                    book,
                    step,
                )

    def settle(
        self, file: str, lines: list[tuple[str, int, int]], day: date, value: date, step: int
    ) -> None:
        """A bank's advice: collector, gross and fee of each line."""
        book = self.first_open(day)
        self.partner_of[file] = BANK
        for record, (collector, gross, fee) in enumerate(lines, start=2):
            clearing = f"clearing:{collector}"
            for side, amount in ((f"bank:{BANK}", gross - fee), (f"fees:{collector}", fee)):
                if amount:
                    self._enter((file, record), NOBODY, amount, (side, clearing), value, book, step)
            self.settled[collector] += gross

    # breaks

    def check(
        self, key: Key, moves: list[tuple[str, int, Month | None]], kinds: list[str], today: date
    ) -> None:
        """Refused when these moves may not settle the break."""
        broken = self.breaks[key]
        amount = broken.payment.amount
        if any(kind not in kinds and not (kind == "close" and not amount) for kind, _, _ in moves):
            raise Refused("kind")
        if sum(satang for _, satang, _ in moves) != amount:
            raise Refused("sum")
        if amount and any(satang <= 0 for _, satang, _ in moves):
            raise Refused("nothing")
        for kind, satang, month in moves:
            if month is None:
                continue
            begun = today.year * 100 + today.month >= month[2]
            if begun != (kind == "move"):
                raise Refused("time")
            if not self.owes(month, satang):
                raise Refused("owed")
            if kind == "hold" and month in self.held_months():
                raise Refused("held for")

    def held_months(self) -> set[Month | None]:
        return {
            month
            for broken in self.breaks.values()
            if broken.state == "held"
            for kind, _, month in broken.moves
            if kind == "hold"
        }

    def owes(self, month: Month, satang: int) -> bool:
        return month not in self.months() and satang == DUE[month[1]]

    def carry_out(self, key: Key, today: date, step: int) -> None:
        """Enter what the break's moves say."""
        broken = self.breaks[key]
        book = self.first_open(today)
        suspense = f"suspense:{broken.partner}"
        payment = broken.payment
        broken.legs, broken.took_back = [], None
        for kind, satang, month in broken.moves:
            if kind == "close":
                continue
            if kind == "reverse":
                taken = self.to_take_back(broken)
                if taken is None:
                    raise Refused("nothing to reverse")
                self.reverse(taken, payment.day, book, step)
                broken.took_back = taken
                if taken.debit == suspense:
                    continue  # the money is back in suspense, where the debit misses it
                sides = (f"clearing:{broken.partner}", suspense)
                about: About = payment.month
                effective = payment.day
            else:
                other = {
                    "refund": "refunds:payable",
                    "return": f"payable:{broken.partner}",
                    "write_off": f"written_off:{broken.partner}",
                }.get(kind) or account(month[1] if month else "39")
                sides = (other, suspense) if payment.is_debit else (suspense, other)
                payer = payment.person if payment.readable else None
                about = month or (payer, None, None)
                effective = payment.day if month else today
            made = self._enter(key, about, satang, sides, effective, book, step)
            broken.legs.append(made.leg)
            if kind == "refund":
                self.refunds[made.file, made.record, made.leg] = satang
        broken.state = "resolved"

    def to_take_back(self, broken: Break) -> Entry | None:
        payment = broken.payment
        if not payment.readable:
            return None
        fitting = [
            e
            for e in self.live()
            if (e.person, e.section, e.period) == payment.month
            and e.amount == payment.amount
            and self.partner_of[e.file] == broken.partner
        ]
        return max(fitting, key=lambda e: (e.effective, e.number), default=None)

    def reopen(self, key: Key, today: date, step: int) -> None:
        broken = self.breaks[key]
        if broken.state == "open":
            raise Refused("open")
        if broken.state == "resolved":
            own = [(*key, leg) for leg in broken.legs]
            standing = [self._standing_for(one) for one in own]
            if any(one in self.refunds and self._book(one) <= self._closed() for one in own):
                raise Refused("with the bank")
            taken = broken.took_back
            if taken is not None and (taken.person, taken.section, taken.period) in self.months():
                raise Refused("paid meanwhile")
            # The file for the bank is made from the books that have a refund.
            refunds = [self._book(one) for one in own if one in self.refunds]
            book = self.first_open(max(refunds, default=today))
            for one, entry in zip(own, standing, strict=True):
                self.reverse(entry, entry.effective, book, step)
                self.refunds.pop(one, None)
            if taken is not None:
                self.post_again(taken, book, step)
        broken.state, broken.moves, broken.legs, broken.took_back = "open", [], [], None

    # entries

    def reverse(self, entry: Entry, effective: date, book: date, step: int) -> None:
        self.entries.append(
            Entry(
                **{
                    **entry.__dict__,
                    "leg": -entry.leg,
                    "debit": entry.credit,
                    "credit": entry.debit,
                    "effective": effective,
                    "book": book,
                    "step": step,
                    "number": len(self.entries),
                }
            )
        )

    def post_again(self, entry: Entry, book: date, step: int) -> Entry:
        month = (str(entry.person), str(entry.section), int(entry.period or 0))
        sides = (entry.debit, entry.credit)
        key = (entry.file, entry.record)
        return self._enter(key, month, entry.amount, sides, entry.effective, book, step)

    def pay_refund(self, refund: tuple[str, int, int], today: date, step: int) -> None:
        sides = ("refunds:payable", f"bank:{BANK}")
        amount, book = self.refunds[refund], self.first_open(today)
        self._enter(refund[:2], NOBODY, amount, sides, today, book, step)
        self.refunds_paid.add(refund)

    def _enter(
        self,
        key: Key,
        about: About,
        amount: int,
        sides: tuple[str, str],
        effective: date,
        book: date,
        step: int,
    ) -> Entry:
        person, section, period = about
        legs = [e.leg for e in self.entries if (e.file, e.record) == key]
        entry = Entry(
            *key,
            max([0, *legs]) + 1,
            person,
            section,
            period,
            amount,
            *sides,
            effective,
            book,
            step,
            len(self.entries),
        )
        self.entries.append(entry)
        return entry

    def _standing_for(self, leg: tuple[str, int, int]) -> Entry:
        """The entry, or what was entered again in its place."""
        gone, wanted = self.reversed_legs(), self._find(leg)
        same = ("file", "record", "person", "section", "period", "amount", "debit", "credit")
        for e in sorted(self.entries, key=lambda e: e.leg):
            stands = e.leg >= wanted.leg and (e.file, e.record, e.leg) not in gone
            if stands and all(getattr(e, name) == getattr(wanted, name) for name in same):
                return e
        raise Refused("taken back")

    def _find(self, leg: tuple[str, int, int]) -> Entry:
        return next(e for e in self.entries if (e.file, e.record, e.leg) == leg)

    def _book(self, leg: tuple[str, int, int]) -> date:
        return self._find(leg).book

    def _closed(self) -> date:
        return self.last_closed or date.min
