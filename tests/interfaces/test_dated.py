"""Dated tables are read whole or refused with file, line and column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from insurance.holidays import HOLIDAY_RULE
from insurance.rates import FLAT_RULE, WAGE_RULE
from insurance.surcharge_terms import SURCHARGE_RULE
from interfaces.dated import (
    CODE_LISTS,
    INTEGER,
    MONEY,
    SHIPPED,
    TEXT,
    DatedTableError,
    TableRule,
    code_list,
    in_force,
    read_table,
)

RULE = TableRule(
    {"code": TEXT, "amount": MONEY, "weight": INTEGER},
    key=("code",),
    nullable=frozenset({"amount"}),
)
HEADING = "code,amount,weight,from,to,source,confidence"


def written(folder: Path, *rows: str, heading: str = HEADING) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join((heading, *rows)) + "\n", encoding="utf-8")
    return path


def test_values_are_exact_and_keep_leading_zeros(tmp_path: Path) -> None:
    path = written(tmp_path, '007,432.5,3,2026-01-01,,"an order, of 2025",B')
    assert read_table(path, RULE).to_pylist() == [
        {
            "code": "007",
            "amount": Decimal("432.50"),
            "weight": 3,
            "from": date(2026, 1, 1),
            "to": None,
            "source": "an order, of 2025",
            "confidence": "B",
        }
    ]


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    path = written(
        tmp_path, "B,x,,2026-01-01,1,,01", heading="confidence,source,to,from,weight,amount,code"
    )
    assert read_table(path, RULE).column_names == HEADING.split(",")


@pytest.mark.parametrize(
    ("heading", "message"),
    [
        (HEADING + ",note", r"table.csv:1: unknown column 'note'; expected: code, amount"),
        (HEADING.replace(",source", ""), r"table.csv:1: column 'source' is missing"),
        (HEADING + ",code", r"table.csv:1: column 'code' stands twice"),
    ],
)
def test_unknown_missing_and_repeated_columns_are_refused(
    tmp_path: Path, heading: str, message: str
) -> None:
    with pytest.raises(DatedTableError, match=message):
        read_table(written(tmp_path, heading=heading), RULE)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("01,1.00,1,,,x", r"table.csv:2: the row has not one value per column"),
        ("01,1.00,1,,,x,A,y", r"table.csv:2: the row has not one value per column"),
        (",1.00,1,,,x,A", r"table.csv:2: code is empty"),
        ("01,1.00,1,,,,A", r"table.csv:2: source is empty"),
        ("01,1.00,,,,x,A", r"table.csv:2: weight is empty"),
        ("01 ,1.00,1,,,x,A", r"code '01 ' has spaces around it"),
        ("01,1.005,1,,,x,A", r"amount '1.005' is not decimal"),
        ("01,NaN,1,,,x,A", r"amount 'NaN' is not decimal"),
        ("01,one,1,,,x,A", r"amount 'one' is not decimal"),
        ("01,1.00,-1,,,x,A", r"weight '-1' is not int64"),
        ("01,1.00,๑,,,x,A", r"weight '๑' is not int64"),
        ("01,1.00,1,2026-02-30,,x,A", r"from '2026-02-30' is not date32"),
        ("01,1.00,1,,,x,E", r"table.csv:2: confidence 'E' is not one of A, B, C, D"),
        ("01,1.00,1,2026-02-01,2026-01-01,x,A", r"from 2026-02-01 is after to 2026-01-01"),
    ],
)
def test_wrong_rows_are_refused(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DatedTableError, match=message):
        read_table(written(tmp_path, row), RULE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-01-01,2026-06-30", "2026-06-30,2026-12-31"),
        (",2026-06-30", "2026-01-01,"),
        ("2026-01-01,", "2027-01-01,2027-12-31"),
        (",", ","),
    ],
)
def test_two_rows_of_one_key_on_one_day_are_refused(tmp_path: Path, one: str, other: str) -> None:
    path = written(tmp_path, f"01,1.00,1,{one},x,A", f"01,2.00,1,{other},x,A")
    with pytest.raises(DatedTableError, match=r"table.csv:[23]: 01 overlaps with line [23]"):
        read_table(path, RULE)


def test_rows_that_follow_each_other_hold_in_turn(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "01,2.00,1,2026-07-01,,x,A",
        "01,1.00,1,,2026-06-30,x,A",
        "02,5.00,1,,,x,A",
    )
    table = read_table(path, RULE)
    for day, amounts in (
        (date(2026, 6, 30), [Decimal("1.00"), Decimal("5.00")]),
        (date(2026, 7, 1), [Decimal("2.00"), Decimal("5.00")]),
    ):
        assert in_force(table, day)["amount"].to_pylist() == amounts


def test_a_table_without_dates_has_each_key_once(tmp_path: Path) -> None:
    rule = TableRule({"code": TEXT}, key=("code",), dated=False)
    path = written(tmp_path, "01,x,A", "01,y,A", heading="code,source,confidence")
    with pytest.raises(DatedTableError, match="01 overlaps with line 2"):
        read_table(path, rule)


def test_files_that_cannot_be_read_name_themselves(tmp_path: Path) -> None:
    with pytest.raises(DatedTableError, match=r"absent\.csv"):
        read_table(tmp_path / "absent.csv", RULE)
    thai = tmp_path / "cp874.csv"
    thai.write_bytes("นาย".encode("cp874"))
    with pytest.raises(DatedTableError, match=r"cp874\.csv.*utf-8"):
        read_table(thai, RULE)
    quoted = written(tmp_path, '01,1.00,1,,,"x,A')
    with pytest.raises(DatedTableError, match=r"table\.csv"):
        read_table(quoted, RULE)


SHIPPED_TABLES = {
    "calendar/th_holidays": HOLIDAY_RULE,
    "rates/flat": FLAT_RULE,
    "rates/surcharge": SURCHARGE_RULE,
    "rates/wage": WAGE_RULE,
    **{f"codes/{name}": rule for name, rule in CODE_LISTS.items()},
}


def test_every_shipped_csv_has_its_rule_and_holds_to_it() -> None:
    found = {
        path.relative_to(SHIPPED).with_suffix("").as_posix() for path in SHIPPED.rglob("*.csv")
    }
    assert found == set(SHIPPED_TABLES)
    for name, rule in SHIPPED_TABLES.items():
        assert read_table(SHIPPED / f"{name}.csv", rule).num_rows


def test_titles_are_those_of_form_1_10() -> None:
    titles = code_list("titles", date(2026, 11, 22))
    words = dict(zip(titles["code"].to_pylist(), titles["word"].to_pylist(), strict=True))
    assert (words["003"], words["004"], words["005"]) == ("นาย", "นางสาว", "นาง")
    assert not {"001", "002"} & words.keys()


def test_there_are_77_provinces_from_10_to_96() -> None:
    codes = code_list("provinces", date(2026, 11, 22))["code"].to_pylist()
    assert (len(codes), min(codes), max(codes)) == (77, "10", "96")


def test_texts_fit_the_fields_they_are_written_to() -> None:
    day = date(2026, 11, 22)
    assert all(len(w.encode("cp874")) <= 20 for w in code_list("titles", day)["word"].to_pylist())
    for language in ("en", "th"):
        texts = code_list("return_codes", day)[language].to_pylist()
        assert all(len(text.encode("cp874")) <= 80 for text in texts)


def test_an_unknown_code_list_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="payment_channels, provinces, return_codes, "):
        code_list("hospitals", date(2026, 11, 22))


def test_an_agency_keeps_its_own_list(tmp_path: Path) -> None:
    rows = "code,word,from,to,source,confidence\n003,นาย,,2026-06-30,order,A\n"
    (tmp_path / "titles.csv").write_text(rows, encoding="utf-8")
    assert code_list("titles", date(2026, 6, 30), folder=tmp_path).num_rows == 1
    assert code_list("titles", date(2026, 7, 1), folder=tmp_path).num_rows == 0
