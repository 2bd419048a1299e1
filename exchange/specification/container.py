"""How the bytes of a file are to be read: framing, code page, line end, numbers, dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from exchange.specification.framing import framing_conventions, framing_text, line_end_text
from exchange.specification.markdown import code, sentence_list
from exchange.specification.sheets import sheet_conventions
from interfaces.model import (
    Era,
    FieldRule,
    FieldType,
    FileRule,
    FilingPurpose,
    Framing,
    Interface,
)
from interfaces.names import make_name
from parsers.layout import Field, Record

EXAMPLE_DATE = date(2026, 11, 20)
EXAMPLE_SEQUENCE = 1
EXAMPLE_ANY = "EXAMPLE"
EXAMPLE_ACCOUNT = "1000000010"
EXAMPLE_PERIOD = 202610

_PURPOSES = {
    FilingPurpose.REPLACE: "replaces all that was filed before",
    FilingPurpose.MERGE: "replaces the persons that it names",
    FilingPurpose.ADD: "adds persons to those filed before",
}
_PAGES = {
    "cp838": "CCSID 838, Thai EBCDIC",
    "cp1160": "CCSID 1160, Thai EBCDIC with the euro sign",
    "cp874": "CP874, Thai for personal computers; one byte a character, never UTF-8",
    "tis-620": "TIS 620; one byte a character, never UTF-8",
}


def example_name(rule: FileRule) -> str:
    """A file name as the template makes it, for the example date and sequence."""
    return make_name(
        rule,
        EXAMPLE_DATE,
        EXAMPLE_SEQUENCE,
        any_part=EXAMPLE_ANY,
        account=EXAMPLE_ACCOUNT,
        period=EXAMPLE_PERIOD,
    )


def container_facts(interface: Interface) -> list[tuple[str, str]]:
    """Rows of the table at the top of a page."""
    rule = interface.file
    facts = [
        ("File name", f"{code(rule.name)}, for example {code(example_name(rule))}"),
        ("Framing", framing_text(rule)),
    ]
    if rule.line_end is not None:
        facts.append(("Line end", line_end_text(rule)))
    if rule.framing is Framing.XLSX:
        return facts
    facts.append(("Encoding", f"{code(rule.encoding)}: {_PAGES.get(rule.encoding, rule.encoding)}"))
    return facts


def conventions(interface: Interface, layout: Sequence[Record]) -> str:
    """What holds for all fields of the file, as a list; only what the file has."""
    if interface.sheet is not None:
        names = sentence_list([_name_places(interface)])
        return f"{names}\n{sheet_conventions(interface.sheet)}"
    fields = [item for record in layout for item in record.walk() if not item.is_filler]
    said = [
        *framing_conventions(interface.file),
        "Positions count bytes from 1. A length is bytes too: a Thai vowel or tone mark above or "
        "below a letter takes a byte of its own.",
        "Text is left-aligned and filled with spaces. `FILLER` is spaces; do not rely on it.",
        *_number_conventions(fields),
        *_calendar_conventions(interface, fields),
    ]
    if "{" in interface.file.name:
        said.insert(0, _name_places(interface))
    return sentence_list(said)


def _name_places(interface: Interface) -> str:
    template = interface.file.name
    marks = interface.filing.marks if interface.filing is not None else {}
    meant = ", ".join(f"{code(mark)} {_PURPOSES[purpose]}" for mark, purpose in marks.items())
    places = {
        "{date}": "the business date, Gregorian, YYYYMMDD",
        "{sequence}": "six digits, zero-filled; one more with every file",
        "{account}": "the employer account, ten digits",
        "{period}": "the wage month in the Buddhist era, YYYYMM",
        "{any}": "one or more of A-Z a-z 0-9 _ -, chosen by the sender",
        "{mark}": "left out, or `_`, a letter and two digits that the sender counts"
        + (f": {meant}" if meant else ""),
    }
    told = [f"{code(place)} is {text}" for place, text in places.items() if place in template]
    return f"In the file name {'; '.join(told)}."


def _number_conventions(fields: Sequence[Field]) -> list[str]:
    numbers = [item for item in fields if item.kind == "number"]
    said = []
    if any(item.usage == "display" for item in numbers):
        said.append("Numbers are right-aligned and zero-filled.")
    if any(item.scale > 0 for item in numbers):
        said.append(
            "`V` in a picture is the place of the decimal point, which is not written: "
            "`9(07)V99` holds 432.00 as `000043200`."
        )
    if any(item.usage == "packed" for item in numbers):
        said.append(
            "COMP-3 (packed): two digits a byte, the last half byte is the sign: C or F plus, "
            "D minus. Transfer in binary mode."
        )
    if any(item.usage == "binary" for item in numbers):
        said.append("COMP (binary): big-endian, two's complement when the picture has an S.")
    if any(item.usage == "display" and item.signed and not item.sign_separate for item in numbers):
        said.append(
            "A signed DISPLAY number (S without COMP) carries its sign in the zone of the last "
            "byte: C or F plus, D minus."
        )
    return said


def _calendar_conventions(interface: Interface, fields: Sequence[Field]) -> list[str]:
    present = {item.name for item in fields}
    rules = [
        rule for name, rule in interface.fields.items() if name in present and rule.type is not None
    ]
    kinds = dict.fromkeys((r.type, r.mask, r.era, r.pivot_base) for r in rules)
    return [_calendar_sentence(FieldRule(*kind)) for kind in kinds]


def _calendar_sentence(rule: FieldRule) -> str:
    what = "Dates" if rule.type is FieldType.DATE else "Periods (months)"
    shown = example_of(rule)
    day = f"{EXAMPLE_DATE:%d %B %Y}" if rule.type is FieldType.DATE else f"{EXAMPLE_DATE:%B %Y}"
    era = "in the Buddhist era (Common Era + 543)" if rule.era is Era.BE else "in the Common Era"
    pivot = ""
    if rule.pivot_base is not None:
        pivot = f" The two digits of the year count from {rule.pivot_base}."
    mask = (rule.mask or "").upper()
    return f"{what} of the form {mask} are {era}: {day} is {code(shown)}.{pivot}"


_MASK_PART = re.compile("yyyy|yy|c|mon|mm|ddd|dd")


def example_of(rule: FieldRule) -> str:
    """The example date as a calendar field of this rule holds it."""
    year = EXAMPLE_DATE.year + (543 if rule.era is Era.BE else 0)
    shown = {
        "yyyy": f"{year:04d}",
        "yy": f"{year % 100:02d}",
        "c": str(year // 100 - 19),
        "mon": f"{EXAMPLE_DATE:%b}".upper(),
        "mm": f"{EXAMPLE_DATE:%m}",
        "ddd": f"{EXAMPLE_DATE:%j}",
        "dd": f"{EXAMPLE_DATE:%d}",
    }
    return _MASK_PART.sub(lambda part: shown[part[0]], rule.mask or "")
