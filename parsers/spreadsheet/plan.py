"""What an interface says about its sheets, worked out once: columns, words, totals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import pyarrow as pa

from interfaces.dated import CODE_LISTS, SHIPPED, read_table
from interfaces.model import ControlKind, ControlRule, Interface, Role, SheetRule
from interfaces.toml_table import DeclarationError
from parsers.arrow_types import decoded_schema, record_named
from parsers.copybook import load_layout
from parsers.layout import Field, Record

Meaning = Literal["number", "digits", "word", "text"]

_DIGIT_CHECKS: Final = frozenset({"digits", "national_id", "juristic_id", "employer_account"})
_IN_BRACKETS: Final = re.compile(r"[(\[{（][^)\]}）]*[)\]}）]")
_NO_LETTER: Final = re.compile(r"[\s\u00a0\u200b-\u200f\u2060\ufeff.:*_/\\-]+")


@dataclass(frozen=True, slots=True)
class DetailColumn:
    """A field of the detail record and what its cells hold: an amount, the digits of an
    identifier, a word of a code list (``words``: normalised word → code), or text."""

    field: Field
    meaning: Meaning
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """``headings``: normalised heading → field name; ``totals``: how header fields are made of
    the details; ``constants``: column → text of the fields that tell a record, by 01 name."""

    interface: Interface
    rule: SheetRule
    header: Record
    detail: Record
    header_schema: pa.Schema
    detail_schema: pa.Schema
    columns: Mapping[str, DetailColumn]
    headings: Mapping[str, str]
    totals: tuple[ControlRule, ...]
    constants: Mapping[str, Mapping[str, str]]

    @property
    def key(self) -> str:
        """The field that names whom a row is about: the first of digits; without one, the first."""
        named = [name for name, column in self.columns.items() if column.meaning == "digits"]
        return (named or list(self.columns))[0]


def normal(text: str) -> str:
    """A heading or word for comparing: without case, blanks, marks and what stands in brackets."""
    return _NO_LETTER.sub("", _IN_BRACKETS.sub("", unicodedata.normalize("NFC", text))).casefold()


def plan_of(interface: Interface) -> SheetPlan:
    """The plan of a spreadsheet's interface; DeclarationError when [sheet] and copybook differ."""
    rule = interface.sheet
    if rule is None:
        raise DeclarationError(f"{interface.id}: a spreadsheet needs [sheet]")
    layout = load_layout(interface)
    header = record_named(layout, interface.record(Role.HEADER).record)
    detail = record_named(layout, interface.record(Role.DETAIL).record)
    own = {field.name: field for field in detail.walk() if not field.is_filler}
    above = {field.name for field in header.walk()}
    wrong = [name for name in [*rule.headings.values(), *rule.words] if name not in own]
    wrong += [name for name in [rule.sheet_name, *rule.from_name.values()] if name not in above]
    if wrong:
        raise DeclarationError(f"{interface.id} [sheet]: the copybook has no {wrong[0]} there")
    return SheetPlan(
        interface=interface,
        rule=rule,
        header=header,
        detail=detail,
        header_schema=decoded_schema(header, interface),
        detail_schema=decoded_schema(detail, interface),
        columns={
            name: _column(own[name], interface, rule)
            for name in dict.fromkeys(rule.headings.values())
        },
        headings={normal(heading): name for heading, name in rule.headings.items()},
        totals=tuple(
            control
            for control in interface.controls
            if control.record == header.name
            and control.kind in (ControlKind.COUNT, ControlKind.SUM)
        ),
        constants={
            record.name: {
                field.column: values[0]
                for field in record.walk()
                for name, values in _conditions(interface, record).items()
                if name == field.name
            }
            for record in (header, detail)
        },
    )


def _conditions(interface: Interface, record: Record) -> Mapping[str, tuple[str, ...]]:
    return next(rule.when for rule in interface.records if rule.record == record.name)


def _column(field: Field, interface: Interface, rule: SheetRule) -> DetailColumn:
    if field.name in rule.words:
        return DetailColumn(field, "word", _words(rule.words[field.name]))
    if field.kind == "number":
        return DetailColumn(field, "number", {})
    known = interface.fields.get(field.name)
    checks = set(known.checks) if known is not None else set()
    return DetailColumn(field, "digits" if checks & _DIGIT_CHECKS else "text", {})


@cache
def _words(name: str) -> Mapping[str, str]:
    """Word → code of a list, whatever the day: a word that was once written means the same."""
    if name not in CODE_LISTS:
        raise DeclarationError(f"[sheet] words: no code list {name!r}")
    rows = read_table(SHIPPED / "codes" / f"{name}.csv", CODE_LISTS[name])
    words, codes = rows["word"].to_pylist(), rows["code"].to_pylist()
    return {normal(word): code for word, code in zip(words, codes, strict=True)}
