"""Every code that validation can give, each with a smallest file that gives exactly it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from made_files import (
    CATALOGUE,
    ELSEWHERE,
    LEFT_WORK_AGED,
    VOLUNTARY,
    MadeFile,
    account,
    advice,
    baht,
    employee,
    employers,
    form,
    form_header,
    history,
    payments,
    person,
    receipt,
    validate,
)
from notice_records import contact_register, notice_list
from registration_lines import NEWCOMER, aged, left, new, registration, unread

from interfaces.model import AcceptRule, Severity

CONTEXT = {"business_date": date(2026, 11, 20), "sequence": 1}


def tolerant(file: MadeFile) -> MadeFile:
    """The same file under a threshold that a single record does not pass."""
    return replace(file, interface=replace(file.interface, accept=AcceptRule(1.0)))


def changed(file: MadeFile, row: int, **values: Any) -> MadeFile:
    """The file with other values in one record; header and trailer are left as they are."""
    file = tolerant(file)
    file.rows[row] = (file.rows[row][0], {**file.rows[row][1], **values})
    return file


def other_id(text: str) -> MadeFile:
    """A history in which the second person's ID is another, and the hash total agrees."""
    file = changed(history(), 2, national_id=text)
    digits = [r["national_id"] for name, r in file.rows if name == "CTB-HISTORY-RECORD"]
    return changed(file, 4, trl_id_hash=sum(int(d) for d in digits if d.isdigit()))


def other_account(text: str) -> MadeFile:
    file = changed(employers(), 2, employer_account=text)
    digits = [r["employer_account"] for name, r in file.rows if name == "EMP-MASTER-RECORD"]
    return changed(file, 4, trl_account_hash=sum(int(d) for d in digits if d.isdigit()))


def wrong_check_digit(text: str) -> str:
    return text[:-1] + str((int(text[-1]) + 1) % 10)


def months(**values: Any) -> MadeFile:
    """A history in which one paid month of the first person has other values."""
    file = tolerant(history())
    paid = list(file.rows[1][1]["month_paid"])
    paid[1] = {**paid[1], **values}
    return changed(file, 1, month_paid=paid)


def twice() -> MadeFile:
    file = tolerant(history((1, 1)))
    file.rows[2] = file.rows[1]
    return changed(file, 3, trl_id_hash=2 * int(person(0)))


def without(file: MadeFile, row: int) -> MadeFile:
    del file.rows[row]
    return tolerant(file)


def swapped(file: MadeFile, row: int, other: int) -> MadeFile:
    file.rows[row], file.rows[other] = file.rows[other], file.rows[row]
    return tolerant(file)


def unreadable_sum() -> MadeFile:
    """A wage that decoding could not read. Its own finding is a code of decoding."""
    file = changed(form(), 2, wages=None)
    file.found.append((2, "WAGES", "NUMBER_DIGIT"))
    return file


def two_branches() -> MadeFile:
    """A second header with a branch that nobody announced; the first is in order."""
    file = tolerant(form(2))
    file.rows += [form_header(1, "16000.00", "800.00", branch="000099")]
    file.rows += [employee(3, "16000.00", "800.00")]
    return file


def moved_within_the_month() -> MadeFile:
    """A person under the head office and under a branch."""
    file = tolerant(form(2))
    file.rows += [form_header(1, "16000.00", "800.00", branch="000007")]
    file.rows += [employee(0, "16000.00", "800.00")]
    return file


