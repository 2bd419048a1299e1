"""Entering filings, killed at a chosen instant: ``python -m tests.exchange.dying_entering``.

Reads jobs as JSON from standard input and runs each in a process of its own, which kills itself
just before its n-th instant (see :mod:`tests.night.dying`). A job without ``at`` runs to its end.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import date
from pathlib import Path
from typing import Any

from exchange.employers import entering
from exchange.site import open_site
from tests.night.dying import Instants, load_kernels


def run(job: dict[str, Any]) -> dict[str, object]:
    """How a run ended, and the instants of one that was left alive."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        told = Path(job["told"])
        seen = json.loads(told.read_text()) if told.exists() else []
        return {"status": status, "seen": seen}
    try:
        entering.BATCH_FILES = job["batch"]
        site = open_site({"PRAKAN_HOME": job["home"]})
        instants = Instants(Path(job["home"]), job.get("at"))
        instants.watch()
        entering.enter_filings(site, date.fromisoformat(job["day"]))
        Path(job["told"]).write_text(json.dumps(instants.seen))
    except BaseException:
        traceback.print_exc()
        os._exit(3)
    os._exit(0)


if __name__ == "__main__":
    load_kernels()
    json.dump([run(job) for job in json.load(sys.stdin)], sys.stdout)
