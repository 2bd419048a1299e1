"""What people of sections 39 and 40 paid, month by month, and everybody's totals.

Months are slots from HISTORY-FROM: 0 … 23 before the month of the business date, 24 that month,
25 … 35 prepaid ones. Nothing is paid after the business date.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insurance.periods import period_of_index
from insurance.wages import wage_contributions
from simulation.population.persons import DEAD, HABITS, SUSPENDED, People, month_days
from simulation.population.scenario import AHEAD, WINDOW, Scenario

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SLOTS = WINDOW + AHEAD
_DUE_DAY = 15  # of the following month, section 39
_RECEIPTS = 10_000_000_000
_BLOCKS = np.array([3, 6, 12])  # months that are prepaid at once
_STEPS = np.array([2, 3, 4])  # every second, third, fourth month of the last twelve is missing
# Of the months before the window, per cent paid.
_EARLIER_PER_CENT = {"sometimes": 70, "intermittent": 60}


@dataclass(frozen=True)
class Histories:
    """Months paid by the voluntary people of a block, and totals of all of the block.

    ``rows`` are positions in the block of those of sections 39 and 40; ``counts`` their months.
    ``slot`` … ``receipt`` have one value a month, person after person, ascending. Amounts are
    satang. ``last_period`` is yyyymm, 0 when nothing was ever paid.
    """

    rows: Ints
    counts: Ints
    slot: Ints
    amount: Ints
    channel: Ints
    paid_day: Ints
    receipt: Ints
    total_months: Ints
    total_amount: Ints
    last_period: Ints
    paid_current: Bools


def draw_histories(scenario: Scenario, people: People) -> Histories:
    """Months paid and totals of a block of people."""
    rows = np.flatnonzero(people.section != 33)
    first_slot = people.joined[rows] - (scenario.month - WINDOW)
    stop_slot = _stops(scenario, people, rows)
    row, slot = np.nonzero(_intended(scenario, people, rows, first_slot, stop_slot))
    number = people.numbers[rows[row]] * 64 + slot
    paid_day = _paid_days(scenario, people, rows, row, slot, number, first_slot)
    is_paid = paid_day <= scenario.day
    dead = people.status[rows[row]] == DEAD
    is_paid &= ~dead | (paid_day <= people.ended_day[rows[row]])
    row, slot, number, paid_day = row[is_paid], slot[is_paid], number[is_paid], paid_day[is_paid]
    amount, _ = _amounts(scenario, people.plan[rows[row]], slot)
    counts = np.bincount(row, minlength=len(rows))
    totals = _totals(scenario, people, rows, first_slot, stop_slot, row, slot, amount)
    paid_current = np.zeros(len(people), dtype=np.bool_)
    paid_current[rows[row[slot == WINDOW]]] = True
    channels = list(scenario.country.channels.values())
    return Histories(
        rows=rows,
        counts=counts,
        slot=slot,
        amount=amount,
        channel=scenario.dice.choice("channel", number, channels),
        paid_day=paid_day,
        # An odd multiplier that five does not divide: no receipt number comes twice.
        receipt=(number * 3_687_870_001 + 4_711) % _RECEIPTS,
        total_months=totals[0],
        total_amount=totals[1],
        last_period=totals[2],
        paid_current=paid_current,
    )


def _stops(scenario: Scenario, people: People, rows: Ints) -> Ints:
    """First slot that is no longer paid: the end of insurance, suspension or of the habit."""
    stop = np.minimum(people.ended[rows] - (scenario.month - WINDOW), SLOTS)
    stop = np.where(people.status[rows] == SUSPENDED, np.minimum(stop, WINDOW - 2), stop)
    # Section 39, intermittent: one to six months unpaid up to now, so that some have just
    # lapsed by the rule of three consecutive months and some are about to.
    lapse = WINDOW - 1 - scenario.dice.below("unpaid months", people.numbers[rows], 6)
    lapses = (people.section[rows] == 39) & (people.habit[rows] == HABITS.index("intermittent"))
    return np.where(lapses, np.minimum(stop, lapse), stop)


def _intended(
    scenario: Scenario, people: People, rows: Ints, first_slot: Ints, stop_slot: Ints
) -> Bools:
    """bool (voluntary people, SLOTS): the months that would be paid by the habit alone."""
    slot = np.arange(SLOTS)
    numbers = people.numbers[rows]
    habit = people.habit[rows]
    intended: Bools = (slot >= first_slot[:, None]) & (slot < stop_slot[:, None])
    intended[habit != HABITS.index("prepaid"), WINDOW + 1 :] = False
    # An option whose amount is not known (1+3, 2+3 of old) cannot be paid.
    _, known = _amounts(scenario, people.plan[rows][:, None], slot)
    intended &= known
    short = np.flatnonzero(habit == HABITS.index("shortfall"))
    step = _STEPS[scenario.dice.below("missing step", numbers[short], len(_STEPS))]
    phase = scenario.dice.below("missing phase", numbers[short], step)
    missing = (slot + phase[:, None]) % step[:, None] == 0
    intended[short] &= ~missing | (slot < WINDOW - 12)
    by_chance = {"sometimes": 700, "intermittent": 400}
    for name, per_thousand in by_chance.items():
        some = np.flatnonzero((habit == HABITS.index(name)) & (people.section[rows] == 40))
        number = (numbers[some, None] * 64 + slot).ravel()
        paid = scenario.dice.chance("month paid", number, per_thousand)
        intended[some] &= paid.reshape(len(some), SLOTS)
    return intended


def _amounts(scenario: Scenario, plans: Ints, slots: Ints) -> tuple[Ints, Bools]:
    """Satang a month of plans in slots, broadcast against each other, and whether known."""
    months = (slots + scenario.month - WINDOW).astype(np.int32)
    return scenario.flat_rates.amounts_of_plans(plans, months)


def _paid_days(
    scenario: Scenario,
    people: People,
    rows: Ints,
    row: Ints,
    slot: Ints,
    number: Ints,
    first_slot: Ints,
) -> Ints:
    """Day of payment of each month, never before joining."""
    of = rows[row]
    numbers = people.numbers[rows]
    starts = month_days(np.arange(-AHEAD, SLOTS + 2) + scenario.month - WINDOW)
    length = np.diff(starts)
    pay_slot = slot.copy()
    prepaid = np.flatnonzero(people.habit[of] == HABITS.index("prepaid"))
    size = _BLOCKS[scenario.dice.below("prepaid months", numbers, len(_BLOCKS))][row[prepaid]]
    phase = scenario.dice.below("prepaid phase", numbers, 12)[row[prepaid]] % size
    begins = (slot[prepaid] + phase) // size * size - phase
    pay_slot[prepaid] = np.maximum(begins, first_slot[row[prepaid]])
    days = length[pay_slot + AHEAD]
    # Everybody has a usual day and keeps it within three days.
    usual = scenario.dice.below("usual day", numbers, 31 + _DUE_DAY)[row]
    wobble = scenario.dice.below("day wobble", number, 7) - 3
    is_39 = people.section[of] == 39
    latest = np.where(is_39, days - 1 + _DUE_DAY, days - 1)
    offset = np.clip(np.where(is_39, usual, usual * 2 // 3) + wobble, 0, latest)
    late = people.habit[of] == HABITS.index("late")
    late &= scenario.dice.chance("month late", number, 250)
    left = length[pay_slot + AHEAD + 1] - _DUE_DAY
    after_due = days + _DUE_DAY + scenario.dice.below("days late", number, left)
    offset = np.where(late, after_due, offset)
    day: Ints = np.maximum(starts[pay_slot + AHEAD] + offset, people.joined_day[of])
    return day


def _totals(
    scenario: Scenario,
    people: People,
    rows: Ints,
    first_slot: Ints,
    stop_slot: Ints,
    row: Ints,
    slot: Ints,
    amount: Ints,
) -> tuple[Ints, Ints, Ints]:
    """Months, satang and last period paid since joining, for the whole block.

    Months before the window count at the rate of its first month.
    """
    months, satang, last = _employed_totals(scenario, people)
    habit = people.habit[rows]
    percent = np.array([_EARLIER_PER_CENT.get(name, 100) for name in HABITS])[habit]
    rate, known = _amounts(scenario, people.plan[rows], np.zeros(len(rows), dtype=np.int64))
    percent[~known] = 0
    earlier_stop = np.minimum(stop_slot, 0)
    earlier = np.maximum(earlier_stop - first_slot, 0) * percent // 100
    inside = np.bincount(row, minlength=len(rows))
    paid = np.concatenate([[0], np.cumsum(amount)])
    ends = np.cumsum(inside)
    months[rows] = earlier + inside
    satang[rows] = earlier * rate + paid[ends] - paid[ends - inside]
    last_slot = np.where(earlier > 0, earlier_stop - 1, -1000)
    some = inside > 0
    last_slot[some] = slot[ends[some] - 1]
    period = period_of_index(last_slot + scenario.month - WINDOW)
    last[rows] = np.where(last_slot > -1000, period, 0)
    return months, satang, last


def _employed_totals(scenario: Scenario, people: People) -> tuple[Ints, Ints, Ints]:
    """Section 33: every month from joining on, paid by the employer by the 15th of the next."""
    settled = scenario.month - (1 if scenario.business_date.day > _DUE_DAY else 2)
    last = np.minimum(settled, people.ended - 1)
    months = np.maximum(last - people.joined + 1, 0)
    months[people.section != 33] = 0
    periods = np.full(len(people), scenario.filing_period, dtype=np.int32)
    shares = wage_contributions(people.wage, periods, scenario.wage_rates)
    period = np.where(months > 0, period_of_index(last), 0).astype(np.int64)
    return months, months * (shares.employee + shares.employer), period
