"""TOML → :class:`interfaces.model.Interface`. Unknown keys and wrong types are refused.

TOML, because YAML turns ``0012`` into 10 and ``NO`` into false.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time
from pathlib import Path

from interfaces.container import file_rule
from interfaces.model import (
    AcceptRule,
    BinarySize,
    BreakRule,
    ByteOrder,
    ControlKind,
    ControlRule,
    Dialect,
    Era,
    ExpectedRule,
    FieldRule,
    FieldType,
    FilingPurpose,
    FilingRule,
    FilingSubject,
    Filled,
    FloatFormat,
    Framing,
    Interface,
    Kind,
    MatchingRule,
    Payers,
    PublishRule,
    RecordRule,
    Role,
    SettlementRule,
    SheetRule,
    SignRule,
    Truncation,
)
from interfaces.toml_table import DeclarationError, Table, read_toml


def _conditions(table: Table) -> dict[str, tuple[str, ...]]:
    return {key: table.texts(key) for key in table.remaining()}


def load_interface(path: Path) -> Interface:
    """Read one declaration. The copybook lies beside it under the same stem (``.cpy``).

    Raises DeclarationError (file, table, key) for anything missing, unknown or contradictory.
    """
    top = Table(read_toml(path), path.name)
    copybook = path.with_suffix(".cpy")
    if not copybook.is_file():
        raise DeclarationError(f"{path.name}: copybook {copybook.name} is missing beside it")
    interface = declared(top, copybook, path)
    if path.stem != interface.id:
        raise DeclarationError(
            f"{path.name}: declares {interface.id}; the file must be {interface.id}.toml"
        )
    return interface


def declared(top: Table, copybook: Path, declaration: Path) -> Interface:
    """The interface of a declaration's tables, wherever they come from. DeclarationError."""
    interface = Interface(
        name=top.take("name", str),
        version=top.take("version", int),
        title=top.take("title", str),
        title_th=top.take("title_th", str),
        kind=top.choice("kind", Kind),
        source=top.take("source", str),
        valid_from=top.take("valid_from", date),
        valid_until=top.take("valid_until", date, None),
        copybook=copybook,
        declaration=declaration,
        file=file_rule(top.table("file")),
        records=_records(top.table("records")),
        redefines=_redefines(top.table("redefines")),
        fields=_fields(top),
        controls=_controls(top.table("controls")),
        block_controls=top.take("block_controls", bool, False),
        accept=_accept(top.table("accept")),
        rules=top.texts("rules"),
        partner=top.take("partner", str, None),
        publish=_publish(top),
        expected=_expected(top),
        dialect=dialect_of(top.table("dialect")),
        matching=_matching(top.table("matching")),
        breaks=_breaks(top.table("breaks")),
        settlement=_settlement(top),
        filing=_filing(top),
        sheet=_sheet(top),
    )
    top.close()
    _require_together(interface, top.where)
    return interface


def _require_together(interface: Interface, where: str) -> None:
    """Tables that only one kind of file has, and that it must have."""
    for name, rule, is_meant in (
        ("filing", interface.filing, interface.kind is Kind.FILING),
        ("sheet", interface.sheet, interface.file.framing is Framing.XLSX),
    ):
        if (rule is not None) != is_meant:
            whose = "a filing" if name == "filing" else "a spreadsheet (framing xlsx)"
            raise DeclarationError(f"{where}: [{name}] goes with {whose} and only with it")


_NO_CURRENCY = "0123456789ABCDEGNPRSUVXZabcdegnprsuvxz*+-/,.;()\"'= "
"""Characters that cannot be a currency sign (Enterprise COBOL Language Reference, "CURRENCY SIGN
clause")."""


def _expected(top: Table) -> ExpectedRule | None:
    if "expected" not in top.remaining():
        return None
    table = top.table("expected")
    rule = ExpectedRule(
        warn=table.take("warn", time),
        due=table.take("due", time),
        days_after=table.take("days_after", int, 0),
        every_day=table.take("every_day", bool, False),
    )
    table.close()
    if rule.warn > rule.due or rule.days_after < 0:
        raise DeclarationError(
            f"{table.where}: warn = {rule.warn} must not be after due = {rule.due}, on a day "
            "that is not before the business date"
        )
    return rule


_PASS = re.compile(r"[a-z][a-z_]*\.[1-9][0-9]*")
_BAHT = re.compile(r"[0-9]{1,10}\.[0-9]{2}")


