"""Which finding codes a file of an interface can have, from its declaration alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from exchange.specification.sheets import sheet_codes
from interfaces.model import (
    Compression,
    ControlKind,
    FieldType,
    FilingSubject,
    Framing,
    Interface,
    Kind,
    Role,
)
from parsers.codepages import code_page
from parsers.framing import has_fixed_length
from parsers.layout import Field, Record
from parsers.probing import is_single_byte_text
from validation.checks import field_check

RULE_CODES: Mapping[str, tuple[str, ...]] = {
    "form_1_10_period": ("FORM_YEAR_GREGORIAN", "FORM_PERIOD", "FORM_PAID_DATE"),
    "form_1_10_rate": ("FORM_RATE",),
    "form_1_10_employer": (
        "FORM_EMPLOYER_UNKNOWN",
        "FORM_BRANCH_UNANNOUNCED",
        "FORM_EMPLOYER_CLOSED",
    ),
    "form_1_10_title": ("FORM_TITLE_SCHEME", "FORM_TITLE", "CODE_UNKNOWN"),
    "form_1_10_contribution": (
        "FORM_CONTRIBUTION",
        "FORM_WAGE_CAPPED",
        "FORM_WAGE_ZERO",
        "FORM_WAGE_BELOW_FLOOR",
    ),
    "form_1_10_person": (
        "FORM_PERSON_UNKNOWN",
        "FORM_NAME",
        "FORM_CHANGES_SECTION",
        "FORM_AGE",
    ),
    "form_1_10_person_once": ("FORM_PERSON_TWICE", "FORM_PERSON_TWO_BRANCHES"),
    "registration_type": ("REGISTRATION_TYPE",),
    "registration_dates": ("REGISTRATION_DATE_AHEAD", "REGISTRATION_LEAVING_EARLY"),
    "registration_employer": (
        "REGISTRATION_EMPLOYER_UNKNOWN",
        "REGISTRATION_BRANCH_UNANNOUNCED",
        "REGISTRATION_EMPLOYER_CLOSED",
    ),
    "registration_person": (
        "REGISTRATION_AGE",
        "REGISTRATION_EMPLOYED",
        "REGISTRATION_REPEATED",
        "REGISTRATION_CHANGES_SECTION",
        "REGISTRATION_NOT_EMPLOYED",
    ),
    "registration_choices": (
        "REGISTRATION_PROVINCE",
        "REGISTRATION_TITLE",
        "REGISTRATION_REASON",
        "REGISTRATION_HOSPITAL",
    ),
    "sequence_unbroken": ("SEQUENCE_BROKEN",),
    "payment_date": ("PAYMENT_DATE_FUTURE",),
    "sent_file": ("RECEIPT_FILE_UNKNOWN", "RECEIPT_HASH_DIFFERS"),
    "receipt_counts": ("RECEIPT_COUNTS",),
    "settlement_line": ("CODE_UNKNOWN", "SETTLEMENT_DATE", "SETTLEMENT_NET"),
    "notice_line": ("NOTICE_CODE_DIFFERS", "NOTICE_DEADLINE_PAST"),
}
"""Codes of each named rule of the validation room."""

_LIMITED = (Kind.FILING, Kind.RETURN, Kind.RECEIPT, Kind.SETTLEMENT)  # senders outside the house
_INBOUND = (Kind.EXTRACT, Kind.REGISTER, Kind.NOTICE, *_LIMITED)
_CONTROL_CODES = {
    ControlKind.COUNT: ("CONTROL_COUNT", "CONTROL_NOT_PROVABLE"),
    ControlKind.SUM: ("CONTROL_SUM", "CONTROL_NOT_PROVABLE"),
    ControlKind.HASH: ("CONTROL_HASH", "CONTROL_NOT_PROVABLE"),
    ControlKind.CONTEXT: ("CONTROL_CONTEXT",),
    ControlKind.LITERAL: ("CONTROL_LITERAL",),
}
_NUMBER_CODES = {
    "display": ("NUMBER_DIGIT",),
    "packed": ("PACKED_DIGIT", "PACKED_SIGN"),
    "binary": ("NUMBER_DIGIT",),
    "national": ("NUMBER_DIGIT",),
}
_TEXT_CODES = {"varchar": ("TEXT_UNMAPPABLE", "VARCHAR_LENGTH")}
_FILLED = ("NUMBER_SPACES", "NUMBER_LOW_VALUES", "NUMBER_HIGH_VALUES")


def codes_that_can_occur(interface: Interface, layout: Sequence[Record]) -> tuple[str, ...]:
    """Finding codes, each once: of the file, its records, their fields, checks and controls."""
    is_sheet = interface.file.framing is Framing.XLSX
    codes = [
        *(sheet_codes(interface) if is_sheet else _container_codes(interface)),
        *_file_codes(interface),
        *(() if is_sheet else _record_codes(interface, layout)),
        *(code for record in layout for f in record.walk() for code in _field_codes(f, interface)),
        *(code for rule in interface.rules for code in RULE_CODES.get(rule, ())),
        *(code for rule in interface.controls for code in _CONTROL_CODES[rule.kind]),
        *_codes_of_earlier_filings(interface),
    ]
    return tuple(dict.fromkeys(codes))


def _container_codes(interface: Interface) -> Iterator[str]:
    """Codes of framing, of the code page, of compression."""
    yield from ("FILE_EMPTY", "FILE_ENCODING")
    rule = interface.file
    if is_single_byte_text(rule):
        yield from ("FILE_UTF8", "FILE_UTF16", "FILE_LINE_ENDS", "TEXT_BOM")
    if has_fixed_length(rule):
        yield "FILE_LENGTH"
    if rule.framing is not Framing.TEXT or rule.skip.file_start or rule.skip.file_end:
        yield "FILE_TRUNCATED"
    if rule.framing in (Framing.V, Framing.VB, Framing.VBS) and rule.descriptor is not None:
        yield "RDW_INVALID"
    if rule.block_descriptor:
        yield "BDW_INVALID"
    if rule.framing is Framing.VBS:
        yield "SEGMENT_INVALID"
    if rule.length is not None:
        yield "LENGTH_INVALID"
    yield "FILE_PACKED"
    if rule.compression is not Compression.NONE:
        yield "FILE_COMPRESSION"
    if rule.compression is not Compression.NONE or interface.kind in _LIMITED:
        yield "FILE_TOO_LARGE"


def _file_codes(interface: Interface) -> Iterator[str]:
    """Codes of how files follow each other, and of the file as a whole."""
    if interface.kind in _INBOUND:
        yield from ("FILE_DUPLICATE", "FILE_NAME_REUSED", "FILE_NAME_UNKNOWN")
        if "{sequence}" in interface.file.name:
            yield from ("FILE_SEQUENCE_GAP", "FILE_SEQUENCE_LATE")
    if interface.kind is Kind.SETTLEMENT:
        yield "FILE_CREDIT_REPEATED"
    yield "FILE_REJECTED_RATIO"


def _codes_of_earlier_filings(interface: Interface) -> Iterator[str]:
    """Codes that only an employer's answer has: what was filed before."""
    if interface.filing is None:
        return
    yield "FILE_RECEIVED_BEFORE"
    if interface.filing.subject is FilingSubject.CONTRIBUTIONS:
        yield from ("FORM_FILED_BEFORE", "FORM_PERSON_LEFT_OUT", "FORM_PERSON_FILED")
    if interface.filing.marks:
        yield "FORM_FILED_AGAIN"
    if interface.sheet is not None:
        yield "SHEET_COPIED"


