"""The columns of records that answers tell of, wherever they were read."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from exchange.inbound.stored import HEADERS, REJECTED
from insurance.money import satang_of

LINES_SCHEMA = pa.schema(
    [
        pa.field("file", pa.int64()),
        pa.field("record", pa.int64()),
        pa.field("is_header", pa.bool_()),
        pa.field("is_taken", pa.bool_()),
        pa.field("kind", pa.utf8()),
        pa.field("account", pa.utf8()),
        pa.field("branch", pa.utf8()),
        pa.field("period", pa.int32()),
        pa.field("national_id", pa.utf8()),
        pa.field("given_name", pa.utf8()),
        pa.field("family_name", pa.utf8()),
        pa.field("wages", pa.int64()),
        pa.field("contribution", pa.int64()),
    ]
)
"""Records as lines. ``file``: place of the file in its batch; amounts in satang, 0 for none."""

FIELDS: dict[str, tuple[str, ...]] = {
    "kind": ("record_type",),
    "account": ("acc_no",),
    "branch": ("branch_no",),
    "period": ("paid_period",),
    "national_id": ("sso_id",),
    "given_name": ("fname",),
    "family_name": ("lname",),
}
AMOUNTS: dict[str, tuple[str, ...]] = {
    "wages": ("wages", "total_wages"),
    "contribution": ("paid_amount", "total_paid"),
}
"""Where a line's columns are, in details and headers, whatever the form."""
READ = sorted({name for names in (*FIELDS.values(), *AMOUNTS.values()) for name in names})
KEYS = ["_file_id", "_record_number"]


def lines_of(rows: pa.Table, ids: pa.Array, dataset: str) -> pa.Table:
    """Records of a dataset, with the columns that receiving stores, as LINES_SCHEMA; those of files
    that are not among ``ids`` are left out."""
    place = pc.index_in(rows["_file_id"], value_set=ids)
    if place.null_count:
        rows, place = rows.filter(place.is_valid()), place.drop_null()
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "file": place.cast(pa.int64()),
        "record": rows["_record_number"],
        "is_header": pa.repeat(pa.scalar(dataset == HEADERS), rows.num_rows),
        "is_taken": pa.repeat(pa.scalar(dataset != REJECTED), rows.num_rows),
    }
    for name, fields in FIELDS.items():
        field = next((each for each in fields if each in rows.column_names), None)
        kind = LINES_SCHEMA.field(name).type
        columns[name] = pa.nulls(rows.num_rows, kind) if field is None else rows[field].cast(kind)
    for name, fields in AMOUNTS.items():
        field = next((each for each in fields if each in rows.column_names), None)
        columns[name] = (
            pa.repeat(pa.scalar(0, pa.int64()), rows.num_rows)
            if field is None
            else pa.array(satang_of(rows[field].combine_chunks())[0])
        )
    return pa.table(columns, schema=LINES_SCHEMA)
