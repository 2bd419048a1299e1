"""Answers when a process dies, when two run at once, and when the disk is full."""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchange.employers import answers, outgoing
from exchange.employers.answers import DATASET, answers_folder, write_answers
from exchange.employers.outgoing import Outgoing, write_together
from exchange.locks import BusyError, exclusive
from exchange.site import Site, open_site
from interfaces.errors import OutsideFailure
from tests.exchange.employer_filings import (
    DAY,
    Line,
    account,
    installation,
    take_in_filings,
    write_form,
)
from tests.sampling import spread

FILES = 6
COPIES = 4
ANSWERS = FILES + COPIES
LIMITED_BATCH = 2


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with filings and copies that were received and entered, and not answered."""
    folder = tmp_path_factory.mktemp("received")
    site = installation(folder)
    paths = [
        write_form(
            site,
            site.home.employer_inbox / f"SPS110_{account(n)}.TXT",
            n,
            [("000000", [Line(10 * n + k, paid="1.00" if n == 2 else None) for k in range(3)])],
        )
        for n in range(FILES)
    ]
    copies = [
        shutil.copy(path, path.with_name(f"SPS110_copy{n}.TXT"))
        for n, path in enumerate([*paths[: COPIES - 1], paths[0]])
    ]
    take_in_filings(site, [*paths, *map(Path, copies)])
    site.ledger.dispose()
    return folder / "home"


@pytest.fixture
def site(received: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A copy of that home; batches are of two files."""
    shutil.copytree(received, tmp_path / "home")
    for module in ("answers", "copies"):
        monkeypatch.setattr(f"exchange.employers.{module}.BATCH_FILES", LIMITED_BATCH)
    return open_site({"PRAKAN_HOME": str(tmp_path / "home")})


def whole_files(site: Site) -> dict[str, bytes]:
    folder = answers_folder(site, DAY)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def dying(site: Site, spoil: Callable[[], None]) -> int:
    """Write answers in a process of its own that ``spoil`` makes die; its exit code."""
    site.ledger.dispose()

    def run() -> None:
        spoil()
        write_answers(open_site({"PRAKAN_HOME": str(site.home.root)}), DAY)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def after(count: int, real: Callable[..., object]) -> Callable[..., object]:
    """``real`` until the given call, which kills the process before it does anything."""
    calls = iter(range(count))

    def call(*arguments: object, **named: object) -> object:
        if next(calls, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    return call


@pytest.mark.sampled
def test_answers_are_the_same_whenever_the_process_before_died(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untouched = shutil.copytree(site.home.root, tmp_path / "untouched")
    write_answers(site, DAY)
    expected = whole_files(site)
    assert len(expected) == 2 * ANSWERS
    site.ledger.dispose()
    points = [("os.replace", n) for n in spread(range(2 * ANSWERS), 4)]
    points += [("exchange.employers.outgoing._flush", n) for n in spread(range(ANSWERS), 3)]
    points += [("exchange.employers.outgoing._write", n) for n in spread(range(2 * ANSWERS), 3)]
    calls = range(FILES // LIMITED_BATCH)
    points += [("exchange.employers.answers.new_part", n) for n in spread(calls, 2)]
    points += [("exchange.employers.copies.new_part", n) for n in spread(range(2), 2)]
    for place, count in points:
        shutil.rmtree(site.home.root)
        shutil.copytree(untouched, site.home.root)

        def spoil(place: str = place, count: int = count) -> None:
            module, _, name = place.rpartition(".")
            target = os if module == "os" else __import__(module, fromlist=[name])
            monkeypatch.setattr(target, name, after(count, getattr(target, name)))

        assert dying(site, spoil) == -signal.SIGKILL, place
        halves = whole_files(site)
        assert all(expected[name] == content for name, content in halves.items()), place
        again = open_site({"PRAKAN_HOME": str(site.home.root)})
        counts = write_answers(again, DAY)
        again.ledger.dispose()
        assert whole_files(site) == expected, place
        assert int(str(counts["answered"])) + int(str(counts["already"])) == ANSWERS, place


def test_a_second_process_is_told_and_writes_nothing(site: Site) -> None:
    with exclusive(site, f"answers.{DAY}"), pytest.raises(BusyError):
        write_answers(site, DAY)
    assert whole_files(site) == {}


def test_what_cannot_be_written_is_not_noted_as_answered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(below: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(outgoing, "_flush", full)
        with pytest.raises(OSError, match="No space left"):
            write_answers(site, DAY)
    assert whole_files(site) == {}
    assert not site.home.dataset(DATASET, DAY).exists()
    assert write_answers(site, DAY)["answered"] == ANSWERS


def test_answers_are_made_while_those_before_are_written(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, write = answers.answer_files, answers.write_together
    second_is_made, calls = threading.Event(), iter(range(FILES))

    def making(*given: Any) -> Any:
        if next(calls):
            second_is_made.set()
        return make(*given)

    def writing(*given: Any) -> int:
        assert second_is_made.wait(60)
        return write(*given)

    monkeypatch.setattr(answers, "answer_files", making)
    monkeypatch.setattr(answers, "write_together", writing)
    assert write_answers(site, DAY)["answered"] == ANSWERS


def test_what_stops_the_making_leaves_those_before_whole_and_noted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, calls = answers.answer_files, iter(range(FILES))

    def failing(*given: Any) -> Any:
        if next(calls):
            raise OutsideFailure("a part is gone")
        return make(*given)

    with monkeypatch.context() as broken:
        broken.setattr(answers, "answer_files", failing)
        with pytest.raises(OutsideFailure, match="a part is gone"):
            write_answers(site, DAY)
    first = whole_files(site)
    assert len(first) == 2 * LIMITED_BATCH
    counts = write_answers(site, DAY)
    assert (counts["already"], counts["answered"]) == (LIMITED_BATCH, ANSWERS - LIMITED_BATCH)
    assert first.items() <= whole_files(site).items()


def test_names_are_given_when_all_bytes_are_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    flush, replace = outgoing._flush, os.replace
    monkeypatch.setattr(outgoing, "_flush", lambda at: (happened.append("flush"), flush(at)))

    def noted(*paths: str, **named: int) -> None:
        happened.append("name")
        replace(*paths, **named)

    monkeypatch.setattr(os, "replace", noted)
    files = [Outgoing(folder, name, b"x" * 9) for folder in "ab" for name in "cd"]
    assert write_together(tmp_path / "out", files) == len(files)
    assert happened == ["flush", "name", "name", "name", "name", "flush"]
    assert {path.read_bytes() for path in (tmp_path / "out").rglob("[cd]")} == {b"x" * 9}


def test_an_older_half_of_a_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".b.part").write_bytes(b"much longer than what is written now")
    (tmp_path / "a" / "b").write_bytes(b"before")
    write_together(tmp_path, [Outgoing("a", "b", memoryview(b"now"))])
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
    assert (tmp_path / "a" / "b").read_bytes() == b"now"
