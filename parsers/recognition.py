"""Which record a row is, and whether a REDEFINES applies: comparing fields with declared values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from interfaces.errors import WrongUse
from interfaces.model import RecordRule
from parsers.arrow_types import record_named
from parsers.codecs.fault import Bytes
from parsers.codepages import CodePage
from parsers.fields import decode_number
from parsers.layout import Field, Record
from parsers.rows import Rows

Conditions = Mapping[str, tuple[str, ...]]

UNKNOWN = -1


class RecognitionError(WrongUse):
    """A declared condition that cannot be tested; the message names field and value."""


def recognise(
    rows: Rows,
    lengths: npt.NDArray[np.int64],
    rules: Sequence[RecordRule],
    layout: Sequence[Record],
    page: CodePage,
) -> npt.NDArray[np.int64]:
    """Place in ``rules`` of the first rule that each row meets, UNKNOWN where none does.

    A row too short to hold the fields of a rule does not meet it. A rule without conditions is
    met by every row.
    """
    kinds = np.full(len(rows), UNKNOWN, np.int64)
    for place, rule in reversed(list(enumerate(rules))):
        fields = by_name(record_named(layout, rule.record).fields)
        needed = max((_end(named(fields, name)) for name in rule.when), default=0)
        candidates = np.flatnonzero(lengths >= needed)
        met = matches(rows.take(candidates), rule.when, fields, page)
        kinds[candidates[met]] = place
    return kinds


def matches(
    rows: Rows, conditions: Conditions, fields: Mapping[str, Field], page: CodePage, origin: int = 0
) -> npt.NDArray[np.bool_]:
    """Rows in which every named field holds one of its values: bool (n,).

    Text is compared as bytes filled with spaces, numbers by value. ``origin`` is the offset in
    the record at which the rows begin. RecognitionError for a field that does not exist, is a
    group or a table, and for a value that it cannot hold.
    """
    met = np.ones(len(rows), np.bool_)
    for name, values in conditions.items():
        field = named(fields, name)
        matrix = rows.matrix(field.offset - origin, field.length)
        if field.kind == "text":
            equal = np.zeros(len(rows), np.bool_)
            for value in values:
                equal |= _equals(matrix, _pattern(field, value, page))
            met &= equal
        else:
            numbers, faults = decode_number(matrix, field, page)
            met &= (faults == 0) & np.isin(numbers, [_number(field, value) for value in values])
    return met


def by_name(fields: Iterable[Field]) -> dict[str, Field]:
    """Elementary fields of one level by COBOL name, plain groups opened, tables left out."""
    found: dict[str, Field] = {}
    for field in fields:
        if field.occurs is not None:
            continue
        if field.is_group:
            found.update(by_name(field.children))
        elif not field.is_filler:
            found[field.name] = field
    return found


def named(fields: Mapping[str, Field], name: str) -> Field:
    """The field of that name; RecognitionError when there is none."""
    if name not in fields:
        raise RecognitionError(
            f"condition on {name}: no elementary field of that name outside tables; "
            f"there are {', '.join(fields)}"
        )
    return fields[name]


def _end(field: Field) -> int:
    return field.offset + field.length


def _equals(matrix: Bytes, pattern: Bytes) -> npt.NDArray[np.bool_]:
    """Rows equal to ``pattern``, byte column by byte column: fields told by are short, and
    reducing short rows is slow."""
    equal = np.ones(len(matrix), np.bool_)
    for place, byte in enumerate(pattern):
        equal &= matrix[:, place] == byte
    return equal


def _pattern(field: Field, value: str, page: CodePage) -> Bytes:
    try:
        encoded = page.encode(value)
    except UnicodeEncodeError:
        raise RecognitionError(
            f"condition on {field.name}: {value!r} is not in code page {page.name}"
        ) from None
    if len(encoded) > field.length:
        raise RecognitionError(
            f"condition on {field.name}: {value!r} is longer than its {field.length} bytes"
        )
    return np.frombuffer(encoded.ljust(field.length, bytes([page.space])), np.uint8)


def _number(field: Field, value: str) -> int:
    if field.scale != 0 or not value.lstrip("-").isascii() or not value.lstrip("-").isdigit():
        raise RecognitionError(
            f"condition on {field.name}: {value!r} cannot be compared; a whole number is needed"
        )
    return int(value)
