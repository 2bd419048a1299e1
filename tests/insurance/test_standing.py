"""Standing by worked example: one person, one day, one sentence of the law at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from naive_standing import Month, Payment, Person
from standing_tables import CALENDAR, RATES, paid_table, persons_table, standing_of

from insurance.standing import work_out
from interfaces.dated import code_list

ID = "1101234567897"
ACTIVE_39 = Person(ID, "39", None, "A", date(2024, 1, 15), None, 202401)
ACTIVE_40 = Person(ID, "40", "02", "A", date(2024, 1, 15), None, 202401)
MID_NOVEMBER = date(2026, 11, 18)


def paid_in(person: Person, first: int, last: int, without: tuple[int, ...] = ()) -> list[Payment]:
    months = []
    month = Month.of_period(first)
    while month <= Month.of_period(last):
        if month.period not in without:
            paid_on = month.first.replace(day=10)
            months.append(
                Payment(person.national_id, person.section, month.period, 43200, "02", paid_on)
            )
        month = month.following
    return months


def row_of(person: Person, payments: list[Payment], day: date) -> dict[str, Any]:
    rows = standing_of([person], payments, day).to_pylist()
    assert len(rows) == 1
    return dict(rows[0])


def periods(row: dict[str, Any]) -> list[int]:
    return [month["period"] for month in row["payable_month"]]


def test_section_39_pays_the_previous_and_the_current_month() -> None:
    row = row_of(ACTIVE_39, paid_in(ACTIVE_39, 202401, 202609), MID_NOVEMBER)
    assert (row["return_code"], row["status_code"], row["listed"]) == (0, "A", "Y")
    assert periods(row) == [202610, 202611]
    assert [month["amount"] for month in row["payable_month"]] == [Decimal("432.00")] * 2
    assert row["payable_month"][0]["payable_from"] == date(2026, 10, 1)
    assert row["payable_month"][0]["payable_until"] == date(2026, 11, 30)
    assert row["payable_month"][0]["reference_2"].startswith("3900256910")
    assert row["effective_date"] == date(2024, 1, 15)


def test_section_40_pays_the_current_month() -> None:
    row = row_of(ACTIVE_40, [], MID_NOVEMBER)
    assert (row["return_code"], periods(row)) == (0, [202611])
    assert row["payable_month"][0]["amount"] == Decimal("100.00")
    assert row["payable_month"][0]["payable_until"] == date(2026, 11, 30)
    assert row["payable_month"][0]["reference_2"].startswith("4002256911")


def test_over_the_month_end_one_month_more() -> None:
    paid = paid_in(ACTIVE_39, 202401, 202609)
    assert periods(row_of(ACTIVE_39, paid, date(2026, 11, 30))) == [202610, 202611, 202612]
    assert periods(row_of(ACTIVE_40, [], date(2026, 11, 30))) == [202611, 202612]


def test_over_the_years_end() -> None:
    row = row_of(ACTIVE_39, paid_in(ACTIVE_39, 202401, 202510), date(2025, 12, 30))
    assert periods(row) == [202511, 202512, 202601]
    assert row["payable_month"][1]["payable_until"] == date(2026, 1, 31)
    assert row["payable_month"][2]["reference_2"].startswith("3900256901")


def test_leap_february() -> None:
    row = row_of(replace(ACTIVE_40, effective=date(2024, 1, 1)), [], date(2024, 2, 28))
    assert periods(row) == [202402]
    assert row["payable_month"][0]["payable_until"] == date(2024, 2, 29)


def test_paid_up() -> None:
    row = row_of(ACTIVE_39, paid_in(ACTIVE_39, 202401, 202611), MID_NOVEMBER)
    assert (row["return_code"], row["payable_count"], row["payable_month"]) == (10, 0, [])
    assert (row["status_code"], row["listed"]) == ("A", "Y")


def test_last_payment_is_that_of_the_latest_month() -> None:
    early = Payment(ID, "39", 202609, 43200, "02", date(2026, 10, 9))
    late_for_older = Payment(ID, "39", 202608, 43100, "06", date(2026, 10, 12))
    row = row_of(ACTIVE_39, [early, late_for_older], MID_NOVEMBER)
    assert row["last_period_paid"] == 202609
    assert row["last_payment_method"] == "02"
    assert row["last_payment_date"] == date(2026, 10, 9)
    assert row["last_payment_amount"] == Decimal("432.00")


def test_nothing_ever_paid_leaves_the_last_payment_empty() -> None:
    row = row_of(replace(ACTIVE_39, history_from=None), [], MID_NOVEMBER)
    assert row["return_code"] == 0
    names = ("last_period_paid", "last_payment_method", "last_payment_date", "last_payment_amount")
    assert [row[name] for name in names] == [None] * 4


def test_no_month_before_the_effective_one() -> None:
    row = row_of(replace(ACTIVE_39, effective=date(2026, 11, 30)), [], MID_NOVEMBER)
    assert periods(row) == [202611]


def test_three_consecutive_unpaid_months_end_section_39_from_the_first() -> None:
    paid = paid_in(ACTIVE_39, 202401, 202607)
    row = row_of(ACTIVE_39, paid, date(2026, 11, 17))
    assert (row["return_code"], row["status_code"], row["listed"]) == (21, "E", "Y")
    assert row["effective_date"] == date(2026, 8, 1)
    assert row["payable_month"] == []


def test_the_third_month_counts_only_after_its_due_date() -> None:
    # October is due on 15 November 2026, a Sunday: Monday the 16th is still in time.
    paid = paid_in(ACTIVE_39, 202401, 202607)
    assert row_of(ACTIVE_39, paid, date(2026, 11, 16))["return_code"] == 0
    assert row_of(ACTIVE_39, paid, date(2026, 11, 17))["return_code"] == 21


def test_a_due_date_in_songkran_moves_behind_it() -> None:
    # 13-15 April 2026 are closed: March is due on Thursday the 16th.
    paid = paid_in(ACTIVE_39, 202401, 202512)
    assert row_of(ACTIVE_39, paid, date(2026, 4, 16))["return_code"] == 0
    row = row_of(ACTIVE_39, paid, date(2026, 4, 17))
    assert (row["return_code"], row["effective_date"]) == (21, date(2026, 1, 1))


def test_three_consecutive_months_over_the_years_end() -> None:
    row = row_of(ACTIVE_39, paid_in(ACTIVE_39, 202401, 202510), date(2026, 2, 17))
    assert (row["return_code"], row["effective_date"]) == (21, date(2025, 11, 1))


def test_fewer_than_nine_months_within_twelve_end_it_from_the_month_it_became_short() -> None:
    paid = paid_in(ACTIVE_39, 202401, 202611, without=(202601, 202603, 202605, 202608))
    row = row_of(ACTIVE_39, paid, MID_NOVEMBER)
    assert (row["return_code"], row["status_code"]) == (22, "E")
    assert row["effective_date"] == date(2026, 8, 1)


def test_four_unpaid_months_in_thirteen_do_no_harm() -> None:
    paid = paid_in(ACTIVE_39, 202401, 202611, without=(202508, 202601, 202605, 202608))
    assert row_of(ACTIVE_39, paid, MID_NOVEMBER)["status_code"] == "A"
    paid = paid_in(ACTIVE_39, 202401, 202611, without=(202509, 202601, 202605, 202608))
    assert row_of(ACTIVE_39, paid, MID_NOVEMBER)["return_code"] == 22


def test_the_reason_known_first_stands() -> None:
    # June is the fourth unpaid month and known before June to August are three in a row.
    paid = paid_in(ACTIVE_39, 202401, 202605, without=(202601, 202602, 202604))
    row = row_of(ACTIVE_39, paid, MID_NOVEMBER)
    assert (row["return_code"], row["effective_date"]) == (22, date(2026, 6, 1))


def test_of_two_reasons_known_together_the_earlier_month_stands() -> None:
    paid = paid_in(ACTIVE_39, 202401, 202605, without=(202601,))
    row = row_of(ACTIVE_39, paid, MID_NOVEMBER)
    assert (row["return_code"], row["effective_date"]) == (21, date(2026, 6, 1))


@pytest.mark.parametrize("history_from", [202609, None])
def test_months_before_the_known_history_are_never_judged(history_from: int | None) -> None:
    person = replace(ACTIVE_39, history_from=history_from)
    assert row_of(person, [], MID_NOVEMBER)["status_code"] == "A"


def test_section_40_never_ends_by_not_paying() -> None:
    row = row_of(ACTIVE_40, [], date(2027, 11, 18))
    assert (row["status_code"], row["return_code"]) == ("A", 0)


@pytest.mark.parametrize("option", ["13", "23", None])
def test_a_month_of_unknown_amount_is_not_offered(option: str | None) -> None:
    row = row_of(replace(ACTIVE_40, option=option), [], MID_NOVEMBER)
    assert (row["return_code"], row["payable_month"], row["listed"]) == (40, [], "Y")


def test_the_suspended_pay_nothing_and_are_listed() -> None:
    row = row_of(replace(ACTIVE_39, status="S"), [], MID_NOVEMBER)
    assert (row["return_code"], row["status_code"], row["payable_count"]) == (30, "S", 0)
    assert row["listed"] == "Y"


def test_the_dead_pay_nothing_and_are_not_listed() -> None:
    row = row_of(replace(ACTIVE_40, status="D", ended=date(2026, 11, 2)), [], MID_NOVEMBER)
    assert (row["return_code"], row["status_code"], row["payable_count"]) == (23, "D", 0)
    assert row["listed"] == "N"


def test_after_a_recorded_end_only_the_month_before_it_may_be_paid() -> None:
    person = replace(ACTIVE_39, status="E", ended=date(2026, 11, 5))
    row = row_of(person, paid_in(person, 202401, 202609), MID_NOVEMBER)
    assert (row["return_code"], periods(row)) == (0, [202610])
    assert (row["status_code"], row["effective_date"]) == ("E", date(2026, 11, 5))
    row = row_of(person, paid_in(person, 202401, 202610), MID_NOVEMBER)
    assert (row["return_code"], row["payable_count"], row["listed"]) == (20, 0, "Y")


def test_a_month_after_an_unnoticed_lapse_is_not_offered_whatever_ended_it_later() -> None:
    person = replace(ACTIVE_39, status="E", ended=date(2026, 11, 5))
    row = row_of(person, paid_in(person, 202401, 202605), MID_NOVEMBER)
    assert (row["return_code"], row["payable_count"]) == (20, 0)


@pytest.mark.parametrize(
    ("ended", "listed"),
    [
        (date(2025, 11, 18), "Y"),
        (date(2025, 11, 17), "N"),
        (None, "N"),
    ],
)
def test_ended_people_are_listed_for_a_year(ended: date | None, listed: str) -> None:
    row = row_of(replace(ACTIVE_40, status="E", ended=ended), [], MID_NOVEMBER)
    assert (row["listed"], row["return_code"]) == (listed, 20)
    assert row["effective_date"] == (ended or date(2024, 1, 15))


def test_lapsed_people_are_listed_for_a_year() -> None:
    row = row_of(ACTIVE_39, paid_in(ACTIVE_39, 202401, 202509), date(2026, 9, 30))
    assert (row["effective_date"], row["listed"]) == (date(2025, 10, 1), "Y")
    row = row_of(ACTIVE_39, paid_in(ACTIVE_39, 202401, 202509), date(2026, 10, 2))
    assert (row["effective_date"], row["listed"]) == (date(2025, 10, 1), "N")


def test_payments_under_another_section_do_not_count() -> None:
    row = row_of(ACTIVE_39, paid_in(ACTIVE_40, 202401, 202611), MID_NOVEMBER)
    assert row["last_period_paid"] is None
    assert row["return_code"] == 21


def test_every_code_that_a_feed_can_carry_is_in_the_code_list() -> None:
    rows = code_list("return_codes", MID_NOVEMBER).to_pylist()
    of_feeds = {row["code"] for row in rows if row["used_in"] in ("feed", "both")}
    assert of_feeds == {0, 10, 20, 21, 22, 23, 30, 31, 40}


def test_an_empty_population_gives_an_empty_table_of_the_same_columns() -> None:
    empty = standing_of([], [], MID_NOVEMBER)
    assert empty.num_rows == 0
    assert empty.schema == standing_of([ACTIVE_39], [], MID_NOVEMBER).schema


def test_columns_are_those_of_the_feeds() -> None:
    schema = standing_of([ACTIVE_39], [], MID_NOVEMBER).schema
    assert schema.field("return_code").type == pa.int64()
    assert schema.field("payable_count").type == pa.int64()
    assert schema.field("effective_date").type == pa.date32()
    assert schema.field("last_period_paid").type == pa.int32()
    assert schema.field("last_payment_amount").type == pa.decimal128(9, 2)
    assert schema.field("listed").type == pa.utf8()


@pytest.mark.parametrize(
    ("person", "message"),
    [
        (replace(ACTIVE_39, section="33"), "section other than 39 and 40"),
        (replace(ACTIVE_39, national_id="12345"), "1 rows without a national ID"),
        (replace(ACTIVE_39, status="X"), "status other than A, S, E, D"),
    ],
)
def test_rows_that_validation_should_have_kept_out_are_an_error(
    person: Person, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        standing_of([person], [], MID_NOVEMBER)


def test_slices_and_chunks_give_the_same_answer() -> None:
    ids = [f"11012345678{n:02d}" for n in range(20)]
    people = [replace(ACTIVE_39, national_id=i) for i in ids]
    payments = [p for person in people for p in paid_in(person, 202401, 202609)]
    persons, paid = persons_table(people), paid_table(payments)
    whole = standing_of(people, payments, MID_NOVEMBER)
    parts = work_out(
        pa.concat_tables([persons.slice(0, 7), persons.slice(7, 0), persons.slice(7)]),
        pa.concat_tables([paid.slice(100), paid.slice(0, 100)]),
        business_date=MID_NOVEMBER,
        calendar=CALENDAR,
        rates=RATES,
    )
    assert parts.to_pylist() == whole.to_pylist()
    assert pa.compute.sum(whole["payable_count"]).as_py() == 40


def test_a_person_whose_history_was_not_accepted_is_referred_to_an_office() -> None:
    person = replace(ACTIVE_39, history_from=None, last_recorded=202610)
    row = row_of(person, [], MID_NOVEMBER)
    assert (row["return_code"], row["payable_count"], row["listed"]) == (31, 0, "Y")


def test_a_person_of_whose_history_a_record_was_refused_is_referred_to_an_office() -> None:
    row = row_of(replace(ACTIVE_39, history_refused=True), [], MID_NOVEMBER)
    assert (row["return_code"], row["payable_count"]) == (31, 0)


def test_a_person_who_has_paid_only_under_an_earlier_insurance_needs_no_history() -> None:
    person = replace(
        ACTIVE_39, history_from=None, last_recorded=202610, effective=date(2026, 11, 1)
    )
    row = row_of(person, [], MID_NOVEMBER)
    assert (row["return_code"], row["payable_count"]) == (0, 1)
