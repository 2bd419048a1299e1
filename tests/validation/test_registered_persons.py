"""The register in few bytes answers as its rows would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import account, person, register_row

from insurance.names import name_keys
from validation.kernels import WORTH_COMPILED
from validation.name_hashes import name_hashes
from validation.registered import COLUMNS, RegisteredPersons

SCHEMA = pa.schema([(name, pa.date32() if name == "birth_date" else pa.utf8()) for name in COLUMNS])
LETTERS = "กขนมอะาำิีุู้่์็ํเเแA. \u200bé"
NAMES = st.lists(st.one_of(st.none(), st.text(LETTERS, max_size=8)), min_size=1, max_size=30)


def register(rows: Sequence[Mapping[str, Any]], *, size: int = 3) -> RegisteredPersons:
    batch = pa.RecordBatch.from_pylist([dict(row) for row in rows], schema=SCHEMA)
    return RegisteredPersons([batch.slice(at, size) for at in range(0, len(rows), size)])


def ids(*numbers: int) -> pa.Array:
    return pa.array([person(number) for number in numbers])


def test_every_column_is_answered_by_person_in_any_order() -> None:
    rows = [
        register_row(5, title_code="004", employer_account=account(3)),
        register_row(2, section_code="39", employer_account=None, birth_date=None),
        register_row(9, status_code="E", given_name="สมหญิง", family_name="ใจเย็น"),
        register_row(2, section_code="40"),  # the first row of a person counts
    ]
    known = register(rows)
    asked = ids(2, 7, 9, 5)
    assert len(known) == 4
    assert known.known(asked).tolist() == [True, False, True, True]
    assert known.title(asked).to_pylist() == ["005", None, "003", "004"]
    assert known.section(asked).to_pylist() == ["39", None, "33", "33"]
    assert known.status(asked).to_pylist() == ["A", None, "E", "A"]
    assert known.employer(asked).to_pylist() == [None, None, account(1), account(3)]
    assert known.birth_date(asked).to_pylist() == [None, None, date(1990, 6, 15), date(1990, 6, 15)]
    given_names = pa.array(["สมชาย", "สมชาย", "สมหญิง", "สมหญิง"])
    assert known.has_given_name(asked, given_names).tolist() == [True, False, True, False]
    family_names = pa.array(["ใจดี", "ใจดี", "ใจเย็น", None])
    assert known.has_family_name(asked, family_names).tolist() == [True, False, True, False]


def test_ids_that_are_no_numbers_are_nobodys() -> None:
    known = register([register_row(1), register_row(2, national_id="123"), register_row(3)])
    assert len(known) == 2
    asked = pa.array([person(1), None, "123", person(3)[:-1] + "X", "0" * 13])
    assert known.known(asked).tolist() == [True, False, False, False, False]
    assert known.title(asked).to_pylist() == ["004", None, None, None, None]


def test_a_register_without_persons_knows_nobody() -> None:
    known = RegisteredPersons([])
    assert known.known(ids(1, 2)).tolist() == [False, False]
    assert known.birth_date(ids(1)).to_pylist() == [None]
    assert known.has_given_name(ids(1), pa.array(["สมชาย"])).tolist() == [False]


def test_the_answer_kept_for_the_next_rule_is_not_given_for_other_persons() -> None:
    known = register([register_row(number) for number in range(6)])
    asked = ids(0, 1, 900, 3)
    assert known.known(asked).tolist() == [True, True, False, True]
    assert known.known(asked.slice(1, 2)).tolist() == [True, False]
    assert known.known(asked.slice(2, 2)).tolist() == [False, True]
    assert known.known(ids(0, 1, 2, 3)).tolist() == [True] * 4


def test_a_person_takes_27_bytes() -> None:
    rows = [register_row(number, employer_account=account(number)) for number in range(2000)]
    assert register(rows, size=700).nbytes == 27 * 2000


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("สมชาย", True),
        ("นายสมชาย", True),
        (" สม ชาย. ", True),
        ("สมซาย", False),
        ("นาย", False),
        (None, False),
    ],
)
def test_a_given_name_may_be_typed_with_a_title(typed: str | None, same: bool) -> None:
    known = register([register_row(1)])
    assert known.has_given_name(ids(1), pa.array([typed], pa.utf8())).tolist() == [same]


@settings(max_examples=60)
@given(NAMES)
def test_names_have_equal_hashes_when_their_keys_are_equal(names: list[str | None]) -> None:
    array = pa.array(names, pa.utf8())
    keys = name_keys(array).to_pylist()
    hashes = name_hashes(array).tolist()
    by_key: dict[str | None, int] = {}
    for key, found in zip(keys, hashes, strict=True):
        assert by_key.setdefault(key, found) == found
    assert len(set(by_key.values())) == len(by_key)


@settings(max_examples=25)
@given(NAMES, st.integers(0, 5))
def test_compiled_and_plain_hashes_are_the_same(names: list[str | None], start: int) -> None:
    many = (names * (WORTH_COMPILED // len(names) + 2))[: WORTH_COMPILED + 7]
    compiled = name_hashes(pa.array(["x"] * start + many, pa.utf8()).slice(start))
    plain = name_hashes(pa.array(names, pa.utf8()))
    assert np.array_equal(compiled, np.resize(plain, len(many)))
