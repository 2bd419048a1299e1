"""Whatever instant receiving dies at, running it again ends where an undisturbed run does."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exchange.inbound import filings, joining
from exchange.inbound.landed import landed_path
from exchange.site import Site, open_site
from ledger.audit import verify_chain
from ledger.digest import content_digest
from ledger.files import files_of
from tests.exchange.filings_in_the_wild import DAY, wild
from tests.exchange.test_packs_judge import a_site, assert_same, drop, joined
from tests.sampling import spread

SEED, FILES, BATCH, BLOCK = 21, 52, 24, 9_000
DEATHS, REMOVALS = 5, 2  # in the usual run; all of them in the soak
AT_ONCE = 20
OF_LESS = 1 / 5  # one run has a few instants more than another and may end before its own
TAKEN = "taken from the inbox"


def dying(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run the jobs in one process that starts once."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.exchange.dying_packs"],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A home with files that wait."""
    site = a_site(tmp_path / "before")
    drop(site, dict(wild(SEED, FILES)))
    site.ledger.dispose()
    return tmp_path / "before"


def job(home: Path, at: int | None = None) -> dict[str, Any]:
    return {
        "home": str(home),
        "at": at,
        "batch": BATCH,
        "block": BLOCK,
        "told": str(home.with_suffix(".told")),
    }


def chosen(instants: list[str]) -> list[int]:
    """Instants to die at, from 1: some of those at which a file leaves the inbox, and of all the
    others between the first and the last."""
    taken = [n for n, what in enumerate(instants, 1) if what == TAKEN]
    others = [n for n, what in enumerate(instants, 1) if what != TAKEN]
    return sorted({*spread(taken, REMOVALS), *spread(others, DEATHS)})


def finished(home: Path) -> Site:
    """The home after a further run that nobody kills."""
    site = open_site({"PRAKAN_HOME": str(home)})
    joined(site)
    return site


@pytest.mark.sampled
def test_a_run_after_any_death_ends_as_if_nobody_had_died(
    tmp_path: Path, before: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filings, "BATCH_FILES", BATCH)
    monkeypatch.setattr(joining, "BLOCK_BYTES", BLOCK)
    whole = tmp_path / "whole"
    shutil.copytree(before, whole)
    (undisturbed,) = dying([job(whole)])
    assert undisturbed["status"] == 0
    instants = undisturbed["seen"]
    assert {"fsync", "commit", "os.rename landing", TAKEN} <= set(instants)

    reference = open_site({"PRAKAN_HOME": str(whole)})
    digest = content_digest(reference.ledger)
    at = chosen(instants)
    ended = 0
    for start in range(0, len(at), AT_ONCE):
        homes = {n: tmp_path / f"died{n}" for n in at[start : start + AT_ONCE]}
        for home in homes.values():
            shutil.copytree(before, home)
        ended += sum(end["status"] == 9 for end in dying([job(h, n) for n, h in homes.items()]))
        for home in homes.values():
            site = finished(home)
            assert content_digest(site.ledger) == digest
            assert_same(site, reference)
            assert list(site.home.employer_inbox.iterdir()) == []
            assert verify_chain(site.ledger).fault is None
            for standing in files_of(site.ledger, DAY):
                path = landed_path(site, standing.file.file_id)
                assert path.stat().st_size == standing.file.size_bytes
            site.ledger.dispose()
            shutil.rmtree(home)
    assert ended >= len(at) * (1 - OF_LESS)
    reference.ledger.dispose()
