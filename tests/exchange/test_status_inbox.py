"""What employers sent and nobody can read is named by `prakan status`, with what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.site import Site
from exchange.status.advice import Level, Task
from exchange.status.status import STUCK_SHOWN, status_of
from prakan.__main__ import main
from tests.exchange.employer_filings import (
    DAY,
    Line,
    account,
    installation,
    person,
    write_form,
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    yield opened
    opened.ledger.dispose()


def stuck(site: Site) -> list[Task]:
    return [task for task in status_of(site, DAY).tasks if task.subject.startswith("SPS")]


def test_what_is_no_file_is_named(site: Site) -> None:
    inbox = site.home.employer_inbox
    (inbox / "SPS110_folder.TXT").mkdir()
    (inbox / "SPS110_link.TXT").symlink_to(inbox / "elsewhere")
    os.mkfifo(inbox / "SPS110_pipe.TXT")
    (inbox / ".SPS110_coming.TXT").mkdir()
    (inbox / "SPS110_good.TXT").write_bytes(b"1")
    found = stuck(site)
    assert [task.subject for task in found] == [
        "SPS110_folder.TXT",
        "SPS110_link.TXT",
        "SPS110_pipe.TXT",
    ]
    assert {task.level for task in found} == {Level.FOLLOW_UP}
    assert found[0].what.en == "lies in inbox/employers and is no regular file; it was not received"
    assert "send the file itself again" in found[0].todo.en
    assert "ส่งแฟ้มใหม่" in found[0].todo.th


@pytest.mark.parametrize(
    ("number", "why", "todo"),
    [
        (errno.EACCES, "may not be read by the exchange", "let the exchange's user read it"),
        (errno.EIO, "cannot be read from the disk", "take it out of the inbox"),
        (errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), "take it out of the inbox"),
    ],
)
def test_a_file_that_cannot_be_opened_is_named(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
    why: str,
    todo: str,
) -> None:
    name = f"SPS110_{person(1)}.TXT"
    (site.home.employer_inbox / name).write_bytes(b"1")

    def refuse(path: str) -> None:
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr("exchange.status.inbox._try", refuse)
    (task,) = stuck(site)
    assert why in task.what.en
    assert todo in task.todo.en
    assert f"prakan run --date {DAY}" in task.todo.en
    monkeypatch.setenv("PRAKAN_HOME", str(site.home.root))
    main(["status", "--date", str(DAY)])
    told = capsys.readouterr().out
    assert why in told
    assert person(1) not in told


def test_a_file_that_went_away_meanwhile_is_not_named(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site.home.employer_inbox / "SPS110_gone.TXT").write_bytes(b"1")

    def gone(path: str) -> None:
        raise FileNotFoundError(path)

    monkeypatch.setattr("exchange.status.inbox._try", gone)
    assert not stuck(site)


def test_of_very_many_some_are_named_and_all_are_counted(site: Site) -> None:
    for number in range(STUCK_SHOWN + 3):
        (site.home.employer_inbox / f"SPS110_{number:03d}.TXT").mkdir()
    tasks = status_of(site, DAY).tasks
    assert len(stuck(site)) == STUCK_SHOWN
    assert any(task.what.en == "3 further files in it cannot be read" for task in tasks)


def test_receiving_by_hand_takes_all_others_and_names_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"SPS110_{account(number)}_256912.TXT" for number in (1, 2, 3)]
    for number, name in enumerate(names, 1):
        path = site.home.employer_inbox / name
        write_form(site, path, number, [("000000", [Line(number)])])
    real = os.open

    def refuse(path: str, *rest: int, **more: int) -> int:
        if str(path).endswith(names[1]):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *rest, **more)

    monkeypatch.setattr("os.open", refuse)
    monkeypatch.setenv("PRAKAN_HOME", str(site.home.root))
    monkeypatch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
    assert main(["receive", "--date", str(DAY)]) == 3
    told = capsys.readouterr()
    assert names[0] in told.out
    assert names[2] in told.out
    (line,) = told.err.splitlines()
    assert f"inbox/employers/{names[1]} may not be read by the exchange; all others" in line
