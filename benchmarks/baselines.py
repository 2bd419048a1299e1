"""What the same work costs by the ways people know: read_fwf, a record loop, an f-string.

They run on a slice, since they are slow; their rates do not depend on its size. Rates count
the bytes of the mainframe file, so that they compare with decoding record by record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from parsers.codepages import CodePage
from parsers.layout import Field, Record

_BUDDHIST_ERA = 543
_BUFFER_BYTES = 64 << 20


def read_fwf(text: str, widths: list[int], names: list[str]) -> pd.DataFrame:
    """pandas on fixed-width text, everything left as text (its quickest way)."""
    return pd.read_fwf(StringIO(text), widths=widths, names=names, dtype=str)


def read_fwf_typed(text: str, widths: list[int], names: list[str]) -> pd.DataFrame:
    """The same as pandas does it unless told otherwise: every column's type is inferred."""
    return pd.read_fwf(StringIO(text), widths=widths, names=names)


def as_text(batch: pa.RecordBatch) -> tuple[str, list[int], list[str]]:
    """The rows as lines of fixed-width text, with the widths in characters and the names."""
    rows = batch.to_pylist()
    names, widths, cells = [], [], []
    for name in batch.schema.names:
        texts = [_text(row[name]) for row in rows]
        names.append(name)
        widths.append(max(1, *map(len, texts)))
        cells.append([text.ljust(widths[-1]) for text in texts])
    lines = ["".join(row) for row in zip(*cells, strict=True)]
    return "\n".join(lines) + "\n", widths, names


def _text(value: object) -> str:
    if value is None:
        return ""
    return "".join(map(_text, value)) if isinstance(value, list) else str(value)


def decode_loop(
    data: bytes, record: Record, page: CodePage, dates: set[str]
) -> list[dict[str, Any]]:
    """A plain loop over records and fields; nothing is checked. ``dates`` are column names."""
    readers = [
        (item.column, item.offset, item.offset + item.length, _reader(item, page, dates))
        for item in record.walk()
        if not item.is_filler
    ]
    rows = []
    for start in range(0, len(data), record.length):
        line = data[start : start + record.length]
        rows.append({name: read(line[begin:end]) for name, begin, end, read in readers})
    return rows


def _reader(item: Field, page: CodePage, dates: set[str]) -> Callable[[bytes], Any]:
    def read_text(raw: bytes) -> str:
        return page.decode(raw).rstrip()

    read: Callable[[bytes], Any] = read_text
    if item.usage == "binary":
        read = partial(int.from_bytes, byteorder="big", signed=True)
    elif item.usage == "packed":
        read = _packed
    elif item.kind == "number":
        read = _zoned
    if item.column in dates:
        number = read
        return lambda raw: _date(number(raw))
    if item.scale:
        number = read
        return lambda raw: Decimal(number(raw)).scaleb(-item.scale)
    return read


def _packed(raw: bytes) -> int:
    digits = raw.hex()
    try:
        number = int(digits[:-1])
    except ValueError:
        return 0  # the field of another section under REDEFINES
    return -number if digits[-1] in "bd" else number


def _zoned(raw: bytes) -> int:
    number = int("".join(chr(48 + (byte & 0x0F)) for byte in raw))
    return -number if raw[-1] >> 4 == 0xD else number


def _date(digits: int) -> date | None:
    try:
        return date(digits // 10_000 - _BUDDHIST_ERA, digits // 100 % 100, digits % 100)
    except ValueError:
        return None


def encode_loop(rows: list[dict[str, Any]], page: CodePage) -> bytes:
    """An f-string a record, all fields as display text, put into the code page at the end."""
    lines = [
        f"D{r['national_id']}{r['title_code']}{r['given_name']:<30}{r['family_name']:<35}"
        f"{_digits(r['birth_date'])}{r['sex_code']}{r['nationality_code']}{r['section_code']}"
        f"{r['status_code']}{_digits(r['effective_date'])}{_digits(r['ended_date'])}"
        f"{r['employer_account'] or '':<10}{r['employer_branch'] or '':<6}"
        f"{int((r['monthly_wage'] or 0) * 100):011d}{r['option_code'] or '':<2}"
        f"{''.join(r['hospital_code'])}{r['total_months_paid']:04d}"
        f"{int(r['total_amount_paid'] * 100):013d}{int(r['old_age_balance'] * 100):013d}"
        f"{r['last_period_paid'] + 100 * _BUDDHIST_ERA:06d}{r['office_code']}"
        f"{r['update_count']:09d}{_digits(r['updated_date'])}"
        f"{int(r['balance_adjustment'] * 100):+010d}"
        for r in rows
    ]
    return page.encode("".join(lines))


def _digits(day: date | None) -> str:
    return "00000000" if day is None else f"{day.year + _BUDDHIST_ERA}{day:%m%d}"


def sha256(path: Path) -> str:
    """The hash that every file gets, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def memory_copy() -> Callable[[], object]:
    """Copying a buffer larger than any cache: as fast as bytes can move."""
    source = np.ones(_BUFFER_BYTES, np.uint8)
    target = np.empty_like(source)
    return lambda: np.copyto(target, source)


MEMORY_COPY_BYTES = _BUFFER_BYTES
