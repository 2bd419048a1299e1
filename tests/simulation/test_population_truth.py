"""Deliberate errors: decoding and validation find exactly those that the truth declares."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from insurance.rates import load_wage_rates
from interfaces.catalogue import load_catalogue
from interfaces.dated import CODE_LISTS, code_list
from interfaces.registry import Registry
from parsers.copybook import load_layout
from parsers.decode import decode_file, decode_whole
from simulation.population import generate
from simulation.population.faults import EMPLOYER_FAULTS, HISTORY_FAULTS, REGISTRATION_FAULTS
from simulation.population.filing_ways import EXPECTED, Way
from validation.references import EmployerBranches, References
from validation.registered import RegisteredPersons
from validation.validate import FileValidator, FileVerdict

DAY = date(2026, 11, 20)
DOUBTFUL = {"ID_ALIEN", "FORM_WAGE_BELOW_FLOOR"}
"""What is told of right people: aliens exist, and so do wages below the floor."""
Found = set[tuple[int, str | None, str]]


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("population") / "country"
    generate(persons=30_000, employers=1500, seed=3, business_date=DAY, out=out, filings=130)
    return out


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("population") / "clean"
    generate(
        persons=3000, employers=200, seed=3, business_date=DAY, out=out, filings=50, faults=False
    )
    return out


def references(country: Path) -> References:
    tables = {}
    for pattern, name, record in (
        ("EMPMAST*", "employer_master", "EMP-MASTER-RECORD"),
        ("REGMAST*", "registration_master", "REG-MASTER-RECORD"),
    ):
        path = next((country / "extracts").glob(pattern))
        tables[name] = decode_whole(path, Registry().get(name), file_id=path.name).tables[record]
    return References(
        business_date=DAY,
        code_lists={name: code_list(name, DAY) for name in CODE_LISTS},
        employers=EmployerBranches(tables["employer_master"]),
        persons=RegisteredPersons(tables["registration_master"].to_batches()),
        wages=load_wage_rates(),
    )


def validate(path: Path, interface_name: str, known: References) -> tuple[pa.Table, FileVerdict]:
    interface = Registry().get(interface_name)
    validator = FileValidator(
        interface,
        load_layout(interface),
        load_catalogue(),
        known,
        {"business_date": DAY, "sequence": 1},
        file_id=path.name,
    )
    blocks = decode_file(path, interface, file_id=path.name)
    found = [validator.block(block).findings for block in blocks]
    verdict = validator.close()
    return pa.concat_tables([*found, verdict.findings]), verdict


def as_set(findings: pa.Table) -> Found:
    rows = findings.select(["record_number", "field", "code"]).to_pylist()
    return {(row["record_number"], row["field"], row["code"]) for row in rows}


def declared(country: Path, file: str) -> Found:
    truth = pq.read_table(country / "truth" / "faults.parquet")
    return as_set(truth.filter(pc.equal(truth["file"], file)))


@pytest.mark.parametrize(
    ("pattern", "interface", "faults"),
    [
        ("REGMAST*", "registration_master", REGISTRATION_FAULTS),
        ("CTBHIST*", "contribution_history", HISTORY_FAULTS),
        ("EMPMAST*", "employer_master", EMPLOYER_FAULTS),
    ],
)
def test_extracts_hold_the_declared_faults_and_no_other(
    country: Path, pattern: str, interface: str, faults: tuple[object, ...]
) -> None:
    path = next((country / "extracts").glob(pattern))
    findings, verdict = validate(path, interface, references(country))
    found = {row for row in as_set(findings) if row[2] not in DOUBTFUL}
    expected = declared(country, path.name)
    assert found == expected
    assert len({(field, code) for _, field, code in expected}) == len(faults)
    assert not verdict.refused
    assert 0 < verdict.rejected == len(expected)


def test_declared_places_are_where_the_parser_finds_them(country: Path) -> None:
    path = next((country / "extracts").glob("CTBHIST*"))
    truth = pq.read_table(country / "truth" / "faults.parquet")
    ours = truth.filter(pc.equal(truth["file"], path.name))
    whole = decode_whole(path, Registry().get("contribution_history"), file_id=path.name)
    records = whole.tables["CTB-HISTORY-RECORD"].select(["_record_number", "_byte_offset"])
    joined = ours.join(records, "record_number", "_record_number")
    assert joined["byte_offset"].to_pylist() == joined["_byte_offset"].to_pylist()


def test_every_wrong_filing_has_the_finding_of_its_way(country: Path) -> None:
    filings = pq.read_table(country / "truth" / "filings.parquet")
    wrong = filings.filter(pc.is_valid(filings["way"])).to_pylist()
    assert {row["way"] for row in wrong} == set(Way)
    known = references(country)
    for row in wrong:
        code, field = EXPECTED[Way(row["way"])]
        path = country / "filings" / row["file"]
        findings, _ = validate(path, "form_1_10", known)
        expected = declared(country, path.name)
        assert expected, row
        assert {(f, c) for _, f, c in expected} == {(field, code)}
        assert expected <= as_set(findings), row


def test_right_filings_have_no_finding(country: Path) -> None:
    filings = pq.read_table(country / "truth" / "filings.parquet")
    known = references(country)
    right = filings.filter(pc.is_null(filings["way"]))["file"].to_pylist()
    assert len(right) == 104
    for file in right:
        findings, verdict = validate(country / "filings" / file, "form_1_10", known)
        assert {row for row in as_set(findings) if row[2] not in DOUBTFUL} == set()
        assert verdict.rejected == 0 and not verdict.refused


def test_filings_truth_agrees_with_the_files(clean: Path) -> None:
    filings = pq.read_table(clean / "truth" / "filings.parquet")
    assert filings.num_rows == len(list((clean / "filings").iterdir())) == 50
    for row in filings.to_pylist():
        path = clean / "filings" / row["file"]
        tables = decode_whole(path, Registry().get("form_1_10"), file_id=path.name).tables
        employees = tables["EMPLOYEE-RECORD"]
        assert row["branches"] == tables["EMPLOYER-RECORD"].num_rows
        assert row["employees"] == employees.num_rows
        assert row["total_wages"] == pc.sum(employees["wages"]).as_py()
        assert row["employee_contributions"] == pc.sum(employees["paid_amount"]).as_py()


def test_a_clean_country_has_no_finding(clean: Path) -> None:
    known = references(clean)
    assert pq.read_table(clean / "truth" / "faults.parquet").num_rows == 0
    files = [
        (path, interface)
        for pattern, interface in (
            ("extracts/REGMAST*", "registration_master"),
            ("extracts/CTBHIST*", "contribution_history"),
            ("extracts/EMPMAST*", "employer_master"),
            ("filings/*", "form_1_10"),
        )
        for path in clean.glob(pattern)
    ]
    for path, interface in files:
        findings, verdict = validate(path, interface, known)
        assert {row for row in as_set(findings) if row[2] not in DOUBTFUL} == set()
        assert verdict.rejected == 0 and not verdict.refused
