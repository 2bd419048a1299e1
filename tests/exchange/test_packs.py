"""Filings that land together: where their bytes are, what is left in the inbox, what stops whom."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from exchange.inbound import clerk, filings, packs
from exchange.inbound.arrivals import receive_filings
from exchange.inbound.filings import receive_folder
from exchange.inbound.landed import is_landed, landed_path, pack_path, where_landed
from exchange.inbound.packs import joined as joined_stream
from exchange.inbound.packs import land_pack
from exchange.inbound.reading import read_files
from exchange.inbound.small_files import remove_unchanged, visible_files
from exchange.locks import BusyError, exclusive
from exchange.site import Site
from interfaces.errors import OutsideFailure, WrongUse
from ledger.files import files_of
from ledger.landing import FileState
from ledger.packs import Pack, place_of, record_packs
from tests.exchange.filings_in_the_wild import DAY, registers, right, wild
from tests.exchange.test_packs_judge import a_site, drop, joined


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An installation without registers."""
    opened = a_site(tmp_path / "home")
    yield opened
    opened.ledger.dispose()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits."""
    monkeypatch.setattr("exchange.inbound.arrivals.let_settle", lambda: None)


def some(count: int = 5, seed: int = 1) -> dict[str, bytes]:
    """Right filings, none like another."""
    lot = random.Random(seed)
    return {f"SPS110_{n:03d}.TXT": right(lot) for n in range(count)}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_each_byte_that_came_is_found_under_its_own_hash(site: Site) -> None:
    files = dict(wild(2, 60))
    drop(site, files)
    joined(site)
    packed = 0
    for content in set(files.values()):
        file_id = sha256(content)
        packed += place_of(site.ledger, file_id) is not None
        assert is_landed(site, file_id)
        assert landed_path(site, file_id).read_bytes() == content
    assert packed > 20
    assert landed_path(site, "0" * 64) == site.home.landing("0" * 64)
    assert not is_landed(site, "0" * 64)


@pytest.mark.parametrize("worth", [1, 1000])
def test_a_pack_is_its_files_one_after_the_other_on_lines_of_their_own(
    site: Site, monkeypatch: pytest.MonkeyPatch, worth: int
) -> None:
    monkeypatch.setattr(packs, "WORTH_COMPILED", worth)
    contents = [b"1a\r\n", b"1b", b"1c\r", b"1d\n2d", b""]
    drop(site, {str(n): content for n, content in enumerate(contents)})
    found = read_files(site.home.employer_inbox, ["4", "0", "3", "1", "2"])
    chosen = np.array([place for place, name in enumerate(found.names) if name != "1"])
    stream = joined_stream(found, chosen)
    ordered = sorted((c for c in contents if c != b"1b"), key=sha256)
    assert stream.file_ids == [sha256(content) for content in ordered]
    assert [contents[int(name)] for name in stream.names] == ordered
    assert stream.sizes.tolist() == [len(content) for content in ordered]
    whole = {b"1c\r": b"1c\r\n", b"1d\n2d": b"1d\n2d\r\n", b"": b"\r\n"}
    data = stream.data.tobytes()
    assert data == b"".join(whole.get(c, c) for c in ordered)
    for content, offset in zip(ordered, stream.offsets.tolist(), strict=True):
        assert data[offset : offset + len(content)] == content
    lines = [c.count(b"\n") + (not c.endswith(b"\n")) for c in ordered]
    assert stream.first_numbers.tolist() == [1 + sum(lines[:n]) for n in range(len(lines))]

    pack_id = land_pack(site.home, stream.data.data)
    path = pack_path(site.home, pack_id)
    assert pack_id == sha256(data)
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o440
    made = path.stat().st_ino
    assert land_pack(site.home, stream.data.data) == pack_id
    assert path.stat().st_ino == made


def test_where_a_file_of_a_pack_lies_is_told_without_taking_it_out(site: Site) -> None:
    drop(site, some(3))
    joined(site)
    file_id = sha256(some(3)["SPS110_001.TXT"])
    told = where_landed(site, file_id)
    assert told is not None and told.startswith("landing/packs/") and " bytes from " in told
    assert not site.home.landing(file_id).exists()
    taken = landed_path(site, file_id)
    assert where_landed(site, file_id) == site.home.relative(taken)
    assert where_landed(site, "0" * 64) is None


def test_a_pack_that_was_changed_or_lost_gives_nothing(site: Site) -> None:
    drop(site, some(3))
    joined(site)
    file_id = sha256(some(3)["SPS110_001.TXT"])
    place = place_of(site.ledger, file_id)
    assert place is not None
    path = pack_path(site.home, place.pack_id)
    path.chmod(0o644)
    spoilt = bytearray(path.read_bytes())
    spoilt[place.offset + 5] ^= 1
    path.write_bytes(spoilt)
    with pytest.raises(OutsideFailure, match="is not what it was"):
        landed_path(site, file_id)
    path.unlink()
    with pytest.raises(OutsideFailure, match="cannot be read"):
        landed_path(site, file_id)
    assert not is_landed(site, file_id)
    assert list(site.home.root.glob("landing/.*")) == []


def test_the_inbox_is_emptied_and_what_comes_again_is_known(site: Site) -> None:
    for turn in range(2):
        drop(site, some())
        counts = receive_filings(site, DAY)
        assert (counts["files"], counts["accepted"]) == (5, 5)
        assert counts["already_received"] == 5 * turn
        assert list(site.home.employer_inbox.iterdir()) == []
    assert len(files_of(site.ledger, DAY)) == 5


def test_another_folder_is_received_from_and_left_as_it_is(site: Site, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name, content in some().items():
        (given / name).write_bytes(content)
    for turn in range(2):
        counts = receive_filings(site, DAY, given)
        assert (counts["accepted"], counts["already_received"]) == (5, 5 * turn)
        assert len(list(given.iterdir())) == 5
    with pytest.raises(WrongUse, match="is no folder"):
        receive_filings(site, DAY, tmp_path / "missing")


def test_a_file_that_cannot_be_read_keeps_nobody_else_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rights say nothing to root, so the system is made to refuse."""
    drop(site, some())
    usual = os.open

    def refusing(path: str, *given: object, **named: object) -> int:
        if path == "SPS110_002.TXT":
            raise PermissionError(13, "Permission denied", path)
        return usual(path, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("exchange.inbound.reading.os.open", refusing)
    counts = receive_filings(site, DAY)
    assert (counts["accepted"], counts["unreadable"]) == (4, 1)
    assert counts["unreadable_files"] == ["SPS110_002.TXT"]
    assert [path.name for path in site.home.employer_inbox.iterdir()] == ["SPS110_002.TXT"]
    monkeypatch.undo()
    monkeypatch.setattr("exchange.inbound.arrivals.let_settle", lambda: None)
    counts = receive_filings(site, DAY)
    assert (counts["accepted"], "unreadable" in counts) == (1, False)


def test_links_pipes_and_hidden_files_are_no_filings(site: Site, tmp_path: Path) -> None:
    inbox = site.home.employer_inbox
    (tmp_path / "elsewhere").write_bytes(b"1")
    (inbox / "link.TXT").symlink_to(tmp_path / "elsewhere")
    (inbox / ".SPS110_1.TXT").write_bytes(b"1")
    (inbox / "folder").mkdir()
    os.mkfifo(inbox / "pipe")
    assert visible_files(inbox) == []
    found = read_files(inbox, ["link.TXT", "pipe", "gone"])
    assert (found.names, found.unreadable, found.asked) == ([], ["link.TXT", "pipe"], 3)


def test_a_file_written_again_after_it_was_read_is_not_removed(site: Site) -> None:
    drop(site, {"A": b"1", "B": b"1"})
    inbox = site.home.employer_inbox
    read = [read_files(inbox, ["A", "B"]).by_itself(file) for file in range(2)]
    (inbox / "B").write_bytes(b"22")
    assert remove_unchanged(inbox, [*((one.name, one.look) for one in read), ("C", (0, 0, 0))]) == 1
    assert [path.name for path in inbox.iterdir()] == ["B"]


def test_only_one_process_receives_filings_at_a_time(site: Site) -> None:
    drop(site, some())
    with exclusive(site, "filings"), pytest.raises(BusyError):
        receive_filings(site, DAY)
    assert files_of(site.ledger, DAY) == []


def test_an_error_of_the_books_is_raised_and_takes_nothing_away(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(site, some())

    def full(*_given: object, **_named: object) -> None:
        raise OutsideFailure("no room")

    monkeypatch.setattr(clerk, "record_packs", full)
    with pytest.raises(OutsideFailure, match="no room"):
        joined(site)
    assert len(list(site.home.employer_inbox.iterdir())) == 5
    assert files_of(site.ledger, DAY) == []
    monkeypatch.undo()
    assert joined(site)["accepted"] == 5


def test_a_landing_of_another_day_is_weighed_one_file_at_a_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash left the files of the evening before without a result."""
    drop(site, some())

    def without_results(
        engine: sa.Engine,
        landed: Sequence[tuple[Pack, pa.Table]],
        _decided: object,
        **moments: datetime,
    ) -> None:
        record_packs(engine, landed, [], **moments)

    monkeypatch.setattr(clerk, "record_packs", without_results)
    monkeypatch.setattr(filings, "remove_unchanged", lambda *_given: None)
    joined(site)
    assert {s.state for s in files_of(site.ledger, DAY)} == {FileState.LANDED}
    monkeypatch.undo()
    inbox = site.home.employer_inbox
    later = DAY.replace(day=23)
    counts = receive_folder(
        site, later, inbox, visible_files(inbox), empties=True, references=registers()
    )
    assert counts["accepted"] == 5
    assert {s.state for s in files_of(site.ledger, DAY)} == {FileState.ACCEPTED}


def test_a_mark_that_says_nothing_we_know_makes_the_name_unknown(site: Site) -> None:
    content = next(iter(some(1).values()))
    drop(site, {"SPS110_1_Q01.TXT": content})
    counts = joined(site)
    assert (counts["quarantined"], counts["records_read"]) == (1, 0)
    (standing,) = files_of(site.ledger, DAY)
    assert standing.result is not None and standing.result.findings_uri is not None
    assert standing.result.findings_uri.startswith("findings/unknown/")
