"""The joined way has a judge: one file at a time, whose every result it must equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from exchange.inbound import filings, joinable, packs, reading
from exchange.inbound.filings import receive_folder
from exchange.inbound.intake import take_in
from exchange.inbound.receive import receive
from exchange.inbound.small_files import visible_files
from exchange.site import Site, open_site
from ledger import schema
from tests.exchange.filings_in_the_wild import DAY, WAYS, registers, wild

DATASETS = ("form_1_10", "form_1_10.headers", "form_1_10.rejected")
TOLD_OF_NAMES = ("FILE_DUPLICATE", "FILE_NAME_REUSED", "FILE_NAME_UNKNOWN", "FILE_EMPTY")
ROUNDS = 6


def a_site(root: Path) -> Site:
    site = open_site({"PRAKAN_HOME": str(root)})
    site.home.employer_inbox.mkdir(parents=True)
    return site


def rows_of(site: Site, folder: str, name: str, file_column: str) -> pa.Table | None:
    """All stored rows by file, in the order in which a file's rows are stored."""
    parts = sorted((site.home.root / folder / name).rglob("*.parquet"))
    if not parts:
        return None
    rows = pa.concat_tables([pq.read_table(part) for part in parts])
    # What is told of a name is a part of its own, whose place among the others says nothing.
    named = pa.nulls(len(rows), pa.binary())
    if folder == "findings":
        of_name = pc.is_in(rows["code"], value_set=pa.array(TOLD_OF_NAMES))
        named = pc.if_else(of_name, rows["raw"].fill_null(b""), named)
    rows = rows.append_column("named", named)
    rows = rows.append_column("place", pa.array(range(len(rows))))
    order = [(file_column, "ascending"), ("named", "ascending"), ("place", "ascending")]
    return rows.sort_by(order).drop(["named", "place"])


def ledger_rows(site: Site) -> list[tuple[object, ...]]:
    """What the ledger says of every file, addresses and moments apart."""
    file, event, sighting = schema.file, schema.file_event, schema.file_sighting
    result = schema.file_result
    with site.ledger.connect() as connection:
        of_file = [
            tuple(row)
            for row in connection.execute(
                sa.select(
                    file.c.file_id,
                    file.c.interface,
                    file.c.version,
                    file.c.direction,
                    file.c.partner,
                    file.c.business_date,
                    file.c.name,
                    file.c.size_bytes,
                    result.c.state,
                    result.c.records_read,
                    result.c.records_accepted,
                    result.c.records_rejected,
                    result.c.controls,
                    result.c.part_uri.is_(None),
                    result.c.findings_uri.is_(None),
                )
                .outerjoin(result, result.c.file_id == file.c.file_id)
                .order_by(file.c.file_id)
            )
        ]
        events = connection.execute(
            sa.select(event.c.file_id, event.c.state, event.c.detail).order_by(
                event.c.file_id, event.c.event_id
            )
        )
        seen = connection.execute(
            sa.select(sighting.c.file_id, sighting.c.name, sighting.c.business_date).order_by(
                sighting.c.file_id, sighting.c.name
            )
        )
        return [*of_file, *map(tuple, events), *map(tuple, seen)]


def one_at_a_time(site: Site, names: Sequence[str]) -> None:
    """Batch by batch too: of empty files each is told that comes after one was decided on."""
    inbox = site.home.employer_inbox
    for some in batched(sorted(names), filings.BATCH_FILES):
        arrivals = take_in(site, DAY, [inbox / name for name in some])
        receive(site, DAY, arrivals, registers())


def batched(names: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), most):
        yield names[start : start + most]


def joined(site: Site) -> dict[str, object]:
    inbox = site.home.employer_inbox
    return receive_folder(
        site, DAY, inbox, visible_files(inbox), empties=True, references=registers()
    )


