"""Generated filings: what the rules compute is accepted, and one changed field gives its code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import (
    REGISTERED,
    REGISTRY,
    TITLES,
    TODAY,
    MadeFile,
    Row,
    account,
    person,
    references,
    register_row,
    registered,
    validate,
)

from insurance.rates import load_wage_rates
from insurance.wages import wage_contributions
from interfaces.model import AcceptRule

BRANCHES = ("000000", "000007")
KNOWN = references()
RATES = load_wage_rates()
TOLERANT = replace(REGISTRY.get("form_1_10"), accept=AcceptRule(1.0))
FLOOR, CEILING = 165_000, 1_750_000  # satang, in force in 2026


@dataclass(frozen=True)
class Filing:
    """Branches with their people, and each one's wage in satang; period yyyymm."""

    period: int
    branches: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]

    def file(self) -> MadeFile:
        """The filing as an employer's program that knows the law writes it."""
        rows: list[Row] = []
        for branch, people in self.branches:
            wages = np.array([wage for _, wage in people], np.int64)
            periods = np.full(len(people), self.period, np.int32)
            shares = wage_contributions(wages, periods, RATES)
            rows.append(self._header(branch, wages, shares.employee, shares.employer))
            rows += [
                employee(number, wage, paid)
                for (number, wage), paid in zip(people, shares.employee.tolist(), strict=True)
            ]
        return MadeFile(TOLERANT, rows)

    def _header(self, branch: str, wages: Any, employee: Any, employer: Any) -> Row:
        by_employee, by_employer = int(employee.sum()), int(employer.sum())
        return (
            "EMPLOYER-RECORD",
            {
                "record_type": "1",
                "acc_no": account(1),
                "branch_no": branch,
                "paid_date": TODAY,
                "paid_period": self.period,
                "company_name": "บริษัท ตัวอย่าง จำกัด",
                "rate": Decimal("5.00"),
                "total_employee": len(wages),
                "total_wages": baht(int(wages.sum())),
                "total_paid": baht(by_employee + by_employer),
                "paid_by_employee": baht(by_employee),
                "paid_by_employer": baht(by_employer),
            },
        )


def baht(satang: int) -> Decimal:
    return Decimal(satang).scaleb(-2)


def employee(number: int, wage: int, paid: int) -> Row:
    return (
        "EMPLOYEE-RECORD",
        {
            "record_type": "2",
            "sso_id": person(number),
            "prefix": TITLES[number % len(TITLES)],
            "fname": "สมชาย",
            "lname": "ใจดี",
            "wages": baht(wage),
            "paid_amount": baht(paid),
        },
    )


PERIODS = st.sampled_from([202412, 202501, 202512, 202601, 202609, 202610, 202611])
ORDINARY = st.integers(FLOOR, 30_000_000).filter(lambda w: w not in (1_500_000, CEILING))


@st.composite
def filings(draw: st.DrawFn) -> Filing:
    """Nobody stands twice, and no wage is doubtful."""
    numbers = draw(st.lists(st.integers(0, REGISTERED - 1), min_size=1, max_size=12, unique=True))
    wages = draw(st.lists(ORDINARY, min_size=len(numbers), max_size=len(numbers)))
    people = tuple(zip(numbers, wages, strict=True))
    cut = draw(st.integers(0, len(people) - 1))
    parts = [part for part in (people[:cut], people[cut:]) if part]
    return Filing(draw(PERIODS), tuple(zip(BRANCHES, parts, strict=False)))


@dataclass(frozen=True)
class Mutation:
    """One field of one record, and what it becomes."""

    record: str
    change: Callable[[dict[str, Any]], dict[str, Any]]
    code: str


def wrong_check_digit(text: str) -> str:
    return text[:-1] + str((int(text[-1]) + 1) % 10)


