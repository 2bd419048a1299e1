"""Random people who pay as people do: always, with gaps, or until they stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from naive_standing import Month, Payment, Person

IDS = [f"11012345678{n:02d}" for n in range(8)]
PLANS = [("39", None)] * 6 + [("40", option) for option in ("01", "02", "03", "13", "23", None)]
FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2027, 12, 29)


def random_day(random: Random) -> date:
    """A business date of the declared calendar; often near a due date or a month's end."""
    day = FIRST_DAY + timedelta(days=random.randrange((LAST_DAY - FIRST_DAY).days + 1))
    near = random.choice([None, range(13, 20), range(26, 29)])
    return day if near is None else day.replace(day=random.choice(near))


def random_lives(random: Random, today: date) -> tuple[list[Person], list[Payment]]:
    """Up to eight persons and their payments, in no order and some of them twice."""
    persons, payments = [], []
    for national_id in random.sample(IDS, random.randint(1, len(IDS))):
        person, paid = random_life(random, national_id, today)
        persons.append(person)
        payments += paid
    payments += random.choices(payments, k=3) if payments else []
    random.shuffle(payments)
    return persons, payments


def random_life(random: Random, national_id: str, today: date) -> tuple[Person, list[Payment]]:
    section, option = random.choice(PLANS)
    joined = months_before(Month.of(today), random.choice([-1, 0, 1, 2, 6, 13, 20, 40]))
    person = Person(
        national_id,
        section,
        option,
        random.choice("AAAAAESD"),
        joined.first.replace(day=random.randint(1, 28)),
        today - timedelta(days=random.randint(-40, 500)) if random.random() < 0.7 else None,
        months_before(Month.of(today), random.randint(0, 45)).period,
    )
    if random.random() < 0.1:
        person = replace(person, history_from=None)
    if random.random() < 0.02:
        person = replace(person, history_refused=True)
    if random.random() < 0.7:
        last = months_before(Month.of(today), random.randint(0, 20)).period
        person = replace(person, last_recorded=last)
    unpaid = unpaid_months_ago(random)
    ahead = random.choice([0, 0, 0, 2])
    payments = [
        Payment(
            national_id,
            section if random.random() < 0.97 else random.choice(["39", "40"]),
            months_before(Month.of(today), months_ago).period,
            random.choice([43200, 7000, 1]),
            random.choice(["01", "02", "06"]),
            today - timedelta(days=30 * months_ago + random.randint(0, 30)),
        )
        for months_ago in range(-ahead, 45)
        if months_ago not in unpaid
    ]
    return person, payments


def unpaid_months_ago(random: Random) -> set[int]:
    habit = random.choice(["always", "late", "gaps", "stopped", "paused"])
    if habit == "late":
        return set(range(random.randint(1, 3)))
    if habit == "gaps":
        return set(random.sample(range(16), random.randint(1, 6)))
    if habit == "stopped":
        return set(range(random.randint(3, 18)))
    if habit == "paused":
        begin = random.randint(1, 20)
        return {0, *range(begin, begin + random.randint(2, 4))}
    return set()


def months_before(month: Month, months: int) -> Month:
    """``months`` earlier, or later if negative."""
    for _ in range(abs(months)):
        month = month.preceding if months > 0 else month.following
    return month