def assert_same(ours: Site, judge: Site) -> None:
    assert ledger_rows(ours) == ledger_rows(judge)
    for name in DATASETS:
        mine = rows_of(ours, "datasets", name, "_file_id")
        theirs = rows_of(judge, "datasets", name, "_file_id")
        assert (mine is None) == (theirs is None)
        assert mine is None or mine.equals(theirs), name
    for name in ("form_1_10", "unknown"):
        mine = rows_of(ours, "findings", name, "file_id")
        theirs = rows_of(judge, "findings", name, "file_id")
        assert (mine is None) == (theirs is None)
        assert mine is None or mine.equals(theirs), name


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Borders of batches and of blocks come often."""
    monkeypatch.setattr(filings, "BATCH_FILES", 37)
    monkeypatch.setattr("exchange.inbound.joining.BLOCK_BYTES", 9_000)


def drop(site: Site, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (site.home.employer_inbox / name).write_bytes(content)


def both_ways(tmp_path: Path, files: dict[str, bytes]) -> tuple[Site, Site]:
    """The same files received joined and, for comparison, one at a time."""
    ours, judge = a_site(tmp_path / "ours"), a_site(tmp_path / "judge")
    for site in (ours, judge):
        drop(site, files)
    joined(ours)
    one_at_a_time(judge, list(files))
    return ours, judge


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("seed", range(3))
def test_all_ways_of_being_wrong_give_what_they_give_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for module in (reading, joinable, packs):
        monkeypatch.setattr(module, "WORTH_COMPILED", 1 if seed else 1000)
    ours, judge = both_ways(tmp_path, dict(wild(seed, ROUNDS * len(WAYS))))
    assert_same(ours, judge)
    assert list(ours.home.employer_inbox.iterdir()) == []
    assert len(list(judge.home.employer_inbox.iterdir())) == ROUNDS * len(WAYS)


def test_one_large_batch_gives_the_same(tmp_path: Path) -> None:
    ours, judge = both_ways(tmp_path, dict(wild(11, 4 * len(WAYS))))
    assert_same(ours, judge)


@pytest.mark.usefixtures("small_batches")
def test_copies_and_names_that_come_again_are_told_as_ever(tmp_path: Path) -> None:
    """A copy comes before and after its original, under a name nobody knows, in another batch, on
    a second night; a name comes again with another content."""
    first = dict(wild(5, 90))
    contents = list(first.values())
    first |= {f"SPS110_00000-A{n}.TXT": contents[n] for n in range(0, 90, 7)}
    first |= {f"AAA{n}.DOC": contents[n] for n in range(3, 90, 9)}
    first |= {f"ZZZ{n}.TXT": contents[n] for n in range(4, 90, 9)}
    second = dict(wild(6, 60)) | {f"SPS110_AGAIN{n}.TXT": contents[n] for n in range(0, 90, 5)}
    ours, judge = a_site(tmp_path / "ours"), a_site(tmp_path / "judge")
    for files in (first, second):
        for site in (ours, judge):
            drop(site, files)
        joined(ours)
        one_at_a_time(judge, list(files))
        assert_same(ours, judge)


def test_the_joined_way_is_really_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the wild files show would be left to the way of one at a time."""
    alone: list[str] = []

    def noted(site: Site, day: object, paths: Sequence[Path]) -> list[object]:
        alone.extend(path.name.split("-", 1)[1].removesuffix(".TXT") for path in paths)
        return take_in(site, DAY, paths)

    monkeypatch.setattr(filings, "take_in", noted)
    site = a_site(tmp_path / "site")
    drop(site, dict(wild(3, len(WAYS))))
    counts = joined(site)
    assert counts["files"] == len(WAYS)
    assert {name.split("_")[0] for name in alone} == {
        "bom",
        "carriage-returns",
        "ctrl-z",
        "ctrl-z-line",
        "details-alone",
        "double-cr",
        "empty",
        "header-long",
        "header-short",
        "long-line",
        "no-line-ends",
        "nothing-right",
        "one-letter",
        "packed",
        "tar",
        "utf-16",
        "utf-8",
    }
