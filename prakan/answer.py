"""How commands answer: stable JSON with ``--json``, otherwise text for a person."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any


def answer(options: argparse.Namespace, data: Any, text: str) -> None:
    """Print ``data`` as one JSON document, or ``text``."""
    if options.json:
        print(json.dumps(data, default=_plain, ensure_ascii=False, indent=2))
    else:
        print(text)


def columns(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A plain text table; numbers are put to the right."""
    texts = [[_cell(value) for value in row] for row in rows]
    widths = [
        max(len(heading), *(len(row[i]) for row in texts)) if texts else len(heading)
        for i, heading in enumerate(headings)
    ]
    right = [bool(rows) and isinstance(rows[0][i], int | Decimal) for i in range(len(headings))]
    lines = [_line(headings, widths, right), _line(["-" * w for w in widths], widths, right)]
    lines += [_line(row, widths, right) for row in texts]
    return "\n".join(lines)


def baht(satang: int) -> str:
    """Satang as baht with two decimals and thousands separators."""
    sign = "-" if satang < 0 else ""
    whole, part = divmod(abs(satang), 100)
    return f"{sign}{whole:,}.{part:02d}"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no JSON form")
