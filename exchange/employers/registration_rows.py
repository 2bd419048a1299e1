"""Rows of the file of registration changes: accepted lines of employers' registration files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchange.books.posting_rows import books_context, file_before
from exchange.outbound.rows import FileRows
from exchange.site import Site
from insurance.digits import Ints
from interfaces.errors import OutsideFailure
from interfaces.model import Interface
from ledger.books import period_of_close
from ledger.registrations import registration_files

DATASET = "registration_changes"
NEW, LEFT = "N", "L"

_SHOWN_DIGITS = 16  # of the SHA-256 of the employer's file
_LEAVING_TYPE = "609"
_HOSPITAL_CODE = r"^[0-9]{7}\z"
_AS_FILED = {
    "employer_account": "acc_no",
    "employer_branch": "branch_no",
    "national_id": "sso_id",
    "title_code": "prefix",
    "given_name": "fname",
    "family_name": "lname",
    "id_type": "id_type",
    "nationality_code": "nationality",
    "sex_code": "sex",
    "birth_date": "birth_date",
    "leaving_reason": "leaving_reason",
    "marital_status": "marital_status",
    "employment_type": "employment_type",
    "alien_type": "alien_type",
    "child_data": "child_data",
}
"""Column of the mainframe's record → column of the employer's."""

_READ = (
    *("_file_id", "_record_number", "record_type"),
    *_AS_FILED.values(),
    *("start_date", "leaving_date", "hospital_code"),
)


def registration_rows(site: Site, interface: Interface, business_date: date) -> FileRows:
    """Accepted lines of the registration files entered in the books since the file before, in the
    order of entering. LedgerError when the day's books are not closed; OutsideFailure when a part
    that the ledger names is gone."""
    _, up_to = period_of_close(site.ledger, business_date)
    after = file_before(site, interface, up_to)
    files = registration_files(site.ledger, after, up_to)
    parts = [change_rows(lines, files) for lines in _accepted(site, files)]
    changes = pa.concat_tables(parts) if parts else change_rows(_no_lines(), files)
    order = [("entered", "ascending"), ("source_record", "ascending")]
    return FileRows(changes.sort_by(order).drop_columns("entered"), books_context(after, up_to))


def change_rows(lines: pa.Table, files: pa.Table) -> pa.Table:
    """Lines as the mainframe is told of them; ``entered`` is the place of each line's file."""
    ids = lines["_file_id"].combine_chunks()
    entered = pc.index_in(ids, value_set=files["file_id"].combine_chunks())
    is_leaving = pc.equal(lines["record_type"], _LEAVING_TYPE)
    day = pc.if_else(is_leaving, lines["leaving_date"], lines["start_date"])
    counts, hospitals = _hospitals(lines["hospital_code"].combine_chunks())
    return pa.table(
        {
            "entered": entered,
            "change_kind": pc.if_else(is_leaving, LEFT, NEW),
            **{name: lines[filed] for name, filed in _AS_FILED.items()},
            "change_date": day,
            "received_date": files["business_date"].take(entered),
            "source_file": pc.utf8_slice_codeunits(ids, 0, _SHOWN_DIGITS),
            "source_record": lines["_record_number"],
            "hospital_count": counts,
            "hospital": hospitals,
        }
    )


def _accepted(site: Site, files: pa.Table) -> Iterator[pa.Table]:
    """Accepted lines of these files, part by part."""
    for uri in files["part_uri"].drop_null().unique().sort().to_pylist():
        path = Path(site.home.root) / uri
        if not path.is_file():
            raise OutsideFailure(
                f"{path} is gone, which the ledger says holds accepted records; restore the "
                "datasets folder from backup, then run again"
            )
        lines = pq.read_table(path, columns=list(_READ))
        yield lines.filter(pc.is_in(lines["_file_id"], value_set=files["file_id"].combine_chunks()))


def _hospitals(chosen: pa.ListArray) -> tuple[pa.Array, pa.ListArray]:
    """Readable choices of each line, in their order, and how many they are."""
    codes = pc.list_flatten(chosen)
    owners = pc.list_parent_indices(chosen).to_numpy(zero_copy_only=False)
    is_readable = pc.fill_null(pc.match_substring_regex(codes, _HOSPITAL_CODE), False)
    kept: Ints = owners[np.asarray(is_readable.to_numpy(zero_copy_only=False), np.bool_)]
    counts = np.bincount(kept, minlength=len(chosen)).astype(np.int64)
    ends = np.append(0, np.cumsum(counts)).astype(np.int32)
    named = pa.StructArray.from_arrays([codes.filter(is_readable)], names=["hospital_code"])
    return pa.array(counts), pa.ListArray.from_arrays(pa.array(ends), named)


def _no_lines() -> pa.Table:
    kinds: dict[str, pa.DataType] = dict.fromkeys(_READ, pa.string())
    kinds |= dict.fromkeys(("birth_date", "start_date", "leaving_date"), pa.date32())
    kinds |= {"_record_number": pa.int64(), "hospital_code": pa.list_(pa.string())}
    return pa.schema(list(kinds.items())).empty_table()
