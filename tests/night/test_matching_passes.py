"""Passes in a whole night: what they need of the feeds is found, what they find is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ledger import schema
from simulation.partner.feed import Listed
from simulation.partner.payments import Payment, WalkIn, take_payments
from tests.night.stage import DAY, Stage

LOST, SLIP, CHECKED, BOTH = "lost_reference", "slip", "check_digits", "both_months"
MINUTES, MORNING = "next_day_00_05", "next_day_09_00"


def _spoilt(
    listed: Sequence[Listed], walk_ins: Sequence[WalkIn], day: date, seed: int
) -> list[Payment]:
    """The evening's payments, a few of the right ones made in another way."""
    people = list(listed)
    payments = take_payments(people, walk_ins, day, seed)
    places = [n for n, payment in enumerate(payments) if payment.intent == "right"]
    lost, checked, slip = places[:3]
    payments[lost] = replace(payments[lost], intent=LOST, reference_1="LOST", reference_2="LOST")
    wrong = f"{(int(payments[checked].reference_2[10:]) + 1) % 97:02d}"
    payments[checked] = replace(
        payments[checked], intent=CHECKED, reference_2=payments[checked].reference_2[:10] + wrong
    )
    right = payments[slip].reference_2
    garbled = right[:5] + str((int(right[5]) + 1) % 10) + right[6:]
    payments[slip] = replace(payments[slip], intent=SLIP, reference_2=garbled)
    payers = {payment.reference_1 for payment in payments}
    owing = next(
        person
        for person in people
        if len(_open_now(person, day)) > 1 and person.national_id not in payers
    )
    offers = _open_now(owing, day)
    total = sum(offer.amount for offer in offers)
    paid = replace(
        payments[slip],
        intent=BOTH,
        name=owing.name,
        reference_1=owing.national_id,
        reference_2=offers[-1].reference_2,
        amount=total,
    )
    return sorted([*payments, paid], key=lambda p: (p.time, p.reference_1, p.reference_2))


def _open_now(person: Listed, day: date) -> list[Any]:
    return [offer for offer in person.offers if offer.first_day <= day <= offer.last_day]


def test_every_pass_has_what_it_needs(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulation.partner.evening.take_payments", _spoilt)
    assert [step.error for step in stage.night().steps if step.error] == []
    evening = stage.evening()
    assert [step.error for step in stage.night().steps if step.error] == []
    book = dict(enumerate(stage.book(evening), start=2))
    with stage.ledger() as ledger, ledger.connect() as connection:
        posting, broken = schema.posting, schema.payment_break
        posted = connection.execute(
            sa.select(posting.c.record_number, posting.c.pass_name, posting.c.leg)
            .where(posting.c.credit_account.startswith("contributions"))
            .order_by(posting.c.record_number, posting.c.leg)
        ).all()
        found = connection.execute(sa.select(broken.c.record_number, broken.c.suggestion)).all()
    told = {number: text and json.loads(text) for number, text in found}

    passes: dict[str, set[str]] = {}
    for record, name, _ in posted:
        passes.setdefault(book[record]["intent"], set()).add(name)
    assert passes["right"] == {"exact.1"}
    assert passes[CHECKED] == {"check_digits.1"}
    assert passes[BOTH] == {"several_months.1"}
    assert [leg for record, _, leg in posted if book[record]["intent"] == BOTH] == [1, 2]

    by_intent: dict[str, list[tuple[dict[str, Any], dict[str, Any] | None]]] = {}
    for number, suggestion in told.items():
        by_intent.setdefault(book[number]["intent"], []).append((book[number], suggestion))
    ((entry, suggestion),) = by_intent[SLIP]
    assert suggestion is not None
    assert suggestion["pass"] == "one_digit.1"
    assert [move["national_id"] for move in suggestion["moves"]] == [entry["reference_1"]]
    ((_, suggestion),) = by_intent[LOST]
    assert suggestion is not None
    assert (suggestion["pass"], suggestion["candidates"]) == ("person_name.1", 1)
    assert [move["kind"] for move in suggestion["moves"]] == ["move"]


def _over_midnight(
    listed: Sequence[Listed], walk_ins: Sequence[WalkIn], day: date, seed: int
) -> list[Payment]:
    """The evening's payments, two of the right ones made on the next day: one in its first
    minutes, one in its morning."""
    payments = take_payments(list(listed), walk_ins, day, seed)
    places = [n for n, payment in enumerate(payments) if payment.intent == "right"]
    for place, intent, time in ((places[0], MINUTES, "000500"), (places[1], MORNING, "090000")):
        changed = {"intent": intent, "time": time, "day": day + timedelta(days=1)}
        payments[place] = replace(payments[place], **changed)
    return payments


def test_a_payment_of_the_next_days_first_minutes_counts_to_this_day(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulation.partner.evening.take_payments", _over_midnight)
    assert [step.error for step in stage.night().steps if step.error] == []
    evening = stage.evening()
    assert [step.error for step in stage.night().steps if step.error] == []
    record = {entry["intent"]: n for n, entry in enumerate(stage.book(evening), start=2)}
    with stage.ledger() as ledger, ledger.connect() as connection:
        posting, broken = schema.posting, schema.payment_break
        of_record = posting.c.record_number == record[MINUTES]
        row = connection.execute(sa.select(posting).where(of_record)).one()
        code = connection.scalar(
            sa.select(broken.c.code).where(broken.c.record_number == record[MORNING])
        )
    assert row.credit_account.startswith("contributions:")
    assert (row.pass_name, row.book_date) == ("exact.1", DAY)
    assert row.effective_date == DAY + timedelta(days=1)
    assert code == "RECORD_REJECTED"
