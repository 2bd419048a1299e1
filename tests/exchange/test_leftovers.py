"""What our own crashed processes left is swept up, and nothing else is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from exchange.home import new_temporary
from exchange.inbound.arrivals import receive_filings
from exchange.inbound.leftovers import sweep_leftovers
from exchange.locks import exclusive
from exchange.site import Site, open_site

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
HOURS = timedelta(hours=1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = open_site({"PRAKAN_HOME": str(tmp_path / "home")}, clock=lambda: NOW)
    yield opened
    opened.ledger.dispose()


def folders(site: Site) -> list[Path]:
    """Where our own processes write what a crash can leave half done."""
    home = site.home
    return [
        home.root / "landing",
        home.partner_inbox("counter_service"),
        home.dataset("registration_master", DAY),
        home.findings("registration_master", DAY),
    ]


def left(folder: Path, name: str = "", *, age: timedelta) -> Path:
    """A temporary file as our processes name it, last written so long ago."""
    folder.mkdir(parents=True, exist_ok=True)
    return aged(new_temporary(folder, name), age)


def aged(path: Path, age: timedelta) -> Path:
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_leftovers_of_a_day_ago_go_and_younger_ones_stay(site: Site) -> None:
    old = [left(folder, "x.parquet", age=25 * HOURS) for folder in folders(site)]
    young = [left(folder, age=23 * HOURS) for folder in folders(site)]
    assert sorted(sweep_leftovers(site)) == sorted(old)
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in young)
    assert sweep_leftovers(site) == []


def test_a_receive_run_begins_with_it(site: Site) -> None:
    old = left(folders(site)[0], age=48 * HOURS)
    receive_filings(site, DAY)
    assert not old.exists()


def test_nothing_else_is_touched(site: Site, tmp_path: Path) -> None:
    landing, inbox, dataset, _ = folders(site)
    others = []
    for folder in (landing, inbox, dataset):
        folder.mkdir(parents=True, exist_ok=True)
        for name in (
            ".CSPAY_20261120_000001.TXT.part",  # a partner's way to name what it writes
            "x.0123456789abcdef.part",
            ".0123456789abcdeX.part",
            "..0123456789abcdef.part.kept",
            "part-0.parquet",
        ):
            (folder / name).write_bytes(b"x")
            others.append(aged(folder / name, 100 * HOURS))
    deeper = landing / "ab"
    deeper.mkdir()
    others.append(left(deeper, age=100 * HOURS))
    outside = left(tmp_path / "elsewhere", age=100 * HOURS)
    link = landing / "..0123456789abcdef.part"
    link.symlink_to(outside)
    long_ago = (NOW - 100 * HOURS).timestamp()
    os.utime(link, (long_ago, long_ago), follow_symlinks=False)
    (inbox.parent / "linked").symlink_to(outside.parent)
    folder_of_that_name = inbox / "..fedcba9876543210.part"
    folder_of_that_name.mkdir()
    aged(folder_of_that_name, 100 * HOURS)
    mainframe = site.home.mainframe_inbox
    others.append(left(mainframe, age=100 * HOURS))  # others write there

    assert sweep_leftovers(site) == []
    assert all(path.exists() for path in (*others, outside, folder_of_that_name))


def test_one_process_sweeps_at_a_time(site: Site) -> None:
    old = left(folders(site)[0], age=48 * HOURS)
    with exclusive(site, "sweep"):
        assert sweep_leftovers(site) == []
    assert old.exists()
    assert sweep_leftovers(replace(site, clock=lambda: NOW - 72 * HOURS)) == []
    assert sweep_leftovers(site) == [old]
