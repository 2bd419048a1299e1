"""Values of header and trailer given on the command line, as the types their fields have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from interfaces.errors import WrongUse
from interfaces.model import ControlKind, FieldType, Interface, Role
from parsers.layout import Field, Record

_OWN = ("interface", "version", "partner")  # the interface says these itself


def wanted_values(interface: Interface) -> tuple[str, ...]:
    """Keys that header and trailer need from outside."""
    keys = [
        rule.of
        for rule in interface.controls
        if rule.kind is ControlKind.CONTEXT and rule.of not in _OWN
    ]
    return tuple(dict.fromkeys(keys))


def header_values(
    interface: Interface, layout: Sequence[Record], settings: Sequence[str], day: date | None
) -> dict[str, object]:
    """``KEY=VALUE`` settings as a context for writing; ``day`` is the business date, if known.

    A key is that of a context control, or the column of a header or trailer field. Dates are
    ISO 8601, periods yyyymm (both Gregorian), amounts decimal. WrongUse for a key that nothing
    takes, with the known ones, and for a value that its field cannot be.
    """
    fields = _takers(interface, layout)
    values: dict[str, object] = {}
    if day is not None and "business_date" in fields:
        values["business_date"] = day
    for setting in settings:
        key, sign, text = setting.partition("=")
        if not sign or key not in fields:
            known = ", ".join(fields) or "none"
            raise WrongUse(f"--set {setting!r}: KEY=VALUE is expected, KEY one of: {known}")
        values[key] = _value(key, text, fields[key], interface)
    return values


def _takers(interface: Interface, layout: Sequence[Record]) -> dict[str, Field]:
    """The field that takes the value of each key."""
    roles = {rule.record: rule.role for rule in interface.records}
    frames = [r for r in layout if roles.get(r.name) in (Role.HEADER, Role.TRAILER)]
    fields = {(r.name, f.name): f for r in frames for f in r.walk() if not f.is_filler}
    controlled = {(rule.record, rule.field) for rule in interface.controls}
    told = {(rule.record, name) for rule in interface.records for name in rule.when}
    takers = {
        rule.of: fields[rule.record, rule.field]
        for rule in interface.controls
        if rule.kind is ControlKind.CONTEXT and (rule.record, rule.field) in fields
    }
    for place, item in fields.items():
        if place not in controlled and place not in told:
            takers.setdefault(item.column, item)
    return takers


def _value(key: str, text: str, item: Field, interface: Interface) -> object:
    rule = interface.fields.get(item.name)
    try:
        if rule is not None and rule.type is FieldType.DATE:
            return date.fromisoformat(text)
        if rule is not None and rule.type is FieldType.PERIOD:
            return int(text)
        if item.kind == "number":
            return Decimal(text)
        return text
    except (ValueError, InvalidOperation):
        kind = "a day written YYYY-MM-DD" if rule is not None and rule.type else "a number"
        raise WrongUse(f"--set {key}={text}: {item.name} takes {kind}") from None
