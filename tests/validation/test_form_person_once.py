"""Persons who stand several times, where many files come as one stream of blocks."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import REGISTRY, account, person, references

from parsers.copybook import load_layout
from validation.places import Places
from validation.rules.form_person_once import FormPersonOnce
from validation.rules.rule import Details

INTERFACE = REGISTRY.get("form_1_10")
PLACES = Places(INTERFACE, load_layout(INTERFACE))
KNOWN = references()
Line = tuple[int, int, int, str, int, bool]
"""File, employer, wage month, branch, person, and whether the line is sound."""

LINES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 1),
        st.sampled_from([202609, 202610]),
        st.sampled_from(["000000", "000001"]),
        st.integers(0, 2),
        st.booleans(),
    ),
    max_size=40,
).map(lambda lines: sorted(lines, key=lambda line: line[0]))


def block(lines: list[Line]) -> Details:
    """A header a line: what matters is what it says, not how often it is said."""
    files, employers, periods, branches, persons, sound = zip(*lines, strict=True)
    return Details(
        batch=pa.record_batch({"sso_id": [person(number) for number in persons]}),
        sound=np.array(sound, np.bool_),
        headers=pa.record_batch(
            {
                "acc_no": [account(number) for number in employers],
                "paid_period": pa.array(periods, pa.int32()),
                "branch_no": list(branches),
            }
        ),
        header_of=np.arange(len(lines)),
        file_of=np.array(files, np.int64) * 7,  # ordinals may leave numbers out
    )


def expected(lines: list[Line]) -> dict[str, list[int]]:
    """By a plain loop."""
    branches: dict[tuple[int, int, int, int], set[str]] = {}
    told: dict[str, list[int]] = {"FORM_PERSON_TWICE": [], "FORM_PERSON_TWO_BRANCHES": []}
    for place, (file, employer, period, branch, number, sound) in enumerate(lines):
        if not sound:
            continue
        known = branches.setdefault((file, employer, period, number), set())
        if branch in known:
            told["FORM_PERSON_TWICE"].append(place)
        elif known:
            told["FORM_PERSON_TWO_BRANCHES"].append(place)
        known.add(branch)
    return told


@settings(max_examples=150)
@given(LINES, st.lists(st.integers(1, 12), min_size=1, max_size=5))
def test_files_in_one_stream_are_judged_one_by_one(lines: list[Line], sizes: list[int]) -> None:
    rule = FormPersonOnce(INTERFACE, PLACES, KNOWN)
    told: dict[str, list[int]] = {"FORM_PERSON_TWICE": [], "FORM_PERSON_TWO_BRANCHES": []}
    start = turn = 0
    while start < len(lines):
        size = sizes[turn % len(sizes)]
        for fault in rule.detail_faults(block(lines[start : start + size])):
            told[fault.code] += (fault.rows + start).tolist()
            assert fault.field is not None and fault.field.name == "SSO-ID"
        start, turn = start + size, turn + 1
    assert told == expected(lines)


def test_lines_without_a_header_and_ids_that_are_no_numbers_are_left_alone() -> None:
    details = block([(0, 0, 202610, "000000", 1, True)] * 3)
    ids = pa.array([person(1), "x", None])
    left = Details(
        batch=pa.record_batch({"sso_id": ids}),
        sound=details.sound,
        headers=details.headers,
        header_of=np.array([-1, 0, 0]),
        file_of=details.file_of,
    )
    rule = FormPersonOnce(INTERFACE, PLACES, KNOWN)
    assert list(rule.detail_faults(left)) == []
    again = list(rule.detail_faults(details))
    assert [(fault.code, fault.rows.tolist()) for fault in again] == [("FORM_PERSON_TWICE", [1, 2])]