HEADER, LINE = "EMPLOYER-RECORD", "EMPLOYEE-RECORD"
ONE_BAHT = Decimal("1.00")
MUTATIONS = {
    "account": Mutation(HEADER, lambda r: {"acc_no": account(5)}, "FORM_EMPLOYER_UNKNOWN"),
    "branch": Mutation(HEADER, lambda r: {"branch_no": "000099"}, "FORM_BRANCH_UNANNOUNCED"),
    "closed": Mutation(HEADER, lambda r: {"branch_no": "000008"}, "FORM_EMPLOYER_CLOSED"),
    "paid date": Mutation(HEADER, lambda r: {"paid_date": date(2027, 1, 4)}, "FORM_PAID_DATE"),
    "Gregorian date": Mutation(
        HEADER, lambda r: {"paid_date": date(1983, 11, 13)}, "FORM_YEAR_GREGORIAN"
    ),
    "period": Mutation(HEADER, lambda r: {"paid_period": 202701}, "FORM_PERIOD"),
    "Gregorian period": Mutation(HEADER, lambda r: {"paid_period": 198310}, "FORM_YEAR_GREGORIAN"),
    "rate": Mutation(HEADER, lambda r: {"rate": Decimal("3.00")}, "FORM_RATE"),
    "count": Mutation(
        HEADER, lambda r: {"total_employee": r["total_employee"] + 1}, "CONTROL_COUNT"
    ),
    "wages": Mutation(
        HEADER, lambda r: {"total_wages": r["total_wages"] + ONE_BAHT}, "CONTROL_SUM"
    ),
    "both sides": Mutation(
        HEADER, lambda r: {"total_paid": r["total_paid"] - ONE_BAHT}, "CONTROL_SUM"
    ),
    "employees' side": Mutation(
        HEADER, lambda r: {"paid_by_employee": r["paid_by_employee"] + ONE_BAHT}, "CONTROL_SUM"
    ),
    "employer's side": Mutation(
        HEADER, lambda r: {"paid_by_employer": r["paid_by_employer"] - ONE_BAHT}, "CONTROL_SUM"
    ),
    "check digit": Mutation(
        LINE, lambda r: {"sso_id": wrong_check_digit(r["sso_id"])}, "ID_CHECKSUM"
    ),
    "short ID": Mutation(LINE, lambda r: {"sso_id": r["sso_id"][1:]}, "ID_LENGTH"),
    "letter": Mutation(LINE, lambda r: {"sso_id": r["sso_id"][:-1] + "O"}, "DIGITS_EXPECTED"),
    "no ID": Mutation(LINE, lambda r: {"sso_id": None}, "VALUE_MISSING"),
    "stranger": Mutation(LINE, lambda r: {"sso_id": person(900)}, "FORM_PERSON_UNKNOWN"),
    "title": Mutation(LINE, lambda r: {"prefix": "010"}, "FORM_TITLE"),
    "scheme": Mutation(LINE, lambda r: {"prefix": "002"}, "FORM_TITLE_SCHEME"),
    "no such title": Mutation(LINE, lambda r: {"prefix": "555"}, "CODE_UNKNOWN"),
    "given name": Mutation(LINE, lambda r: {"fname": "สมหญิง"}, "FORM_NAME"),
    "family name": Mutation(LINE, lambda r: {"lname": "ใจดำ"}, "FORM_NAME"),
    "no name": Mutation(LINE, lambda r: {"fname": None}, "VALUE_MISSING"),
}


@settings(max_examples=40)
@given(filings(), st.integers(1, 20))
def test_what_the_rules_compute_is_accepted(filing: Filing, size: int) -> None:
    file = filing.file()
    outcome = validate(file, size=size, known=KNOWN)
    assert outcome.findings == []
    assert not outcome.verdict.refused
    lines = [at + 1 for at, (name, _) in enumerate(file.rows) if name == LINE]
    assert outcome.accepted == lines
    assert (outcome.verdict.read, outcome.verdict.rejected) == (len(lines), 0)


@settings(max_examples=8)
@pytest.mark.parametrize("name", sorted(MUTATIONS))
@given(filing=filings(), pick=st.integers(0, 100), size=st.integers(1, 20))
def test_one_mutated_field_gives_exactly_its_code(
    name: str, filing: Filing, pick: int, size: int
) -> None:
    mutation = MUTATIONS[name]
    file = filing.file()
    rows = [at for at, (record, _) in enumerate(file.rows) if record == mutation.record]
    at = rows[pick % len(rows)]
    record, values = file.rows[at]
    file.rows[at] = (record, {**values, **mutation.change(values)})
    outcome = validate(file, size=size, known=KNOWN)
    assert outcome.codes == {mutation.code}
    blamed = {number for number, _, _ in outcome.findings}
    under = {at + 1} if mutation.record == LINE else set(lines_under(file, at)) | {at + 1}
    assert at + 1 in blamed and blamed <= under


def lines_under(file: MadeFile, header: int) -> list[int]:
    """Record numbers of the lines of the block that begins with this row."""
    found = []
    for at in range(header + 1, len(file.rows)):
        if file.rows[at][0] == HEADER:
            break
        found.append(at + 1)
    return found


