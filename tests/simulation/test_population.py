"""The synthetic country: the same bytes for the same seed, and what was promised about them."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from stdnum.th import pin

from insurance.rates import load_contribution_rates
from interfaces.errors import WrongUse
from interfaces.registry import Registry
from parsers.decode import decode_whole
from simulation.population import generate

DAY = date(2026, 11, 20)
FIRST_PERIOD, CURRENT_PERIOD = 202411, 202611


def make(out: Path, **changes: object) -> Path:
    arguments: dict[str, object] = {
        "persons": 3000,
        "employers": 200,
        "seed": 7,
        "business_date": DAY,
        "filings": 40,
    }
    generate(out=out, **(arguments | changes))  # type: ignore[arg-type]
    return out


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "truth" not in path.parts
    }


def details(folder: Path, pattern: str, interface: str, record: str) -> pa.Table:
    path = next((folder / "extracts").glob(pattern))
    return decode_whole(path, Registry().get(interface), file_id=path.name).tables[record]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("population") / "clean", faults=False)


@pytest.fixture(scope="module")
def master(clean: Path) -> pa.Table:
    return details(clean, "REGMAST*", "registration_master", "REG-MASTER-RECORD")


@pytest.fixture(scope="module")
def history(clean: Path) -> pa.Table:
    return details(clean, "CTBHIST*", "contribution_history", "CTB-HISTORY-RECORD")


@pytest.fixture(scope="module")
def months(history: pa.Table) -> pa.Table:
    """One row a month paid: national ID and the month's fields."""
    paid = history["month_paid"].combine_chunks()
    owner = history["national_id"].take(pc.list_parent_indices(paid))
    columns = {
        field.name: pc.struct_field(paid.flatten(), field.name) for field in paid.type.value_type
    }
    return pa.table({"national_id": owner, **columns})


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    assert hashes(make(tmp_path / "a")) == hashes(make(tmp_path / "b"))


@pytest.mark.parametrize("chunk", [11, 97, 1024])
def test_chunk_size_changes_no_byte(tmp_path: Path, chunk: int) -> None:
    whole = make(tmp_path / "whole", persons=300, employers=30, filings=10)
    chunked = make(tmp_path / "chunked", persons=300, employers=30, filings=10, chunk=chunk)
    assert hashes(whole) == hashes(chunked)


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    ours, others = hashes(make(tmp_path / "a")), hashes(make(tmp_path / "b", seed=8))
    assert not set(ours.values()) & set(others.values())


def test_file_names_are_those_of_the_interfaces(clean: Path) -> None:
    assert sorted(path.name for path in (clean / "extracts").iterdir()) == [
        "CTBHIST.D20261120.S000001",
        "EMPMAST.D20261120.S000001",
        "REGMAST.D20261120.S000001",
    ]
    assert all(path.name.endswith("_256910.TXT") for path in (clean / "filings").iterdir())


def test_national_ids_are_valid_and_ascending(master: pa.Table) -> None:
    numbers = master["national_id"].to_pylist()
    assert numbers == sorted(set(numbers))
    for number in numbers:
        # python-stdnum refuses the first digit 0, which registered aliens have.
        assert (
            pin.calc_check_digit(number) == number[12] if number[0] == "0" else pin.is_valid(number)
        )


def test_no_registration_office_issued_the_national_ids(master: pa.Table) -> None:
    assert pc.unique(pc.utf8_slice_codeunits(master["national_id"], 3, 5)).to_pylist() == ["00"]


def test_sections_are_spread_as_in_december_2022(master: pa.Table) -> None:
    counts = {
        row["values"]: row["counts"] for row in master["section_code"].value_counts().to_pylist()
    }
    assert counts["33"] / 3000 == pytest.approx(0.477, abs=0.04)
    assert counts["39"] / 3000 == pytest.approx(0.077, abs=0.02)
    assert counts["40"] / 3000 == pytest.approx(0.446, abs=0.04)


def test_statuses_other_than_active_occur(master: pa.Table) -> None:
    statuses = {
        row["values"]: row["counts"] for row in master["status_code"].value_counts().to_pylist()
    }
    assert set(statuses) == {"A", "S", "E", "D"}
    assert statuses["A"] > 0.85 * 3000


def test_tone_marks_karan_and_sara_am_occur(master: pa.Table) -> None:
    text = "".join(master["given_name"].to_pylist() + master["family_name"].to_pylist())
    assert set("\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e33") <= set(text)


def test_ages_lie_within_the_sections(master: pa.Table) -> None:
    for section, low, high in (("33", 15, 60), ("39", 18, 65), ("40", 18, 65)):
        born = master.filter(pc.equal(master["section_code"], section))["birth_date"]
        years = pc.divide(pc.days_between(born, pa.scalar(DAY)).cast(pa.float64()), 365.25)
        assert low <= pc.min(years).as_py() and pc.max(years).as_py() <= high


def test_titles_agree_with_sex(master: pa.Table) -> None:
    men = pc.equal(master["title_code"], "003")
    assert men.to_pylist() == pc.equal(master["sex_code"], "1").to_pylist()


def test_history_is_of_the_voluntary_sections_only(master: pa.Table, history: pa.Table) -> None:
    voluntary = master.filter(pc.not_equal(master["section_code"], "33"))
    assert history["national_id"].to_pylist() == voluntary["national_id"].to_pylist()
    assert pc.unique(history["history_from"]).to_pylist() == [FIRST_PERIOD]


