"""The one error of reading a copybook, and the place that it names."""

from __future__ import annotations

from typing import NamedTuple

from interfaces.errors import WrongUse

LONGEST_WORD_SHOWN = 40


class Place(NamedTuple):
    """A position in a copybook; ``line`` and ``column`` count from 1, as an editor shows them."""

    source: str
    line: int
    column: int


class CopybookError(WrongUse):
    """A copybook that cannot be laid out as an IBM compiler would.

    The message is one line, ``source:line:column: word: what to do``; the parts are attributes.
    """

    def __init__(self, place: Place, word: str, advice: str) -> None:
        self.place = place
        self.word = word
        self.advice = advice
        source, line, column = place
        super().__init__(f"{source}:{line}:{column}: {_shown(word)}: {_visible(advice)}")


def _shown(word: str) -> str:
    visible = _visible(word)
    if len(visible) <= LONGEST_WORD_SHOWN:
        return visible
    return visible[:LONGEST_WORD_SHOWN] + "…"


def _visible(text: str) -> str:
    """The text with its control characters written out, so that a message is one line."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
