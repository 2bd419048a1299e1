"""Books kept beside the work: several batches at once, and nothing is done twice or forgotten."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Event, get_ident
from typing import Any

import pytest

from exchange.inbound import clerk, filings
from exchange.inbound.clerk import RECORDED_BATCHES, Clerk
from exchange.site import Site
from interfaces.errors import OutsideFailure
from ledger.audit import verify_chain
from ledger.files import files_of
from ledger.packs import record_packs
from tests.exchange.filings_in_the_wild import DAY, right
from tests.exchange.test_packs_judge import a_site, drop, joined

FILES = 5
"""Files of a batch, in these tests."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An installation."""
    opened = a_site(tmp_path / "home")
    yield opened
    opened.ledger.dispose()


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Packs and results of each transaction; batches are small."""
    monkeypatch.setattr(filings, "BATCH_FILES", FILES)
    told: list[tuple[int, int]] = []

    def noted(engine: Any, landed: Sequence[Any], decided: Sequence[Any], **moments: Any) -> None:
        told.append((len(landed), len(decided)))
        record_packs(engine, landed, decided, **moments)

    monkeypatch.setattr(clerk, "record_packs", noted)
    return told


def some(count: int) -> dict[str, bytes]:
    """Right filings, none like another."""
    lot = random.Random(17)
    return {f"SPS110_{n:03d}.TXT": right(lot) for n in range(count)}


def odd_one(seed: int) -> bytes:
    """A file that cannot be joined, and is refused."""
    return right(random.Random(seed)).decode("cp874").encode()


def test_several_batches_are_one_transaction_and_the_last_ones_are_their_own(
    site: Site, recorded: list[tuple[int, int]]
) -> None:
    drop(site, some(11 * FILES - 2))
    assert joined(site)["accepted"] == 11 * FILES - 2
    assert RECORDED_BATCHES == 4
    assert recorded == [(4, 4), (4, 4), (1, 1), (1, 1), (1, 1)]
    assert verify_chain(site.ledger).fault is None


def test_a_copy_of_what_still_waits_to_be_recorded_is_a_copy(
    site: Site, recorded: list[tuple[int, int]]
) -> None:
    files = some(3 * FILES)
    drop(site, files | {"SPS110_990.TXT": files["SPS110_001.TXT"]})
    counts = joined(site)
    assert (counts["accepted"], counts["duplicates"]) == (3 * FILES, 1)
    assert sum(landed for landed, _ in recorded) == 4 - 1
    assert len(files_of(site.ledger, DAY)) == 3 * FILES


def test_what_goes_by_itself_waits_for_the_books(
    site: Site, recorded: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is received once the files that were joined are in the ledger, and all of it is."""
    drop(site, some(6 * FILES))
    odd = {f"SPS110_{n:03d}-A.TXT": odd_one(n) for n in range(1, 6 * FILES, 4)}
    drop(site, odd)
    seen: list[int] = []
    usual = filings.take_in

    def noted(*given: Any) -> Any:
        seen.append(sum(landed for landed, _ in recorded))
        return usual(*given)

    monkeypatch.setattr(filings, "take_in", noted)
    counts = joined(site)
    assert (counts["files"], counts["accepted"]) == (6 * FILES + len(odd), 6 * FILES)
    assert counts["quarantined"] == len(odd)
    assert seen == sorted(seen) and seen[0] >= RECORDED_BATCHES
    assert list(site.home.employer_inbox.iterdir()) == []


@pytest.mark.parametrize("what", ["land_pack", "take_in", "receive"])
def test_an_error_beside_the_work_is_raised_and_takes_nothing_away(
    site: Site, recorded: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    drop(site, some(9 * FILES) | {"SPS110_003-A.TXT": odd_one(3)})

    def full(*_given: object) -> None:
        raise OutsideFailure("no room")

    with monkeypatch.context() as patch:
        patch.setattr(filings, what, full)
        with pytest.raises(OutsideFailure, match="no room"):
            joined(site)
    assert len(list(site.home.employer_inbox.iterdir())) == 9 * FILES + 1
    assert joined(site)["accepted"] == 9 * FILES
    assert list(site.home.employer_inbox.iterdir()) == []
    assert verify_chain(site.ledger).fault is None


def test_the_work_does_not_run_far_ahead_of_the_books(site: Site) -> None:
    """What is not recorded is compared with each batch, so that it must stay little."""
    goes_on = Event()
    ahead: list[int] = []
    begun = 0

    class Watched(Future[None]):
        """Something to do that never ends before somebody waits for it."""

        def result(self, timeout: float | None = None) -> None:
            ahead.append(begun)
            goes_on.set()

    with Clerk(site, site.clock()) as books:
        books.do(goes_on.wait)
        (given,) = books._given
        given.__class__ = Watched
        for _ in range(20):
            begun += 1
            books.turn()
    assert ahead == [RECORDED_BATCHES]


def test_each_thread_does_what_it_is_given_in_order(site: Site) -> None:
    done: dict[int, list[int]] = {}

    def note(number: int) -> None:
        done.setdefault(get_ident(), []).append(number)

    with Clerk(site, site.clock()) as books:
        for number in range(30):
            books.turn()
            for give in (books.do, books.store, books.afterwards):
                give(lambda number=number: note(number))
        books.settle()
        assert sorted(done.values()) == [list(range(30))] * 3
    assert get_ident() not in done
