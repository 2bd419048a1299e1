"""Logical lines → words, literals and periods, cut into entries (one data item each).

Two steps. :func:`text_words` cuts finer than COBOL's clauses need, at every parenthesis and
colon, because COPY … REPLACING compares such text words; :func:`entries` joins again what no
blank separates. ``:TAG:-NAME`` is four text words and one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from parsers.copybook.continuation import LogicalLine
from parsers.copybook.errors import CopybookError, Place
from parsers.copybook.text_file import check_bytes

TokenKind = Literal["word", "literal", "period", "delimiter"]

_BLANK = re.compile(r"[ \t]+|[,;](?=[ \t'\"]|==|$)")
_LITERAL = re.compile(r"(?P<prefix>NX|UX|BX|X|N|G|Z|B|U)?(?P<quote>['\"])", re.IGNORECASE)
_QUOTE = re.compile(r"(?P<prefix>)(?P<quote>['\"])")  # behind a word, which is no prefix
_PERIOD = re.compile(r"\.(?=[ \t]|==|$)")
_DELIMITER = "=="
_RUN = re.compile(r"[():]|(?:[^ \t'\"():=]|=(?!=))+")
_SEPARATORS = ".,;"
# What editors and web pages put in the place of characters that COBOL has.
_LOOKALIKES = {
    **dict.fromkeys("\u201c\u201d\u201e", '"'),
    **dict.fromkeys("\u2018\u2019\u201a", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u00a0\u2007\u202f\u3000\u200b\ufeff", "a space"),
}
_LOOKALIKE = re.compile("[" + "".join(_LOOKALIKES) + "]")
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True)
class Token:
    """A word (upper case; pictures and numbers too), a literal's content, or a period.

    ``prefix`` is that of a literal such as ``X'00'``, upper case, else empty. ``glued`` words and
    literals follow the one before them without a blank; joined tokens never are. A ``delimiter``
    is the ``==`` of pseudo-text; no entry holds one.
    """

    kind: TokenKind
    text: str
    place: Place
    prefix: str = ""
    glued: bool = False

    def error(self, advice: str) -> CopybookError:
        """The error that points at this token."""
        return CopybookError(self.place, self.text, advice)

    def is_word(self, *texts: str) -> bool:
        """Whether it is one of these words."""
        return self.kind == "word" and self.text in texts


def entries(tokens: Iterable[Token]) -> Iterator[tuple[Token, ...]]:
    """Tokens up to each period, which is left out; CopybookError when the last one is missing."""
    entry: list[Token] = []
    for token in joined(tokens):
        if token.kind == "delimiter":
            raise token.error("pseudo-text belongs to COPY and REPLACE; not expected here")
        if token.kind != "period":
            entry.append(token)
        elif entry:
            yield tuple(entry)
            entry = []
    if entry:
        raise entry[-1].error("the copybook ends here without a period; add one")


def joined(tokens: Iterable[Token]) -> Iterator[Token]:
    """Join each run of glued words into one word; a literal belongs to none."""
    run: list[Token] = []
    for token in tokens:
        if run and not (token.kind == "word" and token.glued):
            yield _one_word(run)
            run = []
        if token.kind == "word":
            run.append(token)
        else:
            yield replace(token, glued=False) if token.glued else token
    if run:
        yield _one_word(run)


def _one_word(run: list[Token]) -> Token:
    if len(run) == 1 and not run[0].glued:
        return run[0]
    return replace(run[0], text="".join(token.text for token in run), glued=False)


def text_words(lines: Iterable[LogicalLine]) -> Iterator[Token]:
    """Text words as COPY … REPLACING compares them; CopybookError for what cannot be one."""
    picture = _Picture()
    for line in lines:
        text, at, last = line.text, 0, None
        check_bytes(line)
        while at < len(text):
            if blank := _BLANK.match(text, at):
                at, last = blank.end(), None
                continue
            place = line.place(at)
            in_word = last == "word"
            glued = in_word or last == "literal"  # 'TAG'-NAME, a name when COPY replaces 'TAG'
            if opening := (_QUOTE if in_word else _LITERAL).match(text, at):
                token, at = _literal(text, opening, place, glued=glued)
            elif text.startswith(_DELIMITER, at):
                token, at = Token("delimiter", _DELIMITER, place), at + len(_DELIMITER)
            elif _PERIOD.match(text, at):
                token, at = Token("period", ".", place), at + 1
            else:
                token, at = _word(text, at, place, glued=glued, picture=picture.follows(in_word))
            picture.after(token, in_word)
            last = token.kind
            yield token


class _Picture:
    """Whether the next word is a picture, whose last point or comma may be part of it."""

    def __init__(self) -> None:
        self._expected = False
        self._inside = False

    def follows(self, in_word: bool) -> bool:
        return self._inside if in_word else self._expected

    def after(self, token: Token, in_word: bool) -> None:
        self._inside = token.kind == "word" and (
            self._inside if in_word else self._expected and token.text != "IS"
        )
        if not in_word:
            self._expected = token.is_word("PIC", "PICTURE") or (
                self._expected and token.is_word("IS")
            )


def _literal(text: str, opening: re.Match[str], place: Place, *, glued: bool) -> tuple[Token, int]:
    quote = opening["quote"]
    parts: list[str] = []
    at = opening.end()
    while (end := text.find(quote, at)) >= 0:
        parts.append(text[at:end])
        if not text.startswith(quote, end + 1):
            prefix = (opening["prefix"] or "").upper()
            token = Token("literal", "".join(parts), place, prefix, glued)
            if "\t" in token.text:
                raise CopybookError(place, "tab", "has no certain width in a literal; use spaces")
            return token, end + 1
        parts.append(quote)  # a doubled quote stands for one
        at = end + 2
    word = text[opening.start() :].rstrip()
    raise CopybookError(place, word, "close the literal on its line or continue it")


def _word(text: str, at: int, place: Place, *, glued: bool, picture: bool) -> tuple[Token, int]:
    run = _RUN.match(text, at)
    word = run[0] if run else ""
    following = text[at + len(word) : at + len(word) + 1]
    if following not in ("(", ")", ":"):
        # A picture may end with a point or comma of its own: the separator behind it is one.
        word = word[:-1] if picture and word[-1:] in _SEPARATORS else word.rstrip(_SEPARATORS)
    if not word:
        raise CopybookError(place, text[at : at + 1], "not expected here; remove or correct it")
    if found := None if word.isascii() else _LOOKALIKE.search(word):
        character = found[0]
        place = place._replace(column=place.column + found.start())
        advice = f"U+{ord(character):04X} is no COBOL character; write {_LOOKALIKES[character]}"
        raise CopybookError(place, character, advice)
    return Token("word", word.translate(_UPPER), place, glued=glued), at + len(word)
