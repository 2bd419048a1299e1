"""Which record a row is, and whether a REDEFINES applies: comparing fields with declared values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfaces.errors import WrongUse
from interfaces.model import Dialect, RecordRule
from parsers.arrow_types import record_named
from parsers.codecs.fault import Bytes
from parsers.codepages import CodePage
from parsers.fields import decode_number
from parsers.layout import Field, Record
from parsers.rows import Places, Rows

Conditions = Mapping[str, tuple[str, ...]]

UNKNOWN = -1
_USUAL = Dialect()


class RecognitionError(WrongUse):
    """A declared condition that cannot be tested; the message names field and value."""


@dataclass(frozen=True, eq=False, slots=True)
class RecordKinds:
    """Place of the rule that each record meets, uint8 (n,); the number of rules for none.

    ``spans`` int64 (rules + 1, 3): of each rule, the last for none, how many records meet it, and
    the first and the last of them.
    """

    kinds: npt.NDArray[np.uint8]
    spans: npt.NDArray[np.int64]

    @classmethod
    def of(cls, kinds: npt.NDArray[np.int64], rules: int) -> RecordKinds:
        """With the spans found."""
        spans = np.zeros((rules + 1, 3), np.int64)
        small = np.where(kinds == UNKNOWN, rules, kinds).astype(np.uint8)
        for kind in range(rules + 1):
            places = np.flatnonzero(small == kind)
            if len(places):
                spans[kind] = len(places), places[0], places[-1]
        return cls(small, spans)

    def places(self, kind: int) -> Places:
        """Records of a kind: a slice where no other is between them."""
        count, first, last = self.spans[kind].tolist()
        if count == 0:
            return slice(0, 0)
        if count == last - first + 1:
            return slice(first, last + 1)
        return np.flatnonzero(self.kinds == kind)

    def unknown(self) -> npt.NDArray[np.int64]:
        """Records of no kind."""
        if self.spans[-1, 0] == 0:
            return np.zeros(0, np.int64)
        return np.flatnonzero(self.kinds == len(self.spans) - 1)


def recognise(
    rows: Rows,
    lengths: npt.NDArray[np.int64],
    rules: Sequence[RecordRule],
    layout: Sequence[Record],
    page: CodePage,
    dialect: Dialect = _USUAL,
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
        met = matches(rows.take(candidates), rule.when, fields, page, dialect=dialect)
        kinds[candidates[met]] = place
    return kinds


def matches(
    rows: Rows,
    conditions: Conditions,
    fields: Mapping[str, Field],
    page: CodePage,
    origin: int = 0,
    dialect: Dialect = _USUAL,
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
                equal |= _equals(matrix, text_pattern(field, value, page))
            met &= equal
        else:
            numbers, faults = decode_number(matrix, field, page, dialect)
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


def text_pattern(field: Field, value: str, page: CodePage) -> Bytes:
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
