"""What holds for every file: counts, and the same answer for every block size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import (
    CATALOGUE,
    LOST,
    MadeFile,
    baht,
    employee,
    form,
    form_header,
    history,
    payments,
    references,
    validate,
)

from interfaces.model import AcceptRule, Severity
from parsers.copybook import load_layout
from validation.declared import DeclaredChecks

FAULTS: list[tuple[str, dict[str, Any], str | None]] = [
    ("", {}, None),
    ("LNAME", {"lname": None}, None),
    ("PREFIX", {"prefix": "001"}, None),
    ("PAID-AMOUNT", {"paid_amount": baht("1.00")}, None),
    ("WAGES", {"wages": None}, "NUMBER_DIGIT"),
    ("SSO-ID", {"sso_id": "1234567890123"}, None),
]
headers = st.sampled_from([{}, {"branch_no": "000009"}, {"rate": baht("1.00")}, {"acc_no": None}])
branches = st.lists(
    st.tuples(headers, st.lists(st.sampled_from(FAULTS), max_size=5)), min_size=1, max_size=4
)


def made(spec: list[tuple[dict[str, Any], list[Any]]], lost: bool) -> MadeFile:
    """A form of several branches with the given faults, its totals as they come."""
    file = replace(form(0), rows=[])
    file.interface = replace(file.interface, accept=AcceptRule(1.0))
    for header, faults in spec:
        name, values = form_header(len(faults), "16000.00", "800.00", "000007")
        file.rows.append((name, {**values, **header}))
        for number, (field, values, code) in enumerate(faults):
            name, right = employee(number, "16000.00", "800.00")
            if code is not None:
                file.found.append((len(file.rows), field, code))
            file.rows.append((name, {**right, **values}))
    if lost:
        file.found.append((len(file.rows), None, "RECORD_TYPE"))
        file.rows.append((LOST, {}))
    return file


@settings(deadline=None, max_examples=40)
@given(branches, st.booleans())
def test_read_is_accepted_plus_rejected_and_every_rejected_record_says_why(
    spec: list[Any], lost: bool
) -> None:
    file = made(spec, lost)
    outcome = validate(file)
    verdict = outcome.verdict
    details = {n + 1 for n, (name, _) in enumerate(file.rows) if name != "EMPLOYER-RECORD"}
    blamed = {
        number
        for number, _, code in outcome.findings
        if CATALOGUE.severity(code) is Severity.REJECT
    }
    assert verdict.read == len(details) == verdict.accepted + verdict.rejected
    assert set(outcome.accepted) == details - blamed


@settings(deadline=None, max_examples=25)
@given(branches, st.booleans(), st.integers(1, 7))
def test_the_block_size_changes_nothing(spec: list[Any], lost: bool, size: int) -> None:
    file = made(spec, lost)
    whole, cut = validate(file), validate(file, size=size)
    assert cut.findings == whole.findings
    assert cut.accepted == whole.accepted
    assert cut.verdict.controls == whole.verdict.controls
    assert cut.verdict.refused == whole.verdict.refused


def test_checks_made_once_serve_one_file_after_the_other() -> None:
    """Of a file before nothing is left: no key, no header, no row that waits."""
    first = history((1, 1, 1))
    first.interface = replace(first.interface, accept=AcceptRule(1.0))
    first.rows[3] = first.rows[1]
    second = replace(first, rows=[*first.rows[:3], *first.rows[4:]])
    form_ = form(3)
    for files in ((first, second, first), (form_, form_)):
        known = references()
        interface = files[0].interface
        declared = DeclaredChecks(interface, load_layout(interface), CATALOGUE, known)
        for file in files:
            shared = validate(file, known=known, declared=declared)
            alone = validate(file, known=known)
            assert (shared.findings, shared.accepted) == (alone.findings, alone.accepted)
            assert shared.verdict.controls == alone.verdict.controls
            assert shared.verdict.read == alone.verdict.read
    assert "KEY_DUPLICATE" in validate(first).codes
    assert "KEY_DUPLICATE" not in validate(second).codes


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_keys_and_sequence_are_seen_over_block_borders(size: int) -> None:
    file = history((1, 1, 1))
    file.interface = replace(file.interface, accept=AcceptRule(1.0))
    file.rows[3] = file.rows[1]
    assert (4, "NATIONAL-ID", "KEY_DUPLICATE") in validate(file, size=size).findings
    gap = payments(("1.00", "2.00", "3.00"))
    del gap.rows[2]
    broken = [f for f in validate(gap, size=size).findings if f[2] == "SEQUENCE_BROKEN"]
    assert broken == [(3, "SEQUENCE-NUMBER", "SEQUENCE_BROKEN")]


def test_the_first_record_of_a_key_that_is_acceptable_counts() -> None:
    file = history((1, 1))
    file.interface = replace(file.interface, accept=AcceptRule(1.0))
    name, values = file.rows[1]
    file.rows[1] = (name, {**values, "history_from": None})
    file.found.append((1, "HISTORY-FROM", "PERIOD_INVALID"))
    file.rows[2] = (name, values)
    outcome = validate(file)
    assert outcome.accepted == [3]
    assert "KEY_DUPLICATE" not in outcome.codes


@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_record_of_unknown_type_takes_the_place_of_one_that_was_counted(size: int) -> None:
    file = payments(("1.00", "2.00", "3.00"))
    file.interface = replace(file.interface, accept=AcceptRule(1.0))
    file.rows[2] = (LOST, {})
    file.found.append((2, None, "RECORD_TYPE"))
    outcome = validate(file, size=size)
    assert outcome.codes == {"RECORD_TYPE", "CONTROL_NOT_PROVABLE"}
    assert not outcome.verdict.refused
    assert (outcome.verdict.read, outcome.verdict.rejected) == (3, 1)


def test_a_count_is_proved_where_every_type_is_known() -> None:
    file = form(3)
    file.interface = replace(file.interface, accept=AcceptRule(1.0))
    file.rows[1] = (LOST, {"type": "EMPLOYEE-RECORD"})
    file.found.append((1, None, "RECORD_LENGTH"))
    sums = {f for f in validate(file).findings if f[0] == 1}
    assert {field for _, field, _ in sums} == {
        "TOTAL-WAGES",
        "TOTAL-PAID",
        "PAID-BY-EMPLOYEE",
        "PAID-BY-EMPLOYER",
    }
    assert {code for _, _, code in sums} == {"CONTROL_NOT_PROVABLE"}
    file.rows[0][1]["total_employee"] = 4
    assert (1, "TOTAL-EMPLOYEE", "CONTROL_COUNT") in validate(file).findings


def test_an_unreadable_trailer_refuses_the_file() -> None:
    file = history()
    file.rows[4] = (file.rows[4][0], {**file.rows[4][1], "trl_total_amount": None})
    file.found.append((4, "TRL-TOTAL-AMOUNT", "PACKED_SIGN"))
    outcome = validate(file)
    assert outcome.codes == {"PACKED_SIGN", "CONTROL_SUM"}
    assert outcome.verdict.refused


def test_a_file_without_records_has_no_further_finding_and_counts_nothing() -> None:
    file = replace(history(), rows=[])
    outcome = validate(file)
    assert outcome.findings == []
    assert outcome.verdict.read == 0
