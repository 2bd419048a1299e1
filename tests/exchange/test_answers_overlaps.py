"""What an employer is told of a second file for a branch and wage month."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.employers.answers import write_answers
from exchange.site import Site
from tests.exchange.employer_filings import (
    DAY,
    Line,
    Registered,
    installation,
    person,
    receive_master,
    take_in_filings,
    write_form,
)

HEAD, OTHER = "000000", "000002"
FIRST = "SPS110_A.TXT"
ID = "?" * 12  # digits of the file id in an answer's name


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    receive_master(opened, [Registered(0), Registered(0, branch=OTHER), Registered(1)])
    yield opened
    opened.ledger.dispose()


def file_form(site: Site, name: str, *blocks: tuple[str, list[Line]], employer: int = 0) -> None:
    path = write_form(site, site.home.employer_inbox / name, employer, blocks)
    take_in_filings(site, [path])


def told(site: Site, name: str) -> list[tuple[int, str, str]]:
    """Record, code and value of each finding in the answer to that file."""
    folder = site.home.root / "outbox" / "employers" / str(DAY)
    (answer,) = folder.rglob(f"ANSWER_{Path(name).stem}_{ID}_01.TXT")
    lines = answer.read_bytes().decode("cp874").splitlines()
    findings = [line for line in lines if line.startswith("F")]
    return [(int(f[1:10]), f[43:73].strip(), f[73:133].strip()) for f in findings]


def test_a_repeat_is_told_and_names_the_file_before(site: Site) -> None:
    file_form(site, FIRST, (HEAD, [Line(1), Line(2)]))
    file_form(site, "SPS110_B.TXT", (HEAD, [Line(1, "12000.00")]), (OTHER, [Line(3)]))
    write_answers(site, DAY)
    assert told(site, FIRST) == []
    assert told(site, "SPS110_B.TXT") == [(1, "FORM_FILED_BEFORE", FIRST)]


def test_who_is_left_out_of_a_correction_is_told_by_number(site: Site) -> None:
    file_form(site, FIRST, (HEAD, [Line(1), Line(2), Line(3)]))
    file_form(site, "SPS110_A_C01.TXT", (HEAD, [Line(3), Line(4)]))
    write_answers(site, DAY)
    assert told(site, "SPS110_A_C01.TXT") == [
        (1, "FORM_FILED_BEFORE", FIRST),
        *((1, "FORM_PERSON_LEFT_OUT", one) for one in sorted([person(1), person(2)])),
    ]


def test_who_was_filed_before_an_addition_is_told_on_the_line(site: Site) -> None:
    file_form(site, FIRST, (HEAD, [Line(1), Line(2)]))
    file_form(site, "SPS110_A_S01.TXT", (HEAD, [Line(3), Line(2)]))
    write_answers(site, DAY)
    assert told(site, "SPS110_A_S01.TXT") == [
        (1, "FORM_FILED_BEFORE", FIRST),
        (3, "FORM_PERSON_FILED", person(2)),
    ]


def test_another_month_branch_or_employer_is_no_overlap(site: Site) -> None:
    file_form(site, FIRST, (HEAD, [Line(1)]))
    file_form(site, "SPS110_B.TXT", (OTHER, [Line(2)]))
    file_form(site, "SPS110_C.TXT", (HEAD, [Line(1)]), employer=1)
    path = site.home.employer_inbox / "SPS110_D.TXT"
    take_in_filings(site, [write_form(site, path, 0, [(HEAD, [Line(1)])], period=202611)])
    write_answers(site, DAY)
    assert [told(site, f"SPS110_{name}.TXT") for name in "ABCD"] == [[], [], [], []]


def test_files_that_came_together_are_told_the_same(site: Site) -> None:
    inbox = site.home.employer_inbox
    paths = [
        write_form(site, inbox / FIRST, 0, [(HEAD, [Line(1), Line(2)])]),
        write_form(site, inbox / "SPS110_A_C01.TXT", 0, [(HEAD, [Line(1)])]),
    ]
    take_in_filings(site, paths)
    write_answers(site, DAY)
    assert told(site, FIRST) == []
    assert told(site, "SPS110_A_C01.TXT") == [
        (1, "FORM_FILED_BEFORE", FIRST),
        (1, "FORM_PERSON_LEFT_OUT", person(2)),
    ]
