"""The steps that write one elementary field from one column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.codecs.fills import null_filling
from exporters.kernels.columns import (
    NoKernelError,
    Source,
    date_source,
    decimal_source,
    integer_source,
    text_source,
)
from exporters.kernels.program import NO_NIBBLE, UNSIGNED_NIBBLE, At, Op, SignPlace
from exporters.kernels.tables import (
    FIRST_DAY,
    code_point_table,
    date_table,
    has_digits_in_a_row,
    sign_table,
)
from interfaces.model import Era, FieldRule, FieldType, Interface
from parsers.codepages import CodePage, code_page
from parsers.date_masks import mask_parts, needs_text
from parsers.dates import BUDDHIST_ERA_OFFSET
from parsers.layout import Field

Steps = list[tuple[Op, Source]]

_NO_RULE = FieldRule()
_MOST_DIGITS = 18
_LARGEST = 2**63 - 1


def field_steps(field: Field, interface: Interface, column: pa.Array) -> tuple[Steps, list[object]]:
    """Steps, and what their addresses point into. NoKernelError where there is no kernel."""
    page = code_page(interface.file.encoding)
    rule = interface.fields.get(field.name, _NO_RULE)
    if field.edit is not None or field.justified or field.blank_when_zero:
        raise NoKernelError
    if page.multibyte is not None or not has_digits_in_a_row(page):
        raise NoKernelError
    if rule.type is None and field.kind == "text":
        return _text_steps(field, page, column)
    if rule.type is not None:
        load, column, source, tables = _calendar(rule, column)
    else:
        load, column, source = _number(field, column)
        tables = []
    steps: Steps = [(load, source)]
    if field.kind == "number" and field.scale < 0:
        steps.append((Op.SCALE, {At.LOW: 10**-field.scale}))
    store, kept = _store(field, page)
    return [*steps, store], [column, *tables, *kept]


def is_null_zero(field: Field, interface: Interface) -> bool:
    """Whether a null is what the kernels make of it: zero in a number or date, spaces in text."""
    rule = interface.fields.get(field.name, _NO_RULE)
    if rule.type is None and field.kind == "text":
        return True
    if rule.type is not None and rule.nines_is_null and not rule.zero_is_null:
        return False
    page = code_page(interface.file.encoding)
    return null_filling(field, rule, interface.dialect, page) is None


def _text_steps(field: Field, page: CodePage, column: pa.Array) -> tuple[Steps, list[object]]:
    if field.usage != "display":
        raise NoKernelError
    column, source = text_source(column)
    table = code_point_table(page)
    source |= {At.WIDTH: field.length, At.TABLE: table.ctypes.data, At.STEP: page.digit_zero}
    return [(Op.STORE_TEXT, source)], [column, table]


def _calendar(
    rule: FieldRule, column: pa.Array
) -> tuple[Op, pa.Array, Source, list[npt.NDArray[np.int32]]]:
    """With the tables to be kept: a cache that two threads fill at once keeps only one's."""
    units = _calendar_units(rule)
    if rule.type is FieldType.PERIOD:
        column, source = integer_source(column)
        return Op.LOAD_PERIOD, column, source | units, []
    column, source = date_source(column)
    table = date_table(rule)
    known = {At.TABLE: table.ctypes.data, At.LOW: FIRST_DAY, At.HIGH: len(table)}
    return Op.LOAD_DATE, column, source | units | known, [table]


def _calendar_units(rule: FieldRule) -> Source:
    """Where year, month and day stand among the digits of the mask."""
    if rule.mask is None or rule.type is None or needs_text(rule.mask):
        raise NoKernelError
    parts = {part.letter: part for part in mask_parts(rule.mask, rule.type)}
    if parts.keys() != set("ymd" if rule.type is FieldType.DATE else "ym"):
        raise NoKernelError  # a century digit, or days of the year
    units = {letter: part.unit for letter, part in parts.items()}
    era_offset = BUDDHIST_ERA_OFFSET if rule.era is Era.BE else 0
    return {
        At.YEAR_UNIT: units["y"],
        At.MONTH_UNIT: units["m"],
        At.DAY_UNIT: units.get("d", 0),
        At.YEAR_SHIFT: era_offset - (rule.pivot_base or 0),
        At.YEAR_LIMIT: parts["y"].modulus,
    }


def _number(field: Field, column: pa.Array) -> tuple[Op, pa.Array, Source]:
    scale = max(field.scale, 0)
    if scale == 0 and pa.types.is_integer(column.type):
        column, source = integer_source(column)
        return Op.LOAD_INTEGER, column, source
    column, source = decimal_source(column, scale)
    return Op.LOAD_DECIMAL, column, source


def _store(field: Field, page: CodePage) -> tuple[tuple[Op, Source], list[object]]:
    step: Source = {At.WIDTH: field.length}
    if field.kind == "text":  # a date in PIC X: its digits as text, as many as it is long
        if field.usage != "display" or field.length > _MOST_DIGITS:
            raise NoKernelError
        limits = {At.LOW: 0, At.HIGH: 10**field.length - 1}
        return (Op.STORE_ZONED, step | limits | {At.STEP: page.digit_zero}), []
    if field.kind != "number":
        raise NoKernelError
    step |= _limits(field)
    if field.usage == "binary":
        return (Op.STORE_BINARY, step | {At.STEP: int(field.little_endian)}), []
    if field.usage == "packed":
        nibble = 0 if field.signed else UNSIGNED_NIBBLE
        return (Op.STORE_PACKED, step | {At.SIGN: nibble if field.sign_nibble else NO_NIBBLE}), []
    if field.usage != "display":
        raise NoKernelError
    table = sign_table(page)
    step |= {At.TABLE: table.ctypes.data, At.SIGN: _sign_place(field), At.STEP: page.digit_zero}
    return (Op.STORE_ZONED, step), [table]


def _limits(field: Field) -> Source:
    if field.usage == "binary" and field.native:
        if field.length == 8 and not field.signed:
            raise NoKernelError
        largest = 2 ** (8 * field.length - field.signed) - 1
        return {At.LOW: -largest - 1 if field.signed else 0, At.HIGH: min(largest, _LARGEST)}
    if field.digits > _MOST_DIGITS:
        raise NoKernelError
    largest = 10**field.digits - 1
    return {At.LOW: -largest if field.signed else 0, At.HIGH: largest}


def _sign_place(field: Field) -> SignPlace:
    if not field.signed:
        return SignPlace.NONE
    if field.sign_separate:
        return SignPlace.BEFORE if field.sign_leading else SignPlace.BEHIND
    return SignPlace.FIRST_DIGIT if field.sign_leading else SignPlace.LAST_DIGIT
