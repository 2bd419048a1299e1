"""Form 1-10 beyond one example per code: where the lines run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from made_files import account, baht, form, form_header, person, references, validate

from interfaces.model import AcceptRule


def header(**values: Any) -> set[str]:
    file = form(1)
    file.rows[0] = (file.rows[0][0], {**file.rows[0][1], **values})
    return validate(file).codes


def detail(
    persons: int = 1, wage: str = "16000.00", paid: str = "800.00", **values: Any
) -> set[str]:
    file = form(persons, wage, paid)
    file.interface = replace(file.interface, accept=AcceptRule(1.0))
    last = len(file.rows) - 1
    file.rows[last] = (file.rows[last][0], {**file.rows[last][1], **values})
    return validate(file).codes


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"paid_period": 202611}, set()),  # the running month
        ({"paid_period": 202612}, {"FORM_PERIOD"}),
        ({"paid_period": 202501, "total_employee": 1}, set()),  # late
        ({"paid_date": date(2026, 10, 1)}, set()),
        ({"paid_date": date(2026, 9, 30)}, {"FORM_PAID_DATE"}),
        ({"paid_date": date(2026, 11, 20)}, set()),
        ({"paid_date": date(2026, 11, 21)}, {"FORM_PAID_DATE"}),
        ({"paid_period": 198310}, {"FORM_YEAR_GREGORIAN"}),  # 1026 written, 1069 meant
        ({"paid_date": date(1983, 11, 13)}, {"FORM_YEAR_GREGORIAN"}),
        ({"paid_period": 198310, "paid_date": date(1983, 11, 13)}, {"FORM_YEAR_GREGORIAN"}),
        ({"rate": baht("5.01")}, {"FORM_RATE"}),
        ({"acc_no": account(9), "branch_no": "000003"}, {"FORM_EMPLOYER_UNKNOWN"}),
        ({"branch_no": "000007"}, set()),
        ({"branch_no": "000008"}, {"FORM_EMPLOYER_CLOSED"}),
    ],
)
def test_headers(values: dict[str, Any], codes: set[str]) -> None:
    found = header(**values)
    # under the ceiling of 2025 the same wage asks for less
    assert found - {"FORM_CONTRIBUTION", "FILE_REJECTED_RATIO"} == codes


@pytest.mark.parametrize(
    ("number", "prefix", "codes"),
    [
        (0, "003", set()),  # registered 003
        (1, "003", {"FORM_TITLE_SCHEME"}),  # registered 004: Miss of the other scheme
        (2, "003", {"FORM_TITLE_SCHEME"}),  # registered 005
        (5, "003", {"FORM_TITLE"}),  # a rank says nothing about the scheme
        (900, "003", {"FORM_PERSON_UNKNOWN"}),
        (0, "001", {"FORM_TITLE_SCHEME"}),
        (900, "002", {"FORM_TITLE_SCHEME", "FORM_PERSON_UNKNOWN"}),
        (0, "004", {"FORM_TITLE"}),  # Miss, registered as Mr
        (2, "004", {"FORM_TITLE"}),  # Miss, registered as Mrs
        (0, "998", {"CODE_UNKNOWN"}),
        (0, None, set()),
    ],
)
def test_titles(number: int, prefix: str | None, codes: set[str]) -> None:
    assert detail(sso_id=person(number), prefix=prefix) == codes


@pytest.mark.parametrize(
    ("wage", "paid", "codes"),
    [
        ("17000.00", "850.00", set()),
        ("17500.00", "875.00", {"FORM_WAGE_CAPPED"}),
        ("100000.00", "875.00", set()),
        ("200.00", "83.00", {"FORM_WAGE_BELOW_FLOOR"}),
        ("1649.99", "83.00", {"FORM_WAGE_BELOW_FLOOR"}),
        ("1650.00", "83.00", set()),
        ("1650.00", "82.50", {"FORM_CONTRIBUTION"}),
        ("0.00", "0.00", {"FORM_WAGE_ZERO"}),
        ("0.00", "83.00", {"FORM_WAGE_ZERO", "FORM_CONTRIBUTION"}),
        ("10010.00", "501.00", set()),  # 500.50 rounds up
        ("10009.80", "500.00", set()),  # 500.49 is dropped
    ],
)
def test_contributions(wage: str, paid: str, codes: set[str]) -> None:
    assert detail(wage=wage, paid=paid) == codes


def test_a_reference_that_is_not_known_is_reported_and_not_taken_as_passed() -> None:
    file = form(1)
    file.rows[0] = form_header(1, "16000.00", "800.00", branch="000099")
    outcome = validate(file, known=references(employers=None, wages=None))
    assert outcome.findings == []
    assert outcome.verdict.unchecked == (
        "form_1_10_rate",
        "form_1_10_employer",
        "form_1_10_contribution",
    )
    assert validate(file).verdict.unchecked == ()


def test_details_under_a_wrong_header_are_not_judged_by_it() -> None:
    file = form(2)
    file.rows[0][1]["paid_period"] = 198310
    assert validate(file).codes == {"FORM_YEAR_GREGORIAN"}
