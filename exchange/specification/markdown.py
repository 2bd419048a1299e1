"""Markdown from plain values; the same values always give the same text."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARKUP = re.compile(r"[\\|*<]")


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; cells are escaped, so nothing in them becomes markup (code spans excepted)."""
    lines = [headings, ["---"] * len(headings), *[[cell(v) for v in row] for row in rows]]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def cell(value: object) -> str:
    """One cell: None is empty, line breaks become spaces, a code span stays as it is."""
    text = "" if value is None else " ".join(str(value).split())
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part.replace("|", "\\|") if part.startswith("`") else _MARKUP.sub(r"\\\g<0>", part)
        for part in parts
    )


def code(text: object) -> str:
    """A code span."""
    return f"`{text}`"


def block(text: str) -> str:
    """A code block."""
    return f"```text\n{text}\n```"


def sentence_list(items: Sequence[str]) -> str:
    """A bullet for each item."""
    return "\n".join(f"- {item}" for item in items)
