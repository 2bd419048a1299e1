"""Refused contents that come again under other names: whatever the order, batch or crash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pytest

from exchange.employers.answers import answers_folder, write_answers
from exchange.employers.entering import enter_filings
from exchange.inbound.arrivals import receive_filings, receive_paths
from exchange.inbound.replay import replay
from exchange.site import Site, open_site
from ledger.database import reading
from ledger.files import find
from ledger.filings import counting, filings_of
from ledger.landing import FileState
from tests.exchange.employer_filings import (
    DAY,
    RECORDED,
    Line,
    Registered,
    account,
    installation,
    receive_master,
    take_in_filings,
    write_form,
)
from tests.postgres import PostgresServer

LATER = DAY + timedelta(days=3)
PLAIN = f"SPS110_{account(1)}_256912.TXT"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    yield opened
    opened.ledger.dispose()


def marked(mark: str) -> str:
    return PLAIN.replace(".TXT", f"_{mark}.TXT")


def form(site: Site, name: str, *lines: Line, **override: object) -> Path:
    path = site.home.employer_inbox / name
    return write_form(site, path, 1, [("000000", lines or [Line(1)])], override=override)


def state(site: Site, file_id: str) -> FileState:
    standing = find(site.ledger, file_id)
    assert standing is not None
    return standing.state


def states(site: Site) -> list[str]:
    query = "SELECT state FROM file_result ORDER BY result_id"
    with reading(site.ledger) as connection:
        return list(connection.exec_driver_sql(query).scalars())


def copied(path: Path, *names: str) -> list[Path]:
    for name in names:
        path.with_name(name).write_bytes(path.read_bytes())
    return [path.with_name(name) for name in names]


@pytest.mark.parametrize("at_once", [False, True])
def test_both_names_at_once_end_as_one_after_the_other(site: Site, at_once: bool) -> None:
    nearly = form(site, "SPS110_A_X01.TXT")
    paths = [nearly, *copied(nearly, "SPS110_A.TXT", "SPS110_B.TXT")]
    if at_once:
        first, second, third = receive_paths(site, DAY, paths)
    else:
        ((first,), (second,), (third,)) = (receive_paths(site, DAY, [path]) for path in paths)
    assert (first.state, second.state) == (FileState.QUARANTINED, FileState.ACCEPTED)
    assert (second.duplicate_of, third.duplicate_of) == (None, nearly.name)
    assert states(site) == ["quarantined", "accepted"]


def test_a_folder_is_received_as_one_name_after_the_other(site: Site) -> None:
    receive_paths(site, DAY, [form(site, PLAIN)])
    copied(form(site, PLAIN, Line(2)), marked("C01"), marked("C02"))
    counts = receive_filings(site, DAY)
    assert (counts["accepted"], counts["quarantined"], counts["duplicates"]) == (1, 1, 1)
    assert states(site) == ["accepted", "quarantined", "accepted"]


def test_run_again_after_a_crash_between_the_names_it_ends_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearly = form(site, "SPS110_A_X01.TXT")
    paths = [nearly, *copied(nearly, "SPS110_A.TXT")]

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("exchange.inbound.receive._process", die)
        with pytest.raises(KeyboardInterrupt):
            receive_paths(site, DAY, paths)
    assert states(site) == ["quarantined"]
    for _ in range(2):
        _, second = receive_paths(site, DAY, paths)
        assert (second.state, second.accepted) == (FileState.ACCEPTED, 1)
        assert states(site) == ["quarantined", "accepted"]


def test_the_same_verdict_under_many_names_is_one_result(site: Site) -> None:
    wrong = form(site, "SPS110_A.TXT", total_employee=9)
    copied(wrong, *(f"SPS110_A{number:02d}.TXT" for number in range(20)))
    form(site, "SPS110_B.TXT", Line(7))
    counts = receive_filings(site, DAY)
    assert (counts["quarantined"], counts["accepted"]) == (21, 1)
    assert sorted(states(site)) == ["accepted", "quarantined"]
    form(site, "SPS110_C.TXT", total_employee=9)
    receive_filings(site, LATER)
    assert sorted(states(site)) == ["accepted", "quarantined"]


@pytest.mark.parametrize("in_folder", [False, True])
def test_a_name_that_other_content_has_gets_nothing_in(site: Site, in_folder: bool) -> None:
    (holder,) = receive_paths(site, DAY, [form(site, PLAIN)])
    nearly = form(site, "SPS110_A_X01.TXT", Line(1), Line(2))
    (refused,) = receive_paths(site, DAY, [nearly])
    nearly.rename(nearly.with_name(PLAIN))
    for _ in range(2):
        if in_folder:
            assert receive_filings(site, LATER)["accepted"] == 0
            form(site, PLAIN, Line(1), Line(2))
        else:
            (again,) = receive_paths(site, LATER, [nearly.with_name(PLAIN)])
            assert again.is_quarantined
    assert state(site, refused.file_id) is FileState.QUARANTINED
    assert state(site, holder.file_id) is FileState.ACCEPTED
    write_answers(site, LATER)
    (page,) = (answers_folder(site, LATER)).rglob("*.html")
    assert site.catalogue.told("FILE_NAME_REUSED", "th") in page.read_text("utf-8")


@pytest.mark.parametrize("day", [DAY, LATER])
@pytest.mark.parametrize(
    ("first", "then", "purpose", "count"),
    [
        (marked("C01"), PLAIN, "merge", 2),
        (marked("S01"), PLAIN, "merge", 2),
        (PLAIN, marked("S01"), "add", 2),
        (PLAIN, marked("C01"), "replace", 1),
        (marked("S01"), marked("C02"), "replace", 1),
        (marked("C01"), marked("S02"), "add", 2),
    ],
)
def test_it_does_what_the_name_says_under_which_it_was_taken(
    site: Site, first: str, then: str, purpose: str, count: int, day: date
) -> None:
    """Entered on the day of the second name, or by a run of the first day that comes late."""
    block = ("000000", [Line(9, "8000.00")])
    holder = write_form(site, site.home.employer_inbox / first, 2, [block])
    take_in_filings(site, [holder, form(site, "SPS110_all.TXT", Line(1), Line(2))])
    wrong = form(site, first, Line(2, "9000.00"), Line(3))
    (refused,) = receive_paths(site, DAY, [wrong])
    assert refused.is_quarantined
    receive_paths(site, LATER, [wrong.rename(wrong.with_name(then))])
    enter_filings(site, day)
    found = filings_of(site.ledger, accounts=[account(1)])
    own = found.filter(pc.equal(found["file_id"], refused.file_id))
    assert own["purpose"].to_pylist() == [purpose]
    assert counting(found).num_rows == count


def test_a_replay_reads_it_under_the_name_of_its_last_verdict(site: Site) -> None:
    receive_master(site, [Registered(2)])
    nearly = form(site, "SPS110_A_X01.TXT")
    (first,) = receive_paths(site, DAY, [nearly])
    (unknown,) = receive_paths(site, DAY, [nearly.rename(nearly.with_name("SPS110_A.TXT"))])
    assert (first.read, unknown.read) == (0, 1)
    assert unknown.is_quarantined
    receive_master(site, [Registered(1), Registered(2)], day=LATER)
    taken = replay(site, unknown.file_id, who="a. clerk", reason="registered since")
    assert (taken.state, taken.accepted) == (FileState.ACCEPTED, 1)


def test_on_postgresql_it_is_judged_and_counts_by_its_second_name(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.create("filed_again")
    site = open_site(
        {"PRAKAN_HOME": str(tmp_path / "home"), "PRAKAN_LEDGER_URL": url}, clock=lambda: RECORDED
    )
    site.home.employer_inbox.mkdir(parents=True)
    try:
        receive_filings(site, DAY, form(site, "SPS110_all.TXT", Line(1)).parent)
        nearly = form(site, "SPS110_A_X01.TXT", Line(1), Line(2))
        copied(nearly, "SPS110_all_S01.TXT", "SPS110_z.TXT")
        for _ in range(2):
            receive_filings(site, DAY, nearly.parent)
            enter_filings(site, DAY)
        assert states(site) == ["accepted", "quarantined", "accepted"]
        found = filings_of(site.ledger, accounts=[account(1)])
        assert sorted(found["purpose"].to_pylist()) == ["add", "merge"]
        assert write_answers(site, DAY)["answered"] == 4
    finally:
        site.ledger.dispose()
        postgres.drop("filed_again")


@pytest.mark.parametrize("override", [{"total_employee": 9}, {}])
def test_who_has_to_file_again_is_told_to_take_another_name(
    site: Site, override: dict[str, object]
) -> None:
    """The corrected file under the same name would be refused for its name alone."""
    take_in_filings(site, [form(site, PLAIN, Line(1, paid="1.00"), Line(2), **override)])
    write_answers(site, DAY)
    (page,) = answers_folder(site, DAY).rglob("*.html")
    assert "ด้วยชื่อแฟ้มใหม่" in page.read_text("utf-8")
    (again,) = receive_paths(site, LATER, [form(site, PLAIN, Line(1), Line(2))])
    assert again.is_quarantined
