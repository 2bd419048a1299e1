"""The population as tables of the mainframe's extracts; columns are the copybooks' names."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from insurance.digits import text_of_numbers
from insurance.money import baht_of
from insurance.periods import period_of_index
from simulation.population.histories import Histories
from simulation.population.persons import (
    STATUSES,
    People,
    family_names,
    given_names,
    id_texts,
    month_days,
    titles,
)
from simulation.population.scenario import WINDOW, Scenario

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_BASE_39 = 480_000  # satang: section 39 contributes from a fixed 4,800 baht (the Act)
_OLD_AGE_PER_CENT = 60  # of what was paid, kept for old age; plausible, not law


def registration_master(scenario: Scenario, people: People, histories: Histories) -> pa.RecordBatch:
    """Rows of the registration master for a block of people, in their order."""
    dice = scenario.dice
    numbers = people.numbers
    never_paid = histories.last_period == 0
    province = scenario.ids.provinces(numbers)
    columns = {
        "national_id": id_texts(people),
        "title_code": titles(scenario, people),
        "given_name": given_names(scenario, people),
        "family_name": family_names(scenario, people),
        "birth_date": pa.array(people.born_day.astype(np.int32), pa.date32()),
        "sex_code": pa.array(["1", "2"]).take(pa.array(people.is_female.astype(np.int8))),
        "nationality_code": _nationalities(scenario, people),
        "section_code": text_of_numbers(people.section, 2),
        "status_code": pa.array(STATUSES).take(pa.array(people.status)),
        "effective_date": pa.array(people.joined_day.astype(np.int32), pa.date32()),
        "ended_date": pa.array(
            people.ended_day.astype(np.int32), pa.date32(), mask=~people.has_ended
        ),
        **_section_data(scenario, people),
        "hospital_code": _hospitals(scenario, people, province),
        "total_months_paid": pa.array(histories.total_months),
        "total_amount_paid": _baht(histories.total_amount, 13),
        "old_age_balance": _baht(histories.total_amount * _OLD_AGE_PER_CENT // 100, 13),
        "last_period_paid": pa.array(
            histories.last_period.astype(np.int32), pa.int32(), mask=never_paid
        ),
        "office_code": text_of_numbers(province * 100 + 1 + dice.below("office", numbers, 3), 4),
        "update_count": pa.array(dice.below("updates", numbers, 40)),
        "updated_date": pa.array(
            (scenario.day - dice.below("updated", numbers, 700)).astype(np.int32), pa.date32()
        ),
        "balance_adjustment": _baht(_adjustments(scenario, numbers), 9),
    }
    return pa.record_batch(columns)


def contribution_history(
    scenario: Scenario, people: People, histories: Histories
) -> pa.RecordBatch:
    """Rows of the contribution history for the voluntary people of a block, in their order."""
    rows = histories.rows
    channels = list(scenario.country.channels)
    months = pa.StructArray.from_arrays(
        [
            pa.array(period_of_index(histories.slot + scenario.month - WINDOW)),
            _baht(histories.amount, 9),
            pa.array(channels).take(pa.array(histories.channel)),
            pa.array(histories.paid_day.astype(np.int32), pa.date32()),
            text_of_numbers(histories.receipt, 10),
        ],
        names=["paid_period", "paid_amount", "paid_channel", "paid_date", "receipt_number"],
    )
    offsets = np.concatenate([[0], np.cumsum(histories.counts)]).astype(np.int32)
    window_from = period_of_index(np.full(len(rows), scenario.month - WINDOW))
    return pa.record_batch(
        {
            "national_id": text_of_numbers(people.national_id[rows], 13),
            "section_code": text_of_numbers(people.section[rows], 2),
            "history_from": pa.array(window_from),
            "month_count": pa.array(histories.counts),
            "month_paid": pa.ListArray.from_arrays(pa.array(offsets), months),
        }
    )


def _section_data(scenario: Scenario, people: People) -> dict[str, pa.Array]:
    """The part that the sections redefine: null where another section's data stands."""
    dice = scenario.dice
    numbers = people.numbers
    employers = scenario.employers
    country = scenario.country
    is_33, is_39, is_40 = (people.section == code for code in (33, 39, 40))
    left = month_days(people.joined - dice.below("months between", numbers, 6)) - 1
    channel = dice.below("enrolment channel", numbers, len(country.enrolment_channels))
    occupation = dice.below("occupation", numbers, len(country.occupations))
    accounts = employers.account_texts(np.maximum(people.employer, 0))
    return {
        "employer_account": _where(is_33, accounts),
        "employer_branch": _where(is_33, employers.branch_texts(np.maximum(people.branch, 0))),
        "monthly_wage": baht_of(people.wage, is_33, 11),
        "previous_employer": _where(is_39, accounts),
        "contribution_base": baht_of(np.where(is_39, _BASE_39, 0), is_39, 9),
        "left_employment_date": pa.array(left.astype(np.int32), pa.date32(), mask=~is_39),
        "option_code": _where(is_40, text_of_numbers(people.plan % 100, 2)),
        "enrolment_channel": _where(
            is_40, pa.array(country.enrolment_channels).take(pa.array(channel))
        ),
        "occupation_code": _where(is_40, pa.array(country.occupations).take(pa.array(occupation))),
    }


def _nationalities(scenario: Scenario, people: People) -> pa.StringArray:
    codes = (scenario.country.thai, *scenario.country.aliens)
    foreign = 1 + scenario.dice.below("nationality", people.numbers, len(codes) - 1)
    return pa.array(codes).take(pa.array(np.where(people.is_alien, foreign, 0)))


def _hospitals(scenario: Scenario, people: People, province: Ints) -> pa.ListArray:
    """Three choices in the person's province; section 40 has no hospital."""
    place = np.arange(3)
    number = (people.numbers[:, None] * 4 + place).ravel()
    # Three ranges of codes, so that nobody chooses a hospital twice.
    chosen = np.tile(place * 20, len(people)) + scenario.dice.below("hospital", number, 20)
    codes = text_of_numbers(np.repeat(province, 3) * 100_000 + 10_001 + chosen, 7)
    has_one = np.repeat(people.section != 40, 3)
    offsets = np.arange(0, len(number) + 1, 3, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), _where(has_one, codes))


def _adjustments(scenario: Scenario, numbers: Ints) -> Ints:
    """Satang: nothing for most, up to 999.99 baht either way for one in twenty."""
    amount = scenario.dice.below("adjustment", numbers, 199_999) - 99_999
    return np.where(scenario.dice.chance("is adjusted", numbers, 50), amount, 0)


def _baht(satang: Ints, precision: int) -> pa.Array:
    return baht_of(satang, np.ones(len(satang), np.bool_), precision)


def _where(condition: Bools, values: pa.Array) -> pa.Array:
    return pa.compute.if_else(pa.array(condition), values, pa.scalar(None, values.type))
