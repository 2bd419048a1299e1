"""Variations of the registration master, and histories of changing length, to decode."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.registration import BATCH_ROWS, BUSINESS_DATE, national_ids
from exporters.writer import FileWriter
from interfaces.loader import load_interface
from interfaces.model import Framing, Interface
from interfaces.registry import Registry
from parsers.copybook import load_layout
from parsers.layout import Record

BAD_SHARE = 10
"""One record in so many has a bad field."""
_SEED = 2_570
_MONTHS = 12
_MOST_MONTHS = 60
_MONTH_BYTES = 26
_LONGEST_HISTORY = 23  # one to this many months: _MONTHS on average
_RDW = 4
_DEPENDING = re.compile(r"OCCURS 0 TO 60 TIMES\s+DEPENDING ON MONTH-COUNT")
_HEADER_END = re.compile(r"(05  HDR-SEQUENCE\s+PIC 9\(06\)\.)")


def with_bad_records(source: Path, target: Path, record: Record) -> int:
    """The file with every tenth detail, on average, spoiled: in turn a letter among zoned
    digits, a packed number without sign, an impossible packed month. How many were spoiled."""
    data = np.fromfile(source, np.uint8).reshape(-1, record.length)
    fields = {field.name: field for field in record.walk()}
    random = np.random.default_rng(_SEED)
    bad = 1 + np.flatnonzero(random.integers(0, BAD_SHARE, len(data) - 2) == 0)
    birth, amount, effective = (
        fields[name] for name in ("BIRTH-DATE", "TOTAL-AMOUNT-PAID", "EFFECTIVE-DATE")
    )
    data[bad[0::3], birth.offset + 2] = 0xC1  # the letter A
    data[bad[1::3], amount.offset + amount.length - 1] &= 0xF0
    # S9(8) packed is 0Y YY YM MD Ds: month 99
    month = effective.offset + 2
    data[bad[2::3], month] = data[bad[2::3], month] & 0xF0 | 0x09
    data[bad[2::3], month + 1] = data[bad[2::3], month + 1] & 0x0F | 0x90
    data.tofile(target)
    return len(bad)


def framed_variable(source: Path, target: Path, record: Record) -> None:
    """The same records behind record descriptor words."""
    data = np.fromfile(source, np.uint8).reshape(-1, record.length)
    framed = np.empty((len(data), _RDW + record.length), np.uint8)
    framed[:, :_RDW] = list((_RDW + record.length).to_bytes(2, "big") + bytes(2))
    framed[:, _RDW:] = data
    framed.tofile(target)


def variable(interface: Interface) -> Interface:
    """The interface, its records behind record descriptor words."""
    return replace(interface, file=replace(interface.file, framing=Framing.VB))


def history_interface() -> Interface:
    """Months paid: OCCURS DEPENDING ON, V format."""
    return Registry().get("contribution_history", on=BUSINESS_DATE)


def fixed_history_interface(folder: Path) -> Interface:
    """The same fields with twelve months in every record, F format; written to ``folder``."""
    interface = history_interface()
    lengths = {record.name: record.length for record in load_layout(interface)}
    copybook = interface.copybook.read_text("utf-8")
    copybook, replaced = _DEPENDING.subn(f"OCCURS {_MONTHS} TIMES", copybook)
    if not replaced:
        raise ValueError(f"{interface.copybook} is not the copybook that was measured")
    # header and trailer become as long as the details: records of one length
    detail = lengths["CTB-HISTORY-RECORD"] - (_MOST_MONTHS - _MONTHS) * _MONTH_BYTES
    filler = "           05  FILLER PIC X({})."
    header = filler.format(detail - lengths["CTB-HEADER-RECORD"])
    trailer = filler.format(detail - lengths["CTB-TRAILER-RECORD"])
    copybook = _HEADER_END.sub(rf"\1\n{header}", copybook) + f"{trailer}\n"
    declared = interface.copybook.with_suffix(".toml").read_text("utf-8")
    path = folder / f"{interface.copybook.stem}.toml"
    path.with_suffix(".cpy").write_text(copybook, "utf-8")
    path.write_text(declared.replace('framing = "VB"', 'framing = "FB"'), "utf-8")
    return load_interface(path)


def write_history(path: Path, records: int) -> None:
    """Histories of 1 to 23 months."""
    random = np.random.default_rng(_SEED)
    with _writer(path, history_interface()) as writer:
        for start in range(0, records, BATCH_ROWS):
            size = min(BATCH_ROWS, records - start)
            writer.write_details(_histories(start, random.integers(1, _LONGEST_HISTORY + 1, size)))
        writer.close()


def write_fixed_history(path: Path, records: int, interface: Interface) -> None:
    """Histories of twelve months."""
    with _writer(path, interface) as writer:
        for start in range(0, records, BATCH_ROWS):
            size = min(BATCH_ROWS, records - start)
            writer.write_details(_histories(start, np.full(size, _MONTHS)))
        writer.close()


def _writer(path: Path, interface: Interface) -> FileWriter:
    return FileWriter(path, interface, {"business_date": BUSINESS_DATE, "sequence": 1})


def _histories(start: int, months: npt.NDArray[np.int64]) -> pa.RecordBatch:
    total = int(months.sum())
    random = np.random.default_rng([_SEED, start])
    satang = np.full(total, 43_200)
    money = np.stack([satang, np.zeros(total, np.int64)], axis=1)
    paid = pa.StructArray.from_arrays(
        [
            pa.array(202_500 + random.integers(1, 13, total), pa.int32()),
            pa.Array.from_buffers(
                pa.decimal128(9, 2), total, [None, pa.py_buffer(np.ascontiguousarray(money))]
            ),
            pa.array(["01", "02", "03"]).take(pa.array(random.integers(0, 3, total))),
            pa.array(random.integers(20_000, 20_400, total).astype(np.int32)).cast(pa.date32()),
            pa.array(random.integers(10**9, 10**10, total)).cast(pa.utf8()),
        ],
        names=["paid_period", "paid_amount", "paid_channel", "paid_date", "receipt_number"],
    )
    offsets = np.concatenate([[0], np.cumsum(months)]).astype(np.int32)
    return pa.RecordBatch.from_pydict(
        {
            "national_id": pa.array(national_ids(start, len(months))).cast(pa.utf8()),
            "section_code": pa.repeat(pa.scalar("39"), len(months)),
            "history_from": pa.repeat(pa.scalar(202_501, pa.int32()), len(months)),
            "month_count": pa.array(months),
            "month_paid": pa.ListArray.from_arrays(pa.array(offsets), paid),
        }
    )
