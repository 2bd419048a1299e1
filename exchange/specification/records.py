"""Record sections: how a record is told, its key, and a table of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exchange.specification.markdown import code, table
from interfaces.model import FieldRule, Interface, RecordRule
from parsers.arrow_types import record_named
from parsers.layout import Field, Record

_ROLES = {
    "header": "Header: the first record.",
    "detail": "Detail: any number of records.",
    "trailer": "Trailer: the last record.",
}
_BLOCK_HEADER = "Header: one before each block of details; a file may hold several blocks."
_CHECKS = {
    "digits": "digits 0-9 only",
    "national_id": "national ID: 13 digits with a right check digit",
    "juristic_id": "juristic ID: 13 digits with a right check digit (a difference is a warning)",
    "employer_account": "employer account: 10 digits; the usual check digit is looked at, a "
    "difference is a warning",
    "positive": "more than zero",
    "cp874": "characters that CP874 has (another is a warning)",
}
_USAGES = {"packed": "COMP-3", "binary": "COMP", "display": "", "group": ""}


def record_sections(interface: Interface, layout: Sequence[Record]) -> str:
    """A section for each record type, in declared order."""
    return "\n\n".join(
        _section(interface, rule, record_named(layout, rule.record)) for rule in interface.records
    )


def condition_text(conditions: Mapping[str, Sequence[str]]) -> str:
    """``FIELD is `A` or `B` and …``."""
    each = [f"{n} is {' or '.join(code(v) for v in values)}" for n, values in conditions.items()]
    return " and ".join(each)


def _section(interface: Interface, rule: RecordRule, record: Record) -> str:
    length = f"{record.length} bytes"
    if record.min_length != record.length:
        length = f"{record.min_length} to {record.length} bytes"
    role = _ROLES[rule.role.value]
    if rule.role.value == "header" and interface.block_controls:
        role = _BLOCK_HEADER
    said = [role]
    if rule.when:
        said.append(f"It is told by {condition_text(rule.when)}.")
    if rule.key:
        said.append(f"No two accepted records have the same {' and '.join(rule.key)}.")
    headings = ["Position", "Length", "Name", "Picture", "Usage", "Meaning"]
    rows = list(_rows(record.fields, interface, 0))
    return f"### {record.name} ({length})\n\n{' '.join(said)}\n\n{table(headings, rows)}"


def _rows(fields: Sequence[Field], interface: Interface, depth: int) -> Iterator[list[object]]:
    for item in fields:
        end = item.offset + item.total_length
        place = f"{item.offset + 1}-{end}" if end > item.offset + 1 else f"{end}"
        name = " ".join(["·"] * depth + [item.name])
        usage = _USAGES[item.usage]
        yield [place, item.length, name, item.picture, usage, _meaning(item, interface)]
        yield from _rows(item.children, interface, depth + 1)


def _meaning(item: Field, interface: Interface) -> str:
    if item.is_filler and not item.is_group:
        return ""
    rule = interface.fields.get(item.name, FieldRule())
    said = [
        *_shape(item, interface),
        *_calendar(rule),
        *(["required"] if rule.required else []),
        *([f"one of {', '.join(map(code, rule.values))}"] if rule.values else []),
        *([f"code list {code(rule.codes)}, below"] if rule.codes else []),
        *(_CHECKS.get(check, f"check {code(check)}") for check in rule.checks),
        *_conditions(item),
    ]
    return "; ".join(said)


def _shape(item: Field, interface: Interface) -> Iterator[str]:
    if item.redefines is not None:
        conditions = interface.redefines.get(item.name)
        when = f", where {condition_text(conditions)}" if conditions else ""
        yield f"the same bytes as {item.redefines}{when}"
    if item.occurs is not None:
        step = f"each {item.length} bytes after the one before"
        if item.occurs.depending_on is not None:
            least, most = item.occurs.minimum, item.occurs.maximum
            yield f"{least} to {most} times, as {item.occurs.depending_on} says, {step}"
        else:
            yield f"{item.occurs.maximum} times, {step}"
        if item.is_group:
            yield "positions below are those of the first"


def _calendar(rule: FieldRule) -> Iterator[str]:
    if rule.type is None:
        return
    era = "Buddhist era" if rule.era == "be" else "Common Era"
    yield f"{rule.type} {(rule.mask or '').upper()}, {era}"
    if rule.zero_is_null:
        yield "zeros mean none"
    if rule.nines_is_null:
        yield "all nines mean none"


def _conditions(item: Field) -> Iterator[str]:
    """88 levels: their names say what a value means."""
    for condition in item.conditions:
        values = [
            code(v.low) if v.high is None else f"{code(v.low)} to {code(v.high)}"
            for v in condition.values
        ]
        yield f"{' or '.join(values)} {condition.name}"
