"""Two operators start the same night at once: it happens once, and the other one is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from exchange.locks import BusyError, exclusive
from ledger.deliveries import deliveries_of, events_of
from ledger.delivery import DeliveryState
from simulation.sftp_server import running_server
from tests.night.conftest import Undisturbed
from tests.night.stage import DAY, FEEDS, PARTNER, Stage, make_partner, walk_ins_of
from tests.postgres import PostgresServer

RUN = ("run", "--date", str(DAY), "--json")


@pytest.fixture(params=["sqlite", "postgresql"])
def demo_stage(request: pytest.FixtureRequest, country: Path, tmp_path: Path) -> Iterator[Stage]:
    """An installation whose partner is the demo's own server, for commands of their own."""
    root = tmp_path / "partner"
    make_partner(root)
    with running_server(root, tmp_path / "server") as server:
        settings = server.environment(PARTNER)
        stage = Stage(tmp_path, root, {"PRAKAN_HOME": str(tmp_path / "home"), **settings})
        if request.param == "postgresql":
            postgres: PostgresServer = request.getfixturevalue("postgres")
            database = postgres.create(f"together{uuid4().hex}")
            stage = stage.with_setting("PRAKAN_LEDGER_URL", database)
        stage.receive_country(country)
        yield stage


def test_two_runs_at_once_give_one_night(
    demo_stage: Stage, undisturbed: Undisturbed, country: Path
) -> None:
    for digest in (undisturbed.digest_before_evening, undisturbed.digest):
        _together(demo_stage)
        assert demo_stage.night().status == 0  # the one that was told comes back and finds it done
        assert demo_stage.digest() == digest
        if digest != undisturbed.digest:
            demo_stage.evening(walk_ins=walk_ins_of(country))
    assert demo_stage.at_partner() == undisturbed.at_partner
    with demo_stage.ledger() as ledger:
        for delivery in deliveries_of(ledger, DAY):
            events = events_of(ledger, delivery.delivery_id)
            states = [event.state for event in events if "step" not in event.detail]
            assert states[:5] == [
                DeliveryState.PLANNED,
                DeliveryState.BUILT,
                DeliveryState.SEALED,
                DeliveryState.SENDING,
                DeliveryState.DELIVERED,
            ]
            assert states[5:] == [DeliveryState.ACKNOWLEDGED] * (delivery.answers is None)


def test_whoever_comes_second_is_told_in_one_line(
    stage: Stage, undisturbed: Undisturbed, capsys: pytest.CaptureFixture[str]
) -> None:
    delivery = f"{PARTNER}.{FEEDS[0]}.000001"
    with exclusive(stage.site(), delivery):
        assert stage.prakan("run", "--date", str(DAY)) == 3
    (line,) = (x for x in capsys.readouterr().out.splitlines() if x.startswith("FAILED"))
    assert f"another process is working on {delivery}" in line
    assert stage.night().status == 0
    assert stage.digest() == undisturbed.digest_before_evening


def test_a_feed_is_not_made_anew_while_somebody_works_on_it(
    demo_stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo_stage.night().status == 0
    delivery = f"{PARTNER}.{FEEDS[0]}.000001"
    with exclusive(demo_stage.site(), delivery):
        assert demo_stage.prakan("regenerate", delivery, "--reason", "wrong names") == 3
    assert f"another process is working on {delivery}" in capsys.readouterr().err
    with demo_stage.ledger() as ledger:
        assert {d.sequence for d in deliveries_of(ledger, DAY)} == {1}


def test_a_lock_goes_with_its_holder(stage: Stage) -> None:
    site = stage.site()
    with exclusive(site, "thing"), pytest.raises(BusyError), exclusive(site, "thing"):
        pass
    with exclusive(site, "thing"):
        pass


def _together(stage: Stage) -> None:
    """Start two command lines, wait for both; each did its part or says who does it."""
    environment = os.environ | stage.environment
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "prakan", *RUN],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        said, complained = process.communicate()
        assert "Traceback" not in complained, complained
        told: dict[str, Any] = json.loads(said)
        errors = [step["error"] for step in told["steps"] if step["error"]]
        assert all("another process is working on" in error for error in errors)
        assert process.returncode == (3 if errors else 1)  # 1: faults of the country to follow up
