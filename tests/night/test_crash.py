"""The night is killed at any instant and started again: same feeds, same ledger, no leftovers."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.night.conftest import Undisturbed, stage_on
from tests.night.stage import DAY, PARTNER, Stage, walk_ins_of
from tests.openssh import Sshd

RUN = ("run", "--date", str(DAY))
HALVES = ("before_evening", "after_evening")
SPREAD = 4  # instants of each half in the usual run; all of them in the soak
AT_ONCE = 20
COMPLETE = 1  # the country has faults to follow up: the night is complete, not in order


@dataclass
class Nights:
    """Makes stages that stand before either half of the night."""

    sshd: Sshd
    country: Path
    folder: Path
    evening: Stage | None = None

    def at(self, half: str) -> Stage:
        """A fresh stage before that half."""
        stage = stage_on(self.sshd, self._new_folder())
        if half == "before_evening":
            stage.receive_country(self.country)
            return stage
        if self.evening is None:
            self.evening = self.at("before_evening")
            assert self.evening.night().status == 0
            self.evening.evening(walk_ins=walk_ins_of(self.country))
        shutil.copytree(self.evening.home.root, stage.home.root)
        shutil.copytree(self.evening.root, stage.root, dirs_exist_ok=True)
        return stage

    def _new_folder(self) -> Path:
        folder = self.folder / uuid4().hex
        folder.mkdir()
        return folder


@pytest.fixture(scope="module")
def nights(sshd: Sshd, country: Path, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Stages as many as wanted."""
    return Nights(sshd, country, tmp_path_factory.mktemp("nights"))


@pytest.fixture(scope="module")
def instants(nights: Nights) -> dict[str, list[str]]:
    """What happens in each half, instant by instant, when nobody is killed."""
    found = {}
    for half in HALVES:
        stage = nights.at(half)
        seen = stage.folder / "seen.json"
        assert _drive([_job(stage) | {"seen": str(seen)}]) == [COMPLETE]
        found[half] = json.loads(seen.read_bytes())
    return found


@pytest.fixture(scope="module")
def killed(nights: Nights, instants: dict[str, list[str]]) -> dict[tuple[str, int], Stage]:
    """Stages killed at instants spread over both halves, by half and place in the spread."""
    places = [(half, place) for half in HALVES for place in range(SPREAD)]
    stages = {key: nights.at(key[0]) for key in places}
    jobs = [
        _job(stages[half, place], at=len(instants[half]) * (2 * place + 1) // (2 * SPREAD))
        for half, place in places
    ]
    assert _drive(jobs) == [-signal.SIGKILL] * len(jobs)
    return stages


@pytest.mark.parametrize("place", range(SPREAD))
@pytest.mark.parametrize("half", HALVES)
def test_a_killed_night_ends_as_if_nothing_had_happened(
    killed: dict[tuple[str, int], Stage], undisturbed: Undisturbed, half: str, place: int
) -> None:
    stage = killed[half, place]
    _nothing_half_sent(stage, undisturbed)
    assert stage.night().status == 0
    _as_undisturbed(stage, undisturbed, half)


def test_the_instants_are_of_every_kind(instants: dict[str, list[str]]) -> None:
    kinds = {what for half in HALVES for what in instants[half]}
    assert {"begin", "commit", "given back", "send", "fsync"} <= kinds
    for folder in ("landing", "datasets", "findings", "outbox"):
        assert f"os.rename {folder}" in kinds
    assert all(len(instants[half]) > 100 for half in HALVES)


@pytest.mark.soak
@pytest.mark.parametrize("half", HALVES)
def test_killed_at_every_single_instant(
    nights: Nights, instants: dict[str, list[str]], undisturbed: Undisturbed, half: str
) -> None:
    everyone = range(1, len(instants[half]) + 1)
    for chosen in _batches(everyone, AT_ONCE):
        stages = [nights.at(half) for _ in chosen]
        jobs = [_job(stage, at=at) for stage, at in zip(stages, chosen, strict=True)]
        assert _drive(jobs) == [-signal.SIGKILL] * len(jobs)
        for stage, at in zip(stages, chosen, strict=True):
            _nothing_half_sent(stage, undisturbed)
            assert stage.night().status == 0, f"killed before {instants[half][at - 1]} ({at})"
            _as_undisturbed(stage, undisturbed, half)
            shutil.rmtree(stage.folder)
            shutil.rmtree(stage.root)


@pytest.mark.soak
@pytest.mark.parametrize("half", HALVES)
def test_killed_again_and_again(
    nights: Nights, instants: dict[str, list[str]], undisturbed: Undisturbed, half: str
) -> None:
    """Each start comes a little further than the one before it, until one comes to the end."""
    for step in (7, 23, 41):
        stage = nights.at(half)
        ends, at = [-signal.SIGKILL], step
        while ends == [-signal.SIGKILL]:
            ends = _drive([_job(stage, at=at)])
            _nothing_half_sent(stage, undisturbed)
            at += step
        assert ends == [COMPLETE]
        _as_undisturbed(stage, undisturbed, half)


def _job(stage: Stage, *, at: int | None = None) -> dict[str, Any]:
    return {
        "arguments": RUN,
        "environment": stage.environment,
        "partners": str(stage.partners),
        "at": at,
    }


def _drive(jobs: Sequence[dict[str, Any]]) -> list[int]:
    """How each job ended: its status, or minus the signal that killed it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.night.dying"],
        input=json.dumps(jobs),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    ends: list[int] = json.loads(done.stdout)
    return ends


def _batches(values: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _nothing_half_sent(stage: Stage, undisturbed: Undisturbed) -> None:
    """Every file of ours that the partner sees under its name is whole."""
    for name, digest in stage.at_partner("drop", "acks").items():
        hidden = name.split("/")[-1].startswith(".") and name.endswith(".part")
        assert hidden or undisturbed.at_partner[name] == digest


def _as_undisturbed(stage: Stage, undisturbed: Undisturbed, half: str) -> None:
    if half == "before_evening":
        assert stage.at_partner() == undisturbed.drop
        assert stage.digest() == undisturbed.digest_before_evening
    else:
        assert stage.at_partner() == undisturbed.at_partner
        assert stage.digest() == undisturbed.digest
    waiting = [p for p in stage.home.partner_inbox(PARTNER).rglob("*") if p.is_file()]
    assert [p.name for p in waiting if not p.name.endswith(".part")] == []
