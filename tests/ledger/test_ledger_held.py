"""A thing is held by one process at a time, on whatever machine; it vanishes with its holder."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from sqlalchemy.engine import Engine

from ledger.database import open_ledger
from ledger.held import held
from tests.postgres import PostgresServer

HOLDER = """\
import sys, time
from ledger.database import open_ledger
from ledger.held import held
with held(open_ledger(sys.argv[1]), "thing") as free:
    print("holds" if free else "busy", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def on_postgres(postgres: PostgresServer) -> str:
    return postgres.create("held", template="migrated")


def test_a_killed_holder_leaves_nothing(on_postgres: str) -> None:
    engine = open_ledger(on_postgres)
    command = [sys.executable, "-c", HOLDER, on_postgres]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "holds\n"
        with held(engine, "thing") as free, held(engine, "another thing") as also_free:
            assert (free, also_free) == (False, True)
        other.send_signal(signal.SIGKILL)
    for _ in range(100):  # the server notices the closed connection in its own time
        with held(engine, "thing") as free:
            if free:
                break
    assert free
    engine.dispose()


def test_given_back_at_the_end(ledger: Engine) -> None:
    for _ in range(3):
        with held(ledger, "thing") as free:
            assert free
