"""The free part of an event: a JSON object in one canonical spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def to_text(detail: Mapping[str, object]) -> str:
    """Canonical JSON: sorted keys, no spaces, Thai kept readable."""
    return _ENCODER.encode(dict(detail)) if detail else "{}"


def from_text(text: str) -> dict[str, object]:
    """The object that ``to_text`` wrote."""
    detail: dict[str, object] = json.loads(text)
    return detail
