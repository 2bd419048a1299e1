"""The benchmark of answers answers every filing and prints its figures in one JSON object."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = 60


def test_every_filing_is_answered_and_every_figure_printed() -> None:
    options = ["--files", str(FILES), "--lines", "400", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.employer_answers", *options],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    result = json.loads(done.stdout)
    assert result["counts"] == {
        "answered": FILES,
        "refused": result["counts"]["refused"],
        "already": 0,
        "waiting": 0,
    }
    assert result["megabytes"] > 0
    assert result["ratio_to_plain_files"] > 0
    assert [goal["name"] for goal in result["goals"]] == [
        "answering / writing the same bytes as plain files",
        "memory on top of what was there before, MB",
    ]
