"""The free part of an event: a JSON object in one canonical spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping


def to_text(detail: Mapping[str, object]) -> str:
    """Canonical JSON: sorted keys, no spaces, Thai kept readable."""
    return json.dumps(dict(detail), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_text(text: str) -> dict[str, object]:
    """The object that ``to_text`` wrote."""
    detail: dict[str, object] = json.loads(text)
    return detail
