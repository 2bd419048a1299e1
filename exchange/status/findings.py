"""Reading findings back: those that belong to the latest result of each file, and no others.

A part may hold findings of an attempt that a later one replaced; the ledger says which part
counts for which file.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from exchange.home import Home
from interfaces.errors import OutsideFailure
from ledger.files import FileStanding
from parsers.findings import FINDINGS_SCHEMA

COUNTS_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.utf8()),
        pa.field("code", pa.utf8()),
        pa.field("findings", pa.int64()),
    ]
)

HELD_SCHEMA = pa.schema([pa.field("file_id", pa.utf8()), pa.field("findings_uri", pa.utf8())])
"""Which part holds the findings that count of a file, as the ledger keeps its path."""

_COUNTS = """
SELECT found.file_id, code, count(*) AS findings
FROM found JOIN held ON found.file_id = held.file_id AND found.filename = held.part
GROUP BY ALL ORDER BY ALL
"""
_FIRST = """
SELECT found.* EXCLUDE (filename)
FROM found JOIN held ON found.file_id = held.file_id AND found.filename = held.part
JOIN ranked USING (code)
QUALIFY row_number() OVER (
    PARTITION BY found.file_id, code
    ORDER BY record_number, byte_offset, field NULLS FIRST, raw NULLS FIRST
) <= $each
ORDER BY rank, place, record_number, byte_offset, field NULLS FIRST, code, raw NULLS FIRST
LIMIT $limit
"""


def held_findings(standings: Sequence[FileStanding]) -> pa.Table:
    """Where the findings of these files are, in their order: HELD_SCHEMA."""
    held = [(s.file.file_id, s.result.findings_uri) for s in standings if s.result is not None]
    ids, uris = zip(*held, strict=True) if held else ((), ())
    return pa.table([list(ids), list(uris)], schema=HELD_SCHEMA)


def count_findings(home: Home, held: pa.Table) -> pa.Table:
    """Number of findings of each file (HELD_SCHEMA) and code: COUNTS_SCHEMA, in that order.

    OutsideFailure when a part that the ledger names is gone.
    """
    with duckdb.connect() as engine:
        if not _register(engine, home, held):
            return COUNTS_SCHEMA.empty_table()
        counts: pa.Table = engine.sql(_COUNTS).to_arrow_table()
    return counts.cast(COUNTS_SCHEMA)


def first_findings(
    home: Home, held: pa.Table, codes: Sequence[str], *, each: int, limit: int
) -> pa.Table:
    """The findings that a person should see first: FINDINGS_SCHEMA, at most ``limit`` rows.

    Ordered by the place of their code in ``codes``, that of their file in ``held`` (HELD_SCHEMA),
    and the record; at most ``each`` of one code in one file, so that one bad file does not hide
    all others. Codes that are not among ``codes`` are left out.
    """
    ranked = pa.table({"code": list(codes), "rank": list(range(len(codes)))})
    with duckdb.connect() as engine:
        if not _register(engine, home, held):
            return FINDINGS_SCHEMA.empty_table()
        engine.register("ranked", ranked)
        first: pa.Table = engine.sql(_FIRST, params={"each": each, "limit": limit}).to_arrow_table()
    return first.select(FINDINGS_SCHEMA.names).cast(FINDINGS_SCHEMA)


def _register(engine: duckdb.DuckDBPyConnection, home: Home, held: pa.Table) -> bool:
    """Make ``found`` (the parts) and ``held`` (whose findings stand in which); false when the
    files have no findings' part at all."""
    placed = held.append_column("place", pa.array(range(held.num_rows), pa.int64()))
    placed = placed.filter(pc.is_valid(placed["findings_uri"]))
    paths = [str(home.root / uri) for uri in pc.unique(placed["findings_uri"]).to_pylist()]
    if not paths:
        return False
    for path in paths:
        if not home.root.joinpath(path).is_file():
            raise OutsideFailure(
                f"{path}: these findings are gone; restore the findings folder from backup"
            )
    engine.read_parquet(sorted(paths), filename=True).create_view("found")
    # As read_parquet tells the name of a row's file.
    parts = pc.binary_join_element_wise(str(home.root), placed["findings_uri"], "/")
    engine.register("held", placed.append_column("part", parts))
    return True
