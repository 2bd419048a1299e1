"""Findings as an Arrow table: what is wrong, in which record, which field, which bytes.

A finding carries a code only. Severity and text (Thai and English) come from the rule
catalogue when a finding is shown, so that wording never decides what happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.codecs.fault import REMARK, Fault

FINDINGS_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.utf8(), nullable=False),
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("byte_offset", pa.int64(), nullable=False),
        pa.field("record_type", pa.utf8()),
        pa.field("field", pa.utf8()),
        pa.field("raw", pa.binary()),
        pa.field("code", pa.utf8(), nullable=False),
    ]
)
"""``record_number`` is 1-based and physical (headers counted; 0: the file as a whole);
``byte_offset`` is 0-based: the record's first data byte, or the place of a file-level fault;
``record_type`` is the 01 name, ``field`` the COBOL name, ``raw`` the bytes as they were."""

_VIEW_CODE = 255
_NAMES: dict[int, str] = {fault.value: fault.name for fault in Fault}
_NAMES[_VIEW_CODE] = "VIEW_UNREADABLE"
Int64s: TypeAlias = npt.NDArray[np.int64] | Sequence[int]


def findings_table(
    *,
    file_id: str,
    code: str | Sequence[str] | pa.Array,
    record_number: Int64s,
    byte_offset: Int64s,
    record_type: str | None = None,
    field: str | None = None,
    raw: Sequence[bytes | None] | pa.Array | None = None,
) -> pa.Table:
    """Findings of one record type and field, a row for each entry of ``record_number``.

    ``code`` is one code for all rows or one for each; ``raw`` has an entry for each row or is
    absent. Arrays of different lengths raise ValueError (from Arrow).
    """
    rows = len(record_number)
    codes = pa.repeat(pa.scalar(code, pa.utf8()), rows) if isinstance(code, str) else code
    return pa.Table.from_arrays(
        [
            pa.repeat(pa.scalar(file_id, pa.utf8()), rows),
            pa.array(record_number, pa.int64()),
            pa.array(byte_offset, pa.int64()),
            pa.repeat(pa.scalar(record_type, pa.utf8()), rows),
            pa.repeat(pa.scalar(field, pa.utf8()), rows),
            pa.nulls(rows, pa.binary()) if raw is None else pa.array(raw, pa.binary()),
            pa.array(codes, pa.utf8()),
        ],
        schema=FINDINGS_SCHEMA,
    )


def fault_codes(faults: npt.NDArray[np.integer], in_view: npt.NDArray[np.bool_]) -> pa.Array:
    """Codes of faulty values (n,). In a view of the record that no condition tells from the
    others (REDEFINES without one), a fault says only that the view does not fit: it is
    VIEW_UNREADABLE, whatever it is; a remark stays."""
    return _codes().take(pa.array(np.where(in_view & (faults < REMARK), _VIEW_CODE, faults)))


def finding_codes() -> list[str]:
    """Code of each fault by its number, "" for none; the last is that of any in such a view."""
    return [_NAMES.get(place, "") for place in range(_VIEW_CODE + 1)]


@cache
def _codes() -> pa.Array:
    """The same; made when needed, since pyarrow loads pandas with the first array of a list."""
    return pa.array(finding_codes())


@cache
def empty_findings() -> pa.Table:
    """No findings, in the findings schema."""
    columns = [pa.nulls(0, column.type) for column in FINDINGS_SCHEMA]
    return pa.Table.from_arrays(columns, schema=FINDINGS_SCHEMA)


def concat_findings(tables: Iterable[pa.Table]) -> pa.Table:
    """All findings in order of record number (file-level ones first), ties in given order."""
    found = [table for table in tables if table.num_rows]
    if not found:
        return empty_findings()
    table = found[0] if len(found) == 1 else pa.concat_tables(found)
    chunks = table.column("record_number").chunks
    numbers = np.concatenate([_int64s(chunk) for chunk in chunks if len(chunk)])
    if (numbers[1:] >= numbers[:-1]).all():
        return table
    order = np.argsort(numbers, kind="stable")
    return table.take(pa.array(order))


def _int64s(array: pa.Array) -> npt.NDArray[np.int64]:
    """The values in their memory; ``to_numpy`` would load pandas."""
    return np.frombuffer(array.buffers()[1], np.int64, len(array), 8 * array.offset)
