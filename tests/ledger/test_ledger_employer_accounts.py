"""Employers' accounts: whatever the order of filings and payments, the ledger ends the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.employers.account import account_of
from exchange.employers.entering import enter_filings
from exchange.employers.lines import due_of, live_lines
from exchange.employers.withdrawing import reinstate, withdraw
from exchange.site import Site
from insurance.employer_account import settle
from insurance.surcharge_terms import shipped_terms
from interfaces.errors import WrongUse
from ledger import schema
from ledger.books import check_books
from ledger.database import reading
from ledger.employer_accounts import OVERPAID, RECEIVABLE, SURCHARGE, standings
from ledger.employer_movements import movements_of
from ledger.employer_refund_records import RefundError
from ledger.employer_refunds import cancel_refund, refund
from ledger.moves import Payee
from ledger.resolution_terms import By
from tests.exchange.filed_months import (
    ACCOUNT,
    ADA,
    BEN,
    BRANCH,
    CEE,
    HEAD,
    MONDAY,
    PERIOD,
    Block,
    accept,
    filed,
    site_at,
)
from tests.ledger.employer_money import CLEARING, pay, take_back

BY = {"who": "Malee", "reason": "asked by the employer"}
IN_TIME, LATE = date(2027, 1, 4), date(2027, 2, 16)
PAYEE = Payee("006", "0001", "1234567890", "บริษัท ตัวอย่างการค้า จำกัด")
_worlds = itertools.count(1)

SHARES = st.dictionaries(st.sampled_from([ADA, BEN, CEE]), st.integers(1, 900), max_size=3)
FILE = st.tuples(
    st.just("file"), st.sampled_from(["", "_C01", "_S01"]), st.sampled_from([HEAD, BRANCH]), SHARES
)
PAYMENT = st.tuples(
    st.just("pay"),
    st.dates(date(2026, 12, 20), date(2027, 9, 1)),
    st.integers(1, 400_000),
)
CHANGE = st.tuples(
    st.sampled_from(
        ["withdraw", "reinstate", "take back", "give back", "enter again", "refund", "cancel"]
    ),
    st.integers(0, 5),
)
STORY = st.lists(st.one_of(FILE, PAYMENT, CHANGE), min_size=1, max_size=10)


@pytest.fixture
def site(ledger_url: str, tmp_path: Path) -> Iterator[Site]:
    found = site_at(tmp_path / "home", ledger_url)
    yield found
    found.ledger.dispose()


@dataclass
class Told:
    """A story of one account as a person would tell it: filings in order, payments."""

    filings: list[tuple[str, str, Mapping[str, int], str]] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    payments: dict[str, tuple[date, int]] = field(default_factory=dict)
    refunds: dict[str, tuple[date, int]] = field(default_factory=dict)

    def money(self) -> list[tuple[date, int]]:
        """What was paid and what was given back."""
        return [*self.payments.values(), *self.refunds.values()]

    def lines(self) -> dict[tuple[str, str], int]:
        """Baht by branch and person."""
        found: dict[tuple[str, str], int] = {}
        for mark, branch, shares, file_id in self.filings:
            if file_id in self.withdrawn:
                continue
            if mark == "_C01":
                found = {key: baht for key, baht in found.items() if key[0] != branch}
            for person, baht in shares.items():
                if mark == "_S01":
                    found.setdefault((branch, person), baht)
                else:
                    found[branch, person] = baht
        return found


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORY)
def test_any_story_ends_in_what_is_settled(site: Site, story: list[tuple[Any, ...]]) -> None:
    account = f"20{next(_worlds):08d}"
    told = Told()
    for number, step in enumerate(story):
        _live(site, account, told, step, number)
    lines = live_lines(site, accounts=[account]).to_pylist()
    assert {
        (row["employer_branch"], row["national_id"]): row["contribution_satang"] // 100
        for row in lines
    } == told.lines()
    _assert_settled(site, account, told)
    found = check_books(site.ledger, full=True, due_of=partial(due_of, site))
    # Taken back without the bank's debit, which has tests of its own: clearing says so, rightly.
    assert [str(one) for one in found if not one.agrees and one.name != "clearing"] == []


def test_replayed_corrected_and_reversed_is_as_if_only_the_last_had_come(site: Site) -> None:
    pay(site.ledger, LATE, 160_000, site.clock())
    wrong, right = filed("A", Block({ADA: 900, BEN: 500})), filed("A_C01", Block({ADA: 750}))
    for one in (wrong, right):
        accept(site, [one])
        enter_filings(site, MONDAY)
        enter_filings(site, MONDAY)
    withdraw(site, right.file_id, **BY, business_date=MONDAY)
    withdraw(site, wrong.file_id, **BY, business_date=MONDAY)
    reinstate(site, right.file_id, **BY, business_date=MONDAY)

    only = "3000000001"
    accept(site, [filed("ONLY_C01", Block({ADA: 750}, account=only))])
    enter_filings(site, MONDAY)
    pay(site.ledger, LATE, 160_000, site.clock(), account=only)

    first, second = standings(site.ledger).to_pylist()
    assert {**first, "employer_account": only} == second
    assert second["surcharge_satang"] == 3_000
    assert second["overpaid_satang"] == 7_000
    assert _lines_of(site, ACCOUNT) == _lines_of(site, only)


def test_money_before_a_filing_is_too_much_until_it_is_due(site: Site) -> None:
    pay(site.ledger, IN_TIME, 150_000, site.clock())
    (before,) = standings(site.ledger).to_pylist()
    assert (before["overpaid_satang"], before["outstanding_satang"]) == (150_000, 0)
    accept(site, [filed("A", Block({ADA: 750}))])
    enter_filings(site, MONDAY)
    (after,) = standings(site.ledger).to_pylist()
    assert (after["filed_satang"], after["paid_satang"]) == (150_000, 150_000)
    assert (after["overpaid_satang"], after["outstanding_satang"]) == (0, 0)
    moved = [(one.amount_satang, one.debit_account, one.credit_account, one.leg)
             for one in movements_of(site.ledger, ACCOUNT, PERIOD)]  # fmt: skip
    assert moved == [
        (150_000, CLEARING, RECEIVABLE, 1),
        (150_000, RECEIVABLE, OVERPAID, 2),
        (150_000, RECEIVABLE, "filed:33", 1),
        (150_000, OVERPAID, RECEIVABLE, 2),
    ]


def test_the_account_as_a_person_sees_it(site: Site) -> None:
    first = filed("A", Block({ADA: 750, BEN: 250}))
    accept(site, [first, filed("A_C01", Block({ADA: 750}))])
    enter_filings(site, MONDAY)
    pay(site.ledger, IN_TIME, 50_000, site.clock())
    bounced = pay(site.ledger, IN_TIME, 100_000, site.clock())
    take_back(site.ledger, bounced, site.clock())
    (month,) = account_of(site, ACCOUNT, date(2027, 2, 15))
    assert (month.period, month.due_date) == (PERIOD, date(2027, 1, 15))
    assert (month.filed_satang, month.paid_satang, month.outstanding_satang) == (
        150_000,
        50_000,
        100_000,
    )
    assert month.to_pay_satang == 102_000  # with a month of 2 % on what is late
    assert [(one.purpose, one.counts, one.withdrawn) for one in month.filings] == [
        ("merge", False, False),
        ("replace", True, False),
    ]
    assert [one.leg for one in month.payments] == [1, 1, -1]
    (in_time,) = account_of(site, ACCOUNT, date(2027, 1, 15), PERIOD)
    assert in_time.to_pay_satang == in_time.outstanding_satang == 100_000
    with pytest.raises(WrongUse, match="for 202701"):
        account_of(site, ACCOUNT, MONDAY, 202701)
    with pytest.raises(WrongUse, match="nothing was filed or paid under account 9"):
        account_of(site, "9", MONDAY)


def test_a_payment_that_nobody_brought_in_line_is_found_out(site: Site) -> None:
    pay(site.ledger, IN_TIME, 777, site.clock(), in_line=False)
    failing = [str(one) for one in check_books(site.ledger) if not one.agrees]
    assert failing == [
        "employers that differ: 1 is not 0",
        "employers_satang that differ: -777 is not 0",
    ]


def test_surcharge_stands_in_its_own_account(site: Site) -> None:
    accept(site, [filed("A", Block({ADA: 750}))])
    enter_filings(site, MONDAY)
    pay(site.ledger, LATE, 150_000, site.clock())
    posting = schema.posting
    with reading(site.ledger) as connection:
        row = connection.execute(
            sa.select(posting).where(posting.c.credit_account == SURCHARGE)
        ).one()
    assert (row.amount_satang, row.debit_account, row.leg) == (3_000, RECEIVABLE, 2)
    assert (row.section_code, row.period, row.employer_account) == ("33", PERIOD, ACCOUNT)
    assert row.pass_name == "employer_account.1"


def _live(site: Site, account: str, told: Told, step: tuple[Any, ...], number: int) -> None:
    kind = step[0]
    if kind == "file":
        _, mark, branch, shares = step
        name = f"{account}-{number}{mark}"
        one = filed(name, Block(shares, account=account, branch=branch))
        accept(site, [one])
        enter_filings(site, MONDAY)
        told.filings.append((mark, branch, shares, one.file_id))
        return
    if kind == "pay":
        day, satang = step[1:]
        paid = pay(site.ledger, day, satang, site.clock(), account=account)
        told.payments[paid] = (day, satang)
        return
    _change(site, account, told, kind, step[1])


def _change(site: Site, account: str, told: Told, kind: str, number: int) -> None:
    if kind == "enter again":
        assert enter_filings(site, MONDAY)["files"] == 0
    elif kind == "give back":
        day, satang = date(2027, 3, 1), -100 * (number + 1)
        told.payments[pay(site.ledger, day, satang, site.clock(), account=account)] = (day, satang)
    elif kind == "take back":
        standing = [one for one, (_, satang) in told.payments.items() if satang > 0]
        for one in standing[number : number + 1]:
            take_back(site.ledger, one, site.clock(), account=account)
            del told.payments[one]
    elif kind == "refund":
        _refund(site, account, told, number)
    elif kind == "cancel":
        for refund_id in list(told.refunds)[number : number + 1]:
            cancel_refund(site.ledger, refund_id, _by(site))
            del told.refunds[refund_id]
    else:
        for _, _, _, file_id in told.filings[number : number + 1]:
            act = withdraw if kind == "withdraw" else reinstate
            act(site, file_id, **BY, business_date=MONDAY)
            (told.withdrawn.add if kind == "withdraw" else told.withdrawn.discard)(file_id)


def _refund(site: Site, account: str, told: Told, number: int) -> None:
    """A part of what is overpaid; nothing else changes by it."""
    rows = standings(site.ledger, accounts=[account]).to_pylist()
    there = rows[0]["overpaid_satang"] if rows else 0
    satang = there // (1 + number % 2) or there
    if not satang:
        with pytest.raises(RefundError, match=r"nothing|no more than 0\.00"):
            refund(site.ledger, account, PERIOD, None, PAYEE, _by(site), lambda *_: 10**9)
        return
    done = refund(site.ledger, account, PERIOD, satang, PAYEE, _by(site), lambda *_: 10**9)
    given = max([MONDAY, *(day for day, _ in told.money())]), -satang
    told.refunds[done.refund_id] = given
    (after,) = standings(site.ledger, accounts=[account]).to_pylist()
    less = {name: rows[0][name] - satang for name in ("paid_satang", "overpaid_satang")}
    assert after == {**rows[0], **less}


def _by(site: Site) -> By:
    return By(BY["who"], BY["reason"], MONDAY, site.clock())


def _assert_settled(site: Site, account: str, told: Told) -> None:
    terms = shipped_terms()
    due = 200 * sum(told.lines().values())
    payments = told.money()
    expected = settle(due, payments, terms.due(PERIOD), terms.rule(PERIOD))
    rows = standings(site.ledger, accounts=[account]).to_pylist()
    if not rows:
        assert (due, payments) == (0, [])
        return
    assert rows == [
        {
            "employer_account": account,
            "period": PERIOD,
            "filed_satang": due,
            "paid_satang": sum(satang for _, satang in payments),
            "surcharge_satang": expected.surcharge_satang,
            "overpaid_satang": expected.overpaid_satang,
            "outstanding_satang": expected.outstanding_satang,
        }
    ]


def _lines_of(site: Site, account: str) -> list[dict[str, object]]:
    columns = ["employer_branch", "period", "national_id", "wage_satang", "contribution_satang"]
    rows: list[dict[str, object]] = live_lines(
        site, accounts=[account], columns=columns
    ).to_pylist()
    return rows
