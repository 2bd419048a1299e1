"""``KEY=VALUE`` options of the command line, as a declaration's table has them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from interfaces.errors import WrongUse


def settings(flag: str, texts: Sequence[str]) -> dict[str, Any]:
    """The values by key. A value is TOML (``true``, ``3``, ``{ a = 1 }``), else a text."""
    return dict(_setting(flag, text) for text in texts)


def _setting(flag: str, text: str) -> tuple[str, Any]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise WrongUse(f"{flag} {text!r}: KEY=VALUE is expected")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()
