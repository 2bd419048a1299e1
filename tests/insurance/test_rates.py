"""Amounts by month: flat rates, wage rates, and the worked figures of the domain notes."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.rates import (
    FLAT_RULE,
    WAGE_RULE,
    ContributionRates,
    RateError,
    WageRates,
    load_contribution_rates,
    load_wage_rates,
)
from insurance.wages import wage_contributions

FLAT = load_contribution_rates()
WAGE = load_wage_rates()


def amounts(section: str, option: str | None, *periods: int) -> list[int | None]:
    count = len(periods)
    satang, known = FLAT.amounts_satang(
        pa.array([section] * count),
        pa.array([option] * count, pa.utf8()),
        np.array(periods, np.int32),
    )
    return [int(s) if k else None for s, k in zip(satang, known, strict=True)]


def employee_baht(wage: str, period: int) -> int:
    satang = np.array([int(Decimal(wage) * 100)], np.int64)
    shares = wage_contributions(satang, np.array([period], np.int32), WAGE)
    assert shares.known.all()
    assert shares.employee.tolist() == shares.employer.tolist()
    return int(shares.employee[0]) // 100


def test_section_39_pays_432_baht() -> None:
    assert amounts("39", None, 202501, 202611, 203501) == [43200] * 3


def test_section_39_paid_235_baht_while_the_rate_was_cut() -> None:
    assert amounts("39", None, 202109, 202111, 202112) == [23500, 23500, 43200]


def test_section_40_pays_by_option() -> None:
    assert [amounts("40", option, 202611)[0] for option in ("01", "02", "03")] == [
        7000,
        10000,
        30000,
    ]


@pytest.mark.parametrize("option", ["13", "23", "07", None])
def test_amounts_of_old_and_missing_options_are_not_known(option: str | None) -> None:
    assert amounts("40", option, 202611) == [None]


def test_no_rate_outside_the_rows() -> None:
    assert amounts("39", None, 198001, 201912, 219001) == [None] * 3
    assert amounts("33", None, 202611) == [None]


@pytest.mark.parametrize(
    ("wage", "period", "baht"),
    [
        ("17000", 202512, 750),
        ("100000", 202512, 750),
        ("200", 202512, 83),
        ("1650", 202512, 83),  # 82.50 rounds up
        ("17000", 202601, 850),
        ("100000", 202601, 875),
        ("100000", 202812, 875),
        ("100000", 202901, 1000),
        ("100000", 203112, 1000),
        ("100000", 203201, 1150),
        ("9989.99", 202512, 499),  # 499.4995 is less than 50 satang
        ("9990", 202512, 500),  # 499.50
        ("0.01", 202611, 83),
    ],
)
def test_worked_wages(wage: str, period: int, baht: int) -> None:
    assert employee_baht(wage, period) == baht


def test_no_wage_no_contribution() -> None:
    assert employee_baht("0", 202611) == 0


def test_a_negative_wage_or_a_month_without_rate_is_not_known() -> None:
    shares = wage_contributions(
        np.array([-100, 1_000_000], np.int64), np.array([202611, 201001], np.int32), WAGE
    )
    assert shares.known.tolist() == [False, False]
    assert shares.employee.tolist() == [0, 0]


@given(st.integers(1, 30_000_000), st.sampled_from([202501, 202601, 203001, 204001]))
def test_rounding_is_that_of_exact_decimals(satang: int, period: int) -> None:
    ceiling = {202501: 15000, 202601: 17500, 203001: 20000, 204001: 23000}[period]
    base = min(max(Decimal(satang) / 100, Decimal(1650)), Decimal(ceiling))
    expected = int((base * 5 / 100).quantize(Decimal(1), ROUND_HALF_UP))
    assert employee_baht(str(Decimal(satang) / 100), period) == expected


def test_shares_of_section_33() -> None:
    period = np.array([202611], np.int32)
    assert WAGE.employee_rate(period).tolist() == [500]
    assert WAGE.employer_rate(period).tolist() == [500]
    assert WAGE.government_rate(period).tolist() == [275]
    assert WAGE.floor_satang(period).tolist() == [165_000]
    assert WAGE.ceiling_satang(period).tolist() == [1_750_000]


def flat_row(**changes: object) -> pa.Table:
    row: dict[str, object] = {
        "section": "39",
        "option": "00",
        "amount": Decimal("432.00"),
        "from": None,
        "to": None,
        "source": "test",
        "confidence": "D",
    } | changes
    return pa.Table.from_pylist([row], schema=FLAT_RULE.schema)


def test_a_rate_that_begins_within_a_month_is_refused() -> None:
    middle = np.datetime64("2026-11-15").item()
    with pytest.raises(RateError, match=r"from 2026-11-15.*begins and ends with a month"):
        ContributionRates(flat_row(**{"from": middle}))
    with pytest.raises(RateError, match="to 2026-11-15"):
        ContributionRates(flat_row(to=middle))


def test_a_rate_of_another_section_is_refused() -> None:
    with pytest.raises(RateError, match="not of section 39"):
        ContributionRates(flat_row(section="33"))


def test_no_wage_rate_at_all_is_refused() -> None:
    with pytest.raises(RateError, match="no wage rate"):
        WageRates(WAGE_RULE.schema.empty_table())
