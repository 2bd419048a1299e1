"""TOML read key by key: unknown keys and wrong types are refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from interfaces.errors import WrongUse


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


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file; DeclarationError naming file and line on bad syntax or bad UTF-8."""
    try:
        with path.open("rb") as handle:
            return tomllib.load(handle)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path.name}: {error}") from None
