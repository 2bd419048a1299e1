"""Command lines that are killed at a chosen instant: ``python -m tests.night.dying``.

Reads jobs as JSON from standard input and runs each in a process of its own, which kills itself
with SIGKILL just before its n-th instant: a file opened for writing, renamed, removed or flushed
below the home, a transaction begun, about to be committed or given back, bytes sent to the
partner. A job without ``at`` runs to its end and writes what the instants were.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import paramiko
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

import exchange.night
import exchange.remote.fetch
import exchange.report
import interfaces.partners
from prakan.__main__ import main

FILE_EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"}
WRITING = set("wax+")


@dataclass
class Instants:
    """Counts instants in order and ends the process at the chosen one."""

    home: Path
    at: int | None
    seen: list[str] = field(default_factory=list)

    def happen(self, what: str) -> None:
        """One more instant: what is about to be done."""
        self.seen.append(what)
        if len(self.seen) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """From now on everything counts."""
        sys.addaudithook(self._audit)
        self._before(os, "fsync")
        self._before(paramiko.Channel, "send")
        for event in ("begin", "commit"):
            sa.event.listen(Engine, event, lambda _connection, told=event: self.happen(told))
        sa.event.listen(Pool, "checkin", lambda *_: self.happen("given back"))

    def _before(self, owner: Any, name: str) -> None:
        original: Callable[..., Any] = getattr(owner, name)

        def counted(*given: Any, **named: Any) -> Any:
            self.happen(name)
            return original(*given, **named)

        setattr(owner, name, counted)

    def _audit(self, event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and (not isinstance(given[1], str) or not WRITING & set(given[1])):
            return
        if event != "open" and event not in FILE_EVENTS:
            return
        path = Path(os.fsdecode(given[0])) if isinstance(given[0], str | bytes | Path) else None
        if path is not None and path.is_relative_to(self.home):
            self.happen(" ".join((event, *path.relative_to(self.home).parts[:1])))


def load_kernels() -> None:
    """Load what is loaded when the first record is read: once, not in every child again.

    Nothing runs yet, so that no thread is lost when the children are made.
    """
    for room in ("parsers", "exporters", "validation", "exchange.inbound"):
        import_module(f"{room}.kernels").compile_all()


def run(job: dict[str, Any]) -> int:
    """In a child: one command line, to its end or to its death; how it ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.environ.update(job["environment"])
    interfaces.partners.SHIPPED = Path(job["partners"])
    exchange.remote.fetch.SETTLE_SECONDS = 0.0
    instants = Instants(Path(job["environment"]["PRAKAN_HOME"]), job.get("at"))
    instants.watch()
    status = main(job["arguments"])
    if "seen" in job:
        Path(job["seen"]).write_text(json.dumps(instants.seen))
    os._exit(status)


if __name__ == "__main__":
    load_kernels()
    ends = [run(job) for job in json.load(sys.stdin)]
    json.dump(ends, sys.stdout)