ONE_OF_EACH: dict[str, Callable[[], MadeFile]] = {
    "VALUE_MISSING": lambda: changed(form(), 2, lname=None),
    "VALUE_NOT_ALLOWED": lambda: changed(history(), 1, section_code="33"),
    "CODE_UNKNOWN": lambda: changed(form(), 2, prefix="999"),
    "DIGITS_EXPECTED": lambda: other_id(person(1)[:-1] + "X"),
    "ID_LENGTH": lambda: other_id(person(1)[:-1]),
    "ID_CHECKSUM": lambda: other_id(wrong_check_digit(person(1))),
    "ID_ALIEN": lambda: other_id(person(-105_000_000_000)),
    "ID_ALIEN_CHECKSUM": lambda: other_id(wrong_check_digit(person(-105_000_000_000))),
    "JURISTIC_CHECKSUM": lambda: changed(employers(), 1, juristic_id="0105550000009"),
    "ACCOUNT_CHECKSUM": lambda: other_account(wrong_check_digit(account(1))),
    "KEY_DUPLICATE": twice,
    "AMOUNT_NOT_POSITIVE": lambda: changed(
        months(paid_amount=baht("0.00")), 4, trl_total_amount=baht("864.00")
    ),
    "TEXT_NOT_IN_CP874": lambda: changed(employers(), 1, employer_name="บริษัท ¬ จำกัด"),
    "PAYMENT_DATE_FUTURE": lambda: changed(payments(), 1, payment_date=date(2570, 11, 20)),
    "SEQUENCE_BROKEN": lambda: changed(
        changed(payments(), 1, sequence_number=3), 2, sequence_number=2
    ),
    "CONTROL_COUNT": lambda: changed(history(), 4, trl_record_count=4),
    "CONTROL_SUM": lambda: changed(history(), 4, trl_total_amount=baht("1296.01")),
    "CONTROL_HASH": lambda: changed(history(), 4, trl_id_hash=7),
    "CONTROL_CONTEXT": lambda: changed(history(), 0, hdr_sequence=2),
    "CONTROL_LITERAL": lambda: changed(history(), 0, hdr_file_id="REGMAST"),
    "RECORD_HEADER_MISSING": lambda: without(history(), 0),
    "RECORD_TRAILER_MISSING": lambda: without(history(), 4),
    "RECORD_ORDER": lambda: swapped(history(), 0, 1),
    "FORM_YEAR_GREGORIAN": lambda: changed(form(), 0, paid_period=198310),
    "FORM_PERIOD": lambda: changed(form(), 0, paid_period=202612),
    "FORM_PAID_DATE": lambda: changed(form(), 0, paid_date=date(2026, 11, 21)),
    "FORM_RATE": lambda: changed(form(), 0, rate=baht("3.00")),
    "FORM_EMPLOYER_UNKNOWN": lambda: changed(form(), 0, acc_no=account(2)),
    "FORM_BRANCH_UNANNOUNCED": two_branches,
    "FORM_EMPLOYER_CLOSED": lambda: changed(form(), 0, branch_no="000008"),
    "FORM_TITLE_SCHEME": lambda: changed(form(), 2, prefix="003"),
    "FORM_TITLE": lambda: changed(form(), 2, prefix="005"),
    "FORM_NAME": lambda: changed(form(), 2, lname="ใจร้าย"),
    "FORM_PERSON_UNKNOWN": lambda: changed(form(), 1, sso_id=person(900)),
    "FORM_PERSON_TWICE": lambda: changed(form(5), 4, sso_id=person(0), prefix="003"),
    "FORM_PERSON_TWO_BRANCHES": moved_within_the_month,
    "FORM_AGE": lambda: changed(form(), 2, sso_id=person(LEFT_WORK_AGED), prefix="003"),
    "FORM_CHANGES_SECTION": lambda: changed(form(), 2, sso_id=person(VOLUNTARY), prefix="003"),
    "FORM_WAGE_BELOW_FLOOR": lambda: form(1, "1649.99", "83.00"),
    "FORM_WAGE_CAPPED": lambda: form(1, "17500.00", "875.00"),
    "FORM_WAGE_ZERO": lambda: form(1, "0.00", "0.00"),
    "FORM_CONTRIBUTION": lambda: form(1, "16000.00", "750.00"),
    "REGISTRATION_TYPE": lambda: registration(unread("608"), new()),
    "REGISTRATION_DATE_AHEAD": lambda: registration(new(start_date=date(2026, 12, 22))),
    "REGISTRATION_LEAVING_EARLY": lambda: registration(left(employed_since=date(2026, 11, 21))),
    "REGISTRATION_EMPLOYER_UNKNOWN": lambda: registration(new(acc_no=account(5))),
    "REGISTRATION_BRANCH_UNANNOUNCED": lambda: registration(new(branch_no="000009")),
    "REGISTRATION_EMPLOYER_CLOSED": lambda: registration(new(branch_no="000008")),
    "REGISTRATION_AGE": lambda: registration(new(**aged(age=61))),
    "REGISTRATION_EMPLOYED": lambda: registration(new(ELSEWHERE)),
    "REGISTRATION_REPEATED": lambda: registration(new(0)),
    "REGISTRATION_CHANGES_SECTION": lambda: registration(new(VOLUNTARY)),
    "REGISTRATION_NOT_EMPLOYED": lambda: registration(left(NEWCOMER)),
    "REGISTRATION_PROVINCE": lambda: registration(new(province="99")),
    "REGISTRATION_TITLE": lambda: registration(new(prefix="001")),
    "REGISTRATION_REASON": lambda: registration(left(leaving_reason="9")),
    "REGISTRATION_HOSPITAL": lambda: registration(new(hospital_code=["12345", None, None])),
    "RECEIPT_FILE_UNKNOWN": lambda: receipt(name="S39_20261120_000002.TXT"),
    "RECEIPT_HASH_DIFFERS": lambda: receipt(sha256="b2" * 32),
    "RECEIPT_COUNTS": lambda: receipt(rejected=1),
    "SETTLEMENT_DATE": lambda: changed(advice(), 1, collection_date=date(2026, 11, 21)),
    "SETTLEMENT_NET": lambda: tolerant(advice(net_amount=baht("95.01"))),
    "NOTICE_CODE_DIFFERS": lambda: tolerant(notice_list(notice_code="N010")),
    "NOTICE_DEADLINE_PAST": lambda: tolerant(notice_list(deadline_date=date(2026, 11, 19))),
    "NOTICE_ADDRESS_INVALID": lambda: contact_register("a@one.example;b@two.example"),
    "FILE_REJECTED_RATIO": lambda: replace(
        form(), interface=replace(form().interface, accept=AcceptRule(0.1))
    ),
}


