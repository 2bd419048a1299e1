"""Strict reader of dated tables: rates, calendars and code lists, kept as CSV rows.

A fact that may change by order, or that is not certain, is a row with its ``source`` and its
``confidence`` (A primary source … D our inference), so that an agency corrects it without a
release. A table is read whole or refused whole: a rate that silently does not apply is worse
than an error at start.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from interfaces.errors import WrongUse

SHIPPED = Path(__file__).parent
TEXT = pa.utf8()
INTEGER = pa.int64()
MONEY = pa.decimal128(11, 2)
DATE = pa.date32()

CONFIDENCES = frozenset("ABCD")
_ALWAYS = {"source": TEXT, "confidence": TEXT}
_VALIDITY = {"from": DATE, "to": DATE}


class DatedTableError(WrongUse):
    """A dated table that cannot be used; the message names file, line and column."""


@dataclass(frozen=True, slots=True)
class TableRule:
    """Columns of one kind of dated table.

    ``columns`` maps the table's own columns to TEXT, INTEGER, MONEY or DATE; ``source`` and
    ``confidence`` are always added, ``from`` and ``to`` (inclusive days, empty = open) unless
    ``dated`` is false. No two rows of the same ``key`` hold on the same day; without dates no
    two rows have the same key. Columns in ``nullable`` may be empty.
    """

    columns: Mapping[str, pa.DataType]
    key: tuple[str, ...]
    nullable: frozenset[str] = frozenset()
    dated: bool = True

    @property
    def schema(self) -> pa.Schema:
        """Schema of the table as read: own columns, validity, source, confidence."""
        validity = _VALIDITY if self.dated else {}
        return pa.schema(list({**self.columns, **validity, **_ALWAYS}.items()))


def read_table(path: Path, rule: TableRule) -> pa.Table:
    """Read one CSV (UTF-8, comma, a heading line) under ``rule``, in the order of its rows.

    Raises DatedTableError for a missing or unknown column, a value of another type, an empty
    value that is not allowed, a confidence outside A-D, and rows that hold on the same day.
    """
    schema = rule.schema
    may_be_empty = rule.nullable | (_VALIDITY.keys() if rule.dated else set())
    values: dict[str, list[object]] = {name: [] for name in schema.names}
    lines: list[int] = []
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = csv.DictReader(handle, strict=True)
            _check_heading(path, rows.fieldnames or (), schema.names)
            for row in rows:
                where = f"{path.name}:{rows.line_num}"
                if None in row or None in row.values():
                    raise DatedTableError(f"{where}: the row has not one value per column")
                lines.append(rows.line_num)
                for name in schema.names:
                    values[name].append(
                        _value(row[name], schema.field(name), name in may_be_empty, where)
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatedTableError(f"{path}: {error}") from None
    _check_confidence(path, values["confidence"], lines)
    _check_overlap(path, rule, values, lines)
    return pa.table(values, schema=schema)


def in_force(table: pa.Table, on: date) -> pa.Table:
    """Rows of a dated table that hold on the day ``on``."""
    day = pa.scalar(on, DATE)
    begun = pc.fill_null(pc.less_equal(table["from"], day), True)
    not_over = pc.fill_null(pc.greater_equal(table["to"], day), True)
    return table.filter(pc.and_(begun, not_over))


CODE_LISTS: Mapping[str, TableRule] = {
    "titles": TableRule({"code": TEXT, "word": TEXT}, key=("code",)),
    "title_words": TableRule({"word": TEXT, "code": TEXT}, key=("word",)),
    "wrong_titles": TableRule({"code": TEXT, "word": TEXT, "meant_code": TEXT}, key=("code",)),
    "payment_channels": TableRule({"code": TEXT, "en": TEXT, "th": TEXT}, key=("code",)),
    "employer_types": TableRule({"code": TEXT, "en": TEXT, "th": TEXT}, key=("code",)),
    "notice_kinds": TableRule(
        {
            "code": TEXT,
            "en": TEXT,
            "th": TEXT,  # subject of the mail
            "text_th": TEXT,  # what it says before the accounts, and after them
            "act_th": TEXT,
            "attachment": TEXT,  # Y: the accounts as a text file too
        },
        key=("code",),
    ),
    "leaving_reasons": TableRule({"code": TEXT, "en": TEXT, "th": TEXT}, key=("code",)),
    "provinces": TableRule({"code": TEXT, "en": TEXT, "th": TEXT}, key=("code",)),
    "return_codes": TableRule(
        {"code": INTEGER, "en": TEXT, "th": TEXT, "used_in": TEXT}, key=("code",)
    ),
}


def code_list(name: str, on: date, *, folder: Path = SHIPPED / "codes") -> pa.Table:
    """The rows of a code list that hold on the business date ``on``.

    ``folder`` holds ``<name>.csv``; an agency may keep its own. KeyError with the known names
    for a list that does not exist, DatedTableError for one that cannot be used.
    """
    if name not in CODE_LISTS:
        raise KeyError(f"no code list {name!r}; known: {', '.join(sorted(CODE_LISTS))}")
    return in_force(read_table(folder / f"{name}.csv", CODE_LISTS[name]), on)


def _check_heading(path: Path, found: object, expected: list[str]) -> None:
    names = list(found) if isinstance(found, (list, tuple)) else []
    for name in names:
        if name not in expected:
            raise DatedTableError(
                f"{path.name}:1: unknown column {name!r}; expected: {', '.join(expected)}"
            )
        if names.count(name) > 1:
            raise DatedTableError(f"{path.name}:1: column {name!r} stands twice")
    for name in expected:
        if name not in names:
            raise DatedTableError(f"{path.name}:1: column {name!r} is missing")


def _value(text: str, column: pa.Field, may_be_empty: bool, where: str) -> object:
    if text == "":
        if may_be_empty:
            return None
        raise DatedTableError(f"{where}: {column.name} is empty")
    if text != text.strip():
        raise DatedTableError(f"{where}: {column.name} {text!r} has spaces around it")
    if column.type == TEXT:
        return text
    try:
        if column.type == DATE:
            return date.fromisoformat(text)
        if column.type == INTEGER:
            return _integer(text)
        return _money(text)
    except (ValueError, InvalidOperation):
        raise DatedTableError(f"{where}: {column.name} {text!r} is not {column.type}") from None


def _integer(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(text)
    return int(text)


def _money(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite() or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(text)
    return amount.quantize(Decimal("0.01"))


def _check_confidence(path: Path, confidences: list[object], lines: list[int]) -> None:
    for confidence, line in zip(confidences, lines, strict=True):
        if confidence not in CONFIDENCES:
            raise DatedTableError(
                f"{path.name}:{line}: confidence {confidence!r} is not one of A, B, C, D"
            )


def _check_overlap(
    path: Path, rule: TableRule, values: Mapping[str, list[object]], lines: list[int]
) -> None:
    spans: dict[tuple[object, ...], list[tuple[date, date, int]]] = {}
    for row, line in enumerate(lines):
        begin = values["from"][row] if rule.dated else None
        end = values["to"][row] if rule.dated else None
        first = begin if isinstance(begin, date) else date.min
        last = end if isinstance(end, date) else date.max
        if first > last:
            raise DatedTableError(f"{path.name}:{line}: from {first} is after to {last}")
        key = tuple(values[name][row] for name in rule.key)
        spans.setdefault(key, []).append((first, last, line))
    for key, of_key in spans.items():
        of_key.sort()
        for (_, last, line), (first, _, next_line) in pairwise(of_key):
            if first <= last:
                name = "/".join(str(part) for part in key)
                raise DatedTableError(
                    f"{path.name}:{next_line}: {name} overlaps with line {line}; "
                    "one row a day and key"
                )
