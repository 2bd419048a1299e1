"""``prakan employers follow-up`` and ``combined-ceiling``."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from exchange.site import Site
from prakan.__main__ import main
from tests.exchange.employer_filings import (
    DAY,
    Line,
    Registered,
    account,
    installation,
    person,
    receive_master,
    take_in_filings,
    write_form,
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Two employers that filed one person, a third that did not file."""
    opened = installation(tmp_path)
    monkeypatch.setenv("PRAKAN_HOME", str(opened.home.root))
    receive_master(opened, [Registered(n, office=f"{10 + n}01") for n in range(3)])
    paths = [
        write_form(
            opened,
            opened.home.employer_inbox / f"SPS110_{n}.TXT",
            n,
            [("000000", [Line(1, "17500.00")])],
        )
        for n in range(2)
    ]
    take_in_filings(opened, paths)
    return opened


def run(*arguments: str) -> int:
    return main(["employers", *arguments, "--period", "2026-12", "--date", str(DAY)])


@pytest.mark.usefixtures("site")
def test_follow_up_counts_by_area_and_writes_the_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "list.xlsx"
    assert run("follow-up", "--by", "office", "--out", str(out), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["period"], told["employers"]) == (202612, 3)
    assert told["due_date"].startswith("2027-01-")
    counts = {row["area"]: (row["unpaid"], row["not_filed"]) for row in told["areas"]}
    assert counts == {"1001": (1, 0), "1101": (1, 0), "1201": (0, 1)}
    rows = list(openpyxl.load_workbook(out)["follow-up"].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["unpaid", "unpaid", "not_filed"]
    assert [row[3] for row in rows[1:]] == [account(n) for n in range(3)]


@pytest.mark.usefixtures("site")
def test_follow_up_shows_provinces_to_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("follow-up") == 1
    shown = capsys.readouterr().out
    assert "กรุงเทพมหานคร" in shown
    assert "1,750.00" in shown


@pytest.mark.usefixtures("site")
def test_combined_ceiling_tells_numbers_and_lists_people_only_in_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "list.csv"
    assert run("combined-ceiling", "--out", str(out)) == 1
    shown = capsys.readouterr().out
    assert shown == "persons of several employers: 1, paid beyond the ceiling: 875.00 baht\n"
    assert person(1) not in shown
    assert out.read_text(encoding="utf-8-sig").count(person(1)) == 2


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "arguments",
    [
        ("follow-up", "--fell-percent", "0"),
        ("follow-up", "--out", "list.pdf"),
        ("combined-ceiling", "--out", "list.doc"),
    ],
)
def test_wrong_use_is_one_line(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1


def test_without_a_master_the_world_outside_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path))
    assert run("follow-up") == 3
    assert "employer_master" in capsys.readouterr().err
    assert run("combined-ceiling") == 0
