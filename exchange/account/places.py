"""Where records lie in their files, from the accepted rows: record number → byte offset."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from exchange.site import Site
from ledger.files import FileStanding

_PLACES = """
SELECT _record_number, _byte_offset FROM read_parquet($part)
WHERE _record_number IN (SELECT unnest($numbers)) AND _file_id = $file_id
  AND _record_number BETWEEN $first AND $last
"""


def byte_offsets(site: Site, standing: FileStanding, numbers: Collection[int]) -> dict[int, int]:
    """Byte offset of those records of a file; without those that no accepted row tells of, and
    empty when the rows are gone: they can be made again from the landing copy."""
    result = standing.result
    if result is None or result.part_uri is None or not numbers:
        return {}
    path = site.home.root / result.part_uri
    if not path.is_file():
        return {}
    given = {
        "part": str(path),
        "numbers": list(numbers),
        "first": min(numbers),
        "last": max(numbers),
        "file_id": standing.file.file_id,
    }
    try:
        with duckdb.connect() as engine:
            return dict(engine.execute(_PLACES, given).fetchall())
    except duckdb.Error:
        return {}
