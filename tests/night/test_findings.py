"""Every deliberate fault of the country is found, and nothing else is refused or rejected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchange.inbound.landed import landed_path
from interfaces.catalogue import load_catalogue
from interfaces.model import Severity
from ledger.files import FileStanding, files_of
from ledger.landing import Direction, FileState
from tests.night.conftest import Undisturbed
from tests.night.stage import DAY, Stage, sha256_of

#: What follows for other records of a file, or for the file, from a fault of one record.
CONSEQUENCES = {"FILE_REJECTED_RATIO", "FORM_BRANCH_UNANNOUNCED"}
COLUMNS = ("record_number", "byte_offset", "record_type", "field", "code")


def test_every_fault_has_its_finding_and_nothing_else_has(
    large_night: Undisturbed, large_country: Path
) -> None:
    stage = large_night.stage
    names = {s.file.file_id: s.file.name for s in _inbound(stage)}
    found = {
        (names[row["file_id"]], *(row[column] for column in COLUMNS))
        for row in _findings(stage)
        if names[row["file_id"]] in _files(large_country)
    }
    faults = {
        (row["file"], *(row[column] for column in COLUMNS))
        for row in _truth(large_country, "faults")
    }
    assert len(faults) > 30
    assert faults <= found
    severity = load_catalogue().severity
    spoilt = {fault[0] for fault in faults}
    for file, *_, code in found - faults:
        assert severity(code) is Severity.WARN or (code in CONSEQUENCES and file in spoilt)


def test_records_are_rejected_only_for_a_fault_of_theirs(
    large_night: Undisturbed, large_country: Path
) -> None:
    faults = _truth(large_country, "faults")
    for standing in _inbound(large_night.stage):
        result = standing.result
        assert result is not None
        assert result.records_read == result.records_accepted + result.records_rejected
        if standing.file.interface != "form_1_10" and standing.file.partner is None:
            assert standing.state is FileState.ACCEPTED
            assert result.records_rejected == sum(f["file"] == standing.file.name for f in faults)


def test_filings_that_are_right_are_taken_whole_and_totals_that_lie_are_not_taken_at_all(
    large_night: Undisturbed, large_country: Path
) -> None:
    filings = {row["file"]: row for row in _truth(large_country, "filings")}
    standings = {s.file.name: s for s in _inbound(large_night.stage)}
    for name, filing in filings.items():
        result = standings[name].result
        assert result is not None
        if filing["way"] in (None, "capped_wage", "zero_wage"):  # the last two: warnings
            assert standings[name].state is FileState.ACCEPTED
            assert (result.records_accepted, result.records_rejected) == (filing["employees"], 0)
        if filing["way"] in ("wrong_total", "wrong_count"):
            assert standings[name].state is FileState.QUARANTINED
            assert (result.records_accepted, result.part_uri) == (0, None)


def test_everything_that_arrived_is_landed_byte_for_byte(
    large_night: Undisturbed, large_country: Path
) -> None:
    site = large_night.stage.site()
    arrived = [
        *_files(large_country).values(),
        *(large_night.stage.root / "returns").rglob("*.TXT"),
    ]
    for path in arrived:
        landed = landed_path(site, sha256_of(path))
        assert landed.read_bytes() == path.read_bytes()
        assert landed.stat().st_mode & 0o222 == 0
    site.ledger.dispose()
    assert {s.file.file_id for s in _inbound(large_night.stage)} == set(map(sha256_of, arrived))


def _inbound(stage: Stage) -> list[FileStanding]:
    with stage.ledger() as ledger:
        return [s for s in files_of(ledger, DAY) if s.file.direction is Direction.INBOUND]


def _files(country: Path) -> dict[str, Path]:
    return {p.name: p for f in ("extracts", "filings") for p in (country / f).iterdir()}


def _truth(country: Path, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(country / "truth" / f"{table}.parquet").to_pylist()
    return rows


def _findings(stage: Stage) -> Iterator[dict[str, Any]]:
    parts = sorted((stage.home.root / "findings").rglob("*.parquet"))
    yield from pa.concat_tables(pq.read_table(part) for part in parts).to_pylist()