@pytest.mark.parametrize("code", sorted(set(ONE_OF_EACH) - {"FILE_REJECTED_RATIO"}))
def test_each_fault_gives_exactly_its_code(code: str) -> None:
    made = tolerant(ONE_OF_EACH[code]())
    outcome = validate(made, context=CONTEXT)
    assert outcome.codes == {code}
    severity = CATALOGUE.severity(code)
    assert outcome.verdict.refused == (severity is Severity.REFUSE)
    if severity is Severity.REJECT:
        assert outcome.verdict.rejected == 1
    if severity is Severity.WARN:
        assert outcome.verdict.rejected == 0


def test_too_many_rejected_records_refuse_the_file() -> None:
    made = form(9)
    made = replace(made, interface=replace(made.interface, accept=AcceptRule(0.1)))
    made.rows[1] = (made.rows[1][0], {**made.rows[1][1], "lname": None})
    outcome = validate(made)
    assert outcome.codes == {"VALUE_MISSING", "FILE_REJECTED_RATIO"}
    assert outcome.verdict.refused
    made.rows += [form_header(1, "16000.00", "800.00"), employee(0, "16000.00", "800.00")]
    assert not validate(made).verdict.refused  # 1 of 10 is the limit, not over it


def test_a_sum_with_an_unreadable_value_is_a_warning_that_states_the_difference() -> None:
    made = unreadable_sum()
    outcome = validate(made)
    assert outcome.findings == [
        (1, "TOTAL-WAGES", "CONTROL_NOT_PROVABLE"),
        (3, "WAGES", "NUMBER_DIGIT"),
    ]
    assert not outcome.verdict.refused
    assert (outcome.verdict.read, outcome.verdict.rejected) == (4, 1)


def test_a_fault_inside_a_repeating_group_is_the_records_fault() -> None:
    outcome = validate(months(paid_channel="77"), context=CONTEXT)
    assert outcome.findings == [(2, "PAID-CHANNEL", "CODE_UNKNOWN")]
    assert outcome.accepted == [3, 4]


def test_an_unannounced_branch_takes_its_own_details_only() -> None:
    outcome = validate(two_branches())
    assert outcome.findings == [
        (4, "BRANCH-NO", "FORM_BRANCH_UNANNOUNCED"),
        (5, None, "FORM_BRANCH_UNANNOUNCED"),
    ]
    assert outcome.accepted == [2, 3]


def test_every_code_that_validation_can_give_has_an_example(validation_codes: set[str]) -> None:
    decoding = {
        c for c in validation_codes if c.startswith(("NUMBER_", "PACKED_", "TEXT_", "SHEET_"))
    }
    decoding -= {"TEXT_NOT_IN_CP874"}
    decoding |= {"DATE_INVALID", "PERIOD_INVALID", "ODO_COUNT", "RDW_INVALID"}
    decoding |= {"RECORD_LENGTH", "RECORD_TYPE", "RECORD_BLANK", "SEGMENT_ORPHAN"}
    decoding |= {"FLOAT_NOT_FINITE", "FLOAT_ROUNDED", "EDITED_PICTURE", "VARCHAR_LENGTH"}
    decoding |= {"VIEW_UNREADABLE"}
    assert validation_codes - decoding == set(ONE_OF_EACH) | {"CONTROL_NOT_PROVABLE"}


@pytest.mark.parametrize(
    ("result", "read", "rejected", "wrong"),
    [
        ("A", 10, 0, False),
        ("A", 0, 0, False),  # an empty feed
        ("A", 0, 999_999_999, True),
        ("P", 10, 1, False),
        ("P", 10, 10, False),
        ("P", 10, 0, True),
        ("P", 10, 11, True),
        ("R", 0, 0, False),
        ("R", 0, 5, False),  # of a file that was not loaded the numbers say nothing
    ],
)
def test_a_receipt_may_not_contradict_itself(
    result: str, read: int, rejected: int, wrong: bool
) -> None:
    outcome = validate(
        tolerant(receipt(result=result, read=read, rejected=rejected)), context=CONTEXT
    )
    assert outcome.codes == ({"RECEIPT_COUNTS"} if wrong else set())


def test_an_advice_names_a_collector_of_its_declaration() -> None:
    outcome = validate(changed(advice(), 1, collector_code="CS09"), context=CONTEXT)
    assert outcome.findings == [(2, "COLLECTOR-CODE", "CODE_UNKNOWN")]


@pytest.mark.parametrize(
    ("gross", "fee", "net", "right"),
    [
        ("5.00", "5.00", "0.00", True),
        ("0.00", "0.00", "0.00", True),
        ("4.99", "5.00", "0.01", False),
    ],
)
def test_what_a_bank_keeps_back_is_at_most_what_it_credits(
    gross: str, fee: str, net: str, right: bool
) -> None:
    amounts = {"gross_amount": baht(gross), "fee_amount": baht(fee), "net_amount": baht(net)}
    outcome = validate(tolerant(advice(**amounts)), context=CONTEXT)
    assert outcome.codes == (set() if right else {"SETTLEMENT_NET"})
