"""Control rules of a declaration against the records that they stand in and count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exporters.controls import EVERY_RECORD, TOTALS
from interfaces.model import ControlKind, ControlRule, Interface, Role
from parsers.layout import Field, Record
from prakan.field_check import condition_problems


def control_problems(interface: Interface, records: Mapping[str, Record]) -> Iterator[str]:
    """Control fields that do not exist, and totals over what does not exist."""
    roles = {rule.record: rule.role for rule in interface.records}
    for rule in interface.controls:
        where = f"[controls.{rule.record}] {rule.field}"
        if rule.record not in records:
            yield f"{where}: the copybook has no 01 level {rule.record}"
            continue
        if roles[rule.record] is Role.DETAIL:
            yield f"{where}: controls stand in a header or trailer, not in a detail record"
        item = _field(records[rule.record], rule.field)
        if item is None:
            yield f"{where}: {rule.record} has no field of that name"
        elif rule.kind in TOTALS and item.kind != "number":
            yield f"{where}: a {rule.kind} needs a number; {item.picture} is text"
        elif rule.kind is ControlKind.LITERAL:
            same = {rule.field: (rule.of,)}
            yield from condition_problems(where, same, records[rule.record], interface)
        yield from _of_problems(where, rule, interface, records)
    in_header = any(
        r.kind in TOTALS and roles.get(r.record) is Role.HEADER for r in interface.controls
    )
    if interface.block_controls and not in_header:
        yield "block_controls: no header holds a count, sum or hash; remove it, or declare them"
    if in_header and not interface.block_controls:
        yield "a header holds totals of what follows; say block_controls = true"


def _of_problems(
    where: str, rule: ControlRule, interface: Interface, records: Mapping[str, Record]
) -> Iterator[str]:
    """``of`` and ``where`` of a total."""
    others = [record for name, record in records.items() if name != rule.record]
    if rule.kind is ControlKind.COUNT:
        if rule.of not in records and rule.of != EVERY_RECORD:
            yield f"{where}: counts {rule.of!r}, which is no 01 level of the copybook"
        others = [record for record in others if record.name == rule.of]
    elif rule.kind in (ControlKind.SUM, ControlKind.HASH):
        others = [record for record in others if _field(record, rule.of) is not None]
        if not others:
            yield f"{where}: no other record has a field {rule.of}"
        kinds = {item.kind for record in others if (item := _field(record, rule.of))}
        if rule.kind is ControlKind.SUM and "text" in kinds:
            yield f"{where}: {rule.of} is text; a sum needs a number (a hash takes digits)"
    if rule.where and rule.kind not in (ControlKind.COUNT, ControlKind.SUM):
        yield f"{where}: 'where' goes with count and sum only"
    for record in others if rule.where else ():
        yield from condition_problems(f"{where} where", rule.where, record, interface)


def _field(record: Record, name: str) -> Field | None:
    return next((item for item in record.walk() if item.name == name), None)
