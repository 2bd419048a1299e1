"""File numbers: gaps and late ones are told, and each is told from a name or a content that was
there before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.inbound.arrivals import receive_paths
from exchange.inbound.complaints import Complaint
from exchange.inbound.receive import Received
from exchange.inbound.replay import replay
from exchange.inbound.sequences import Numbers
from exchange.site import Site, open_site
from interfaces.model import Interface
from interfaces.names import make_name, read_name
from interfaces.registry import Registry
from ledger.database import open_ledger
from ledger.landing import Direction, FileRecord, record_landed
from ledger.sightings import inbound_names
from tests.exchange.wrapped_returns import (
    DAY,
    NAME,
    PARTNER,
    RETURN,
    codes_of,
    drop,
    findings_of,
)
from tests.postgres import PostgresServer

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
REGISTRY = Registry(())
RETURNS = REGISTRY.get("counter_return", on=DAY)
EXTRACTS = REGISTRY.get("registration_master", on=DAY)


def told(
    interface: Interface, polls: list[list[tuple[int, date]]], *, suffix: str = ""
) -> list[str | None]:
    """What is said of each file, in the order in which they came; a poll is one moment."""
    names = [[make_name(interface.file, day, n) for n, day in poll] for poll in polls]
    answers: list[str | None] = []
    for arrived in range(len(polls)):
        seen = [
            (name + suffix, START + timedelta(hours=moment))
            for moment in range(arrived + 1)
            for name in names[moment]
        ]
        for name in names[arrived]:
            own = read_name(interface.file, name)
            assert own is not None
            answers.append(_shown(Numbers(interface, seen, suffix=suffix).complaint(own)))
    return answers


def _shown(complaint: Complaint | None) -> str | None:
    return None if complaint is None else f"{complaint.code[14:]} {complaint.said}"


def numbers(*polls: list[int]) -> list[list[tuple[int, date]]]:
    return [[(number, DAY) for number in poll] for poll in polls]


@pytest.mark.parametrize(
    ("polls", "expected"),
    [
        ([[1], [2], [3]], [None, None, None]),
        ([[41], [42]], [None, None]),  # it may begin anywhere
        ([[1], [3]], [None, "GAP missing=000002 number=000003"]),
        ([[1], [5]], [None, "GAP missing=000002-000004 number=000005"]),
        (
            [[1], [3], [2], [4]],
            [
                None,
                "GAP missing=000002 number=000003",
                "LATE number=000002 newest=000003",
                None,
            ],
        ),
        ([[3, 1, 2]], [None, None, None]),  # one poll: in the order of their numbers
        (
            [[1], [5, 3]],
            [None, "GAP missing=000004 number=000005", "GAP missing=000002 number=000003"],
        ),
    ],
)
def test_what_is_said_of_numbers(polls: list[list[int]], expected: list[str | None]) -> None:
    assert told(RETURNS, numbers(*polls)) == expected
    assert told(RETURNS, numbers(*polls), suffix=".pgp") == expected


def test_a_partners_numbers_run_on_over_days_and_those_of_extracts_do_not() -> None:
    days = [DAY + timedelta(days=n) for n in range(3)]
    running = [[(n, day)] for n, day in enumerate(days, start=7)]
    assert told(RETURNS, running) == [None, None, None]
    again = [[(1, day)] for day in days]
    assert told(RETURNS, again) == [None, *["LATE number=000001 newest=000001"] * 2]
    assert told(EXTRACTS, again) == [None, None, None]
    assert told(EXTRACTS, [[(1, DAY)], [(1, days[1])], [(3, DAY)]])[2] == (
        "GAP missing=000002 number=000003"
    )


@given(st.lists(st.integers(0, 60), unique=True, min_size=1, max_size=20))
def test_every_number_that_is_missing_is_named_once(order: list[int]) -> None:
    """Those named, less those that came late, are the ones that are missing in the end."""
    named: set[int] = set()
    late: set[int] = set()
    for number, said in zip(order, told(RETURNS, numbers(*[[n] for n in order])), strict=True):
        if said is None:
            continue
        kind, first, _ = said.split(" ", 2)
        if kind == "LATE":
            late.add(number)
            continue
        ends = [int(end) for end in first.removeprefix("missing=").split("-")]
        gap = set(range(ends[0], ends[-1] + 1))
        assert not gap & named
        named |= gap
    first_seen = order[0]
    missing = set(range(first_seen, max(order) + 1)) - set(order)
    assert named - late == missing


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = open_site({"PRAKAN_HOME": str(tmp_path / "home")})
    yield opened
    opened.ledger.dispose()


def numbered(number: int) -> str:
    return NAME.replace("_000001", f"_{number:06d}")


def content(number: int) -> bytes:
    """A sound return that is no other's copy."""
    return RETURN.replace(b"0001T042", f"{number:04d}T042".encode())


