"""TOML → :class:`interfaces.model.Interface`. Unknown keys and wrong types are refused.

TOML, because YAML turns ``0012`` into 10 and ``NO`` into false.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from interfaces.errors import WrongUse
from interfaces.model import (
    AcceptRule,
    ControlKind,
    ControlRule,
    Era,
    FieldRule,
    FieldType,
    FileRule,
    Framing,
    Interface,
    Kind,
    LineEnd,
    PublishRule,
    RecordRule,
    Role,
)


class DeclarationError(WrongUse):
    """A declaration that cannot be used; the message names file, table and key."""


class Table:
    """A TOML table read key by key; what nobody asked for is an error at the end."""

    def __init__(self, data: Mapping[str, Any], where: str) -> None:
        self.where = where
        self._data = dict(data)

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        """Value of ``key`` of the given type; DeclarationError when missing or of another type."""
        if key not in self._data:
            if default is ...:
                raise DeclarationError(f"{self.where}: key {key!r} is missing")
            return default
        value = self._data.pop(key)
        wrong_bool = isinstance(value, bool) and kind is not bool
        if wrong_bool or not isinstance(value, kind):
            raise DeclarationError(
                f"{self.where}: {key!r} is {value!r}; {_type_name(kind)} expected"
            )
        return value

    def table(self, key: str) -> Table:
        """Sub-table, empty when absent."""
        return Table(self.take(key, dict, {}), f"{self.where} [{key}]")

    def choice(self, key: str, enum: Any, default: Any = ...) -> Any:
        """Value of ``key`` as a member of ``enum``."""
        text = self.take(key, str, default)
        if text is default and default is not ...:
            return default
        try:
            return enum(text)
        except ValueError:
            allowed = ", ".join(str(member) for member in enum)
            raise DeclarationError(
                f"{self.where}: {key} = {text!r} is not one of: {allowed}"
            ) from None

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts, as a tuple; empty when absent."""
        return _texts(self.take(key, (str, list), []), f"{self.where}: {key}")

    def remaining(self) -> tuple[str, ...]:
        """Keys not taken yet."""
        return tuple(self._data)

    def close(self) -> None:
        """Refuse what is left."""
        if self._data:
            raise DeclarationError(
                f"{self.where}: unknown key {next(iter(self._data))!r}; remove or correct it"
            )


def _type_name(kind: type | tuple[type, ...]) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(k.__name__ for k in kinds)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    for item in items:
        if not isinstance(item, str):
            raise DeclarationError(f"{where}: {item!r} is not a text; write it in quotes")
    return tuple(items)


def _conditions(table: Table) -> dict[str, tuple[str, ...]]:
    return {key: table.texts(key) for key in table.remaining()}


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file; DeclarationError naming file and line on bad syntax or bad UTF-8."""
    try:
        with path.open("rb") as handle:
            return tomllib.load(handle)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path.name}: {error}") from None


def load_interface(path: Path) -> Interface:
    """Read one declaration. The copybook lies beside it under the same stem (``.cpy``).

    Raises DeclarationError (file, table, key) for anything missing, unknown or contradictory.
    """
    top = Table(read_toml(path), path.name)
    copybook = path.with_suffix(".cpy")
    if not copybook.is_file():
        raise DeclarationError(f"{path.name}: copybook {copybook.name} is missing beside it")
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
        declaration=path,
        file=_file(top.table("file")),
        records=_records(top.table("records")),
        redefines=_redefines(top.table("redefines")),
        fields=_fields(top),
        controls=_controls(top.table("controls")),
        block_controls=top.take("block_controls", bool, False),
        accept=_accept(top.table("accept")),
        rules=top.texts("rules"),
        partner=top.take("partner", str, None),
        publish=_publish(top),
    )
    top.close()
    if path.stem != interface.id:
        raise DeclarationError(
            f"{path.name}: declares {interface.id}; the file must be {interface.id}.toml"
        )
    return interface


def _file(table: Table) -> FileRule:
    rule = FileRule(
        framing=table.choice("framing", Framing),
        encoding=table.take("encoding", str),
        name=table.take("name", str),
        line_end=table.choice("line_end", LineEnd, None),
    )
    table.close()
    if (rule.framing is Framing.TEXT) != (rule.line_end is not None):
        raise DeclarationError(
            f"{table.where}: line_end goes with framing = 'text' and only with it"
        )
    return rule


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
    """Fields that share a mask and an era; those under ``nullable`` may be zero or blank."""
    mask = table.take("mask", str)
    rule = FieldRule(
        type=type_,
        mask=mask,
        era=table.choice("era", Era),
        pivot_base=table.take("pivot_base", int, None),
    )
    if (mask.count("y") == 2) != (rule.pivot_base is not None):
        raise DeclarationError(
            f"{table.where}: pivot_base goes with a two-digit year and only with it"
        )
    rules = dict.fromkeys(table.texts("fields"), rule)
    rules |= {name: replace(rule, zero_is_null=True) for name in table.texts("nullable")}
    table.close()
    return rules


def _field(table: Table, known: FieldRule) -> FieldRule:
    rule = replace(
        known,
        values=table.texts("values"),
        codes=table.take("codes", str, None),
        checks=table.texts("checks"),
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
