"""Accepted rows of one file of an interface: a notice list, a contact register."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from exchange.site import Site
from interfaces.errors import OutsideFailure
from ledger.files import FileStanding


def accepted_rows(site: Site, standing: FileStanding, columns: Sequence[str]) -> pa.Table:
    """Columns of the file's accepted rows in file order; none where nothing was accepted.

    OutsideFailure when the part that holds them is gone.
    """
    result = standing.result
    if result is None or result.part_uri is None:
        raise OutsideFailure(
            f"{standing.file.name} has no accepted records in the ledger; see `prakan show "
            f"{standing.file.file_id[:12]}`"
        )
    part = site.home.root / result.part_uri
    if not Path(part).is_file():
        raise OutsideFailure(
            f"{part} is gone, which the ledger says holds accepted records; restore the datasets "
            "folder from backup, then run again"
        )
    rows = ds.dataset(part, format="parquet").to_table(
        columns=["_record_number", *columns],
        filter=pc.field("_file_id") == standing.file.file_id,
    )
    return rows.sort_by("_record_number")
