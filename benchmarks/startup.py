"""The first decode of a process against later ones: ``python -m benchmarks.startup --json``.

The kernels were compiled at set-up; a process that meets its first record only loads them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.decoding import decode_all
from benchmarks.goals import Goal, Result, at_most, print_result
from benchmarks.measure import arguments, wall_seconds
from benchmarks.registration import registration_master, write_registration_master

RECORDS = 2_000
_PROCESSES = 3
_CHILD = "--child"


def measure_startup(records: int) -> tuple[Result, list[Goal]]:
    """Seconds of the first and of the second decode in fresh processes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "REGMAST")
        write_registration_master(path, records)
        runs = [_fresh_process(path) for _ in range(_PROCESSES)]
    first, later = runs[0]
    result: Result = {
        "startup": {
            "records": records,
            "first_decode_seconds": round(first, 3),
            "second_decode_seconds": round(later, 3),
        }
    }
    most = max(one - other for one, other in runs)
    return result, [at_most("first decode, seconds more than later ones", most, 1)]


def _fresh_process(path: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.startup", _CHILD, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    first, second = json.loads(done.stdout)
    return first, second


def _be_child(path: Path) -> list[float]:
    interface, _ = registration_master()
    return [wall_seconds(lambda: decode_all(path, interface)) for _ in range(2)]


def main() -> None:
    """Print the measurements."""
    if sys.argv[1:2] == [_CHILD]:
        print(json.dumps(_be_child(Path(sys.argv[2]))))
        return
    options = arguments("First decode against later ones", records=RECORDS)
    result, goals = measure_startup(options.records)
    named = {"benchmark": "startup", "goals": [goal.as_dict() for goal in goals], **result}
    print_result(named, as_json=options.json)


if __name__ == "__main__":
    main()
