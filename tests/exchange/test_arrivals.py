"""What is taken from the inboxes, under which name, and what is told of it."""

from __future__ import annotations

import codecs
import gzip
import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.datasets import NotArrivedError
from exchange.inbound.arrivals import (
    WHEN_THEY_COME,
    QuarantinedError,
    everything_else_waiting,
    receive_extract,
    receive_filings,
    receive_paths,
    receive_when_come,
    settled,
    unknown_extracts,
)
from exchange.inbound.intake import take_in
from exchange.inbound.recognising import recorded_name
from exchange.site import Site, open_site
from interfaces.names import make_name
from interfaces.policies import CollectPolicy
from ledger.files import files_of
from ledger.landing import FileState, LandingOutcome

DAY = date(2026, 11, 20)
EXTRACT = "registration_master"
MASTER = "REGMAST.D20261120.S000001"
THAI = "รวม110".encode("cp874") + b".TXT"
ESCAPE = re.compile(r"\\(\\|[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An installation with empty inboxes."""
    opened = open_site({"PRAKAN_HOME": str(tmp_path / "home")})
    for inbox in (opened.home.mainframe_inbox, opened.home.employer_inbox):
        inbox.mkdir(parents=True)
    yield opened
    opened.ledger.dispose()


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What others do in the pauses, in order; nobody waits."""
    todo: list[Callable[[], object]] = []
    monkeypatch.setattr("exchange.inbound.arrivals.let_settle", lambda: todo and todo.pop(0)())
    return todo


def drop(folder: Path, **files: bytes) -> list[Path]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def codes(site: Site, interface: str = "unknown") -> list[str]:
    parts = sorted(site.home.findings(interface, DAY).glob("*.parquet"))
    return [code for part in parts for code in pq.read_table(part)["code"].to_pylist()]


def test_a_name_that_is_no_utf8_is_refused_in_escaped_form_and_its_bytes_are_kept(
    site: Site,
) -> None:
    folder = os.fsencode(site.home.employer_inbox)
    for _ in range(2):
        Path(os.fsdecode(folder + b"/" + THAI)).write_bytes(b"1x")
        assert receive_filings(site, DAY)["quarantined"] == 1
    (standing,) = files_of(site.ledger, DAY)
    assert standing.state is FileState.QUARANTINED
    assert standing.file.name == r"\udcc3\udcc7\udcc1110.TXT"
    assert site.home.landing(standing.file.file_id).read_bytes() == b"1x"
    assert codes(site) == ["FILE_NAME_UNKNOWN"]


@given(st.binary(min_size=1, max_size=60).filter(lambda name: not {0, 47} & set(name)))
def test_recorded_names_can_be_printed_and_turned_back(name: bytes) -> None:
    text = recorded_name(os.fsdecode(name))
    assert text.isprintable()
    back = ESCAPE.sub(lambda found: codecs.decode(found[0], "unicode_escape"), text)
    assert os.fsencode(back) == name


def test_an_extract_that_is_still_being_written_is_left_for_the_next_run(
    site: Site, pauses: list[Callable[[], object]]
) -> None:
    (path,) = drop(site.home.mainframe_inbox, **{MASTER: b"half"})
    pauses.append(lambda: path.write_bytes(b"half and more"))
    with pytest.raises(NotArrivedError, match=f"{MASTER} is still being written"):
        receive_extract(site, DAY, EXTRACT)
    assert files_of(site.ledger, DAY) == []

    with pytest.raises(QuarantinedError):  # whole now, and no extract after all
        receive_extract(site, DAY, EXTRACT)
    assert "FILE_NAME_REUSED" not in codes(site, EXTRACT)


def test_a_missing_extract_is_not_called_unfinished(site: Site) -> None:
    with pytest.raises(NotArrivedError, match=r"S\?{6} is not in"):
        receive_extract(site, DAY, EXTRACT)


def test_files_that_change_or_go_in_the_one_pause_are_no_arrivals(
    site: Site, pauses: list[Callable[[], object]]
) -> None:
    grows, goes, stays, late = (
        site.home.mainframe_inbox / name for name in ("GROWS", "GOES", "STAYS", "LATE")
    )
    touched, replaced = (site.home.mainframe_inbox / name for name in ("TOUCHED", "REPLACED"))
    for path in (grows, goes, stays, touched, replaced):
        path.write_bytes(b"x")

    def others_work() -> None:
        grows.write_bytes(b"xx")
        goes.unlink()
        os.utime(touched, ns=(0, 0))
        kept = replaced.stat().st_mtime_ns
        late.write_bytes(b"y")
        os.utime(late, ns=(kept, kept))
        late.replace(replaced)

    pauses += [others_work, lambda: pytest.fail("a second pause")]
    assert everything_else_waiting(site, DAY) == [stays]
    assert len(pauses) == 1


def test_nobody_waits_for_nothing(pauses: list[Callable[[], object]]) -> None:
    pauses.append(lambda: pytest.fail("a pause for no file"))
    assert settled([]) == []


def test_hidden_names_are_left(site: Site) -> None:
    drop(site.home.employer_inbox, **{".SPS110_A.TXT.part": b"x"})
    assert receive_filings(site, DAY)["files"] == 0


def test_a_copy_of_a_refused_file_counts_once(site: Site) -> None:
    for _ in range(2):
        drop(site.home.employer_inbox, first=b"junk", second=b"junk")
        found = receive_filings(site, DAY)
        assert found["files"] == 2
        assert found["accepted"] == 0
    assert codes(site).count("FILE_DUPLICATE") == 1


def test_every_file_has_one_outcome(site: Site) -> None:
    drop(site.home.employer_inbox, first=b"junk", second=b"junk", third=b"other")
    found = receive_filings(site, DAY)
    outcomes = [found[key] for key in ("accepted", "quarantined", "duplicates")]
    assert outcomes == [0, 2, 1]


def test_an_empty_file_is_no_copy_of_another_empty_one(site: Site) -> None:
    names = {MASTER: b"", MASTER.replace("S000001", "S000002"): b""}
    paths = drop(site.home.mainframe_inbox, **names)
    found = receive_paths(site, DAY, paths)
    assert [one.is_quarantined for one in found] == [True, True]
    assert [one.duplicate_of for one in found] == [None, None]
    (third,) = drop(site.home.mainframe_inbox, **{MASTER.replace("S000001", "S000003"): b""})
    (arrival,) = take_in(site, DAY, [third])
    assert (arrival.is_duplicate, arrival.is_empty_again) == (False, True)
    assert set(codes(site, EXTRACT)) == {"FILE_EMPTY"}


def test_a_reused_name_is_refused_also_by_the_run_after_a_crash(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that landed the second content died before its verdict."""
    inbox = site.home.mainframe_inbox
    receive_paths(site, DAY, drop(inbox, **{MASTER: b"first"}))
    paths = drop(inbox, **{MASTER: b"second"})

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("exchange.inbound.arrivals.receive", dies)
        with pytest.raises(KeyboardInterrupt):
            receive_paths(site, DAY, paths)
    (found,) = receive_paths(site, DAY, paths)
    assert found.is_quarantined
    assert "FILE_NAME_REUSED" in codes(site, EXTRACT)


def test_a_copy_stays_a_copy_after_a_crash(site: Site) -> None:
    """Neither of the two was decided: the content is still to be read only once."""
    paths = drop(site.home.employer_inbox, first=b"junk", second=b"junk")
    for _ in range(2):
        first, second = take_in(site, DAY, paths)
        assert (first.is_duplicate, second.is_duplicate) == (False, True)
        assert second.other == "first"
    receive_filings(site, DAY)
    paths = drop(site.home.employer_inbox, first=b"junk", second=b"junk")
    _, second = take_in(site, DAY, paths)
    assert second.outcome is LandingOutcome.KNOWN


def test_an_archive_where_none_is_declared_is_one_finding(site: Site) -> None:
    archives = {
        "REGMAST.D20261120.S000001": gzip.compress(bytes(50_000)),
        "SPS110_1000000001_256910.TXT": b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(500),
    }
    found = receive_paths(site, DAY, drop(site.home.mainframe_inbox, **archives))
    assert [one.is_quarantined for one in found] == [True, True]
    assert [one.read for one in found] == [0, 0]
    for interface in (EXTRACT, "form_1_10"):
        assert codes(site, interface) == ["FILE_PACKED"]


def test_a_filing_larger_than_any_filing_is_refused_unread(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.inbound.intake.CollectPolicy", lambda: CollectPolicy(largest=100))
    drop(site.home.employer_inbox, **{"SPS110_1000000001_256910.TXT": bytes(101)})
    assert receive_filings(site, DAY)["quarantined"] == 1
    assert codes(site, "form_1_10") == ["FILE_TOO_LARGE"]
    drop(site.home.mainframe_inbox, **{MASTER: bytes(101)})
    receive_paths(site, DAY, [site.home.mainframe_inbox / MASTER])
    assert "FILE_TOO_LARGE" not in codes(site, EXTRACT)


def test_registers_and_notices_are_taken_when_they_come(site: Site) -> None:
    """They have no business date that anybody waits for, and are no files of unknown name."""
    day = date(2027, 1, 5)
    interfaces = [
        interface for kind in WHEN_THEY_COME for interface in site.registry.of_kind(kind, on=day)
    ]
    names = [make_name(interface.file, day, 1, any_part="A1") for interface in interfaces]
    assert len(names) >= 2
    assert receive_when_come(site, day)["files"] == 0
    files = {name: name.encode() for name in names}
    drop(site.home.mainframe_inbox, **files, UNKNOWN=b"x")
    assert [path.name for path in unknown_extracts(site, day)] == ["UNKNOWN"]
    assert {path.name for path in everything_else_waiting(site, day)} == {*names, "UNKNOWN"}
    found = receive_when_come(site, day)
    assert (found["files"], found["quarantined"]) == (len(names), len(names))