def _matching(table: Table) -> MatchingRule:
    usual = MatchingRule()
    rule = MatchingRule(
        post=_passes(table, "post") or usual.post,
        suggest=_passes(table, "suggest"),
        tolerance_satang=_satang(table, "tolerance"),
        midnight_grace_minutes=table.take("midnight_grace", int, usual.midnight_grace_minutes),
        payers=table.choice("payers", Payers, usual.payers),
    )
    table.close()
    twice = sorted(set(rule.post) & set(rule.suggest))
    if twice:
        raise DeclarationError(f"{table.where}: {twice[0]} both posts and suggests; keep one")
    if not 0 <= rule.midnight_grace_minutes < 24 * 60:
        raise DeclarationError(f"{table.where}: midnight_grace is minutes of one day")
    return rule


def _passes(table: Table, key: str) -> tuple[str, ...]:
    names = table.texts(key)
    for name in names:
        if not _PASS.fullmatch(name):
            raise DeclarationError(f"{table.where}: {key}: {name!r}; a pass is NAME.VERSION")
    return names


def _breaks(table: Table) -> BreakRule:
    rule = BreakRule(
        approve_above_satang=_satang(table, "approve_above"),
        hold_sections=table.texts("hold_sections"),
    )
    table.close()
    return rule


def _satang(table: Table, key: str) -> int:
    """An amount written in baht with two decimals, in quotes; a float would not be exact."""
    text: str = table.take(key, str, "0.00")
    if not _BAHT.fullmatch(text):
        raise DeclarationError(f"{table.where}: {key} = {text!r} is not baht such as '1000.00'")
    return int(text.replace(".", ""))


def _settlement(top: Table) -> SettlementRule | None:
    if "settlement" not in top.remaining():
        return None
    table = top.table("settlement")
    collectors = table.table("collectors")
    rule = SettlementRule(
        collectors={code: collectors.take(code, str) for code in collectors.remaining()},
        carry_days=table.take("carry_days", int, 1),
    )
    table.close()
    if not rule.collectors or rule.carry_days < 0:
        raise DeclarationError(
            f"{table.where}: collectors names our partner for each code of the advice; "
            "carry_days is a number of business days"
        )
    return rule


_MARK = re.compile(r"[A-Z]")


def _filing(top: Table) -> FilingRule | None:
    if "filing" not in top.remaining():
        return None
    table = top.table("filing")
    usual = FilingRule()
    marks = table.table("marks")
    rule = FilingRule(
        subject=table.choice("subject", FilingSubject, usual.subject),
        plain=table.choice("plain", FilingPurpose, usual.plain),
        marks={letter: marks.choice(letter, FilingPurpose) for letter in marks.remaining()},
    )
    table.close()
    wrong = [letter for letter in rule.marks if not _MARK.fullmatch(letter)]
    if wrong:
        raise DeclarationError(f"{table.where}: marks: {wrong[0]!r} is not one capital letter")
    return rule


def _sheet(top: Table) -> SheetRule | None:
    if "sheet" not in top.remaining():
        return None
    table = top.table("sheet")
    rule = SheetRule(
        headings=_texts_by_key(table.table("headings")),
        sheet_name=table.take("sheet_name", str),
        from_name=_texts_by_key(table.table("from_name")),
        words=_texts_by_key(table.table("words")),
    )
    table.close()
    wrong = sorted(rule.from_name.keys() - {"account", "period"})
    if wrong or not rule.headings:
        raise DeclarationError(
            f"{table.where}: headings name a field each; from_name knows account and period"
        )
    return rule


def _texts_by_key(table: Table) -> dict[str, str]:
    return {key: table.take(key, str) for key in table.remaining()}


def dialect_of(table: Table) -> Dialect:
    """The ``[dialect]`` table; DeclarationError for an unknown key or value."""
    usual = Dialect()
    dialect = Dialect(
        truncation=table.choice("truncation", Truncation, usual.truncation),
        binary_size=table.choice("binary_size", BinarySize, usual.binary_size),
        byte_order=table.choice("byte_order", ByteOrder, usual.byte_order),
        floats=table.choice("floats", FloatFormat, usual.floats),
        signs=table.choice("signs", SignRule, usual.signs),
        decimal_comma=table.take("decimal_comma", bool, usual.decimal_comma),
        currency=table.take("currency", str, usual.currency),
        spaces=table.choice("spaces", Filled, usual.spaces),
        low_values=table.choice("low_values", Filled, usual.low_values),
        high_values=table.choice("high_values", Filled, usual.high_values),
    )
    table.close()
    if len(dialect.currency) != 1 or dialect.currency in _NO_CURRENCY:
        raise DeclarationError(
            f"{table.where}: currency = {dialect.currency!r}; one character that is no digit and "
            "means nothing else in a picture"
        )
    return dialect


