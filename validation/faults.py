"""A fault: rows of one batch that have one code, before it becomes rows of findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import FieldRule
from parsers.codecs.literal import literal_bytes
from parsers.codepages import CodePage
from parsers.dates import encode_dates, encode_periods
from parsers.findings import concat_findings, findings_table
from parsers.layout import Field
from validation.bitmask import Mask

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fault:
    """``rows`` (indices into the batch, ascending, each once) have ``code``.

    ``field`` is None when no single field is to blame; ``values`` are then absent, else one
    per row, as decoded.
    """

    code: str
    rows: Rows
    field: Field | None = None
    values: pa.Array | None = None


def fault(
    code: str,
    faulty: Mask,
    field: Field | None = None,
    values: pa.Array | None = None,
    parents: Rows | None = None,
) -> Fault | None:
    """Fault of the values in ``faulty``, None when there is none.

    ``parents`` gives the row of each value of a repeating field: the record is blamed once,
    with its first faulty value.
    """
    at = np.flatnonzero(faulty).astype(np.int64)
    if not len(at):
        return None
    rows = at
    if parents is not None:
        rows, first = np.unique(parents[at], return_index=True)
        at = at[first]
    return Fault(code, rows, field, None if values is None else values.take(pa.array(at)))


def as_findings(
    faults: Iterable[Fault],
    batch: pa.RecordBatch,
    *,
    record: str,
    file_id: str,
    page: CodePage,
    rules: Mapping[str, FieldRule],
) -> pa.Table:
    """Rows of findings of one batch, in record order; ``rules`` are those of its fields."""
    numbers = batch.column("_record_number").to_numpy()
    offsets = batch.column("_byte_offset").to_numpy()
    return concat_findings(
        findings_table(
            file_id=file_id,
            code=item.code,
            record_number=numbers[item.rows],
            byte_offset=offsets[item.rows],
            record_type=record,
            field=item.field.name if item.field else None,
            raw=_raw(item, page, rules),
        )
        for item in faults
    )


def _raw(item: Fault, page: CodePage, rules: Mapping[str, FieldRule]) -> pa.Array | None:
    """Bytes of the values as they stood in the file, where the decoded value tells them: texts
    (padding left out) and unsigned display numbers, dates and periods among them. Others are
    found by their byte offset."""
    field = item.field
    if field is None or item.values is None:
        return None
    if field.kind == "text":
        return _encoded(item.values, field, page)
    if field.usage != "display" or field.signed or field.edit is not None or field.scale < 0:
        return None
    if _is_calendar(item.values.type):
        written = _calendar_digits(item.values, rules.get(field.name))
    else:
        written = pc.replace_substring(item.values.cast(pa.utf8()), ".", "")
    return _encoded(pc.utf8_lpad(written, field.digits, "0"), field, page)


def _calendar_digits(values: pa.Array, rule: FieldRule | None) -> pa.Array:
    """Dates (date32) or periods (int32 yyyymm) as the digits of their field's mask and era; null
    where the mask cannot hold them."""
    if rule is None or rule.mask is None:
        return pa.nulls(len(values), pa.utf8())
    known = np.asarray(values.is_valid())
    numbers = pc.fill_null(values.cast(pa.int32()), 0).to_numpy()
    encode = encode_dates if pa.types.is_date(values.type) else encode_periods
    digits, wrong = encode(numbers, rule)
    return pa.array(digits, pa.int64(), mask=wrong | ~known).cast(pa.utf8())


def _encoded(texts: pa.Array, field: Field, page: CodePage) -> pa.Array:
    """The texts in the file's code page: all at once where every character is one byte."""
    if page.multibyte is not None or field.usage in ("national", "dbcs"):
        values = texts.to_pylist()
        return pa.array(
            [None if v is None else literal_bytes(v, field, page) for v in values],
            pa.binary(),
        )
    lengths = pc.fill_null(pc.utf8_length(texts), 0).to_numpy()
    ends = np.zeros(len(texts) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    data = page.encode("".join(texts.drop_null().to_pylist()))
    encoded = pa.BinaryArray.from_buffers(
        pa.binary(), len(texts), [None, pa.py_buffer(ends), pa.py_buffer(data)]
    )
    return pc.if_else(texts.is_valid(), encoded, pa.scalar(None, pa.binary()))


def _is_calendar(kind: pa.DataType) -> bool:
    """Whether the digits in the file are not those of the decoded value (dates, periods)."""
    return bool(pa.types.is_date(kind) or pa.types.is_int32(kind))
