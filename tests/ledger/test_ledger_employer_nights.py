"""Any sequence of payments, resolutions and their undoing leaves every month as it follows from
what was filed and what stands as paid; two processes load a file once."""

from __future__ import annotations

import random
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing import get_context

import pytest
from sqlalchemy.engine import Engine

from insurance.employer_account import settle, shipped_terms
from interfaces.catalogue import load_catalogue
from ledger.books import check_books, close_books
from ledger.break_records import BreakKey, ResolutionError
from ledger.database import open_ledger
from ledger.employer_accounts import standings
from ledger.moves import Employer, Move, MoveKind
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


@dataclass
class Model:
    """What was filed and what stands as paid, kept in the simplest way: lists."""

    due: dict[tuple[str, int], int] = field(default_factory=dict)
    paid: dict[tuple[str, int], list[tuple[date, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    waiting: dict[BreakKey, tuple[str, date, int]] = field(default_factory=dict)
    moved: dict[BreakKey, tuple[tuple[str, int], tuple[date, int]]] = field(default_factory=dict)

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
        if chance.random() < 0.3:
            close_books(self.ledger, self.day, recorded_at=NOW)
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
            month, payment = model.moved.pop(key)
            reopen(self.ledger, key, by)
            model.paid[month].remove(payment)
            model.waiting[key] = ("UNKNOWN_EMPLOYER", *payment)


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
