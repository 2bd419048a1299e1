"""``prakan receive`` without files takes the employers' inbox as the night does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.inbound.by_hand import receive_waiting
from exchange.site import Site
from ledger.landing import FileState
from prakan.__main__ import main
from prakan.commands.receive import SHOWN
from tests.exchange.employer_filings import DAY, Line, account, installation, write_form


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    opened = installation(tmp_path)
    opened.home.mainframe_inbox.mkdir(parents=True)
    monkeypatch.setenv("PRAKAN_HOME", str(opened.home.root))
    monkeypatch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
    yield opened
    opened.ledger.dispose()


def form(site: Site, employer: int, **override: object) -> Path:
    path = site.home.employer_inbox / f"SPS110_{account(employer)}_256912.TXT"
    lines = [Line(10 * employer), Line(10 * employer + 1, paid="1.00")]
    return write_form(site, path, employer, [("000000", lines)], override=override)


def test_every_file_is_told_and_the_inbox_is_empty(site: Site) -> None:
    first = form(site, 1)
    shutil.copy(first, first.with_name("SPS110_copy.TXT"))
    form(site, 2, total_employee=9)
    for name in ("SPS110_empty.TXT", "SPS110_empty-too.TXT"):
        (site.home.employer_inbox / name).write_bytes(b"")
    (site.home.mainframe_inbox / "PAYROLL").write_bytes(b"x")
    received = {one.name: one for one in receive_waiting(site, DAY)}
    assert next(iter(received)) == "PAYROLL"
    assert list(site.home.employer_inbox.iterdir()) == []
    one = received[first.name]
    assert (one.state, one.read, one.accepted, one.rejected) == (FileState.ACCEPTED, 2, 1, 1)
    assert not one.repeated
    assert received["SPS110_copy.TXT"].duplicate_of == first.name
    other = received[f"SPS110_{account(2)}_256912.TXT"]
    assert other.is_quarantined
    for name in ("SPS110_empty.TXT", "SPS110_empty-too.TXT"):
        assert received[name].is_quarantined
        assert received[name].duplicate_of is None
    assert len(received) == 6
    # They were received joined: what has no copy lies in a pack alone.
    assert list((site.home.root / "landing" / "packs").rglob("*.pack"))
    assert not site.home.landing(other.file_id).exists()


def test_what_came_before_is_told_as_repeated(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = form(site, 1).read_bytes()
    receive_waiting(site, DAY)
    form(site, 1).write_bytes(kept)
    later = site.clock().replace(hour=20)
    object.__setattr__(site, "clock", lambda: later)
    (again,) = receive_waiting(site, DAY)
    assert again.repeated
    assert again.duplicate_of is None
    assert list(site.home.employer_inbox.iterdir()) == []


def test_the_command_tells_all_to_programs_and_the_wrong_ones_to_people(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(SHOWN + 5):
        lines = [Line(10 * number)] if number else [Line(3, paid="1.00")]
        path = site.home.employer_inbox / f"SPS110_{number:03d}.TXT"
        write_form(site, path, number, [("000000", lines)])
    contents = {p.name: p.read_bytes() for p in site.home.employer_inbox.iterdir()}
    assert main(["receive", "--date", str(DAY), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in told} == set(contents)
    assert set(told[0]) == {
        *("file_id", "name", "interface", "state", "read", "accepted", "rejected", "repeated"),
        "duplicate_of",
    }
    for name, content in contents.items():
        (site.home.employer_inbox / name).write_bytes(content)
    assert main(["receive", "--date", str(DAY)]) == 1
    text = capsys.readouterr().out
    assert "SPS110_000.TXT" in text
    assert "SPS110_007.TXT" not in text
    assert f"of {SHOWN + 5} files, {SHOWN + 4} in order and 1 with something to see" in text


def test_nothing_has_arrived(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["receive", "--date", str(DAY)]) == 0
    assert capsys.readouterr().out == "nothing has arrived\n"
