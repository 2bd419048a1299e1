"""Any sequence of payments, resolutions, refunds and their undoing leaves every month as it follows
from what was filed and what stands as paid; two processes load a file once."""

from __future__ import annotations

import random
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from multiprocessing import get_context

import pytest
from sqlalchemy.engine import Engine

from insurance.employer_account import settle
from insurance.surcharge_terms import shipped_terms
from interfaces.catalogue import load_catalogue
from ledger.books import check_books, close_books
from ledger.break_records import BreakKey, ResolutionError
from ledger.database import open_ledger
from ledger.employer_accounts import standings
from ledger.employer_refunds import approve_refund, cancel_refund, refund
from ledger.moves import Employer, Move, MoveKind, Payee
from ledger.resolution_terms import By, Terms
from ledger.resolutions import reopen, resolve
from tests.ledger.made_outcomes import balance
from tests.ledger.paying_employers import (
    ACCOUNT,
    HEAD_OFFICE,
    MONTH,
    NOW,
    OTHER,
    SUSPENSE,
    file_due,
    pay,
    standing,
    stands,
)

START = date(2027, 2, 1)
MONTHS = [(account, period) for account in (ACCOUNT, OTHER) for period in (202612, MONTH)]
NIGHTS = 8
PAYEE = Payee("006", "0001", "1234567890", "บริษัท ตัวอย่างการค้า จำกัด")


