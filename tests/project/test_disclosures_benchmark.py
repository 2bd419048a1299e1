"""The benchmark of disclosures finds everybody who is there, and prints what it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEOPLE = ("first", "middle", "last", "absent")
PERSONS = 140_000  # two groups of rows in each file
DAYS = 3


def test_every_day_is_found_and_nothing_is_left(tmp_path: Path) -> None:
    """A file a day for each person, none for one who is in no feed; the year is removed."""
    command = [sys.executable, "-m", "benchmarks.disclosures", "--json"]
    command += ["--persons", str(PERSONS), "--days", str(DAYS), "--rounds", "1"]
    command += ["--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout)
    for person in PEOPLE:
        for cache in ("cold", "warm"):
            run = result[f"{person} {cache}"]
            assert run["found"] == (0 if person == "absent" else DAYS)
            assert run["files"] == 2 * DAYS
            assert run["read_mb"] > 0
            assert run["peak_mb"] > 0
    assert {goal["name"].split(",")[0] for goal in result["goals"]} == {"disclosures"}
    assert set(result) >= {"no_bounds", "grep", "command", "trace", "rows_gb", "sent_files_gb"}
    assert list(tmp_path.iterdir()) == []
