"""Lines of code → words, literals and periods, cut into entries (one data item each)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from parsers.copybook.errors import CopybookError, Place
from parsers.copybook.source import SourceLine

TokenKind = Literal["word", "literal", "period"]

_BLANK = re.compile(r"[ \t]+|[,;](?=[ \t'\"]|$)")
_COMMENT = re.compile(r"\*>")
_LITERAL = re.compile(r"(?P<prefix>X|N|NX|G|Z|B)?(?P<quote>['\"])", re.IGNORECASE)
_PERIOD = re.compile(r"\.(?=[ \t]|$)")
_RUN = re.compile(r"[^ \t'\"]+")
_SEPARATORS = ".,;"


@dataclass(frozen=True, slots=True)
class Token:
    """A word (upper case; pictures and numbers too), a literal's content, or a period.

    ``prefix`` is that of a literal such as ``X'00'``, upper case, else empty.
    """

    kind: TokenKind
    text: str
    place: Place
    prefix: str = ""

    def error(self, advice: str) -> CopybookError:
        """The error that points at this token."""
        return CopybookError(self.place, self.text, advice)


def entries(lines: Iterable[SourceLine]) -> Iterator[tuple[Token, ...]]:
    """Tokens up to each period, which is left out; CopybookError when the last one is missing."""
    entry: list[Token] = []
    for line in lines:
        for token in _tokens(line):
            if token.kind != "period":
                entry.append(token)
            elif entry:
                yield tuple(entry)
                entry = []
    if entry:
        raise entry[-1].error("the copybook ends here without a period; add one")


def _tokens(line: SourceLine) -> Iterator[Token]:
    text, at = line.text, 0
    while at < len(text):
        place = line.place._replace(column=line.place.column + at)
        if blank := _BLANK.match(text, at):
            at = blank.end()
        elif _COMMENT.match(text, at):
            return
        elif opening := _LITERAL.match(text, at):
            token, at = _literal(text, opening, place)
            yield token
        elif _PERIOD.match(text, at):
            yield Token("period", ".", place)
            at += 1
        else:
            token, at = _word(text, at, place)
            yield token


def _literal(text: str, opening: re.Match[str], place: Place) -> tuple[Token, int]:
    quote = opening["quote"]
    parts: list[str] = []
    at = opening.end()
    while (end := text.find(quote, at)) >= 0:
        parts.append(text[at:end])
        if not text.startswith(quote, end + 1):
            prefix = (opening["prefix"] or "").upper()
            return Token("literal", "".join(parts), place, prefix), end + 1
        parts.append(quote)  # a doubled quote stands for one
        at = end + 2
    raise CopybookError(place, text[opening.start() :].rstrip(), "close the literal on its line")


def _word(text: str, at: int, place: Place) -> tuple[Token, int]:
    run = _RUN.match(text, at)
    word = run[0].rstrip(_SEPARATORS) if run else ""
    if not word:
        raise CopybookError(place, text[at : at + 1], "not expected here; remove or correct it")
    return Token("word", word.upper(), place), at + len(word)
