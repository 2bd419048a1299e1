"""The sample of every way in which a form 1-10 is wrong, against registers that know its people.

What ``prakan validate`` says of the same files without the registers lies beside them.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from made_files import (
    CATALOGUE,
    REGISTRY,
    TODAY,
    form,
    references,
    register_row,
    registered,
    validate,
)

from exchange.employers.copies import FILED_AGAIN
from exchange.employers.overlaps import FILED_BEFORE, PERSON_FILED, PERSON_LEFT_OUT
from insurance.rates import load_wage_rates
from interfaces.dated import code_list
from interfaces.model import Severity
from parsers.copybook import load_layout
from parsers.decode import decode_file
from parsers.findings import concat_findings
from tests.prakan import sample_tables as made
from tests.prakan.form_cases import (
    BRANCH,
    CLOSED,
    EMPLOYED,
    FORM_CASES,
    FORMERLY_40_YOUNG,
    HEAD_OFFICE,
    INSURED_39,
    INSURED_40_AGED,
    SPARE,
)
from tests.prakan.sample_cases import CASES
from validation.references import EmployerBranches, References
from validation.registered import RegisteredPersons
from validation.validate import FileValidator, FileVerdict

Findings = list[tuple[int, str | None, str]]

PATHS = {case.name: case.input for case in CASES if case.interface.name == "form_1_10"}
EVERY_LINE = range(2, 12)
TOTALS = ("TOTAL-EMPLOYEE", "TOTAL-WAGES", "TOTAL-PAID", "PAID-BY-EMPLOYEE", "PAID-BY-EMPLOYER")

GOLDENS: dict[str, Findings] = {
    "right": [],
    "wage_zero": [(2, "WAGES", "FORM_WAGE_ZERO")],
    "wage_below_floor": [(2, "WAGES", "FORM_WAGE_BELOW_FLOOR")],
    "wage_capped": [(2, "WAGES", "FORM_WAGE_CAPPED")],
    "wage_unreadable": [(1, "TOTAL-WAGES", "CONTROL_NOT_PROVABLE"), (2, "WAGES", "NUMBER_DIGIT")],
    "contribution": [(2, "PAID-AMOUNT", "FORM_CONTRIBUTION")],
    "year_gregorian": [(1, "PAID-PERIOD", "FORM_YEAR_GREGORIAN")],
    "period_future": [(1, "PAID-PERIOD", "FORM_PERIOD")],
    "period_invalid": [
        (1, "PAID-PERIOD", "PERIOD_INVALID"),
        *[(line, None, "PERIOD_INVALID") for line in EVERY_LINE],
    ],
    "paid_date_future": [(1, "PAID-DATE", "FORM_PAID_DATE")],
    "paid_date_invalid": [
        (1, "PAID-DATE", "DATE_INVALID"),
        *[(line, None, "DATE_INVALID") for line in EVERY_LINE],
    ],
    "rate": [(1, "RATE", "FORM_RATE")],
    "count": [(1, "TOTAL-EMPLOYEE", "CONTROL_COUNT")],
    "sum_of_wages": [(1, "TOTAL-WAGES", "CONTROL_SUM")],
    "sum_of_both_sides": [(1, "TOTAL-PAID", "CONTROL_SUM")],
    "sum_of_employees": [(1, "PAID-BY-EMPLOYEE", "CONTROL_SUM")],
    "sum_of_employer": [(1, "PAID-BY-EMPLOYER", "CONTROL_SUM")],
    "header_missing": [(1, None, "RECORD_HEADER_MISSING")],
    "record_type": [
        *[(1, total, "CONTROL_NOT_PROVABLE") for total in TOTALS],
        (11, None, "RECORD_TYPE"),
    ],
    "account_checksum": [
        (1, "ACC-NO", "ACCOUNT_CHECKSUM"),
        (1, "ACC-NO", "FORM_EMPLOYER_UNKNOWN"),
    ],
    "employer_unknown": [(1, "ACC-NO", "FORM_EMPLOYER_UNKNOWN")],
    "employer_closed": [(1, "ACC-NO", "FORM_EMPLOYER_CLOSED")],
    "branch_unannounced": [
        (12, "BRANCH-NO", "FORM_BRANCH_UNANNOUNCED"),
        (13, None, "FORM_BRANCH_UNANNOUNCED"),
    ],
    "title_scheme": [(2, "PREFIX", "FORM_TITLE_SCHEME")],
    "title_scheme_registered": [(2, "PREFIX", "FORM_TITLE_SCHEME")],
    "title_registered": [(2, "PREFIX", "FORM_TITLE")],
    "title_unknown": [(2, "PREFIX", "CODE_UNKNOWN")],
    "name_given": [(2, "FNAME", "FORM_NAME")],
    "name_family": [(2, "LNAME", "FORM_NAME")],
    "name_missing": [(2, "LNAME", "VALUE_MISSING")],
    "name_typed_otherwise": [],
    "person_unknown": [(2, "SSO-ID", "FORM_PERSON_UNKNOWN")],
    "person_twice": [(11, "SSO-ID", "FORM_PERSON_TWICE")],
    "person_two_branches": [(13, "SSO-ID", "FORM_PERSON_TWO_BRANCHES")],
    "age": [
        (2, "SSO-ID", "FORM_AGE"),
        (2, "SSO-ID", "FORM_CHANGES_SECTION"),
        (3, "SSO-ID", "FORM_AGE"),
    ],
    "changes_section": [(2, "SSO-ID", "FORM_CHANGES_SECTION")],
    "id_checksum": [(2, "SSO-ID", "ID_CHECKSUM")],
    "id_letters": [(2, "SSO-ID", "DIGITS_EXPECTED")],
    "id_length": [(2, "SSO-ID", "ID_LENGTH")],
    "id_alien": [(2, "SSO-ID", "FORM_PERSON_UNKNOWN"), (2, "SSO-ID", "ID_ALIEN")],
    "id_alien_checksum": [
        (2, "SSO-ID", "FORM_PERSON_UNKNOWN"),
        (2, "SSO-ID", "ID_ALIEN_CHECKSUM"),
    ],
}
"""By sample: record number, field and code of everything that is found."""


def persons() -> RegisteredPersons:
    insured: dict[int, dict[str, object]] = {number: {} for number in (*EMPLOYED, SPARE)}
    insured[INSURED_39] = {"section_code": "39"}
    insured[INSURED_40_AGED] = {"section_code": "40", "birth_date": date(1965, 9, 30)}
    insured[FORMERLY_40_YOUNG] = {
        "section_code": "40",
        "status_code": "E",
        "birth_date": date(2011, 11, 1),
    }
    return registered([row(number, changes) for number, changes in insured.items()])


def row(number: int, changes: dict[str, object]) -> dict[str, object]:
    title, _, given, family = made.NAMES[number % len(made.NAMES)]
    return {
        "national_id": made.person(number),
        "title_code": title,
        "given_name": given,
        "family_name": family,
        "birth_date": date(1990, 6, 15),
        "section_code": "33",
        "status_code": "A",
        **changes,
    }


def employers() -> EmployerBranches:
    branches = [HEAD_OFFICE, BRANCH, CLOSED]
    return EmployerBranches(
        pa.table(
            {
                "employer_account": [made.account(0)] * len(branches),
                "employer_branch": branches,
                "status_code": ["A", "A", "C"],
            }
        )
    )


def validated(path: Path) -> tuple[FileVerdict, Findings]:
    interface = REGISTRY.get("form_1_10")
    known = References(
        business_date=TODAY,
        code_lists={name: code_list(name, TODAY) for name in ("titles", "wrong_titles")},
        employers=employers(),
        persons=persons(),
        wages=load_wage_rates(),
    )
    validator = FileValidator(
        interface, load_layout(interface), CATALOGUE, known, {}, file_id=path.name
    )
    blocks = decode_file(path, interface, file_id=path.name)
    tables = [validator.block(block).findings for block in blocks]
    verdict = validator.close()
    told = concat_findings([*tables, verdict.findings])
    columns = (told[name].to_pylist() for name in ("record_number", "field", "code"))
    return verdict, sorted(zip(*columns, strict=True), key=str)


@pytest.mark.parametrize("name", sorted(GOLDENS))
def test_a_sample_has_the_findings_of_its_golden(name: str) -> None:
    verdict, found = validated(PATHS[name])
    assert found == sorted(GOLDENS[name], key=str)
    severities = {CATALOGUE.severity(code) for _, _, code in found}
    assert verdict.refused == (Severity.REFUSE in severities)
    lines = {number for number, _, code in found if number > 1 and rejects(code)}
    assert verdict.rejected == len(lines & set(range(2, 14)) - headers(name))
    assert verdict.unchecked == ()


def rejects(code: str) -> bool:
    return CATALOGUE.severity(code) is Severity.REJECT


def headers(name: str) -> set[int]:
    """Record numbers of second headers."""
    return {12} if name in ("branch_unannounced", "person_two_branches") else set()


def test_every_sample_has_a_golden() -> None:
    assert set(GOLDENS) == set(FORM_CASES)


#: Against what was filed before: tests/exchange/test_answers_overlaps.py has one of each.
TOLD_IN_ANSWERS = (FILED_AGAIN, FILED_BEFORE, PERSON_FILED, PERSON_LEFT_OUT)


def test_every_code_of_the_form_has_a_golden() -> None:
    told = {code for found in GOLDENS.values() for _, _, code in found}
    of_form = {code for code in CATALOGUE.codes() if code.startswith(("FORM_", "ID_"))}
    assert of_form - set(TOLD_IN_ANSWERS) <= told


@pytest.mark.parametrize(
    ("born", "codes"),
    [
        (date(2011, 10, 31), set()),  # 15 on the last day of the wage month
        (date(2011, 11, 1), {"FORM_AGE"}),
        (date(1965, 10, 2), set()),  # 60 on its first day
        (date(1965, 10, 1), {"FORM_AGE"}),  # 61
    ],
)
def test_age_is_judged_by_the_wage_month(born: date, codes: set[str]) -> None:
    for status, section, expected in (("A", "40", codes), ("A", "33", set()), ("E", "33", codes)):
        changes = {"birth_date": born, "section_code": section, "status_code": status}
        known = references(persons=registered([register_row(0, **changes)]))
        assert validate(form(1), known=known).codes - {"FORM_CHANGES_SECTION"} == expected
