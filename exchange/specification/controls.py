"""Control fields, each with how its value is worked out, spelled out."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.specification.markdown import code, table
from exchange.specification.records import condition_text
from exporters.controls import EVERY_RECORD
from interfaces.model import ControlKind, ControlRule, Interface
from parsers.layout import Field, Record

_CONTEXT = {
    "interface": "the name of the interface",
    "version": "the version of the interface",
    "business_date": "the business date of the file, the one in its name",
    "sequence": "the sequence number of the file, the one in its name",
    "valid_from": "first day on which the file may be used",
    "valid_until": "last day on which the file may be used",
    "partner": "the partner's name at the agency",
    "return_file_name": "name of the return file that is answered",
    "return_file_sha256": "SHA-256 of the return file that is answered, hexadecimal",
    "result": "what became of the return file as a whole",
    "reason_code": "code of the check that refused the return file, blank when it was taken",
    "reason_text": "the same in Thai",
    "supersedes": "sequence number of the answer that this one replaces, zero as a rule",
    "broken_count": "number of records that were not posted",
    "broken_amount": "sum of AMOUNT of the records that were not posted",
    "books_from": "first day whose books the file is made from, none for the beginning",
    "books_to": "last day whose books the file is made from, the business date of the file",
    "credit_date": "the first business day after the business date of the file",
}


def controls_section(interface: Interface, layout: Sequence[Record]) -> str:
    """A table of the control fields; empty when the interface has none."""
    if not interface.controls:
        return ""
    scope = (
        "Totals in a header cover the detail records from it up to the next header."
        if interface.block_controls
        else "Totals cover every detail record of the file, whatever becomes of it."
    )
    rows = [
        (rule.record, rule.field, rule.kind, _formula(rule, interface, layout))
        for rule in interface.controls
    ]
    return f"{scope}\n\n{table(['Record', 'Field', 'Kind', 'Value'], rows)}"


def _formula(rule: ControlRule, interface: Interface, layout: Sequence[Record]) -> str:
    where = f" in which {condition_text(rule.where)}" if rule.where else ""
    if rule.kind is ControlKind.COUNT:
        if rule.of == EVERY_RECORD:
            return "number of all records of the file, header and trailer included"
        return f"number of {rule.of} records{where}"
    if rule.kind is ControlKind.SUM:
        times = f", multiplied by {rule.times}" if rule.times != 1 else ""
        of_records = f" over the records{where}" if where else ""
        return f"exact sum of {rule.of}{of_records}{times}{_repeats(rule, layout)}"
    if rule.kind is ControlKind.HASH:
        digits = _digits(rule, layout)
        return (
            f"hash total: {rule.of} of every record taken as a whole number, all added, of the "
            f"sum the last {digits} digits (the sum modulo 10^{digits})"
        )
    if rule.kind is ControlKind.LITERAL:
        return f"always {code(rule.of)}"
    text = _CONTEXT.get(rule.of, rule.of.replace("_", " "))
    if rule.of == "interface":
        text += f", {code(interface.name)}"
    return text


def _repeats(rule: ControlRule, layout: Sequence[Record]) -> str:
    inside = any(_stands_in_table(record.fields, rule.of, False) for record in layout)
    return ", every occurrence in every record" if inside else ""


def _stands_in_table(fields: Sequence[Field], name: str, inside: bool) -> bool:
    return any(
        (item.name == name and (inside or item.occurs is not None))
        or _stands_in_table(item.children, name, inside or item.occurs is not None)
        for item in fields
    )


def _digits(rule: ControlRule, layout: Sequence[Record]) -> int:
    for record in layout:
        for item in record.walk():
            if record.name == rule.record and item.name == rule.field:
                return item.digits or item.length
    raise KeyError(f"{rule.record} has no field {rule.field}")