def receive(site: Site, folder: Path, files: dict[str, bytes]) -> list[Received]:
    return receive_paths(site, DAY, drop(folder, files), partner=PARTNER)


def test_gap_late_reused_name_and_copy_are_told_apart(site: Site, tmp_path: Path) -> None:
    def came(number: int, of: int) -> list[str]:
        (one,) = receive(site, tmp_path / "in", {numbered(number): content(of)})
        if one.duplicate_of is not None:
            return [f"copy of {one.duplicate_of}"]
        mine = [c for c in codes_of(site, one.file_id) if c.startswith("FILE_")]
        return [str(one.state), *mine]

    assert came(1, 1) == ["accepted"]
    assert came(4, 4) == ["accepted", "FILE_SEQUENCE_GAP"]
    assert came(3, 3) == ["accepted", "FILE_SEQUENCE_LATE"]
    assert came(3, 33) == ["quarantined", "FILE_NAME_REUSED", "FILE_SEQUENCE_LATE"]
    assert came(5, 4) == [f"copy of {numbered(4)}"]
    assert came(6, 6) == ["accepted"]  # the copy has used number 5
    names = inbound_names(site.ledger, "counter_return", PARTNER)
    assert [name for name, _ in names] == [numbered(n) for n in (1, 4, 3, 5, 6)]


def test_a_refused_file_has_used_its_number_and_is_told_the_same_by_replay(
    site: Site, tmp_path: Path
) -> None:
    receive(site, tmp_path / "in", {numbered(1): content(1)})
    (cut,) = receive(site, tmp_path / "in", {numbered(3): content(3)[:-300]})
    assert "FILE_SEQUENCE_GAP" in codes_of(site, cut.file_id)
    receive(site, tmp_path / "in", {numbered(4): content(4)})
    with pytest.raises(Exception, match="still refused"):
        replay(site, cut.file_id, who="operator", reason="again")
    gaps = [said for code, _, said in findings_of(site, cut.file_id) if "GAP" in code]
    assert gaps == ["missing=000002 number=000003"]


def test_names_of_one_sender_and_interface_on_postgresql(postgres: PostgresServer) -> None:
    """As on SQLite: further names of a copy count, others' files do not."""
    engine = open_ledger(postgres.create("sightings"))
    rows = [
        ("a", "counter_return", PARTNER, numbered(1)),
        ("a", "counter_return", PARTNER, numbered(2)),
        ("b", "counter_return", "another", numbered(3)),
        ("c", "form_1_10", None, "X"),
    ]
    for moment, (file_id, interface, partner, name) in enumerate(rows):
        record = FileRecord(file_id, interface, 1, Direction.INBOUND, partner, DAY, name, 1)
        record_landed(engine, [record], recorded_at=START + timedelta(seconds=moment))
    assert inbound_names(engine, "counter_return", PARTNER) == [
        (numbered(1), START),
        (numbered(2), START + timedelta(seconds=1)),
    ]
    assert inbound_names(engine, "form_1_10", None) == [("X", START + timedelta(seconds=3))]
    engine.dispose()
