"""Accepted filings of form 1-10 in an installation, as receiving leaves them: parts and results.

Nothing is decoded here: what receiving does has its own tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from exchange.inbound.stored import dataset_folder, stored_schemas
from exchange.parts import new_part
from exchange.site import Site, open_site
from ledger.files import FileResult, record_results
from ledger.landing import Direction, FileRecord, FileState, record_landed
from parsers.copybook import load_layout

FORM = "form_1_10"
MONDAY = date(2027, 1, 4)
PERIOD = 202612
ACCOUNT, OTHER_ACCOUNT = "1000000019", "1000000027"
HEAD, BRANCH = "000000", "000001"
ADA, BEN, CEE, DEE = "1101700230708", "1101700230716", "1101700230724", "1101700230732"


@dataclass(frozen=True)
class Block:
    """A header and its lines: employee's share in baht by national ID (its wage is 20 times)."""

    shares: Mapping[str, int]
    account: str = ACCOUNT
    branch: str = HEAD
    period: int = PERIOD
    declared_persons: int | None = None


@dataclass(frozen=True)
class Filed:
    """An employer's file: its name and blocks; ``file_id`` follows from both."""

    name: str
    blocks: tuple[Block, ...]
    file_id: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(repr((self.name, self.blocks)).encode()).hexdigest()
        object.__setattr__(self, "file_id", digest)


def filed(name: str, *blocks: Block) -> Filed:
    """A file ``SPS110_<name>.TXT``."""
    return Filed(f"SPS110_{name}.TXT", blocks)


@dataclass
class Ticking:
    """A clock that goes on by a second whenever it is looked at, or stands still."""

    step: timedelta = timedelta(seconds=1)
    now: datetime = datetime(2027, 1, 4, 13, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


def site_at(home: Path, url: str, clock: Ticking | None = None) -> Site:
    """An installation on a ledger."""
    environment = {"PRAKAN_HOME": str(home), "PRAKAN_LEDGER_URL": url}
    return open_site(environment, clock=clock or Ticking())


def accept(site: Site, files: Sequence[Filed], day: date = MONDAY) -> None:
    """The files stand as accepted, all in one part."""
    interface = site.registry.get(FORM)
    layout = load_layout(interface)
    name = hashlib.sha256("".join(one.file_id for one in files).encode()).hexdigest()
    uris = {}
    rows = {"": list(_details(files)), ".headers": list(_headers(files))}
    for suffix, schema in stored_schemas(interface, layout).items():
        uris[suffix] = dataset_folder(site.home, interface, suffix, day) / f"{name}.parquet"
        with new_part(uris[suffix], schema) as part:
            for batch in _table(rows.get(suffix, []), schema).to_batches():
                part.write(batch)
    records = [
        FileRecord(one.file_id, FORM, 1, Direction.INBOUND, None, day, one.name, 1) for one in files
    ]
    record_landed(site.ledger, records, recorded_at=site.clock())
    results = [
        FileResult(one.file_id, FileState.ACCEPTED, lines, lines, 0, {}, _uri(site, uris[""]))
        for one in files
        for lines in [sum(len(block.shares) for block in one.blocks)]
    ]
    record_results(site.ledger, results, recorded_at=site.clock())


def _uri(site: Site, path: Path) -> str:
    return site.home.relative(path)


def _table(rows: list[dict[str, object]], schema: pa.Schema) -> pa.Table:
    return pa.table({name: [row.get(name) for row in rows] for name in schema.names}, schema=schema)


def _headers(files: Sequence[Filed]) -> Iterator[dict[str, object]]:
    for one, number, block in _placed(files):
        total = Decimal(sum(block.shares.values()))
        declared = block.declared_persons
        yield {
            "_file_id": one.file_id,
            "_record_number": number,
            "_byte_offset": 0,
            "acc_no": block.account,
            "branch_no": block.branch,
            "paid_date": date(2027, 1, 4),
            "paid_period": block.period,
            "total_employee": len(block.shares) if declared is None else declared,
            "total_paid": 2 * total,
        }


def _details(files: Sequence[Filed]) -> Iterator[dict[str, object]]:
    for one, number, block in _placed(files):
        for place, (person, share) in enumerate(block.shares.items(), number + 1):
            yield {
                "_file_id": one.file_id,
                "_record_number": place,
                "_byte_offset": 0,
                "sso_id": person,
                "prefix": "003",
                "fname": "สมชาย",
                "lname": "ใจดี",
                "wages": Decimal(20 * share),
                "paid_amount": Decimal(share),
            }


def _placed(files: Sequence[Filed]) -> Iterator[tuple[Filed, int, Block]]:
    """Each block with its file and the record number of its header."""
    for one in files:
        number = 1
        for block in one.blocks:
            yield one, number, block
            number += 1 + len(block.shares)
