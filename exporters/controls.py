"""Control totals while writing: counts, exact sums and hash totals, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exporters.codecs.integers import Integers, read_integers
from exporters.completion import completed_rows
from exporters.engine import Engine, is_compiled
from exporters.kernels.columns import NoKernelError
from exporters.lists import list_lengths
from exporters.rows import EncodeError, Faults, Rows, field_named, holding
from interfaces.model import ControlKind, ControlRule, Interface
from parsers.layout import Field, Record

Bools = npt.NDArray[np.bool_]

EVERY_RECORD = "*"
TOTALS = (ControlKind.COUNT, ControlKind.SUM, ControlKind.HASH)
_WORD = np.uint64(32)
_LOW_WORD = np.uint64(0xFFFF_FFFF)
_INT64_DIGITS = 18
_LARGEST_DECIMAL = 38


class RunningTotals:
    """Totals of an interface's COUNT, SUM and HASH controls over the records added so far.

    Sums are whole numbers of the summed field's last decimal place, of any size: nothing is
    rounded and nothing overflows. A total over the records of the file (``*``) includes the
    record that it stands in, which itself need not be added.
    """

    def __init__(
        self, interface: Interface, layout: Mapping[str, Record], *, engine: Engine = "auto"
    ) -> None:
        self._engine = engine
        self._interface = interface
        self._layout = layout
        self._rules = [rule for rule in interface.controls if rule.kind in TOTALS]
        self._totals = [0] * len(self._rules)

    def add(self, batch: pa.RecordBatch, record: Record, file_id: str, first_record: int) -> None:
        """Add records of one type.

        EncodeError (DIGITS_EXPECTED) when a text that a hash total runs over holds anything but
        digits: there is no number to add. ``file_id`` and ``first_record`` appear in it.
        """
        rows = completed_rows(batch, record, self._interface)
        faults = Faults(file_id, record.name, first_record)
        for place, rule in enumerate(self._rules):
            self._totals[place] += self._of_batch(rule, rows, record, faults)
        findings = faults.table()
        if findings.num_rows:
            raise EncodeError(
                f"{file_id}: {findings.num_rows} values cannot be added to a hash total", findings
            )

    def values(self, record: str) -> dict[str, Decimal]:
        """Control field → value, of the totals that stand in a record type."""
        return {
            rule.field: self._value(rule, total)
            for rule, total in zip(self._rules, self._totals, strict=True)
            if rule.record == record
        }

    def _value(self, rule: ControlRule, total: int) -> Decimal:
        if rule.kind is ControlKind.COUNT:
            return Decimal(total + (rule.of == EVERY_RECORD))
        if rule.kind is ControlKind.HASH:
            control = field_named(self._layout[rule.record], rule.field)
            return Decimal(total % 10**control.digits)
        scale = max(self._summed_field(rule).scale, 0)
        return Decimal(f"{total * rule.times}E-{scale}")

    def _summed_field(self, rule: ControlRule) -> Field:
        for declared in self._interface.records:
            for _, item in _paths(self._layout[declared.record].fields):
                if item.name == rule.of and declared.record != rule.record:
                    return item
        raise KeyError(f"{self._interface.id}: no record has the field {rule.of}")

    def _of_batch(self, rule: ControlRule, rows: Rows, record: Record, faults: Faults) -> int:
        if record.name == rule.record:
            return 0
        if rule.kind is ControlKind.COUNT:
            counted = rule.of in (record.name, EVERY_RECORD)
            return int(holding(rows, record, rule.where).sum()) if counted else 0
        path = next(((t, i) for t, i in _paths(record.fields) if i.name == rule.of), None)
        if path is None:
            return 0
        table, item = path
        values = _values(table, item, rows)
        owners = None
        if rule.where:
            owners = _owners(table, rows)
            chosen = holding(rows, record, rule.where)[owners]
            values, owners = values.filter(pa.array(chosen)), owners[chosen]
        if rule.kind is ControlKind.SUM or item.kind == "number":
            scale = max(item.scale, 0) if rule.kind is ControlKind.SUM else 0
            return self._sum_of_numbers(values, scale)
        total = self._sum_of_digits(values)
        if total is None:
            owners = _owners(table, rows) if owners is None else owners
            total = _hash_total(values, item, Rows(rows.columns, owners), faults)
        return total

    def _sum_of_numbers(self, values: pa.Array, scale: int) -> int:
        if is_compiled(self._engine, len(values)) and not pa.types.is_null(values.type):
            from exporters.kernels import totals  # numba is slow to import

            with suppress(NoKernelError):
                return totals.sum_of_numbers(values, scale)
        return exact_sum(read_integers(values, scale))

    def _sum_of_digits(self, values: pa.Array) -> int | None:
        """None where columns of text must be looked at by numpy."""
        if is_compiled(self._engine, len(values)):
            from exporters.kernels import totals  # numba is slow to import

            with suppress(NoKernelError):
                return totals.sum_of_digit_texts(values)
        return None


def exact_sum(values: Integers) -> int:
    """Sum without overflow (up to 2**31 rows): the 32-bit words are added one by one."""
    limbs = [values.low] if values.high is None else [values.low, values.high]
    words = [word for limb in limbs for word in (limb & _LOW_WORD, limb >> _WORD)]
    sign = np.where(values.negative, np.int64(-1), np.int64(1))
    return sum(
        int((word.view(np.int64) * sign).sum()) << (32 * place) for place, word in enumerate(words)
    )


def _hash_total(values: pa.Array, item: Field, rows: Rows, faults: Faults) -> int:
    if pa.types.is_null(values.type):
        return 0
    is_digits = pc.match_substring_regex(values, "^[0-9]+$")
    wrong = pc.fill_null(pc.invert(is_digits), False).to_numpy(zero_copy_only=False)
    faults.add("DIGITS_EXPECTED", item, rows, wrong, values)
    digits = values.filter(pc.fill_null(is_digits, False))
    fits = item.length <= _INT64_DIGITS
    kind = pa.int64() if fits else pa.decimal128(_LARGEST_DECIMAL, 0)
    return exact_sum(read_integers(digits.cast(kind), 0))


def _paths(
    items: tuple[Field, ...], table: Field | None = None
) -> Iterator[tuple[Field | None, Field]]:
    """Elementary fields, each with the repeating item that its values stand in."""
    for item in items:
        inside = item if item.occurs is not None else table
        if item.is_group:
            yield from _paths(item.children, inside)
        else:
            yield inside, item


def _values(table: Field | None, item: Field, rows: Rows) -> pa.Array:
    """All values of a field."""
    if table is None:
        return rows.column(item)
    values = rows.column(table).flatten()
    return pc.struct_field(values, item.column) if table.is_group else values


def _owners(table: Field | None, rows: Rows) -> npt.NDArray[np.int64]:
    """The row that each value belongs to."""
    places = np.arange(len(rows))
    return places if table is None else np.repeat(places, list_lengths(rows.column(table)))
