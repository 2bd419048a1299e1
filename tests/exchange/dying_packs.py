"""Receiving filings, killed at a chosen instant: ``python -m tests.exchange.dying_packs``.

Reads jobs as JSON from standard input and runs each in a process of its own, which kills itself
just before its n-th instant (see :mod:`tests.night.dying`). A job without ``at`` runs to its end.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from exchange.inbound import filings, joining
from exchange.inbound.filings import receive_folder
from exchange.inbound.small_files import visible_files
from exchange.site import open_site
from tests.exchange.filings_in_the_wild import DAY, registers
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
        filings.BATCH_FILES = job["batch"]
        joining.BLOCK_BYTES = job["block"]
        site = open_site({"PRAKAN_HOME": job["home"]})
        known = registers()
        instants = Instants(Path(job["home"]), job.get("at"))
        instants.watch()
        _count_removals(instants)
        inbox = site.home.employer_inbox
        names = visible_files(inbox)
        receive_folder(site, DAY, inbox, names, empties=True, references=known)
        Path(job["told"]).write_text(json.dumps(instants.seen))
    except BaseException:
        traceback.print_exc()
        os._exit(3)
    os._exit(0)


def _count_removals(instants: Instants) -> None:
    """Files are removed by their names in an open folder, which no audit event tells whole."""
    original = os.unlink

    def counted(*given: Any, **named: Any) -> None:
        if "dir_fd" in named:
            instants.happen("taken from the inbox")
        original(*given, **named)

    os.unlink = counted  # type: ignore[assignment]


if __name__ == "__main__":
    load_kernels()
    json.dump([run(job) for job in json.load(sys.stdin)], sys.stdout)
