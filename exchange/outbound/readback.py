"""Read back: a file is parsed again before it leaves, and must say what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.site import Site
from interfaces.dated import code_list
from interfaces.errors import PrakanError
from interfaces.model import Interface, Role
from parsers.copybook import load_layout
from parsers.decode import decode_file
from validation.references import References
from validation.validate import FileValidator


class ReadBackError(PrakanError):
    """A file just written does not read as its rows: it must not leave."""

    status = 3


def read_back(
    site: Site,
    path: Path,
    interface: Interface,
    rows: pa.Table,
    context: Mapping[str, object],
) -> None:
    """Decode and validate ``path`` and compare every detail with ``rows``, in order.

    ReadBackError naming the first difference. It is a defect of ours, never of the data: what
    cannot be written at all was refused by the writer before.
    """
    business_date = context["business_date"]
    if not isinstance(business_date, date):
        raise TypeError("the context's business_date is a date")
    names = {rule.codes for rule in interface.fields.values() if rule.codes is not None}
    references = References(
        business_date=business_date,
        code_lists={name: code_list(name, business_date) for name in names},
    )
    validator = FileValidator(
        interface, load_layout(interface), site.catalogue, references, context, file_id=path.name
    )
    detail = interface.record(Role.DETAIL).record
    compared = 0
    for block in decode_file(path, interface, file_id=path.name):
        _no_findings(path, validator.block(block).findings)
        batch = block.batches.get(detail)
        if batch is not None:
            _compare(path, batch, rows.slice(compared, batch.num_rows))
            compared += batch.num_rows
    verdict = validator.close()
    _no_findings(path, verdict.findings)
    if compared != rows.num_rows or verdict.refused:
        raise ReadBackError(
            f"{path.name}: {compared} details read back, {rows.num_rows} were written; it was "
            "not sent: report this defect"
        )


def _compare(path: Path, batch: pa.RecordBatch, rows: pa.Table) -> None:
    for name in rows.column_names:
        meant = rows.column(name).combine_chunks()
        found = batch.column(name)
        if pa.types.is_list(found.type):
            same = _lists_begin_alike(found, meant)
        else:
            same = found.equals(_as_written(meant, found.type))
        if not same:
            raise ReadBackError(
                f"{path.name}: column {name} reads back differently between records "
                f"{batch.column('_record_number')[0]} and "
                f"{batch.column('_record_number')[-1]}; it was not sent: report this defect"
            )


def _as_written(meant: pa.Array, kind: pa.DataType) -> pa.Array:
    """A number in a fixed-width record has no null: what is not known is written as zero."""
    meant = meant.cast(kind)
    if pa.types.is_decimal(kind) or pa.types.is_int64(kind):
        return pc.fill_null(meant, pa.scalar(0, kind))
    return meant


def _lists_begin_alike(found: pa.Array, meant: pa.Array) -> bool:
    """Fixed OCCURS are padded: the meant elements come first, then only empty ones. With OCCURS
    DEPENDING ON there are as many as meant: the counter is compared as any other field."""
    lengths, there = (pc.fill_null(pc.list_value_length(each), 0) for each in (meant, found))
    if pc.any(pc.less(there, lengths)).as_py():
        return False
    owners = pc.list_parent_indices(meant)
    place = pc.subtract(pa.array(np.arange(len(owners))), _starts(lengths).take(owners))
    slots = pc.add(_starts(there).take(owners), place)
    return bool(_as_struct(found.flatten().take(slots), meant.type).equals(meant.flatten()))


def _starts(lengths: pa.Array) -> pa.Array:
    """Where each list begins among all elements; int64[n]."""
    lengths = lengths.cast(pa.int64())
    return pc.subtract(pc.cumulative_sum(lengths), lengths)


def _as_struct(values: pa.Array, meant: pa.DataType) -> pa.Array:
    element = meant.value_type
    if not pa.types.is_struct(element):
        return values.cast(element)
    names = [element.field(i).name for i in range(element.num_fields)]
    types = [element.field(i).type for i in range(element.num_fields)]
    columns = [values.field(n).cast(t) for n, t in zip(names, types, strict=True)]
    return pa.StructArray.from_arrays(columns, fields=list(element))


def _no_findings(path: Path, findings: pa.Table) -> None:
    if findings.num_rows:
        first = findings.slice(0, 1).to_pylist()[0]
        raise ReadBackError(
            f"{path.name}: reading it back finds {first['code']} in record "
            f"{first['record_number']}, field {first['field']}; it was not sent: report this "
            "defect"
        )
