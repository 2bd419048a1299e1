"""The DAG files: exactly these, importable, and nothing but wiring."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.dags.conftest import DAGS, DagFiles

EXPECTED = {"extracts", "employer_contributions", "feeds", "notices", "returns", "watch"}
#: What a task may load while it runs, and the import of a DAG file may not.
HEAVY = {
    "duckdb",
    "numba",
    "pandas",
    "pandera",
    "paramiko",
    "polars",
    "pyarrow",
    "exchange.site",
    "exchange.schedule.scheduled",
    "exchange.schedule.watching",
    "exchange.watch",
    "ledger",
    "parsers",
    "validation",
}


def test_exactly_these_dags_and_no_import_error(dag_files: DagFiles) -> None:
    assert dag_files.errors == {}
    assert set(dag_files.dags) == EXPECTED


def test_one_dag_a_file_named_after_it(dag_files: DagFiles) -> None:
    assert {path.stem for path in DAGS.glob("*.py")} == EXPECTED
    assert {dag["file"] for dag in dag_files.dags.values()} == {f"{i}.py" for i in EXPECTED}


def test_import_opens_nothing_and_loads_nothing_heavy(dag_files: DagFiles) -> None:
    """A scheduler reads the files all day: no ledger, no site, no table library."""
    assert dag_files.loaded & HEAVY == set()
    assert "exchange.schedule.orchestration" in dag_files.loaded


@pytest.mark.parametrize("path", sorted(DAGS.glob("*.py")), ids=lambda path: path.stem)
def test_wiring_only(path: Path) -> None:
    """No branch, loop, lambda or own class in a DAG file: what decides is in a motion."""
    tree = ast.parse(path.read_text())
    forbidden = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Lambda, ast.ClassDef)
    found = [type(node).__name__ for node in ast.walk(tree) if isinstance(node, forbidden)]
    assert found == []