@settings(max_examples=40)
@given(filings(), st.integers(-90, 90).filter(bool), st.integers(0, 100))
def test_a_contribution_that_is_a_baht_off_is_refused_and_no_other_line(
    filing: Filing, baht_off: int, pick: int
) -> None:
    file = filing.file()
    rows = [at for at, (record, _) in enumerate(file.rows) if record == LINE]
    at = rows[pick % len(rows)]
    off = max(baht_off, 1 - int(file.rows[at][1]["paid_amount"]))
    paid = file.rows[at][1]["paid_amount"] + off
    file.rows[at] = (LINE, {**file.rows[at][1], "paid_amount": paid})
    header = max(n for n in range(at) if file.rows[n][0] == HEADER)
    values = file.rows[header][1]
    totals = {
        "total_paid": values["total_paid"] + 2 * off,
        "paid_by_employee": values["paid_by_employee"] + off,
        "paid_by_employer": values["paid_by_employer"] + off,
    }
    file.rows[header] = (HEADER, {**values, **totals})
    outcome = validate(file, known=KNOWN)
    assert outcome.findings == ([(at + 1, "PAID-AMOUNT", "FORM_CONTRIBUTION")] if off else [])


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(BRANCHES), st.integers(0, 4)), min_size=1, max_size=25),
    st.integers(1, 20),
)
def test_who_stands_twice_counts_once_in_each_branch(
    lines: list[tuple[str, int]], size: int
) -> None:
    """Against a plain loop, over every cutting into blocks; each line under a header of its own."""
    filing = Filing(202610, tuple((branch, ((number, 2_000_000),)) for branch, number in lines))
    seen: dict[int, set[str]] = {}
    expected = []
    for at, (branch, number) in enumerate(lines):
        branches = seen.setdefault(number, set())
        if branch in branches:
            expected.append((2 * at + 2, "SSO-ID", "FORM_PERSON_TWICE"))
        elif branches:
            expected.append((2 * at + 2, "SSO-ID", "FORM_PERSON_TWO_BRANCHES"))
        branches.add(branch)
    outcome = validate(filing.file(), size=size, known=KNOWN)
    assert outcome.findings == sorted(expected, key=str)


def test_the_same_person_in_another_month_or_with_another_employer_stands_once() -> None:
    october, november = (
        Filing(period, (("000000", ((0, 2_000_000),)),)) for period in (202610, 202611)
    )
    file = MadeFile(TOLERANT, [*october.file().rows, *november.file().rows])
    assert validate(file, known=KNOWN).findings == []
    of_two = MadeFile(TOLERANT, [*october.file().rows, *october.file().rows])
    of_two.rows[2] = (HEADER, {**of_two.rows[2][1], "acc_no": account(5)})
    assert validate(of_two, known=references(employers=None)).findings == []


def test_a_line_that_is_refused_does_not_stand() -> None:
    file = Filing(202610, (("000000", ((0, 2_000_000), (1, 2_000_000))),)).file()
    file.rows[1] = (LINE, {**file.rows[1][1], "lname": None})
    file.rows[2] = (LINE, {**file.rows[2][1], "sso_id": person(0), "prefix": TITLES[0]})
    assert validate(file, known=KNOWN).codes == {"VALUE_MISSING"}


@pytest.mark.parametrize(
    ("period", "wage", "contribution"),
    [
        (202510, "17000.00", "750.00"),
        (202510, "100000.00", "750.00"),
        (202510, "15000.01", "750.00"),
        (202510, "200.00", "83.00"),
        (202510, "1650.00", "83.00"),
        (202610, "17500.00", "875.00"),
        (202610, "100000.00", "875.00"),
        (202610, "17000.00", "850.00"),
        (202610, "1650.00", "83.00"),
        (202610, "0.00", "0.00"),
    ],
)
def test_official_worked_figures(period: int, wage: str, contribution: str) -> None:
    """Published examples of the agency; the ceiling was 15,000 baht to 2025 and is 17,500 now."""
    satang = int(Decimal(wage) * 100)
    file = Filing(period, (("000000", ((0, satang),)),)).file()
    assert file.rows[1][1]["paid_amount"] == Decimal(contribution)
    doubtful = {"FORM_WAGE_ZERO", "FORM_WAGE_BELOW_FLOOR", "FORM_WAGE_CAPPED"}
    outcome = validate(file, known=KNOWN)
    assert outcome.codes <= doubtful
    assert outcome.accepted == [2]
    file.rows[1] = (LINE, {**file.rows[1][1], "paid_amount": Decimal(contribution) + ONE_BAHT})
    assert "FORM_CONTRIBUTION" in validate(file, known=KNOWN).codes


NAMES = st.text("กขนมสรอาิีุ่้์ั็ Aa.", min_size=1, max_size=12).filter(lambda n: n.strip(" ."))


@settings(max_examples=40)
@given(NAMES, NAMES, st.data())
def test_a_name_is_the_registered_one_however_it_is_typed(
    given_name: str, family_name: str, data: st.DataObject
) -> None:
    row = register_row(0, given_name=given_name, family_name=family_name)
    known = references(persons=registered([row]))
    file = Filing(202610, (("000000", ((0, 2_000_000),)),)).file()
    gap = data.draw(st.sampled_from([" ", "  ", ".", "\u200b", ""]))
    title = data.draw(st.sampled_from(["", "นาย", "น.ส. ", "นาง"]))
    cut = data.draw(st.integers(0, len(family_name)))
    typed = {
        "fname": title + given_name.swapcase(),
        "lname": family_name[:cut] + gap + family_name[cut:],
    }
    file.rows[1] = (LINE, {**file.rows[1][1], **typed})
    assert validate(file, known=known).findings == []
