"""An operator's desk: a copy of a night's installation, and what ``prakan breaks`` says there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.balances import balances
from ledger.break_queries import BreakFilter, ListedBreak, list_breaks
from ledger.month_paid import months_differing
from tests.night.stage import PARTNER, Stage

TODAY = "2026-11-23"
SUSPENSE = f"suspense:{PARTNER}"


class Desk:
    """The operator's desk: a copy of the night's installation and what commands answer there."""

    def __init__(self, stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
        self.stage = stage
        self._capsys = capsys
        self.said: list[str] = []

    def __call__(self, *arguments: str, status: int = 0) -> str:
        """Run ``prakan breaks``; what it printed."""
        found = self.stage.prakan("breaks", *arguments, "--date", TODAY)
        printed = self._capsys.readouterr()
        self.said += [printed.out, printed.err]
        assert found == status, printed.err
        return printed.out

    def refused(self, *arguments: str) -> str:
        """The one line with which a command refuses."""
        found = self.stage.prakan("breaks", *arguments, "--date", TODAY)
        printed = self._capsys.readouterr()
        self.said += [printed.out, printed.err]
        assert (found, printed.out) == (2, "")
        (line,) = printed.err.splitlines()
        return line

    def json(self, *arguments: str, status: int = 0) -> Any:
        """The machine-readable answer."""
        return json.loads(self(*arguments, "--json", status=status))

    def breaks(self, code: str | None = None) -> list[ListedBreak]:
        """Breaks of a code, or all, whatever their state."""
        with self.stage.ledger() as ledger:
            codes = None if code is None else [code]
            return list_breaks(ledger, BreakFilter(states=None, codes=codes), limit=None)

    def balance(self) -> dict[str, int]:
        """Balances by account; months paid are those that the postings say."""
        with self.stage.ledger() as ledger:
            assert len(months_differing(ledger)) == 0
            rows = balances(ledger).to_pylist()
        return {row["account"]: row["balance_satang"] for row in rows}

    def printed(self) -> Any:
        """What was printed since, by commands that were run otherwise."""
        return self._capsys.readouterr()


def desk_at(stage: Stage, folder: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A desk at a copy of that installation, below ``folder``."""
    home = folder / "home"
    shutil.copytree(stage.home.root, home)
    return Desk(stage.with_setting("PRAKAN_HOME", str(home)), capsys)
