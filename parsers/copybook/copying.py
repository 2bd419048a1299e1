"""Source text with everything copied into it: COPY, EXEC SQL INCLUDE and REPLACE carried out.

COPY comes first: the member's text, with its own COPY statements carried out and REPLACING
applied, stands in the place of the statement. REPLACE works on the outcome. Places of copied
text words are those in the member, so that errors name its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from parsers.copybook.continuation import LogicalLine, logical_lines
from parsers.copybook.library import Library
from parsers.copybook.program_text import debugging_mode, without_identification
from parsers.copybook.reference_format import Format
from parsers.copybook.replacing import Budget, Replacement, read_replacements, replaced
from parsers.copybook.source import source_lines
from parsers.copybook.stream import Stream
from parsers.copybook.tokens import Token, text_words

DEEPEST: Final = 32  # nested COPY statements

_LONGEST_NAME: Final = 64  # text words of one
_RECORD_LEVELS = ("01", "1")
_DB2_MEMBERS = ("SQLCA", "SQLDA")  # of the precompiler, no part of any record


def expanded_words(
    text: str, *, source: str, library: Library, path: Path | None = None
) -> Iterator[Token]:
    """Text words of a copybook or program and of all that it copies.

    ``path`` is the file of ``text``, if it is one, which must not copy itself. Raises
    CopybookError for statements that cannot be carried out.
    """
    budget = Budget()
    expansion = _Expansion(library, budget)
    reading = _Reading(() if path is None else (path.resolve(),))
    return _with_replace(expansion.words(text, source, reading), budget)


class _Reading(NamedTuple):
    """What is known of a text: the files being read, the format of the text that copies it, and
    whether a COPY with REPLACING led here."""

    opened: tuple[Path, ...]
    within: Format | None = None
    replacing: bool = False


class _Expansion:
    def __init__(self, library: Library, budget: Budget) -> None:
        self._library = library
        self._budget = budget
        self._debugging = False

    def words(self, text: str, source: str, reading: _Reading) -> Iterator[Token]:
        """Text words of one text and of what it copies."""
        form, lines = source_lines(
            text, source=source, within=reading.within, debugging=self._debugging
        )
        joined: Iterable[LogicalLine] = logical_lines(lines)
        if reading.within is None:
            if not self._debugging and debugging_mode(lines):
                self._debugging = True
                lines = source_lines(text, source=source, debugging=True).lines
            joined = without_identification(logical_lines(lines))
        stream = Stream(text_words(joined))
        entry: list[Token] = []  # text words since a period, as many as a level and a name take
        while (token := stream.take()) is not None:
            if token.is_word("EXEC"):
                member = _embedded(stream, token)
                if member is not None:
                    yield from self._member(member, None, reading._replace(within=form))
            elif token.is_word("COPY"):
                yield from self._copy(stream, token, reading._replace(within=form), entry)
                entry = []
            else:
                if token.kind == "period":
                    entry = []
                elif len(entry) < _LONGEST_NAME:
                    entry.append(token)
                yield token

    def _copy(
        self, stream: Stream, copy: Token, reading: _Reading, entry: list[Token]
    ) -> Iterator[Token]:
        member = _name(stream, copy, "the name of a library member")
        library = _name(stream, copy, "a library name") if stream.skip("OF", "IN") else None
        if stream.skip("SUPPRESS"):
            stream.skip("PRINTING")
        replacements: list[Replacement] = []
        if (phrase := stream.peek()) is not None and stream.skip("REPLACING"):
            if reading.replacing:  # compilers disagree; IBM's message is IGYLI0078-S
                raise phrase.error(
                    "a member copied with REPLACING cannot have REPLACING of its own"
                )
            reading = reading._replace(replacing=True)
            replacements = read_replacements(stream, copy)
        stream.end_statement(copy)
        words = replaced(self._member(member, library, reading), replacements, self._budget)
        yield from _under_own_name(words) if _is_record_name(entry) else words

    def _member(self, name: Token, library: Token | None, reading: _Reading) -> Iterator[Token]:
        self._budget.spend_copy(name)
        path = self._library.find(name, library)
        if path.resolve() in reading.opened:
            raise name.error("copies itself, directly or through others; break the circle")
        if len(reading.opened) >= DEEPEST:
            raise name.error(f"COPY is nested deeper than {DEEPEST} members; flatten it")
        text = self._library.text(path, name)
        reading = reading._replace(opened=(*reading.opened, path.resolve()))
        for word in self.words(text, path.name, reading):
            self._budget.spend_words(1, name)
            yield word


def _name(stream: Stream, copy: Token, expected: str) -> Token:
    first = stream.take()
    if first is None or first.kind not in ("word", "literal") or first.prefix:
        raise (first or copy).error(f"{expected} is expected here")
    words = stream.word(first)
    return replace(first, text="".join(word.text for word in words))


def _embedded(stream: Stream, execute: Token) -> Token | None:
    """Take an EXEC … END-EXEC; the member's name if it is an SQL INCLUDE of a library member."""
    block: list[Token] = []
    while (token := stream.take()) is not None:
        if not token.is_word("END-EXEC"):
            block += [token] if len(block) <= _LONGEST_NAME else []
            continue
        if len(block) < 3 or not (block[0].is_word("SQL") and block[1].is_word("INCLUDE")):
            return None
        if block[2].is_word(*_DB2_MEMBERS):
            return None
        return replace(block[2], text="".join(word.text for word in block[2:]))
    raise execute.error("END-EXEC is missing; add it")


def _is_record_name(entry: list[Token]) -> bool:
    """Whether an entry so far is 01 and a name: the old form of COPY, whose record keeps it."""
    return (
        len(entry) > 1
        and entry[0].is_word(*_RECORD_LEVELS)
        and entry[1].kind == "word"
        and all(word.glued for word in entry[2:])
    )


def _under_own_name(words: Iterable[Token]) -> Iterator[Token]:
    """Copied words without the level and name of their record, as in COBOL-68 and OS/VS COBOL
    with LANGLVL(1), where ``01 NAME COPY MEMBER`` gives the member's record the program's name."""
    stream = Stream(words)
    if stream.skip(*_RECORD_LEVELS) and (name := stream.take()) is not None:
        stream.word(name)
        if name.kind == "period":
            yield name
    while (token := stream.take()) is not None:
        yield token


def _with_replace(words: Iterable[Token], budget: Budget) -> Iterator[Token]:
    """Carry out the REPLACE statements of a program."""
    stream = Stream(words)
    replacements: list[Replacement] = []
    while stream.peek() is not None:
        yield from replaced(_until_replace(stream), replacements, budget)
        statement = stream.take()
        if statement is None:
            return
        replacements = [] if stream.skip("OFF") else read_replacements(stream, statement)
        stream.end_statement(statement)


def _until_replace(stream: Stream) -> Iterator[Token]:
    while (token := stream.peek()) is not None and not token.is_word("REPLACE"):
        stream.take()
        yield token
