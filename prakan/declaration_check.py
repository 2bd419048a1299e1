"""Whether declarations fit their copybooks and what they name exists: one line per problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from exchange.outbound.row_sources import ROW_SOURCES
from exchange.specification.codes import codes_that_can_occur
from interfaces.catalogue import load_catalogue
from interfaces.dated import CODE_LISTS, DatedTableError, code_list
from interfaces.errors import WrongUse
from interfaces.loader import load_interface
from interfaces.model import FROM_BOOKS, Interface, Kind, Role
from interfaces.names import make_name, read_name
from interfaces.partners import load_partners
from interfaces.toml_table import DeclarationError, read_toml
from ledger.matching import passes_problems
from parsers.codecs.characters import double_byte_set
from parsers.codepages import CodePageError, code_page
from parsers.copybook import CopybookError, load_layout
from parsers.layout import Field, Record
from parsers.segments import SegmentError, check_parents
from prakan.control_check import control_problems
from prakan.field_check import condition_problems, field_problems
from prakan.sheet_check import sheet_problems
from validation.rules import RULES

_TRIED_DATE = date(2026, 11, 20)
_TRIED_PLACES: Mapping[str, Any] = {"any_part": "X", "account": "1000000012", "period": 202610}
_TABLES_OF: Mapping[str, tuple[Kind, ...]] = {
    "publish": (Kind.FEED, *FROM_BOOKS),
    "settlement": (Kind.SETTLEMENT,),
    "matching": (Kind.RETURN,),
    "breaks": (Kind.RETURN,),
}
#: Kinds of files that no declared partner sends or gets.
_OF_NOBODY = (Kind.EXTRACT, Kind.FILING, Kind.ANSWER, Kind.REGISTER, Kind.NOTICE)


def check_folders(folders: Sequence[Path]) -> tuple[list[Interface], list[str]]:
    """Load and check every declaration of the folders; WrongUse for a folder that is missing."""
    interfaces: dict[str, Interface] = {}
    problems: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            raise WrongUse(f"interface folder {folder} does not exist; correct PRAKAN_INTERFACES")
        for path in sorted(folder.glob("*.toml")):
            try:
                interface = load_interface(path)
            except DeclarationError as error:
                problems.append(str(error))
                continue
            if interface.id in interfaces:
                problems.append(f"{path.name}: {interface.id} is declared twice; remove one")
            interfaces[interface.id] = interface
        for copybook in sorted(folder.glob("*.cpy")):
            if not copybook.with_suffix(".toml").is_file():
                problems.append(f"{copybook.name}: no declaration {copybook.stem}.toml beside it")
    partners = {p.name for p in load_partners(_partner_folders(folders)).values()}
    for interface in interfaces.values():
        problems += [f"{interface.declaration.name}: {p}" for p in problems_of(interface, partners)]
    return list(interfaces.values()), problems


def problems_of(interface: Interface, partners: set[str]) -> list[str]:
    """What is wrong with one declaration; ``partners`` are the declared ones."""
    try:
        layout = load_layout(interface)
    except CopybookError as error:
        return [str(error)]
    records = {record.name: record for record in layout}
    unknown = list(_record_problems(interface, records))
    if unknown:
        return unknown  # what follows would only repeat it
    problems = [
        *_file_problems(interface, layout),
        *_segment_problems(interface),
        *_redefines_problems(interface, records),
        *_named_problems(interface, partners),
        *field_problems(interface, layout),
        *control_problems(interface, records),
        *sheet_problems(interface, records),
    ]
    if not problems:
        catalogue = load_catalogue()
        codes = codes_that_can_occur(interface, layout)
        problems += [f"code {c} is not in the rule catalogue" for c in codes if c not in catalogue]
    return problems


def _partner_folders(folders: Sequence[Path]) -> list[Path]:
    shipped, *further = folders
    return [f / "partners" for f in further if (f / "partners").is_dir() and f != shipped]


def _record_problems(interface: Interface, records: Mapping[str, Record]) -> Iterator[str]:
    declared = [rule.record for rule in interface.records]
    for name in declared:
        if name not in records:
            yield f"[records] {name}: the copybook has no such 01 level; it has {_list(records)}"
    for name in records.keys() - set(declared):
        yield f"[records]: 01 level {name} of the copybook is not declared; say what it is"
    for role in (Role.HEADER, Role.TRAILER):
        if sum(rule.role is role for rule in interface.records) > 1:
            yield f"[records]: several records have the role {role}; one at most"
    if not any(rule.role is Role.DETAIL for rule in interface.records):
        yield "[records]: no record has the role detail; one at least"
    for rule in interface.records:
        if rule.record not in records:
            continue
        where = f"[records] {rule.record}"
        yield from condition_problems(f"{where} when", rule.when, records[rule.record], interface)
        if not rule.when and len(interface.records) > 1:
            yield f"{where}: without 'when' every record is one; say how it is told"
        names = {item.name for item in _once(records[rule.record].fields)}
        for name in rule.key:
            if name not in names:
                yield f"{where} key: no field {name} that stands once in the record"


def _segment_problems(interface: Interface) -> Iterator[str]:
    try:
        check_parents(interface.records)
    except SegmentError as error:
        yield f"[records] {error}"


def _file_problems(interface: Interface, layout: Sequence[Record]) -> Iterator[str]:
    try:
        page = code_page(interface.file.encoding)
        for item in (item for record in layout for item in record.walk()):
            if item.usage == "dbcs":
                double_byte_set(item, page)
    except CodePageError as error:
        yield f"[file] {error}"
    try:
        name = make_name(interface.file, _TRIED_DATE, 1, **_TRIED_PLACES)
        if read_name(interface.file, name) is None:
            yield f"[file] name {interface.file.name!r} does not recognise its own names"
    except (DeclarationError, ValueError) as error:
        yield f"[file] {error}"
    until = interface.valid_until
    if until is not None and until < interface.valid_from:
        yield f"valid_until {until} is before valid_from {interface.valid_from}"


def _redefines_problems(interface: Interface, records: Mapping[str, Record]) -> Iterator[str]:
    for name, conditions in interface.redefines.items():
        where = f"[redefines] {name}"
        owner = _owner(name, records)
        if owner is None:
            yield f"{where}: no item of that name redefines another in the copybook"
        else:
            yield from condition_problems(where, conditions, owner, interface)


def _named_problems(interface: Interface, partners: set[str]) -> Iterator[str]:
    for rule in interface.rules:
        if rule not in RULES:
            yield f"rules: no rule {rule!r}; known: {_list(RULES)}"
    for name in sorted({r.codes for r in interface.fields.values() if r.codes is not None}):
        if name not in CODE_LISTS:
            yield f"[fields]: no code list {name!r}; known: {_list(CODE_LISTS)}"
            continue
        try:
            code_list(name, interface.valid_from)
        except DatedTableError as error:
            yield f"[fields]: code list {name}: {error}"
    if interface.partner is not None and interface.partner not in partners:
        yield f"partner {interface.partner!r} is not declared; known: {_list(sorted(partners))}"
    if interface.kind not in _OF_NOBODY and not interface.partner:
        yield f"partner is missing: a {interface.kind} is exchanged with one"
    yield from _kind_problems(interface)


def _kind_problems(interface: Interface) -> Iterator[str]:
    """Tables that go with a kind and only with it, and the names in them."""
    tables = read_toml(interface.declaration)
    for table, kinds in _TABLES_OF.items():
        if table in tables and interface.kind not in kinds:
            yield f"[{table}] goes with kind = {' or '.join(repr(str(kind)) for kind in kinds)}"
    publish, settlement = interface.publish, interface.settlement
    if interface.kind in _TABLES_OF["publish"] and publish is None:
        yield f"[publish] is missing: a {interface.kind} is made from a dataset"
    if interface.kind is Kind.SETTLEMENT and settlement is None:
        yield "[settlement] is missing: say whose collections the bank settles"
    if publish is not None and publish.dataset not in ROW_SOURCES:
        known = _list(sorted(ROW_SOURCES))
        yield f"[publish] dataset: no dataset {publish.dataset!r}; known: {known}"
    if interface.kind is Kind.RETURN:
        yield from (f"[matching] {problem}" for problem in passes_problems(interface.matching))


def _owner(name: str, records: Mapping[str, Record]) -> Record | None:
    for record in records.values():
        items = list(record.items())
        redefined = {item.redefines for item in items}
        if any(item.name == name and (item.redefines or name in redefined) for item in items):
            return record
    return None


def _once(fields: Sequence[Field]) -> Iterator[Field]:
    """Elementary fields that do not repeat."""
    for item in fields:
        if item.occurs is None:
            yield from _once(item.children) if item.is_group else (item,)


def _list(names: object) -> str:
    return ", ".join(str(name) for name in names) if isinstance(names, Sequence | Mapping) else ""
