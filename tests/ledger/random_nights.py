"""A machine of random nights: every act is done on the ledger and on the plain model of its books.

After each step both hold the same entries, balances and months, and closed days are as they were.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TypeVar

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.audit import verify_chain
from ledger.balances import balances
from ledger.books import check_books, close_books, closes, entries
from ledger.break_events import Settled
from ledger.break_records import BreakKey, ResolutionError, find_break
from ledger.breaks import outcomes_of
from ledger.database import writing
from ledger.digest import content_digest
from ledger.errors import BooksError
from ledger.holding import held_breaks, release
from ledger.landing import Direction, FileRecord, record_landed
from ledger.legs import Leg, insert_legs
from ledger.matching import (
    match_payments,
)
from ledger.matching.paid_before import paid_before
from ledger.month_paid import months_differing, rebuild_months
from ledger.months import paid_months
from ledger.postings import load_outcomes
from ledger.resolution_terms import By
from ledger.resolutions import approve, reopen, resolve
from ledger.reversals import PostingKey, reverse
from ledger.settlements import LINES_SCHEMA, SettlementTotals, load_settlement
from tests.ledger.model_of_books import (
    BANK,
    DUE,
    PEOPLE,
    STRANGER,
    Books,
    Key,
    Month,
    Payment,
    Refused,
)
from tests.ledger.model_tables import (
    EVER,
    EXACT,
    FEEDS,
    FIRST_DAY,
    KINDS,
    NEVER,
    PARTNERS,
    PERIODS,
    REGISTER,
    SENT,
    as_model,
    as_told,
    balance,
    leg_of,
    moment,
    months_of,
    payments_table,
    real_moves,
    satang,
    terms,
    totals,
    without_zeros,
)
from tests.ledger.tampering import tampering

T = TypeVar("T")

PERSON = st.sampled_from([*PEOPLE, STRANGER])
WANTED = st.sampled_from(["due", "due", "due", "due", "over", "short", "nothing"])
DAYS_LATE = st.sampled_from([0, 0, 0, 1, 6])
PAYMENT = st.tuples(
    PERSON,
    st.sampled_from([202611, 202611, *PERIODS]),
    WANTED,
    st.sampled_from([False, False, False, True]),
    st.sampled_from([True, True, True, False]),
)
FILE = st.lists(PAYMENT, min_size=1, max_size=6)
CRASH = st.one_of(st.just(NEVER), st.integers(1, 30))
PICK = st.integers(0, 1_000)


class Crash(Exception):
    """The process dies here."""


@contextmanager
def crashing(engine: Engine, at: int) -> Iterator[None]:
    """The statement of that number, counted from 1, is never executed."""
    numbers = itertools.count(1)

    def count(*_: object) -> None:
        if next(numbers) == at:
            raise Crash

    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)


class Nights(RuleBasedStateMachine):
    """The ledger and its model, side by side. ``opened`` gives a new, empty ledger."""

    opened: Callable[[], Engine]

    @initialize()
    def begin(self) -> None:
        self.engine = type(self).opened()
        self.books = Books()
        self.today = FIRST_DAY
        self.step = 0
        self.files: dict[str, tuple[str, date, list[Payment]]] = {}
        self.closed: dict[date, pa.Table] = {}

    # nights

    @rule(days=st.sampled_from([1, 1, 1, 3, 20]))
    def another_day(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(rows=FILE, partner=st.sampled_from(PARTNERS), late=DAYS_LATE, crash=CRASH)
    def a_return_comes(
        self, rows: list[tuple[str, int, str, bool, bool]], partner: str, late: int, crash: int
    ) -> None:
        file = self._arrived(rows, partner, late)
        self._load(file, self._matched(file), self._judged(file), crash)

    @rule(
        one=FILE,
        other=FILE,
        partners=st.tuples(st.sampled_from(PARTNERS), st.sampled_from(PARTNERS)),
        crash=CRASH,
    )
    def two_returns_are_matched_side_by_side(
        self,
        one: list[tuple[str, int, str, bool, bool]],
        other: list[tuple[str, int, str, bool, bool]],
        partners: tuple[str, str],
        crash: int,
    ) -> None:
        """The second is matched before the first is loaded, and meets its months when loading."""
        files = [self._arrived(rows, p, 0) for rows, p in zip((one, other), partners, strict=True)]
        matched = [(file, self._matched(file), self._judged(file)) for file in files]
        for file, outcomes, judged in matched:
            self._load(file, outcomes, judged, crash)

    @precondition(lambda self: self.files)
    @rule(pick=PICK)
    def a_return_is_loaded_again(self, pick: int) -> None:
        file = self._picked(list(self.files), pick)
        before = content_digest(self.engine)
        partner, _, payments = self.files[file]
        batch = load_outcomes(
            self.engine,
            file,
            self._matched(file),
            partner=partner,
            totals=totals(payments),
            recorded_at=self._now(),
            book_date=self.today,
        )
        assert not batch.changed
        assert content_digest(self.engine) == before

    @precondition(lambda self: any(self._in_clearing(p) > 1 for p in PARTNERS))
    @rule(share=st.sampled_from([1, 2, 3]), with_fee=st.booleans(), crash=CRASH)
    def the_bank_settles(self, share: int, with_fee: bool, crash: int) -> None:
        lines = [
            (p, gross, gross // 100 if with_fee else 0)
            for p in PARTNERS
            if (gross := self._in_clearing(p) // share) > 1
        ]
        if not lines:
            return
        file = self._file_id()
        self._land(file, BANK, self.today, "settlement_advice")
        rows = [
            {
                "record_number": number,
                "collector": collector,
                "collection_date": self.today,
                "value_date": self.today,
                "payment_count": 1,
                "gross_satang": gross,
                "fee_satang": fee,
                "bank_reference": f"{file[:12]}.{number}",
            }
            for number, (collector, gross, fee) in enumerate(lines, start=2)
        ]
        gross, fee = sum(line[1] for line in lines), sum(line[2] for line in lines)
        told = SettlementTotals(len(lines), gross, fee, gross - fee)
        table = pa.Table.from_pylist(rows, schema=LINES_SCHEMA)
        at = self._now()

        def enter() -> object:
            return load_settlement(
                self.engine, file, table, partner=BANK, totals=told, recorded_at=at
            )

        self._act(enter, crash)
        self.books.settle(file, lines, self.today, self.today, self.step)
        before = content_digest(self.engine)
        enter()
        assert content_digest(self.engine) == before

    # breaks

    @precondition(lambda self: self._breaks("open"))
    @rule(
        pick=PICK,
        kind=st.sampled_from(["move", "move", "hold", "refund", "return", "write_off", "reverse"]),
        person=PERSON.filter(PEOPLE.__contains__),
        period=st.sampled_from([*PERIODS, 202702]),
        crash=CRASH,
    )
    def a_break_is_settled(
        self, pick: int, kind: str, person: str, period: int, crash: int
    ) -> None:
        key = self._picked(self._breaks("open"), pick)
        self._settle(key, kind, (person, PEOPLE[person][0], period), crash)

    @precondition(lambda self: self._breaks("open"))
    @rule(choices=st.lists(PICK, min_size=1, max_size=5), crash=CRASH)
    def breaks_are_settled_as_they_may_be(self, choices: list[int], crash: int) -> None:
        """Each in a way that its code allows, money moved to months that are owed."""
        for key, choice in zip(self._breaks("open"), choices, strict=False):
            broken = self.books.breaks[key]
            kind = self._picked(KINDS[broken.code], choice)
            begun = [p for p in PERIODS if p <= self.today.year * 100 + self.today.month]
            wanted = [p for p in PERIODS if p not in begun] if kind == "hold" else begun
            owed = [
                (person, section, period)
                for person, (section, _) in PEOPLE.items()
                for period in wanted
                if broken.payment.amount >= DUE[section]
                and self.books.owes((person, section, period), DUE[section])
            ]
            if owed or kind not in ("move", "hold"):
                month = self._picked(owed, choice) if owed else ("", "39", 0)
                self._settle(key, kind, month, crash)

    def _settle(self, key: Key, kind: str, month: Month, crash: int) -> None:
        broken = self.books.breaks[key]
        moves = self._moves(broken.payment.amount, kind, month)
        by = self._by("somying")

        def settle() -> Settled:
            return resolve(self.engine, BreakKey(*key), real_moves(moves), by, terms(broken.code))

        try:
            self.books.check(key, moves, KINDS[broken.code], self.today)
            if moves[0][0] == "reverse" and self.books.to_take_back(broken) is None:
                raise Refused("nothing to reverse")
        except Refused:
            self._refused(settle)
            return
        self._act(settle, crash)
        broken.moves = moves
        if kind == "write_off" and broken.payment.amount:
            broken.state = "proposed"
        elif any(one[0] == "hold" for one in moves):
            broken.state = "held"
        else:
            self.books.carry_out(key, self.today, self.step)

    @precondition(lambda self: self._breaks("proposed"))
    @rule(pick=PICK, by_the_same=st.booleans(), crash=CRASH)
    def a_proposal_is_approved(self, pick: int, by_the_same: bool, crash: int) -> None:
        key = self._picked(self._breaks("proposed"), pick)
        broken = self.books.breaks[key]
        seen = find_break(self.engine, str(BreakKey(*key))).event_id
        by = self._by("SomYing " if by_the_same else "prasit")

        def agree() -> Settled:
            return approve(self.engine, BreakKey(*key), by, terms(broken.code), seen=seen)

        if by_the_same:
            self._refused(agree)
            return
        self._act(agree, crash)
        self.books.carry_out(key, self.today, self.step)

    @rule(crash=CRASH)
    def held_money_is_released(self, crash: int) -> None:
        due = [
            key
            for key in self._breaks("held")
            if any(
                kind == "hold" and month and month[2] <= self.today.year * 100 + self.today.month
                for kind, _, month in self.books.breaks[key].moves
            )
        ]
        found = held_breaks(self.engine, self.today)
        assert [(b.key.file_id, b.key.record_number) for b in found] == sorted(due)
        by = self._by("prakan")
        for key in sorted(due):
            broken = self.books.breaks[key]

            def let_go(key: Key = key, code: str = broken.code) -> Settled:
                return release(self.engine, BreakKey(*key), by, terms(code))

            self._act(let_go, crash)
            (held,) = (one for one in broken.moves if one[0] == "hold")
            if self.books.owes(held[2] or ("", "", 0), held[1]):
                self.books.carry_out(key, self.today, self.step)
            else:
                broken.state, broken.moves = "open", []

    @precondition(lambda self: self.books.breaks)
    @rule(pick=PICK, crash=CRASH)
    def a_break_is_reopened(self, pick: int, crash: int) -> None:
        settled = [k for k, b in self.books.breaks.items() if b.state != "open"]
        key = self._picked(settled or list(self.books.breaks), pick)
        by = self._by("somying")

        def again() -> Settled:
            return reopen(self.engine, BreakKey(*key), by)

        before = list(self.books.entries)
        try:
            self.books.reopen(key, self.today, self.step)
        except Refused:
            self.books.entries = before
            self._refused(again)
            return
        self._act(again, crash)

    @precondition(lambda self: self._refunds_to_pay())
    @rule(pick=PICK, crash=CRASH)
    def a_refund_is_paid(self, pick: int, crash: int) -> None:
        refund = self._picked(self._refunds_to_pay(), pick)
        at = self._now()

        def pay() -> None:
            with writing(self.engine, "posting") as connection:
                leg = Leg(
                    file_id=refund[0],
                    record_number=refund[1],
                    national_id=None,
                    section_code=None,
                    option_code=None,
                    period=None,
                    amount_satang=self.books.refunds[refund],
                    debit_account="refunds:payable",
                    credit_account=f"bank:{BANK}",
                    effective_date=self.today,
                    book_date=self.books.first_open(self.today),
                    pass_name="refund_paid.1",
                )
                insert_legs(connection, [leg], recorded_at=at)

        self._act(pay, crash)
        self.books.pay_refund(refund, self.today, self.step)

    # books

    @precondition(lambda self: self.books.live())
    @rule(pick=PICK, crash=CRASH)
    def a_posting_is_reversed_and_entered_again(self, pick: int, crash: int) -> None:
        """In between the books do not balance, and refuse to be closed."""
        entry = self._picked(self.books.live(), pick)
        at, book = self._now(), self.books.first_open(self.today)

        def take_back() -> None:
            reverse(
                self.engine,
                PostingKey(entry.file, entry.record, entry.leg),
                who="somying",
                reason="entered for the wrong person",
                effective_date=entry.effective,
                recorded_at=at,
                book_date=self.today,
            )

        self._act(take_back, crash)
        self.books.reverse(entry, entry.effective, book, self.step)
        with pytest.raises(BooksError):
            close_books(self.engine, max(self.today, book), recorded_at=at)

        def enter_again() -> None:
            with writing(self.engine, "posting") as connection:
                insert_legs(connection, [leg_of(entry, book)], recorded_at=at)

        self._act(enter_again, crash)
        self.books.post_again(entry, book, self.step)

    @rule(back=st.sampled_from([0, 0, 1, 5]), crash=CRASH)
    def a_day_is_closed(self, back: int, crash: int) -> None:
        day = self.today - timedelta(days=back)
        if self.books.last_closed is not None and day <= self.books.last_closed:
            return
        at = self._now()
        self._act(lambda: close_books(self.engine, day, recorded_at=at), crash)
        self.books.last_closed = day
        self.closed[day] = entries(self.engine, None, day)
        close = closes(self.engine)[-1]
        assert close.business_date == day
        told = {name: satang for name, satang in close.balances.items() if satang}
        assert told == without_zeros(self.books.balances(book=day))

    @rule(day=st.integers(-10, 60), limit=st.sampled_from(["book", "effective", "step"]))
    def somebody_asks_what_was(self, day: int, limit: str) -> None:
        when = FIRST_DAY + timedelta(days=day)
        step = max(0, min(self.step, day))
        wanted = self.books.balances(**{limit: step if limit == "step" else when})
        if limit == "book":
            found = balances(self.engine, booked_to=when)
        elif limit == "effective":
            found = balances(self.engine, effective_to=when)
        else:
            found = balances(self.engine, recorded_to=moment(step))
        assert balance(found) == wanted
        paid = paid_months(self.engine, up_to=when)
        assert months_of(paid) == self.books.months(when)

    @rule()
    def months_are_made_anew(self) -> None:
        before = content_digest(self.engine)
        rebuild_months(self.engine)
        assert content_digest(self.engine) == before

    # what always holds

    @invariant()
    def the_entries_are_the_models(self) -> None:
        found = entries(self.engine, None, EVER).to_pylist()
        assert {as_model(row) for row in found} == {as_told(e) for e in self.books.entries}
        assert len(found) == len(self.books.entries)

    @invariant()
    def money_in_is_posted_broken_or_carried(self) -> None:
        found = balance(balances(self.engine))
        assert found == self.books.balances()
        assert sum(found.values()) == 0
        for partner in PARTNERS:
            collected = self.books.taken_in[partner] - self.books.settled[partner]
            assert found.get(f"clearing:{partner}", 0) == collected
            waiting = sum(
                -b.payment.amount if b.payment.is_debit else b.payment.amount
                for b in self.books.breaks.values()
                if b.partner == partner and b.state != "resolved"
            )
            assert -found.get(f"suspense:{partner}", 0) == waiting

    @invariant()
    def months_are_paid_once_and_kept(self) -> None:
        assert len(months_differing(self.engine)) == 0
        table = schema.month_paid
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(table)).all()
        kept = {(r.national_id, r.section_code, r.period): r.paid_satang for r in rows}
        assert kept == self.books.months()
        assert all(satang == DUE[month[1]] for month, satang in kept.items())
        assert all(row.payments == 1 for row in rows)

    @invariant()
    def closed_days_stay_as_they_were(self) -> None:
        if self.closed:
            day = max(self.closed)
            assert entries(self.engine, None, day) == self.closed[day]

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        try:
            for file, codes in self.books.outcomes.items():
                assert outcomes_of(self.engine, file)["outcome"].to_pylist() == codes
            failing = [str(one) for one in check_books(self.engine, full=True) if not one.agrees]
            assert failing == []
            assert verify_chain(self.engine) is not None
            if self.books.entries:
                self._tampering_is_found()
        finally:
            self.engine.dispose()

    def _tampering_is_found(self) -> None:
        last = self.books.entries[-1]
        posting = schema.posting
        with tampering(self.engine, "posting") as connection:
            connection.execute(
                sa.update(posting)
                .where(
                    posting.c.file_id == last.file,
                    posting.c.record_number == last.record,
                    posting.c.leg == last.leg,
                )
                .values(amount_satang=posting.c.amount_satang + 1)
            )
        assert any(not one.agrees for one in check_books(self.engine, full=True))
        # A night proves what was entered since the close before the last one.
        proven_since = sorted(self.closed)[-2] if len(self.closed) > 1 else date.min
        if last.book > proven_since:
            with pytest.raises(BooksError):
                close_books(self.engine, EVER, recorded_at=self._now())

    # the two sides of every act

    def _act(self, work: Callable[[], object], crash: int) -> None:
        """Do it; with a crash nothing of it may remain, and the next run does all of it."""
        if crash != NEVER:
            before = content_digest(self.engine)
            try:
                with crashing(self.engine, crash):
                    work()
            except Crash:
                assert content_digest(self.engine) == before
            else:
                return
        work()

    def _refused(self, work: Callable[[], object]) -> None:
        before = content_digest(self.engine)
        with pytest.raises(ResolutionError):
            work()
        assert content_digest(self.engine) == before

    def _arrived(
        self, rows: list[tuple[str, int, str, bool, bool]], partner: str, late: int
    ) -> str:
        file, day = self._file_id(), self.today - timedelta(days=late)
        self._land(file, partner, day, "counter_return")
        payments = [
            Payment(person, period, satang(person, wanted), is_debit, readable, day)
            for person, period, wanted, is_debit, readable in rows
        ]
        self.files[file] = (partner, day, payments)
        return file

    def _matched(self, file: str) -> pa.Table:
        partner, day, payments = self.files[file]
        paid = paid_before(self.engine, PERIODS, up_to=day, excluding_file=file)
        return match_payments(
            payments_table(file, payments), FEEDS, SENT, paid, REGISTER, EXACT, partner=partner
        )

    def _judged(self, file: str) -> list[str]:
        return self.books.judge(*self.files[file])

    def _load(self, file: str, outcomes: pa.Table, judged: list[str], crash: int) -> None:
        partner, day, payments = self.files[file]
        assert outcomes["outcome"].to_pylist() == judged
        at = self._now()

        def load() -> object:
            return load_outcomes(
                self.engine,
                file,
                outcomes,
                partner=partner,
                totals=totals(payments),
                recorded_at=at,
                book_date=self.today,
            )

        self._act(load, crash)
        told = list(zip(payments, judged, strict=True))
        self.books.load(file, partner, day, self.today, told, self.step)

    def _moves(self, amount: int, kind: str, month: Month) -> list[tuple[str, int, Month | None]]:
        if not amount:
            return [("close", 0, None)]
        if kind not in ("move", "hold"):
            return [(kind, amount, None)]
        due = DUE[month[1]]
        if amount <= due:
            return [(kind, amount, month)]
        return [(kind, due, month), ("refund", amount - due, None)]

    def _breaks(self, state: str) -> list[Key]:
        return [key for key, broken in self.books.breaks.items() if broken.state == state]

    def _in_clearing(self, partner: str) -> int:
        return self.books.taken_in[partner] - self.books.settled[partner]

    def _refunds_to_pay(self) -> list[tuple[str, int, int]]:
        last = self.books.last_closed
        return [
            (e.file, e.record, e.leg)
            for e in self.books.entries
            if last is not None
            and e.book <= last
            and (e.file, e.record, e.leg) in self.books.refunds.keys() - self.books.refunds_paid
        ]

    def _picked(self, among: list[T], pick: int) -> T:
        return among[pick % len(among)]

    def _now(self) -> datetime:
        self.step += 1
        return moment(self.step)

    def _by(self, who: str) -> By:
        return By(who, "the payer asked", self.today, self._now())

    def _file_id(self) -> str:
        self.step += 1
        return hashlib.sha256(str(self.step).encode()).hexdigest()

    def _land(self, file: str, partner: str, day: date, interface: str) -> None:
        name = f"{interface}_{self.step}"
        arrived = FileRecord(file, interface, 1, Direction.INBOUND, partner, day, name, 1)
        record_landed(self.engine, [arrived], recorded_at=self._now())


def nights_on(opened: Callable[[], Engine]) -> type[Nights]:
    """The machine on ledgers of that kind."""
    return type("NightsOnOneKind", (Nights,), {"opened": staticmethod(opened)})
