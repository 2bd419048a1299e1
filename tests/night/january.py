"""Nights of January 2027, from which on there are files made from closed books."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from exchange.night import Step
from interfaces.registry import Registry
from parsers.decode import DecodedFile, decode_whole
from simulation.population import generate
from tests.night.conftest import stage_on
from tests.night.further_partners import add_partner
from tests.night.stage import Stage
from tests.openssh import Sshd

MONDAY, TUESDAY = date(2027, 1, 4), date(2027, 1, 5)
STATEMENT = "counter_statement"
OTHERS = ("collection_bank", "mainframe")


@dataclass(frozen=True)
class January:
    """Two days' countries, and stages with all partners on which nothing has happened."""

    sshd: Sshd
    countries: dict[date, Path]
    folder: Path

    def stage(self) -> Stage:
        """A fresh stage with everything arrived for both days."""
        own = self.folder / uuid4().hex
        own.mkdir()
        stage = stage_on(self.sshd, own)
        for partner in OTHERS:
            stage = add_partner(stage, partner)
        for country in self.countries.values():
            stage.receive_country(country)
        return stage


def january(sshd: Sshd, folder: Path) -> January:
    """Make the countries."""
    countries = {}
    for day in (MONDAY, TUESDAY):
        out = folder / f"country.{day}"
        generate(persons=300, employers=8, filings=2, seed=7, business_date=day, out=out)
        countries[day] = out
    return January(sshd, countries, folder)


def steps_of(stage: Stage, day: date) -> dict[str, Step]:
    """Steps of a night by their names."""
    return {step.name: step for step in stage.night(day).steps}


def statements(stage: Stage) -> list[Path]:
    """Statements at the counter in the order of their numbers."""
    return sorted((stage.root / "statements").glob("CSSTM_*.TXT"), key=lambda path: path.name[-10:])


def read_statement(path: Path) -> DecodedFile:
    """A statement as its partner would decode it."""
    return decode_whole(path.read_bytes(), Registry().get(STATEMENT), file_id=path.name)


def job(stage: Stage, day: date, *, at: int | None = None) -> dict[str, Any]:
    """A night for :mod:`tests.night.dying`, killed before its ``at``-th instant."""
    return {
        "arguments": ("run", "--date", str(day)),
        "environment": stage.environment,
        "partners": str(stage.partners),
        "at": at,
    }


def drive(jobs: Sequence[dict[str, Any]]) -> list[int]:
    """Run jobs one after the other; how each ended."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.night.dying"],
        input=json.dumps(jobs),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=500,
    )
    ends: list[int] = json.loads(done.stdout)
    return ends
