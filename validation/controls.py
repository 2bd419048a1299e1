"""Control totals: what headers and trailers say of the file, against what the file holds.

Every detail record that was read counts, accepted or not: the sender counted it. Where values
could not be read, a sum that differs proves nothing and is a warning; counts are proved as far
as the type of every record is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from interfaces.model import ControlKind, ControlRule, Interface
from parsers.findings import concat_findings, findings_table
from parsers.layout import Field
from validation.places import Places
from validation.tally import Tally

_CODES = {
    ControlKind.COUNT: "CONTROL_COUNT",
    ControlKind.SUM: "CONTROL_SUM",
    ControlKind.HASH: "CONTROL_HASH",
    ControlKind.CONTEXT: "CONTROL_CONTEXT",
    ControlKind.LITERAL: "CONTROL_LITERAL",
}
NOT_PROVABLE = "CONTROL_NOT_PROVABLE"


class ControlTotals:
    """Checks control records (headers, trailers) against the tally of what they cover.

    ``context`` holds what is known from outside (business_date, sequence, …); a context control
    whose key is absent is not checked, every other control always is.
    """

    def __init__(
        self,
        interface: Interface,
        places: Places,
        context: Mapping[str, object],
        *,
        file_id: str,
    ) -> None:
        self._interface = interface
        self._places = places
        self._context = context
        self._file_id = file_id
        self.verified: dict[str, str] = {}

    def verify(
        self,
        row: pa.RecordBatch,
        record: str,
        tally: Tally,
        suffix: str = "",
        rules: Sequence[ControlRule] | None = None,
    ) -> pa.Table:
        """Findings of one control record (a batch of one row) of type ``record``; of these
        ``rules`` alone, where they are given.

        Each control field that was checked is entered in ``verified`` with its declared value,
        ``suffix`` appended to its name.
        """
        return concat_findings(
            self._finding(row, rule, code, text)
            for rule in (self._interface.controls if rules is None else rules)
            if rule.record == record
            for code, text in self._faults(row, rule, tally, suffix)
        )

    def _faults(
        self, row: pa.RecordBatch, rule: ControlRule, tally: Tally, suffix: str
    ) -> Iterator[tuple[str, str]]:
        """Code and statement of what is wrong with one control field, if anything is."""
        place = self._places.of(rule.record)[rule.field]
        declared = row.column(place.path[0])[0].as_py()
        if rule.kind is ControlKind.CONTEXT and rule.of not in self._context:
            return
        self.verified[rule.field + suffix] = "" if declared is None else str(declared)
        if rule.kind is ControlKind.CONTEXT:
            agrees = _same(declared, self._context[rule.of])
            expected = str(self._context[rule.of])
        elif rule.kind is ControlKind.LITERAL:
            agrees, expected = _same(declared, rule.of), rule.of
        else:
            yield from self._total_fault(declared, rule, place.field, tally)
            return
        if not agrees:
            yield _CODES[rule.kind], f"declared={_text(declared)} expected={expected}"

    def _total_fault(
        self, declared: object, rule: ControlRule, field: Field, tally: Tally
    ) -> Iterator[tuple[str, str]]:
        total, unreadable = tally.of(rule)
        counted = total * rule.times
        if rule.kind is ControlKind.HASH:
            digits = field.digits or field.length
            counted %= 10**digits
        value = _number(declared)
        if value is None:
            yield _CODES[rule.kind], f"declared=unreadable counted={_amount(counted)}"
            return
        if value == counted:
            return
        provable = unreadable == 0
        if rule.kind is ControlKind.COUNT:
            # each record of unknown type may have been one of those counted, no more than that
            provable = not counted <= value <= counted + unreadable
        yield (
            _CODES[rule.kind] if provable else NOT_PROVABLE,
            f"declared={_amount(value)} counted={_amount(counted)} "
            f"difference={_amount(value - counted)} unreadable={unreadable}",
        )

    def _finding(self, row: pa.RecordBatch, rule: ControlRule, code: str, text: str) -> pa.Table:
        return findings_table(
            file_id=self._file_id,
            code=code,
            record_number=[row.column("_record_number")[0].as_py()],
            byte_offset=[row.column("_byte_offset")[0].as_py()],
            record_type=rule.record,
            field=rule.field,
            raw=[text.encode("utf-8")],
        )


def _number(value: object) -> Fraction | None:
    """A decoded control value as an exact number, a text of digits too; None when unreadable."""
    if value is None or (isinstance(value, str) and not (value.isascii() and value.isdigit())):
        return None
    if isinstance(value, int | Decimal | str):
        return Fraction(value)
    raise TypeError(f"control field holds {value!r}; a number was declared")


def _same(declared: object, expected: object) -> bool:
    """Compare as the decoded type says: date, number or text."""
    if isinstance(declared, date):
        return declared == expected
    if isinstance(declared, int | Decimal) and isinstance(expected, int | Decimal | str):
        return Fraction(declared) == Fraction(expected)
    return declared == (None if expected is None else str(expected))


def _text(value: object) -> str:
    return "unreadable" if value is None else str(value)


def _amount(value: Fraction) -> str:
    """Plain decimal notation; totals of decimals always have one."""
    scale = 0
    while (value * 10**scale).denominator != 1:
        scale += 1
    unscaled = (value * 10**scale).numerator
    if not scale:
        return str(unscaled)
    sign = "-" if unscaled < 0 else ""
    whole, part = divmod(abs(unscaled), 10**scale)
    return f"{sign}{whole}.{part:0{scale}d}"
