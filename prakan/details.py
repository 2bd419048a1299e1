"""Details of events and audit entries as one line for a person."""

from __future__ import annotations

from collections.abc import Mapping


def told(detail: Mapping[str, object]) -> str:
    """``name: value; …``; what is empty says nothing and is left out."""
    said = {name: _value(value) for name, value in detail.items()}
    return "; ".join(f"{name}: {text}" for name, text in said.items() if text)


def _value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return str(value)
