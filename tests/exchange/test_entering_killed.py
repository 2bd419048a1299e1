"""Whatever instant entering dies at, running it again ends where an undisturbed run does."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from exchange.employers.entering import enter_filings
from exchange.employers.lines import due_of, live_lines
from exchange.employers.withdrawing import withdraw
from exchange.inbound.arrivals import receive_paths
from exchange.site import Site, open_site
from ledger.audit import verify_chain
from ledger.books import check_books
from ledger.digest import content_digest
from ledger.employer_accounts import standings
from tests.exchange.employer_filings import DAY, Line, installation, write_form
from tests.sampling import spread

BATCH = 3
DEATHS = 6  # in the usual run; all of them in the soak
HEAD, BRANCH = "000000", "000001"


def form(site: Site, name: str, employer: int, *lines: Line, branch: str = HEAD) -> Path:
    path = site.home.employer_inbox / f"SPS110_{name}.TXT"
    return write_form(site, path, employer, [(branch, lines)])


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A home with accepted forms: of several employers, corrected, added to, filed again."""
    site = installation(tmp_path / "before")
    first = form(site, "E1", 1, Line(1), Line(2))
    (withdrawn,) = receive_paths(site, DAY, [first])
    enter_filings(site, DAY)
    withdraw(site, withdrawn.file_id, who="Malee", reason="by mistake", business_date=DAY)
    waiting = [form(site, f"E{n}", n, Line(n), Line(n + 20)) for n in range(2, 7)]
    waiting += [
        form(site, "E1_S01", 1, Line(1), Line(2)),
        form(site, "E2_C01", 2, Line(2, "9000.00")),
        form(site, "E3_C02", 3, Line(3, "9000.00")),
        form(site, "E2_C03", 2, Line(2), Line(22)),
        form(site, "E4_S04", 4, Line(9), branch=BRANCH),
    ]
    receive_paths(site, DAY, waiting)
    site.ledger.dispose()
    return tmp_path / "before" / "home"


def dying(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run the jobs in one process that starts once."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.exchange.dying_entering"],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def job(home: Path, at: int | None = None) -> dict[str, Any]:
    told = str(home.with_suffix(".told"))
    return {"home": str(home), "at": at, "batch": BATCH, "day": DAY.isoformat(), "told": told}


def told(site: Site) -> tuple[Any, ...]:
    """What is due, who counts, and the digest of everything."""
    lines = live_lines(site).to_pylist()
    return content_digest(site.ledger), standings(site.ledger).to_pylist(), lines


@pytest.mark.sampled
def test_a_run_after_any_death_enters_everything_once(
    tmp_path: Path, before: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.employers.entering.BATCH_FILES", BATCH)
    whole = tmp_path / "whole"
    shutil.copytree(before, whole)
    (undisturbed,) = dying([job(whole)])
    assert undisturbed["status"] == 0
    instants = undisturbed["seen"]
    assert instants.count("commit") >= 5  # three batches, two forms filed again

    at = spread(range(1, len(instants) + 1), DEATHS)
    homes = {n: tmp_path / f"died{n}" for n in at}
    for home in homes.values():
        shutil.copytree(before, home)
    deaths = dying([job(home, n) for n, home in homes.items()])
    assert [death["status"] for death in deaths] == [signal.SIGKILL] * len(homes)

    reference = open_site({"PRAKAN_HOME": str(whole)})
    expected = told(reference)
    for home in homes.values():
        site = open_site({"PRAKAN_HOME": str(home)})
        enter_filings(site, DAY)
        assert told(site) == expected
        assert verify_chain(site.ledger).fault is None
        found = check_books(site.ledger, full=True, due_of=partial(due_of, site))
        assert [str(one) for one in found if not one.agrees] == []
        site.ledger.dispose()
    reference.ledger.dispose()
