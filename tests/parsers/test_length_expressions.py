"""Lengths that are worked out: arithmetic over fields, and what is refused."""

import pytest
from measured_records import cut, measure, record

from interfaces.model import LengthRule
from interfaces.toml_table import DeclarationError
from parsers.framing.lengths.program import FACTOR_LIMIT


@pytest.mark.parametrize(
    ("expression", "length"),
    [
        ("12", 12),
        ("n + 9", 12),
        ("N*3+3", 12),
        ("(N + 1) * 3", 12),
        ("2 * (B - N) / 2", 17),
        ("-N + 15", 12),
        ("- (N - 15)", 12),
        ("B / N", 6),
        ("B / -N + 18", 12),
        ("B - N - N", 14),
        ("100 / 7 / 2", 7),
    ],
)
def test_an_expression_is_worked_out_as_cobol_would(expression, length):
    data = record(max(length, 8), n=3, b=20)
    found, _ = cut(
        data[:length] if length >= 8 else data, measure(LengthRule(expression=expression))
    )
    assert len(found[0]) == length


@pytest.mark.parametrize(
    "expression", ["B / (N - 3)", "N - 3", f"B * {FACTOR_LIMIT} * B * B", "P * 1"]
)
def test_an_expression_without_a_result_ends_the_file(expression):
    data = record(30, n=3, b=20, p=b"..")
    assert cut(data, measure(LengthRule(expression=expression)))[1] == [("LENGTH_INVALID", 0)]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "character 1: a field name"),
        ("N +", "character 4"),
        ("(N", r"\) expected"),
        ("N N", "the end expected"),
        ("N; import os", "character 2"),
        ("N ** 2", "character 4"),
        ("__import__", "character 1"),
        ("KIND + 1", "text is no length"),
        ("MISSING + 1", "no field MISSING"),
        ("9999999999999", "no number above"),
        ("(" * 100 + "1" + ")" * 100, "nested"),
        ("-" * 1000 + "1", "nested"),
    ],
)
def test_what_is_no_expression_is_refused(expression, said):
    with pytest.raises(DeclarationError, match=said):
        measure(LengthRule(expression=expression))