def _record_codes(interface: Interface, layout: Sequence[Record]) -> Iterator[str]:
    roles = {rule.role for rule in interface.records}
    if any(rule.when for rule in interface.records):
        yield "RECORD_TYPE"
    if not has_fixed_length(interface.file):
        yield "RECORD_LENGTH"
    if interface.file.framing is Framing.TEXT:
        yield "RECORD_BLANK"
        if code_page(interface.file.encoding).kind == "ascii":
            yield "TEXT_UTF8"
    if Role.HEADER in roles:
        yield from ("RECORD_HEADER_MISSING", "RECORD_ORDER")
    if Role.TRAILER in roles:
        yield from ("RECORD_TRAILER_MISSING", "RECORD_ORDER")
    if any(record.length != record.min_length for record in layout):
        yield "ODO_COUNT"
    if any(rule.parent for rule in interface.records):
        yield "SEGMENT_ORPHAN"
    if any(rule.key for rule in interface.records):
        yield "KEY_DUPLICATE"


def _field_codes(item: Field, interface: Interface) -> Iterator[str]:
    if item.is_filler:
        return
    rule = interface.fields.get(item.name)
    type_ = rule.type if rule is not None else None
    if interface.file.framing is not Framing.XLSX:
        yield from _value_codes(item, interface, type_)
    if rule is None:
        return
    if rule.required:
        yield "VALUE_MISSING"
    if rule.values:
        yield "VALUE_NOT_ALLOWED"
    if rule.codes is not None:
        yield "CODE_UNKNOWN"
    for check in rule.checks:
        yield from field_check(check)(pa.array([], pa.utf8()))


def _value_codes(item: Field, interface: Interface, type_: FieldType | None) -> Iterator[str]:
    """Codes of reading the field's bytes."""
    if item.kind == "text" and type_ is None:
        yield from _TEXT_CODES.get(item.usage, ("TEXT_UNMAPPABLE",))
        if code_page(interface.file.encoding).multibyte is not None:
            yield "TEXT_SHIFT"
    elif item.kind == "float":
        yield from ("FLOAT_NOT_FINITE",) if item.ieee else ("FLOAT_ROUNDED",)
    else:
        yield from _NUMBER_CODES[item.usage]
        yield from _FILLED
        if item.edit is not None:
            yield "EDITED_PICTURE"
        elif item.signed and item.usage == "display":
            yield "NUMBER_SIGN"
    if type_ is not None:
        yield "DATE_INVALID" if type_ is FieldType.DATE else "PERIOD_INVALID"