def test_nothing_is_paid_after_the_business_date_or_before_joining(
    master: pa.Table, months: pa.Table
) -> None:
    assert pc.max(months["paid_date"]).as_py() <= DAY
    joined = months.join(
        master.select(["national_id", "effective_date", "section_code"]), "national_id"
    )
    assert pc.all(pc.greater_equal(joined["paid_date"], joined["effective_date"])).as_py()
    of_39 = joined.filter(pc.equal(joined["section_code"], "39"))
    assert pc.max(of_39["paid_period"]).as_py() == CURRENT_PERIOD  # never ahead


def test_section_40_is_never_paid_back(master: pa.Table, months: pa.Table) -> None:
    joined = months.join(master.select(["national_id", "section_code"]), "national_id")
    of_40 = joined.filter(pc.equal(joined["section_code"], "40"))
    paid_in = pc.add(pc.multiply(pc.year(of_40["paid_date"]), 100), pc.month(of_40["paid_date"]))
    assert pc.all(pc.less_equal(paid_in, of_40["paid_period"].cast(pa.int64()))).as_py()
    assert pc.max(of_40["paid_period"]).as_py() > CURRENT_PERIOD  # some prepay


def test_amounts_are_the_dated_rates(master: pa.Table, months: pa.Table) -> None:
    joined = months.join(
        master.select(["national_id", "section_code", "option_code"]), "national_id"
    ).combine_chunks()
    due, known = load_contribution_rates().amounts_satang(
        joined["section_code"].combine_chunks(),
        joined["option_code"].combine_chunks(),
        joined["paid_period"].combine_chunks().to_numpy(),
    )
    assert known.all()
    satang = pc.multiply(joined["paid_amount"], 100).cast(pa.int64())
    assert satang.to_pylist() == due.tolist()


def test_receipt_numbers_are_unique(months: pa.Table) -> None:
    assert pc.count_distinct(months["receipt_number"]).as_py() == months.num_rows


def test_master_totals_agree_with_the_history(master: pa.Table, months: pa.Table) -> None:
    """People who joined within the window have no earlier months: their totals are the history."""
    recent = master.filter(
        pc.and_(
            pc.not_equal(master["section_code"], "33"),
            pc.greater_equal(master["effective_date"], pa.scalar(date(2024, 11, 1))),
        )
    )
    sums = months.group_by("national_id").aggregate(
        [("paid_amount", "sum"), ("paid_period", "max"), ("paid_period", "count")]
    )
    joined = recent.drop(["hospital_code"]).join(sums, "national_id")
    assert joined.num_rows > 100
    assert pc.fill_null(joined["paid_period_count"], 0).to_pylist() == (
        joined["total_months_paid"].to_pylist()
    )
    assert joined["paid_period_max"].to_pylist() == joined["last_period_paid"].to_pylist()
    paid = pc.fill_null(joined["paid_amount_sum"].cast(pa.decimal128(13, 2)), 0)
    assert paid.to_pylist() == joined["total_amount_paid"].to_pylist()


def test_every_habit_occurs(clean: Path) -> None:
    people = pq.read_table(clean / "truth" / "persons.parquet")
    habits = set(people["habit"].cast(pa.utf8()).to_pylist())
    assert habits == {
        "employed",
        "on_time",
        "late",
        "sometimes",
        "intermittent",
        "shortfall",
        "new",
        "prepaid",
    }
    paid = people.filter(people["has_paid_current_month"])
    assert 0 < paid.num_rows < people.num_rows


def test_employees_of_branches_are_counted(clean: Path, master: pa.Table) -> None:
    employers = details(clean, "EMPMAST*", "employer_master", "EMP-MASTER-RECORD")
    working = master.filter(
        pc.and_(pc.equal(master["section_code"], "33"), pc.equal(master["status_code"], "A"))
    )
    counted = working.group_by(["employer_account", "employer_branch"]).aggregate(
        [("national_id", "count")]
    )
    joined = employers.join(counted, ["employer_account", "employer_branch"])
    assert pc.fill_null(joined["national_id_count"], 0).to_pylist() == (
        joined["employee_count"].to_pylist()
    )
    assert pc.sum(joined["employee_count"]).as_py() == working.num_rows


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2028, 2, 29), date(2026, 12, 31)])
def test_days_at_the_edges_of_months_and_years(tmp_path: Path, day: date) -> None:
    made = make(tmp_path / "edge", persons=400, business_date=day, faults=False)
    history = details(made, "CTBHIST*", "contribution_history", "CTB-HISTORY-RECORD")
    paid = pc.struct_field(history["month_paid"].combine_chunks().flatten(), "paid_date")
    assert pc.max(paid).as_py() <= day


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"persons": 0}, "persons is 0"),
        ({"employers": 0}, "employers is 0"),
        ({"seed": -1}, "seed -1 is negative"),
        ({"filings": -1}, "filings is -1"),
        ({"business_date": date(1999, 1, 4)}, "no wage rate"),
    ],
)
def test_wrong_use_says_what_and_leaves_nothing(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(WrongUse, match=message):
        make(tmp_path / "out", **changes)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(WrongUse, match="not an empty folder"):
        make(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_one_person_and_one_employer_are_a_country(tmp_path: Path) -> None:
    made = make(tmp_path / "one", persons=1, employers=1)
    assert details(made, "REGMAST*", "registration_master", "REG-MASTER-RECORD").num_rows == 1
