"""Dates in a declaration: which may be zero or have no end, and when a pivot is due."""

from pathlib import Path

import pytest

from interfaces.loader import load_interface
from interfaces.model import FieldRule
from interfaces.toml_table import DeclarationError

SHIPPED = Path(__file__).resolve().parents[2] / "interfaces" / "definitions"


def declared(folder: Path, dates: str) -> dict[str, FieldRule]:
    """Field rules of a shipped interface whose dates are declared otherwise."""
    lines = (SHIPPED / "contribution_history.1.toml").read_text("utf-8").splitlines()
    lines = [f"dates = [{dates}]" if line.startswith("dates") else line for line in lines]
    path = folder / "contribution_history.1.toml"
    path.write_text("\n".join(lines), "utf-8")
    copybook = (SHIPPED / "contribution_history.1.cpy").read_text("utf-8")
    path.with_suffix(".cpy").write_text(copybook, "utf-8")
    return dict(load_interface(path).fields)


def test_open_ended_dates_may_be_all_nines(tmp_path):
    rules = declared(
        tmp_path,
        '{ mask = "yyyymmdd", era = "be", fields = ["A"], nullable = ["B", "C"], '
        'open_ended = ["C", "D"] }',
    )
    meanings = {name: (rules[name].zero_is_null, rules[name].nines_is_null) for name in "ABCD"}
    assert meanings == {
        "A": (False, False),
        "B": (True, False),
        "C": (True, True),
        "D": (False, True),
    }


def test_a_century_digit_stands_for_a_pivot(tmp_path):
    rules = declared(tmp_path, '{ mask = "cyymmdd", era = "ce", fields = ["A"] }')
    assert rules["A"].pivot_base is None
    with pytest.raises(DeclarationError, match="pivot_base"):
        declared(tmp_path, '{ mask = "yyddd", era = "ce", fields = ["A"] }')
    with pytest.raises(DeclarationError, match="pivot_base"):
        declared(tmp_path, '{ mask = "cyymmdd", era = "ce", pivot_base = 1900, fields = ["A"] }')
    with pytest.raises(DeclarationError, match="era is ce"):
        declared(tmp_path, '{ mask = "cyymmdd", era = "be", fields = ["A"] }')
