"""What makes the usual run short proves as much as the long way does."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.site import open_site
from tests import sampling
from tests.sampling import spread


@given(st.integers(0, 300), st.integers(2, 12))
def test_a_spread_has_the_first_and_the_last_and_keeps_the_order(count: int, usual: int) -> None:
    places = range(10, 10 + count)
    chosen = spread(places, usual)
    assert len(chosen) == min(count, usual)
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(places)
    assert chosen[:1] == list(places[:1])
    assert chosen[-1:] == list(places[-1:])


def test_the_soak_tries_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "WHOLE", True)
    assert spread(range(100), 3) == list(range(100))


def test_a_copied_ledger_is_what_a_process_of_its_own_makes(tmp_path: Path) -> None:
    copied, made = tmp_path / "copied", tmp_path / "made"
    site = open_site({"PRAKAN_HOME": str(copied)})
    site.ledger.dispose()
    subprocess.run(
        [sys.executable, "-c", "from exchange.site import open_site; open_site().ledger.dispose()"],
        env=os.environ | {"PRAKAN_HOME": str(made)},
        check=True,
    )
    assert _content(copied / site.home.ledger_file.name) == _content(
        made / site.home.ledger_file.name
    )


def _content(path: Path) -> list[str]:
    """Schema and rows, as the statements that would make them."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        return list(connection.iterdump())
