"""Field rules of a declaration against the pictures of its copybook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from interfaces.model import FieldRule, Interface
from parsers.codecs.literal import literal_bytes
from parsers.codepages import CodePageError, code_page
from parsers.date_masks import MaskError, check_mask, mask_digits
from parsers.layout import Field, Record
from parsers.recognition import by_name
from validation.checks import FIELD_CHECKS, NUMBER_CHECKS


def field_problems(interface: Interface, layout: Sequence[Record]) -> Iterator[str]:
    """Rules for fields that do not exist or cannot hold what is declared."""
    fields = [item for record in layout for item in record.walk()]
    for name, rule in interface.fields.items():
        found = [item for item in fields if item.name == name]
        if not found:
            yield f"field {name}: the copybook has no elementary field of that name"
        for item in found:
            yield from _rule_problems(f"field {name}", rule, item, interface)


def condition_problems(
    where: str, conditions: Mapping[str, Sequence[str]], record: Record, interface: Interface
) -> Iterator[str]:
    """Conditions on fields that cannot be tested, and values that a field cannot hold."""
    fields = by_name(record.fields)
    for name, values in conditions.items():
        if name not in fields:
            yield f"{where}: {record.name} has no field {name} that stands once in the record"
            continue
        if not values:
            yield f"{where}: {name} has no value; give one"
        for value in values:
            yield from _value_problems(f"{where} {name}", value, fields[name], interface)


def _rule_problems(where: str, rule: FieldRule, item: Field, interface: Interface) -> Iterator[str]:
    if rule.type is not None and rule.mask is not None:
        try:
            check_mask(rule.mask, item)
            digits = mask_digits(rule.mask, rule.type)
        except MaskError as error:
            yield f"{where}: {error}"
        else:
            # Packed and binary numbers often have a digit more than the date: S9(9) COMP-3.
            fits = digits == item.digits or (item.usage != "display" and digits < item.digits)
            if item.kind == "number" and (item.scale or not fits):
                yield f"{where}: mask {rule.mask!r} does not fit {item.picture}"
    for value in rule.values:
        yield from _value_problems(f"{where} values", value, item, interface)
    for check in rule.checks:
        if check not in FIELD_CHECKS:
            yield f"{where}: no check {check!r}; known: {', '.join(FIELD_CHECKS)}"
        elif (item.kind == "number") != (check in NUMBER_CHECKS):
            kind = "a number (PIC 9)" if check in NUMBER_CHECKS else "a text field (PIC X)"
            yield f"{where}: check {check!r} needs {kind}, not {item.picture}"
    if rule.codes is not None and item.kind != "text":
        yield f"{where}: codes are text; {item.picture} is a number"


def _value_problems(where: str, value: str, item: Field, interface: Interface) -> Iterator[str]:
    if item.kind == "number":
        digits = value.removeprefix("-").replace(".", "", 1)
        if not (digits.isascii() and digits.isdigit()):
            yield f"{where}: {value!r} is not a number, as {item.picture} asks"
        return
    try:
        literal_bytes(value, item, code_page(interface.file.encoding))
    except CodePageError:
        return  # told once, as a problem of [file]
    except UnicodeEncodeError:
        yield f"{where}: {value!r} is not in code page {interface.file.encoding}"
    except ValueError:
        yield f"{where}: {value!r} is longer than the {item.length} bytes of {item.picture}"
