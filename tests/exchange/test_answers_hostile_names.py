"""Answers to files whose names were made to do harm: where they lie, and what they show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchange.employers import answers, copies
from exchange.employers.answers import answers_folder, write_answers
from exchange.site import Site
from tests.exchange.employer_filings import (
    DAY,
    Line,
    account,
    installation,
    person,
    take_in_filings,
    write_form,
)

NAMES = (
    "SPS110_..\\..\\x.TXT",
    "SPS110_a.TXT",
    "SPS110_A.TXT",
    "SPS110_\n\x1b[31m.TXT",
    "SPS110_\u202ecod.TXT",
    "SPS110_<script>alert(1).TXT",
    "SPS110_<script>x=1;x<b>.csv",
    "SPS110_สมทบ.TXT",
    "SPS110_" + 240 * "a" + ".TXT",
    "SPS110_" + 240 * "a" + "b.TXT",
    "SPS110_%2e%2e%2fx.TXT",
    "SPS110_CON.TXT",
    "SPS110_\udcff.TXT",
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    yield opened
    opened.ledger.dispose()


def form(site: Site, name: str, *, employer: int = 1, wrong: bool = False) -> Path:
    override: dict[str, object] = {"total_employee": 9} if wrong else {}
    path = site.home.employer_inbox / name
    block = ("000000", [Line(employer, paid="1.00"), Line(employer + 1)])
    return write_form(site, path, employer, [block], override=override)


def written(site: Site) -> list[Path]:
    return sorted(path for path in answers_folder(site, DAY).rglob("*") if path.is_file())


@pytest.mark.parametrize("wrong", [False, True])
def test_every_name_is_answered_below_its_folder(site: Site, wrong: bool) -> None:
    first = form(site, "SPS110_first.TXT", wrong=wrong)
    for name in NAMES:
        first.with_name(name).write_bytes(first.read_bytes())
    take_in_filings(site, [first, *(first.with_name(name) for name in NAMES)])
    counts = write_answers(site, DAY)
    assert counts["answered"] == 1 + len(NAMES)
    files = written(site)
    assert len({path.name.casefold() for path in files}) == 2 * (1 + len(NAMES))
    assert len({path.parent for path in files}) == 1
    for path in files:
        assert path.name.isascii()
        assert path.name.isprintable()
        assert len(path.name) < 200
        assert not set(path.name) & set('\\/:*?"<>|% ')
        if path.suffix == ".html":
            text = path.read_text("utf-8")
            assert not any(mark in text for mark in ("\x1b", "\u202e", "<script>alert", "x<b>"))
    assert write_answers(site, DAY)["answered"] == 0
    assert written(site) == files
    assert list(site.home.root.rglob("x*.TXT")) == []


@pytest.mark.parametrize("copied", [False, True])
@pytest.mark.parametrize("wrong", [False, True])
def test_nobody_is_told_the_persons_of_another_employer(
    site: Site, wrong: bool, copied: bool
) -> None:
    """A file of employer 1 under the name of employer 5, at once or as a copy."""
    name = f"SPS110_{account(5)}_256912.TXT"
    paths = [form(site, f"SPS110_{account(1)}_256912.TXT", wrong=wrong)] if copied else []
    take_in_filings(site, [*paths, form(site, name, wrong=wrong)])
    write_answers(site, DAY)
    assert not (answers_folder(site, DAY) / account(5)).exists()
    rows = [
        row
        for dataset in (answers.DATASET, copies.DATASET)
        for part in site.home.dataset(dataset, DAY).glob("*.parquet")
        for row in pq.read_table(part, partitioning=None).to_pylist()
    ]
    assert {row["employer_account"] for row in rows} <= {account(1), None}
    assert any(
        person(1) in path.read_text("utf-8") for path in written(site) if path.suffix == ".html"
    )