@dataclass
class Model:
    """What was filed and what stands as paid, kept in the simplest way: lists."""

    due: dict[tuple[str, int], int] = field(default_factory=dict)
    paid: dict[tuple[str, int], list[tuple[date, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    waiting: dict[BreakKey, tuple[str, date, int]] = field(default_factory=dict)
    moved: dict[BreakKey, tuple[tuple[str, int], tuple[date, int]]] = field(default_factory=dict)
    refunded: dict[str, tuple[tuple[str, int], tuple[date, int]]] = field(default_factory=dict)
    payable: int = 0

    def stands(self, month: tuple[str, int]) -> dict[str, int]:
        """The month as the law settles it."""
        terms = shipped_terms()
        payments, due = self.paid[month], self.due.get(month, 0)
        settled = settle(due, payments, terms.due(month[1]), terms.rule(month[1]))
        return stands(
            filed=due,
            paid=sum(satang for _, satang in payments),
            surcharge=settled.surcharge_satang,
            overpaid=settled.overpaid_satang,
            outstanding=settled.outstanding_satang,
        )


class Desk:
    """Nights of payments and a person who settles breaks, told to ledger and model alike."""

    def __init__(self, ledger: Engine, chance: random.Random) -> None:
        self.ledger, self.chance, self.model = ledger, chance, Model()
        self.day = START

    def night(self) -> None:
        """A file of a few payments, some of them broken; now and then a form; perhaps a close."""
        chance, model = self.chance, self.model
        if chance.random() < 0.4 and len(model.due) < len(MONTHS):
            account, period = month = next(m for m in MONTHS if m not in model.due)
            model.due[month] = chance.randrange(1, 40) * 10_050
            file_due(self.ledger, model.due[month], account=account, period=period, day=self.day)
        records: list[dict[str, object]] = []
        for _ in range(chance.randrange(1, 5)):
            account, period = chance.choice(MONTHS)
            satang = chance.randrange(1, 30) * 5_025
            of_it = {"employer_account": account, "period": period, "amount_satang": satang}
            records.append({**of_it, "outcome": self.outcome((account, period), satang)})
        file_id = pay(self.ledger, *records, day=self.day).file_id
        for number, record in enumerate(records, start=2):
            amount = int(str(record["amount_satang"]))
            month = (str(record["employer_account"]), int(str(record["period"])))
            if record["outcome"] == "POSTED":
                model.paid[month].append((self.day, amount))
            else:
                key = BreakKey(file_id, number)
                model.waiting[key] = (str(record["outcome"]), self.day, amount)
        self.decide()
        self.refund()
        if chance.random() < 0.3:
            close_books(self.ledger, self.day, recorded_at=NOW)
            model.refunded.clear()
        self.day += timedelta(days=chance.choice([1, 9, 20]))

    def outcome(self, month: tuple[str, int], satang: int) -> str:
        """Mostly posted, else broken."""
        return self.chance.choice(["POSTED", "POSTED", "POSTED", "UNKNOWN_EMPLOYER"])

    def decide(self) -> None:
        """Some breaks are moved to a month, some moves are undone."""
        model = self.model
        by = By("malee", "looked at", self.day, NOW)
        for key in [k for k in model.waiting if self.chance.random() < 0.5]:
            code, paid_on, satang = model.waiting.pop(key)
            month = self.chance.choice([m for m in MONTHS if m[1] <= 202701])
            employer = Employer(month[0], HEAD_OFFICE)
            move = Move(MoveKind.MOVE, satang, None, "33", None, month[1], employer=employer)
            terms = Terms(load_catalogue()[code].resolutions, 10**9, of_employers=True)
            resolve(self.ledger, key, [move], by, terms)
            model.paid[month].append((paid_on, satang))
            model.moved[key] = (month, (paid_on, satang))
        for key in [k for k in model.moved if self.chance.random() < 0.25]:
            month, payment = model.moved[key]
            model.paid[month].remove(payment)
            to_be_refunded = any(of == month for of, _ in model.refunded.values())
            if to_be_refunded and model.stands(month)["outstanding"]:
                with pytest.raises(ResolutionError, match="is to be refunded"):
                    reopen(self.ledger, key, by)
                model.paid[month].append(payment)
                continue
            reopen(self.ledger, key, by)
            del model.moved[key]
            model.waiting[key] = ("UNKNOWN_EMPLOYER", *payment)

    def refund(self) -> None:
        """Some of what is overpaid is given back, some refunds are cancelled before a close."""
        at = datetime.combine(self.day, NOW.timetz())
        model, by = self.model, By("malee", "asked for", self.day, at)
        for month in [m for m in MONTHS if self.chance.random() < 0.3]:
            before = model.stands(month)
            satang = self.chance.choice([before["overpaid"], before["overpaid"] // 3])
            if not satang:
                continue
            limit = self.chance.choice([0, 10**9])
            done = refund(self.ledger, *month, satang, PAYEE, by, lambda *_, top=limit: top)
            if not limit:
                second = By("prasert", "right", self.day, at)
                done = approve_refund(self.ledger, done.refund_id, second)
            last = max([self.day, *(day for day, _ in model.paid[month])])
            given = (last, -satang)
            model.paid[month].append(given)
            model.refunded[done.refund_id] = (month, given)
            model.payable += satang
            expected = {"paid": before["paid"] - satang, "overpaid": before["overpaid"] - satang}
            assert model.stands(month) == {**before, **expected}, "no surcharge changes"
        for refund_id in [r for r in model.refunded if self.chance.random() < 0.3]:
            month, given = model.refunded.pop(refund_id)
            cancel_refund(self.ledger, refund_id, by)
            model.paid[month].remove(given)
            model.payable += given[1]


@pytest.mark.parametrize("seed", range(3))
def test_every_month_stands_as_it_follows_from_filed_and_paid(ledger: Engine, seed: int) -> None:
    desk = Desk(ledger, random.Random(seed))
    for _ in range(NIGHTS):
        desk.night()
        for account, period in MONTHS:
            expected = desk.model.stands((account, period))
            assert (standing(ledger, account, period) or stands()) == expected
    failing = [str(one) for one in check_books(ledger, full=True) if not one.agrees]
    assert failing == []
    waiting = sum(satang for _, _, satang in desk.model.waiting.values())
    assert -balance(ledger).get(SUSPENSE, 0) == waiting
    assert -balance(ledger).get("refunds:payable", 0) == desk.model.payable > 0
    assert desk.model.moved
    assert any(row["surcharge_satang"] for row in standings(ledger).to_pylist())


def _load(url: str) -> list[bool]:
    engine = open_ledger(url)
    try:
        return [
            pay(engine, {}, {"employer_account": OTHER}, {"outcome": "DEBIT"}, day=day).changed
            for day in (START, START + timedelta(days=1))
        ]
    finally:
        engine.dispose()


def _move(work: tuple[str, str]) -> str:
    url, file_id = work
    engine = open_ledger(url)
    terms = Terms(load_catalogue()["DEBIT"].resolutions, 10**9, of_employers=True)
    by = By("malee", "cheque not honoured", START + timedelta(days=2), NOW)
    try:
        moves = [Move(MoveKind.REVERSE, 150_000)]
        return resolve(engine, BreakKey(file_id, 4), moves, by, terms).state
    except ResolutionError as error:
        return str(error)
    finally:
        engine.dispose()


def test_two_processes_load_a_file_once_and_settle_a_break_once(ledger_url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        first, second = processes.map(_load, [ledger_url] * 2)
        assert [one != other for one, other in zip(first, second, strict=True)] == [True, True]
        engine = open_ledger(ledger_url)
        file_id = pay(engine, {}, day=START).file_id
        states = list(processes.map(_move, [(ledger_url, file_id)] * 2))
    try:
        assert states.count("resolved") == 1
        assert any("is resolved by malee" in state for state in states)
        assert standing(engine) == stands(paid=150_000, overpaid=150_000)
        assert standing(engine, OTHER) == stands(paid=300_000, overpaid=300_000)
        assert [str(one) for one in check_books(engine, full=True) if not one.agrees] == []
    finally:
        engine.dispose()
