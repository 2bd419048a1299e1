"""Accounting identities: sums that must agree because they tell the same money from two sides.

One side is what the accounts say. The other is what the ledger holds beside them: totals of
files, lines of a bank's advice, breaks that nobody has resolved, refunds that were not paid.

====================  =========================================================================
``debits``            balances on the debit side = balances on the credit side
``closed_postings``   postings in the books of a closed period = as many as at its close
``closed_satang``     the same of the satang moved
``closed_balance``    balance at that close = the one recorded then
``collected``         taken in by loading a file = posted and broken payments of its batch
``given_back``        given out by loading a file = debits of its batch
``broken``            money of a file's breaks = broken payments of its batch
``settled``           taken out of clearing by a settlement file = gross of its lines
``clearing``          a collector's clearing account = collected less settled
``suspense``          a partner's suspense account = money of its breaks not yet resolved
``refunds``           ``refunds:payable`` = refunds not yet paid
``months``            months kept otherwise than the postings say = 0
``months_satang``     satang of such months as kept = as the postings say
``filings``           satang of filings that were entered = of the batches that entered them
``filed``             months posted as due otherwise than their filings say = 0
``filed_satang``      satang of such months as posted = as the filings say
``employers``         employers' months posted otherwise than filings and payments say = 0
``employers_satang``  satang owed for such months as posted = as follows from both
====================  =========================================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import accounts, other_sides, schema
from ledger.balances import sums_by_account
from ledger.detail import from_text
from ledger.employer_identities import employer_identities
from ledger.filings import DueOf
from ledger.month_paid import differing, touched_since


@dataclass(frozen=True, slots=True)
class Identity:
    """Two sides that must be equal; ``subject`` is a partner, a file, a day or an account.

    Sides are satang, but for ``closed_postings``, ``months``, ``filed`` and ``employers``, which
    count.
    """

    name: str
    subject: str
    left_satang: int
    right_satang: int

    @property
    def agrees(self) -> bool:
        """Whether both sides are equal."""
        return self.left_satang == self.right_satang

    def __str__(self) -> str:
        return f"{self.name} {self.subject}: {self.left_satang} is not {self.right_satang}"


@dataclass(frozen=True, slots=True)
class Proof:
    """Every identity, and what a close of that day records (ledger.books.DayClose)."""

    identities: tuple[Identity, ...]
    postings: int
    moved_satang: int
    balances: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Period:
    """Book dates after one closed day (None: all) up to a day (None: all)."""

    after: date | None
    up_to: date | None

    def holds(self, column: sa.ColumnElement[date]) -> list[sa.ColumnElement[bool]]:
        """Conditions on a column of book dates."""
        lower = [] if self.after is None else [column > self.after]
        return lower if self.up_to is None else [*lower, column <= self.up_to]


@dataclass(frozen=True, slots=True)
class _Recorded:
    business_date: date
    postings: int
    moved_satang: int
    balances: Mapping[str, int]


_Sums = Mapping[str, tuple[int, int]]  # debits and credits by account


def prove(
    connection: Connection,
    business_date: date | None,
    *,
    full: bool = False,
    due_of: DueOf | None = None,
) -> Proof:
    """Work out both sides of every identity in the books up to a day (None: all there is).

    Takes the balances of the last close before that day for granted and looks at what came
    since, and at the period of that close once more; with ``full`` at everything. ``due_of`` says
    what is due for a month with several filings; without it their sum is not proven.
    """
    recorded = _closes(connection, business_date)
    last = recorded[-1] if recorded else None
    since = None if last is None or full else last.business_date
    period = _Period(since, business_date)
    sums = _sums(connection, period)
    carried = last.balances if last is not None and since is not None else {}
    balances = _added(carried, sums)
    now = balances
    if business_date is not None:
        now = _added(balances, _sums(connection, _Period(business_date, None)))
    new = _Period(None if last is None else last.business_date, business_date)
    postings, moved = _entered(connection, new)
    identities = [
        Identity("debits", "all accounts", _owed(balances, 1), _owed(balances, -1)),
        *_closed(connection, recorded, full=full),
        *_batches(connection, period),
        *_clearing(connection, balances, business_date),
        *_suspense(connection, now),
        Identity(
            "refunds",
            accounts.REFUNDS_PAYABLE,
            -now.get(accounts.REFUNDS_PAYABLE, 0),
            other_sides.unpaid_refunds(connection),
        ),
        *_months(connection, since),
        *(Identity(*sides) for sides in employer_identities(connection, since, due_of)),
    ]
    return Proof(tuple(identities), postings, moved, dict(sorted(balances.items())))


def _closes(connection: Connection, before: date | None) -> list[_Recorded]:
    table = schema.day_close
    query = sa.select(table).order_by(table.c.business_date)
    if before is not None:
        query = query.where(table.c.business_date < before)
    return [
        _Recorded(
            row.business_date,
            row.postings,
            row.moved_satang,
            {account: int(str(satang)) for account, satang in from_text(row.balances).items()},
        )
        for row in connection.execute(query)
    ]


def _closed(connection: Connection, recorded: list[_Recorded], *, full: bool) -> Iterator[Identity]:
    """What was in the books of a close must still be there, and nothing else."""
    for number, close in enumerate(recorded):
        if not full and number < len(recorded) - 1:
            continue
        before = recorded[number - 1] if number else None
        period = _Period(None if before is None else before.business_date, close.business_date)
        day = str(close.business_date)
        postings, moved = _entered(connection, period)
        yield Identity("closed_postings", day, postings, close.postings)
        yield Identity("closed_satang", day, moved, close.moved_satang)
        found = _added({} if before is None else before.balances, _sums(connection, period))
        for account in sorted(found.keys() | close.balances.keys()):
            subject = f"{day} {account}"
            left, right = found.get(account, 0), close.balances.get(account, 0)
            yield Identity("closed_balance", subject, left, right)


def _batches(connection: Connection, period: _Period) -> Iterator[Identity]:
    for one in other_sides.batches(connection, *period.holds(schema.posting_batch.c.book_date)):
        if one.kind == other_sides.SETTLEMENT:
            yield Identity("settled", one.file_id, one.given_out, one.settled)
            continue
        yield Identity("collected", one.file_id, one.taken_in, one.posted + one.broken)
        yield Identity("given_back", one.file_id, one.given_out, one.debits)
        yield Identity("broken", one.file_id, one.breaks, one.broken)


def _clearing(
    connection: Connection, balances: Mapping[str, int], up_to: date | None
) -> Iterator[Identity]:
    expected = other_sides.collected_less_settled(connection, up_to)
    for partner in _partners(accounts.clearing(""), balances, expected):
        balance = balances.get(accounts.clearing(partner), 0)
        yield Identity("clearing", partner, balance, expected.get(partner, 0))


def _suspense(connection: Connection, balances: Mapping[str, int]) -> Iterator[Identity]:
    expected = other_sides.money_of_breaks(connection)
    for partner in _partners(accounts.suspense(""), balances, expected):
        balance = -balances.get(accounts.suspense(partner), 0)
        yield Identity("suspense", partner, balance, expected.get(partner, 0))


def _months(connection: Connection, since: date | None) -> Iterator[Identity]:
    apart = differing(None if since is None else touched_since(since)).subquery("apart")
    query = sa.select(
        sa.func.count(), _total(apart.c.kept_satang), _total(apart.c.rebuilt_satang)
    ).select_from(apart)
    count, kept_satang, rebuilt_satang = connection.execute(query).one()
    yield Identity("months", "that differ", count, 0)
    yield Identity("months_satang", "that differ", kept_satang, rebuilt_satang)


def _partners(prefix: str, balances: Mapping[str, int], expected: Mapping[str, int]) -> list[str]:
    named = {account.removeprefix(prefix) for account in balances if account.startswith(prefix)}
    return sorted(named | expected.keys())


def _sums(connection: Connection, period: _Period) -> _Sums:
    rows = sums_by_account(connection, *period.holds(schema.posting.c.book_date))
    names = ("account", "debit_satang", "credit_satang")
    return {
        account: (debit, credit)
        for account, debit, credit in zip(*(rows[name].to_pylist() for name in names), strict=True)
    }


def _added(carried: Mapping[str, int], sums: _Sums) -> dict[str, int]:
    total = Counter(carried)
    for account, (debit, credit) in sums.items():
        total[account] += debit - credit
    return dict(total)


def _entered(connection: Connection, period: _Period) -> tuple[int, int]:
    posting = schema.posting
    query = sa.select(sa.func.count(), _total(posting.c.amount_satang))
    count, satang = connection.execute(query.where(*period.holds(posting.c.book_date))).one()
    return count, satang


def _total(satang: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(satang), 0), sa.BigInteger)


def _owed(balances: Mapping[str, int], side: int) -> int:
    return sum(max(side * satang, 0) for satang in balances.values())