def _records(table: Table) -> tuple[RecordRule, ...]:
    rules = []
    for name in table.remaining():
        record = table.table(name)
        when = record.table("when")
        rules.append(
            RecordRule(
                record=name,
                role=record.choice("role", Role),
                when=_conditions(when),
                key=record.texts("key"),
                parent=record.take("parent", str, None),
            )
        )
        record.close()
    if not rules:
        raise DeclarationError(f"{table.where}: at least one record must be declared")
    return tuple(rules)


def _redefines(table: Table) -> dict[str, dict[str, tuple[str, ...]]]:
    return {name: _conditions(table.table(name)) for name in table.remaining()}


def _fields(top: Table) -> dict[str, FieldRule]:
    rules: dict[str, FieldRule] = {}
    for key, type_ in (("dates", FieldType.DATE), ("periods", FieldType.PERIOD)):
        for group in top.take(key, list, []):
            rules.update(_calendar_fields(Table(group, f"{top.where} {key}"), type_))
    for name in top.texts("required"):
        rules[name] = replace(rules.get(name, FieldRule()), required=True)
    table = top.table("fields")
    for name in table.remaining():
        rules[name] = _field(table.table(name), rules.get(name, FieldRule()))
    return rules


def _calendar_fields(table: Table, type_: FieldType) -> dict[str, FieldRule]:
    """Fields that share a mask and an era; those under ``nullable`` may be zero or blank, those
    under ``open_ended`` (also) all nines. A century digit (``cyymmdd``) stands for a pivot."""
    mask = table.take("mask", str)
    rule = FieldRule(
        type=type_,
        mask=mask,
        era=table.choice("era", Era),
        pivot_base=table.take("pivot_base", int, None),
    )
    if (mask.count("y") == 2 and "c" not in mask) != (rule.pivot_base is not None):
        raise DeclarationError(
            f"{table.where}: pivot_base goes with a two-digit year and only with it"
        )
    if "c" in mask and rule.era is Era.BE:
        raise DeclarationError(f"{table.where}: a century digit counts from 1900; era is ce")
    rules = dict.fromkeys(table.texts("fields"), rule)
    rules |= {name: replace(rule, zero_is_null=True) for name in table.texts("nullable")}
    for name in table.texts("open_ended"):
        rules[name] = replace(rules.get(name, rule), nines_is_null=True)
    table.close()
    return rules


def _field(table: Table, known: FieldRule) -> FieldRule:
    rule = replace(
        known,
        values=table.texts("values"),
        codes=table.take("codes", str, None),
        checks=table.texts("checks"),
        spaces=table.choice("spaces", Filled, None),
        low_values=table.choice("low_values", Filled, None),
        high_values=table.choice("high_values", Filled, None),
    )
    table.close()
    return rule


def _controls(table: Table) -> tuple[ControlRule, ...]:
    rules = []
    for record in table.remaining():
        kinds = table.table(record)
        for kind in ControlKind:
            fields = kinds.table(kind)
            rules += [_control(record, name, kind, fields) for name in fields.remaining()]
        kinds.close()
    return tuple(rules)


def _control(record: str, name: str, kind: ControlKind, fields: Table) -> ControlRule:
    """``FIELD = "of"``, or ``FIELD = { of = …, where = …, times = … }``."""
    value = fields.take(name, (str, dict))
    if isinstance(value, str):
        return ControlRule(record=record, field=name, kind=kind, of=value)
    table = Table(value, f"{fields.where} {name}")
    rule = ControlRule(
        record=record,
        field=name,
        kind=kind,
        of=table.take("of", str),
        where=_conditions(table.table("where")),
        times=table.take("times", int, 1),
    )
    table.close()
    return rule


def _accept(table: Table) -> AcceptRule:
    ratio = table.take("max_rejected_ratio", (int, float), 0.0)
    table.close()
    if not 0 <= ratio <= 1:
        raise DeclarationError(f"{table.where}: max_rejected_ratio lies between 0 and 1")
    return AcceptRule(max_rejected_ratio=float(ratio))


def _publish(top: Table) -> PublishRule | None:
    if "publish" not in top.remaining():
        return None
    table = top.table("publish")
    rule = PublishRule(
        dataset=table.take("dataset", str),
        where=_conditions(table.table("where")),
        order=table.texts("order"),
    )
    table.close()
    return rule
