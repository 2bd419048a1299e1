"""What is found in lines of an employer's registration file: each code from exactly one mistake,
and nothing in lines that are right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import CATALOGUE, TODAY, Outcome, Row, account, person, references, validate
from registration_lines import (
    LATEST,
    NEWCOMER,
    RECORD,
    Change,
    aged,
    left,
    new,
    others,
    registration,
    unread,
)

from interfaces.model import Severity
from validation.references import References


def judged(*rows: Row, against: References | None = None) -> Outcome:
    return validate(registration(*rows), known=against)


def test_right_lines_have_no_finding() -> None:
    found = judged(new(), left(), new(NEWCOMER + 1, branch_no="000007"))
    assert (found.findings, found.accepted) == ([], [1, 2, 3])


MISTAKES: dict[str, tuple[Row, str | None]] = {
    "REGISTRATION_DATE_AHEAD": (new(start_date=LATEST + timedelta(days=1)), "START-DATE"),
    "REGISTRATION_LEAVING_EARLY": (
        left(leaving_date=date(2019, 6, 30), employed_since=date(2019, 7, 1)),
        "LEAVING-DATE",
    ),
    "REGISTRATION_EMPLOYER_UNKNOWN": (new(acc_no=account(5)), "ACC-NO"),
    "REGISTRATION_BRANCH_UNANNOUNCED": (new(branch_no="000009"), "BRANCH-NO"),
    "REGISTRATION_EMPLOYER_CLOSED": (new(branch_no="000008"), "ACC-NO"),
    "REGISTRATION_AGE": (new(**aged(age=15, days=-1)), "BIRTH-DATE"),
    "REGISTRATION_REPEATED": (new(0), "SSO-ID"),
    "REGISTRATION_NOT_EMPLOYED": (left(NEWCOMER), "SSO-ID"),
    "REGISTRATION_PROVINCE": (new(province="99"), "PROVINCE"),
    "REGISTRATION_TITLE": (new(prefix="001"), "PREFIX"),
    "REGISTRATION_REASON": (left(leaving_reason="9"), "LEAVING-REASON"),
    "REGISTRATION_HOSPITAL": (
        new(hospital_code=["1010001", "101 001", "เชียงใหม่"]),
        "HOSPITAL-CODE",
    ),
}


@pytest.mark.parametrize("code", MISTAKES)
def test_one_mistake_has_one_finding(code: str) -> None:
    row, field = MISTAKES[code]
    found = judged(new(NEWCOMER + 1), row)
    assert found.findings == [(2, field, code)]
    is_withheld = CATALOGUE.severity(code) is not Severity.WARN
    assert found.accepted == ([1] if is_withheld else [1, 2])


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (new(province=None), "REGISTRATION_PROVINCE"),
        (left(province=None), "REGISTRATION_PROVINCE"),
        (new(prefix=None), "REGISTRATION_TITLE"),
        (left(prefix=None), None),
        (left(leaving_reason=None), "REGISTRATION_REASON"),
        (new(hospital_code=[None, None, None]), None),
    ],
)
def test_what_is_left_blank_is_doubtful_at_most(row: Row, code: str | None) -> None:
    found = judged(row)
    assert (found.codes, found.accepted) == ({code} if code else set(), [1])


@pytest.mark.parametrize("kind", ["104", "608", "610"])
def test_other_types_are_told_as_such_and_nothing_else_of_them(kind: str) -> None:
    found = judged(new(), unread(kind))
    assert found.findings == [(2, "RECORD-TYPE", "REGISTRATION_TYPE")]
    assert found.accepted == [1]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"employer_account": account(2)}, "REGISTRATION_EMPLOYED"),
        ({"section_code": "39", "employer_account": None}, "REGISTRATION_CHANGES_SECTION"),
        ({"section_code": "40", "employer_account": None}, "REGISTRATION_CHANGES_SECTION"),
        ({"status_code": "E"}, None),
        ({"section_code": "39", "employer_account": None, "status_code": "E"}, None),
    ],
)
def test_who_begins_is_held_against_the_register(changes: Change, code: str | None) -> None:
    found = judged(new(3), against=others(3, **changes))
    assert found.findings == ([] if code is None else [(1, "SSO-ID", code)])
    assert found.accepted == [1]


@pytest.mark.parametrize(
    "changes",
    [{"employer_account": account(2)}, {"status_code": "E"}, {"section_code": "40"}],
)
def test_who_leaves_must_have_been_here(changes: Change) -> None:
    found = judged(left(3), against=others(3, **changes))
    assert found.findings == [(1, "SSO-ID", "REGISTRATION_NOT_EMPLOYED")]


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        (aged(age=15), False),
        (aged(age=15, days=-1), True),
        (aged(age=60, days=364), False),
        (aged(age=61), True),
        (aged(age=-1), True),
    ],
)
def test_fifteen_to_sixty_may_begin(changes: Change, is_told: bool) -> None:
    assert judged(new(**changes)).codes == ({"REGISTRATION_AGE"} if is_told else set())


def test_who_is_insured_as_an_employee_may_be_older() -> None:
    found = judged(new(3, **aged(age=64)), against=others(3, employer_account=account(2)))
    assert found.codes == {"REGISTRATION_EMPLOYED"}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (new(NEWCOMER + 1, start_date=LATEST), None),
        (left(leaving_date=LATEST), None),
        (left(leaving_date=LATEST + timedelta(days=1)), "REGISTRATION_DATE_AHEAD"),
        (left(leaving_date=date(2019, 7, 1)), None),
        (left(employed_since=None), None),
    ],
)
def test_days_up_to_a_month_ahead_are_right(row: Row, code: str | None) -> None:
    assert judged(new(), row).codes == ({code} if code else set())


def test_a_closed_employer_still_tells_who_left() -> None:
    assert judged(left(branch_no="000008")).findings == []


def test_the_same_line_counts_once_and_another_account_is_another_line() -> None:
    again = judged(new(), new(), left(), left(branch_no="000007"))
    assert again.findings == [(2, "RECORD-TYPE", "KEY_DUPLICATE")]
    assert again.accepted == [1, 3, 4]


def test_an_alien_is_registered_with_their_own_code() -> None:
    alien = 790_000_000_000
    assert person(alien)[0] == "9"
    found = judged(new(alien))
    assert (found.codes, found.accepted) == ({"ID_ALIEN"}, [1])


def test_without_masters_lines_are_accepted_and_the_rules_told_as_unchecked() -> None:
    found = judged(new(), left(), against=references(employers=None, persons=None))
    assert (found.findings, found.accepted) == ([], [1, 2])
    assert found.verdict.unchecked == ("registration_employer", "registration_person")


def test_however_many_lines_are_wrong_the_others_count() -> None:
    wrong = [new(NEWCOMER + n, branch_no="000009") for n in range(2)]
    most = judged(new(), *wrong)
    assert (most.verdict.refused, most.accepted) == (False, [1])
    assert set(most.codes) == {"REGISTRATION_BRANCH_UNANNOUNCED"}


RIGHT_NEW = st.fixed_dictionaries(
    {
        "branch_no": st.sampled_from(["000000", "000007"]),
        "birth_date": st.dates(TODAY - timedelta(days=60 * 365), TODAY - timedelta(days=16 * 366)),
        "start_date": st.dates(TODAY - timedelta(days=60), LATEST),
        "province": st.sampled_from(["10", "50", "96"]),
        "prefix": st.sampled_from(["003", "004", "005"]),
        "sex": st.sampled_from(["1", "2", None]),
        "hospital_code": st.lists(
            st.none() | st.from_regex(r"\A[0-9]{7}\Z"), min_size=3, max_size=3
        ),
    }
)
SPOIL: dict[str, Callable[[Change], Change]] = {
    "REGISTRATION_BRANCH_UNANNOUNCED": lambda _: {"branch_no": "000009"},
    "REGISTRATION_EMPLOYER_UNKNOWN": lambda _: {"acc_no": account(9)},
    "REGISTRATION_PROVINCE": lambda _: {"province": "00"},
    "REGISTRATION_TITLE": lambda _: {"prefix": "002"},
    "REGISTRATION_DATE_AHEAD": lambda _: {"start_date": LATEST + timedelta(days=1)},
    "REGISTRATION_HOSPITAL": lambda row: {"hospital_code": ["12345", *row["hospital_code"][1:]]},
    "VALUE_MISSING": lambda _: {"lname": None},
    "ID_CHECKSUM": lambda _: {"sso_id": "1100000000001"},
}


@settings(max_examples=30, deadline=None)
@given(st.lists(RIGHT_NEW, min_size=1, max_size=6), st.sampled_from(sorted(SPOIL)), st.data())
def test_right_lines_are_accepted_and_one_spoilt_field_gives_exactly_its_code(
    lines: list[Change], code: str, data: st.DataObject
) -> None:
    rows = [new(NEWCOMER + place, **line) for place, line in enumerate(lines)]
    assert judged(*rows).findings == []
    spoilt = data.draw(st.integers(0, len(rows) - 1))
    rows[spoilt] = (RECORD, rows[spoilt][1] | SPOIL[code](rows[spoilt][1]))
    of_records = [(number, told) for number, _, told in judged(*rows).findings if number]
    assert of_records == [(spoilt + 1, code)]
