"""Random nights against a plain model: money in is posted, broken or carried, always.

Files are matched by the real matching and loaded, in any order, again, and across crashes at any
statement; breaks are settled, approved, held, released and reopened, postings reversed, refunds
paid, collections settled, days closed. After every step the ledger and the model
(tests.ledger.model_of_books) hold the same entries, balances and months, and closed days are as
they were when they were closed.
"""

from __future__ import annotations

import functools
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.engine import Engine

from ledger.database import open_ledger
from tests.ledger.model_of_books import PEOPLE
from tests.ledger.model_tables import NEVER, PARTNERS
from tests.ledger.random_nights import nights_on
from tests.postgres import PostgresServer


@pytest.fixture(scope="module")
def new_sqlite() -> Iterator[Callable[[], Engine]]:
    """Gives empty ledgers, each a copy of one that is migrated."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        open_ledger(f"sqlite:///{template}").dispose()
        numbers = itertools.count(1)

        def opened() -> Engine:
            path = Path(folder) / f"{next(numbers)}.db"
            shutil.copyfile(template, path)
            return open_ledger(f"sqlite:///{path}")

        yield opened


def run(opened: Callable[[], Engine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        nights_on(opened),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_random_nights_agree_with_the_model(new_sqlite: Callable[[], Engine]) -> None:
    run(new_sqlite, examples=6, steps=16)


def test_a_debit_takes_back_a_month_that_a_break_was_moved_to(
    new_sqlite: Callable[[], Engine],
) -> None:
    """The money returns to suspense, not to clearing; the nights above rarely come to it."""
    person = next(iter(PEOPLE))
    nights = nights_on(new_sqlite)()
    nights.begin()
    nights.a_return_comes([(person, 202612, "due", False, True)], PARTNERS[0], 0, NEVER)
    nights.a_break_is_settled(0, "move", person, 202611, NEVER)
    nights.a_return_comes([(person, 202611, "due", True, True)], PARTNERS[0], 0, NEVER)
    for _ in range(2):
        nights.a_break_is_settled(0, "reverse", person, 202611, NEVER)
        nights.the_entries_are_the_models()
        nights.money_in_is_posted_broken_or_carried()
        nights.a_day_is_closed(0, NEVER)
        nights.another_day(1)
        nights.a_break_is_reopened(1, NEVER)
        nights.months_are_paid_once_and_kept()
    nights.teardown()


@pytest.mark.soak
def test_many_random_nights_agree_with_the_model(new_sqlite: Callable[[], Engine]) -> None:
    run(new_sqlite, examples=400, steps=50)


@pytest.mark.soak
def test_random_nights_agree_with_the_model_on_postgresql(postgres: PostgresServer) -> None:
    numbers = itertools.count(1)

    def opened() -> Engine:
        return open_ledger(postgres.create(f"nights{next(numbers)}", template="migrated"))

    run(functools.partial(opened), examples=60, steps=40)
