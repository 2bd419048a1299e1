"""Killed (SIGKILL) between any two durable writes, a delivery ends as if nothing had happened."""

from __future__ import annotations

import pytest

from tests.faults.crash_points import COMMANDS, SENDING, instants, killed_at, run_again, spread
from tests.faults.ground import Ground

SPREAD = 3  # instants of each way in the usual run; all of them in the soak


@pytest.fixture(scope="module")
def seen(ground: Ground) -> dict[str, list[str]]:
    """The instants of each way."""
    return {way: instants(ground, way) for way in COMMANDS}


@pytest.mark.parametrize("way", COMMANDS)
def test_killed_somewhere_it_ends_as_undisturbed(
    ground: Ground, seen: dict[str, list[str]], way: str
) -> None:
    places = spread(len(seen[way]), SPREAD)
    assert _troubles(ground, seen, way, places) == {}


@pytest.mark.soak
@pytest.mark.parametrize("way", COMMANDS)
def test_killed_anywhere_it_ends_as_undisturbed(
    ground: Ground, seen: dict[str, list[str]], way: str
) -> None:
    everywhere = range(1, len(seen[way]) + 1)
    assert _troubles(ground, seen, way, list(everywhere)) == {}


def test_the_instants_are_of_every_kind(seen: dict[str, list[str]]) -> None:
    for way, found in seen.items():
        assert {"begin", "commit", "given back", "send", "fsync"} <= set(found), way
        assert "os.rename outbox" in found
        assert len(found) > 80
    assert {"os.rename landing", "os.rename datasets"} <= set(seen[list(COMMANDS)[1]])
    # The sealed file, its manifest, the signature and the trigger.
    assert seen[SENDING].count("os.rename outbox") == 4


def _troubles(
    ground: Ground, seen: dict[str, list[str]], way: str, places: list[int]
) -> dict[str, str]:
    """What is not as undisturbed, by the instant of the kill."""
    ended = {
        f"{killed.at}: {seen[way][killed.at - 1]}": run_again(ground, way, killed)
        for killed in killed_at(ground, way, places)
    }
    assert len(ended) == len(places)
    return {at: trouble for at, trouble in ended.items() if trouble is not None}
